import { once } from 'node:events'
import { openDataFolder, startTenant } from '@tenantry/local-tenant'
import { exitCodes } from './exit-codes.js'
import { lockFolder } from './lock.js'
import { createSteps } from './steps.js'
import type { Surroundings } from './up.js'

export interface StartOptions {
  readonly port: number
  /** null keeps the tenant in memory. */
  readonly data: string | null
}

/** Runs the tenant alone until it is told to stop. Resolves to the exit code; throws StepFailure. */
export async function start({ port, data }: StartOptions, { terminal, signal, now }: Surroundings): Promise<number> {
  const folder = data === null ? null : openDataFolder(data)
  const unlock = folder === null ? () => {} : lockFolder(folder.file('lock'))
  try {
    const tenant = await createSteps(
      terminal,
      signal,
      now,
    )('Local tenant', async () => {
      const value = await startTenant({ dataFolder: folder?.path ?? null, port })
      return { value, words: `${value.subdomain} at ${value.authority}` }
    })
    if (!signal.aborted) await once(signal, 'abort')
    await tenant.close()
    return exitCodes.success
  } finally {
    unlock()
  }
}
