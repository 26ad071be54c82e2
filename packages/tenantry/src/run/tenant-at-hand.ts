import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DataFolder, FolderInUse, lockFolder, startTenants } from '@tenantry/local-tenant'
import { callJson } from '../apps/https-json.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { sampleUsers } from '../tutorial/todos.js'

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
  const until = performance.now() + patienceMs
  for (;;) {
    const running = await joinTenant(options)
    if (running !== undefined) return running
    try {
      return await startHere(options)
    } catch (cause) {
      if (!(cause instanceof FolderInUse)) throw cause
      if (performance.now() > until) throw silent(cause)
    }
    await sleep(100, undefined, { signal: options.signal })
  }
}

function silent(cause: FolderInUse): Failure {
  const next = 'stop that process, or choose another folder with --data'
  return new Failure(exitCodes.conflict, `${cause.message}, and no tenant answers there`, next, { cause })
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

async function startHere({ folder, port, signal, onNotice }: AtHandOptions): Promise<TenantAtHand> {
  const unlock = lockFolder(folder)
  try {
    const definitions = subdomainsIn(folder).map((subdomain) => ({ subdomain }))
    const onFault = (error: unknown) => onNotice(String(error))
    const tenants = await startTenants(definitions.length > 0 ? definitions : [{ users: sampleUsers }], {
      dataFolder: folder.path,
      port,
      onNotice,
      onFault,
    })
    const [first] = tenants
    if (first === undefined) throw new Error('No tenant came of its definition.')
    const { ca, close } = first
    return {
      port: first.port,
      ca: ca.root,
      tenants: tenants.map(({ tenantId, subdomain }) => ({ tenantId, subdomain })),
      joined: false,
      answered: countSince(0, first.port, ca.root, signal),
      async close() {
        await close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Each tenant has a database file of its name; the lock and the API's to-dos have theirs beside them. */
function subdomainsIn({ path }: DataFolder): string[] {
  const names = readdirSync(path).flatMap((file) => /^([a-z0-9-]{1,63})\.db$/.exec(file)?.[1] ?? [])
  return names.filter((name) => name !== 'lock' && !name.startsWith('todolist-'))
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
