import { X509Certificate } from 'node:crypto'
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'

export interface Health {
  readonly tenants: readonly { readonly tenantId: string; readonly subdomain: string }[]
  /** Calls to hosts of Microsoft's since the start. */
  readonly intercepted: number
}

// Asked before and after a program that may be short: one connection for both.
const agent = new Agent({ keepAlive: true })
const longestMs = 5_000
const largestAnswer = 1_048_576

/**
 * What the tenant on a port of this machine says of itself, or undefined when no tenant of this folder answers there. It is
 * known by its certificate, byte for byte, and not by the CA: with a `ca`, Node 20 reads all of its own roots, for 30 ms.
 */
export function askHealth(folder: DataFolder, port: number): Promise<Health | undefined> {
  const certificate = leafOf(folder.read('tenant-certificate.pem'))
  if (certificate === undefined) return Promise.resolve(undefined)
  // By address and without a name for TLS: to see that a name is no address costs Node 5 ms.
  const target = { host: '127.0.0.1', port, servername: '', path: '/_tenantry/health', agent }
  const headers = { host: `localhost:${port}` }
  return new Promise((resolve) => {
    const asked = request({ ...target, headers, ca: [], rejectUnauthorized: false, timeout: longestMs }, (answer) => {
      const presented = (answer.socket as TLSSocket).getPeerCertificate().raw
      if (answer.statusCode !== 200 || !certificate.equals(presented)) return void asked.destroy()
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
        if (text.length > largestAnswer) asked.destroy()
      })
      answer.on('end', () => resolve(parse(text)))
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(undefined))
    asked.on('close', () => resolve(undefined))
    asked.end()
  })
}

function leafOf(chain: string | undefined): Buffer | undefined {
  try {
    return chain === undefined ? undefined : new X509Certificate(chain).raw
  } catch {
    return undefined
  }
}

function parse(text: string): Health | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return isHealth(body) ? body : undefined
  } catch {
    return undefined
  }
}

function isHealth(body: unknown): body is Health {
  if (typeof body !== 'object' || body === null || !('tenants' in body) || !('intercepted' in body)) return false
  return Array.isArray(body.tenants) && body.tenants.length > 0 && typeof body.intercepted === 'number'
}
