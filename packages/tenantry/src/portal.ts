import { openDataFolder } from '@tenantry/local-tenant'
import { callJson } from './apps/https-json.js'
import { startFirst } from './apps/local-place.js'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import type { Terminal } from './steps.js'

export interface PortalOptions {
  readonly port: number
  readonly data: string
}

interface PortalSurroundings {
  readonly stdout: Terminal
  readonly signal: AbortSignal
}

/**
 * Prints a link that opens the portal of the tenant that runs, once and within five minutes. Whoever may read the tenant's
 * data folder gets one. Resolves to the exit code; throws Failure.
 */
export async function portal({ port, data }: PortalOptions, { stdout, signal }: PortalSurroundings): Promise<number> {
  const folder = openDataFolder(data)
  const key = folder.read('control.key')?.trim()
  const ca = folder.read('ca.pem')
  if (key === undefined || ca === undefined) {
    throw new Failure(exitCodes.configuration, `no tenant has ever run in ${folder.path}`, startFirst)
  }
  const origin = `https://localhost:${port}`
  const call = { method: 'POST', headers: { authorization: `Bearer ${key}` }, ca, signal } as const
  const answer = await callJson({ url: `${origin}/_tenantry/portal/links`, ...call }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw new Failure(exitCodes.network, `no tenant answers at ${origin}`, startFirst, { cause })
  })
  const { url } = (answer.body ?? {}) as { url?: unknown }
  if (answer.status === 200 && typeof url === 'string') {
    stdout.write(`${url}\n`)
    return exitCodes.success
  }
  const why = `the tenant at ${origin} does not take the key of this folder (${answer.status})`
  throw new Failure(exitCodes.configuration, why, 'name the data folder of the tenant that runs there with --data')
}
