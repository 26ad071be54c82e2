import { setTimeout as sleep } from 'node:timers/promises'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { tenantPortIn } from '../ports-in-folder.js'
import { askHealth } from './health.js'

export interface TenantAtHand {
  readonly port: number
  /** PEM. */
  readonly ca: string
  readonly tenants: readonly { readonly tenantId: string; readonly subdomain: string }[]
  /** Whether it ran before, and goes on running. */
  readonly joined: boolean
  /** How many calls to hosts of Microsoft's it has answered since then, whoever made them; null when it is gone. */
  answered(): Promise<number | null>
  /** Stops what was started here. */
  close(): Promise<void>
}

export interface AtHandOptions {
  readonly folder: DataFolder
  /** For a tenant that has to be started; 0 takes any that is free. */
  readonly port: number
  readonly signal: AbortSignal
  onNotice(text: string): void
}

/** How long another start in the same folder may take until its tenant answers. */
const patienceMs = 5_000

/** The tenant that runs in the folder, or else one that is started there for as long as it is needed. Throws a Failure. */
export async function tenantAtHand(options: AtHandOptions): Promise<TenantAtHand> {
  const { folder, signal } = options
  const until = performance.now() + patienceMs
  for (;;) {
    const running = await joinTenant(options)
    if (running !== undefined) return running
    // Loaded only here: a tenant that is joined needs none of its code.
    const { startInFolder } = await import('./tenant-in-folder.js')
    const started = await startInFolder(options)
    if (started !== undefined) {
      const { port } = started
      return { ...started, joined: false, answered: countSince(0, folder, port) }
    }
    if (performance.now() > until) throw silent(folder)
    await sleep(100, undefined, { signal })
  }
}

function silent({ path }: DataFolder): Failure {
  const next = 'stop what runs there, or choose another folder with --data'
  return new Failure(exitCodes.conflict, `${path} is in use, and no tenant answers there`, next)
}

/** The tenant that runs in the folder, if one does. */
export async function joinTenant({ folder }: Pick<AtHandOptions, 'folder'>): Promise<TenantAtHand | undefined> {
  const port = tenantPortIn(folder)
  const ca = folder.read('ca.pem')
  if (port === undefined || ca === undefined) return undefined
  const health = await askHealth(folder, port)
  if (health === undefined) return undefined
  const { tenants, intercepted } = health
  return { port, ca, tenants, joined: true, answered: countSince(intercepted, folder, port), close: async () => {} }
}

function countSince(before: number, folder: DataFolder, port: number) {
  return async () => {
    const health = await askHealth(folder, port)
    return health === undefined ? null : health.intercepted - before
  }
}
