import { setTimeout as sleep } from 'node:timers/promises'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { callJson } from '../apps/https-json.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'

export interface TenantAtHand {
  readonly port: number
  /** PEM. */
  readonly ca: string
  readonly tenants: readonly { readonly tenantId: string; readonly subdomain: string }[]
  /** Whether it ran before, and goes on running. */
  readonly joined: boolean
  /** How many calls to hosts of Microsoft's it has answered since it started, whoever made them. */
  answered(): Promise<number>
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
      const { port, ca } = started
      return { ...started, joined: false, answered: countSince(0, port, ca, signal) }
    }
    if (performance.now() > until) throw silent(folder)
    await sleep(100, undefined, { signal })
  }
}

function silent({ path }: DataFolder): Failure {
  const next = 'stop what runs there, or choose another folder with --data'
  return new Failure(exitCodes.conflict, `${path} is in use, and no tenant answers there`, next)
}

interface Health {
  readonly tenants: TenantAtHand['tenants']
  readonly intercepted: number
}

/** The tenant that runs in the folder, proved by the certificate that only this folder's CA can have issued. */
export async function joinTenant({
  folder,
  signal,
}: Pick<AtHandOptions, 'folder' | 'signal'>): Promise<TenantAtHand | undefined> {
  const port = Number(folder.read('port') ?? 0)
  const ca = folder.read('ca.pem')
  if (!Number.isInteger(port) || port < 1 || ca === undefined) return undefined
  const health = await healthAt(port, ca, signal).catch(() => undefined)
  if (health === undefined) return undefined
  return {
    port,
    ca,
    tenants: health.tenants,
    joined: true,
    answered: countSince(health.intercepted, port, ca, signal),
    close: async () => {},
  }
}

function countSince(before: number, port: number, ca: string, signal: AbortSignal) {
  return async () => (await healthAt(port, ca, signal)).intercepted - before
}

async function healthAt(port: number, ca: string, signal: AbortSignal): Promise<Health> {
  const { status, body } = await callJson({ url: `https://localhost:${port}/_tenantry/health`, ca, signal })
  if (status === 200 && isHealth(body)) return body
  throw new Failure(exitCodes.network, `what answers on port ${port} is no local tenant`, 'run tenantry doctor')
}

function isHealth(body: unknown): body is Health {
  if (typeof body !== 'object' || body === null || !('tenants' in body) || !('intercepted' in body)) return false
  return Array.isArray(body.tenants) && body.tenants.length > 0 && typeof body.intercepted === 'number'
}
