import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'

/** What listens on a port of this machine: nothing, a server of the folder, or something else. */
export type Listener = 'nothing' | 'tenant' | 'api' | 'other'

const longestMs = 1_000

/** Looks who listens. The servers of the folder are known by their certificates, byte for byte. */
export async function listenerOn(port: number, folder: DataFolder | null): Promise<Listener> {
  if (!(await answers(port))) return 'nothing'
  const presented = folder === null ? undefined : await certificateOn(port)
  if (folder === null || presented === undefined) return 'other'
  const ours = (['tenant', 'api'] as const).find((name) => leafOf(folder.read(`${name}-certificate.pem`)) === presented)
  return ours ?? 'other'
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: longestMs })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** The certificate that is presented there, in base64; undefined when none is. Nothing is sent, so none has to be trusted. */
function certificateOn(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: '',
      rejectUnauthorized: false,
      timeout: longestMs,
    })
    const end = (certificate: string | undefined) => {
      socket.destroy()
      resolve(certificate)
    }
    socket.once('secureConnect', () => end(socket.getPeerX509Certificate()?.raw.toString('base64')))
    socket.once('error', () => end(undefined))
    socket.once('close', () => end(undefined))
    socket.once('timeout', () => end(undefined))
  })
}

function leafOf(chain: string | undefined): string | undefined {
  try {
    return chain === undefined ? undefined : new X509Certificate(chain).raw.toString('base64')
  } catch {
    return undefined
  }
}
