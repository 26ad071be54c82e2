import { callJson } from './apps/https-json.js'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import type { Terminal } from './steps.js'
import { openTenantFolder, startFirst } from './tenant-folder.js'

export interface PortalOptions {
  /** null: the one that the folder knows. */
  readonly port: number | null
  readonly data: string
}

interface PortalSurroundings {
  readonly stdout: Terminal
  readonly environment: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/**
 * Prints a link that opens the portal of the tenant that runs, once and within five minutes. Whoever may read the tenant's
 * data folder gets one. Resolves to the exit code; throws Failure.
 */
export async function portal({ port, data }: PortalOptions, surroundings: PortalSurroundings): Promise<number> {
  const { stdout, environment, signal } = surroundings
  const { key, ca, origin } = openTenantFolder(data, port, environment)
  const call = { method: 'POST', headers: { authorization: `Bearer ${key}` }, ca, signal } as const
  const answer = await callJson({ url: `${origin}/_tenantry/portal/links`, ...call }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw new Failure(exitCodes.network, `no tenant answers at ${origin}`, startFirst(environment), { cause })
  })
  const { url } = (answer.body ?? {}) as { url?: unknown }
  if (answer.status === 200 && typeof url === 'string') {
    stdout.write(`${url}\n`)
    return exitCodes.success
  }
  const why = `the tenant at ${origin} does not take the key of this folder (${answer.status})`
  throw new Failure(exitCodes.configuration, why, 'name the data folder of the tenant that runs there with --data')
}
