import { randomUUID } from 'node:crypto'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { openTenantFolder, startFirst } from '../tenant-folder.js'
import { callJson } from './https-json.js'
import type { AppsOptions } from './options.js'
import { connect, type Place } from './place.js'
import type { AppsSurroundings } from './surroundings.js'

/**
 * A tenant that runs on this machine. The key of its control plane, which lies in its data folder, is what makes whoever
 * may read that folder its administrator.
 */
export async function openLocalPlace(
  { data, port, tenant }: AppsOptions,
  surroundings: AppsSurroundings,
): Promise<Place> {
  const { signal, environment } = surroundings
  const { folder, key, ca, origin } = openTenantFolder(data, port, environment)
  const { tenantId, subdomain } = choose(await tenantsAt(origin, ca, surroundings), tenant)
  const authority = `${origin}/${tenantId}`
  const accessToken = administratorToken({ origin, tenantId, key, ca, signal })
  const { graph, takeToken } = connect({ graphUrl: `${origin}/v1.0`, authority, accessToken, ca, signal })
  const caFile = folder.file('ca.pem')
  return { name: `${subdomain} at ${origin}`, tenantId, authority, graph, takeToken, folder, caFile }
}

interface Named {
  readonly tenantId: string
  readonly subdomain: string
}

async function tenantsAt(origin: string, ca: string, { signal, environment }: AppsSurroundings): Promise<Named[]> {
  const next = startFirst(environment)
  const answer = await callJson({ url: `${origin}/_tenantry/health`, ca, signal }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw new Failure(exitCodes.network, `no tenant answers at ${origin}`, next, { cause })
  })
  const { tenants = [] } = (answer.body ?? {}) as { tenants?: Named[] }
  if (answer.status === 200 && tenants.length > 0) return tenants
  throw new Failure(exitCodes.network, `what answers at ${origin} is no local tenant`, next)
}

function choose(tenants: readonly Named[], wanted: string | null): Named {
  const names = tenants.map(({ subdomain }) => subdomain).join(', ')
  const fits = tenants.filter(({ tenantId, subdomain }) => wanted === null || [tenantId, subdomain].includes(wanted))
  const [found, second] = fits
  if (found === undefined) {
    throw new Failure(exitCodes.configuration, `no tenant ${wanted} runs here`, `choose one of ${names}`)
  }
  if (second === undefined) return found
  throw new Failure(exitCodes.configuration, `several tenants run here: ${names}`, 'name one with --tenant')
}

const permissions = [
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  // Whose to-dos the ToDoList API begins with.
  'User.Read.All',
]
/** Shorter than any lifetime that a tenant gives its tokens. */
const keptMs = 5 * 60_000

function administratorToken(control: {
  readonly origin: string
  readonly tenantId: string
  readonly key: string
  readonly ca: string
  readonly signal: AbortSignal
}): () => Promise<string> {
  const { origin, tenantId, key, ca, signal } = control
  let kept: { readonly token: Promise<string>; readonly until: number } | undefined
  const ask = async (): Promise<string> => {
    const url = `${origin}/_tenantry/tenants/${tenantId}/tokens`
    const body = { client: randomUUID(), resource: 'https://graph.microsoft.com', roles: permissions }
    const headers = { authorization: `Bearer ${key}` }
    const answer = await callJson({ url, method: 'POST', headers, body, ca, signal })
    const { accessToken } = (answer.body ?? {}) as { accessToken?: string }
    if (answer.status === 200 && typeof accessToken === 'string') return accessToken
    const why = `the tenant at ${origin} does not take the key of this folder (${answer.status})`
    throw new Failure(exitCodes.configuration, why, 'name the data folder of the tenant that runs there with --data')
  }
  return () => {
    const now = performance.now()
    if (kept === undefined || now > kept.until) kept = { token: ask(), until: now + keptMs }
    return kept.token
  }
}
