import type { CertificateStore, SecretStore, StoredCertificate, StoredSecret } from '@tenantry/app-registration'
import { type Clock, clientCredentialsToken, createGraphClient, type GraphClient } from '@tenantry/app-registration'
import { startTenant, type Tenant } from '@tenantry/local-tenant'

/** A tenant in memory and its Graph, whose waits take no time. */
export interface Administered extends AsyncDisposable {
  readonly tenant: Tenant
  readonly graph: GraphClient
  /** Milliseconds that the client would have waited. */
  waited(): number
}

export async function administered(): Promise<Administered> {
  const tenant = await startTenant({ dataFolder: null, port: 0 })
  let waited = 0
  const clock: Clock = {
    now: () => Date.now(),
    wait: async (milliseconds) => {
      waited += milliseconds
    },
  }
  const graph = administer(tenant, clock)
  return { tenant, graph, waited: () => waited, [Symbol.asyncDispose]: () => tenant.close() }
}

/** The tenant's Graph in the hands of its own administrator; its waits are real ones unless a clock is given. */
export function administer({ authority, administrator, ca, graph }: Tenant, clock?: Clock): GraphClient {
  const scope = 'https://graph.microsoft.com/.default'
  const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
  return createGraphClient({ baseUrl: graph, accessToken, ca: ca.root, ...(clock === undefined ? {} : { clock }) })
}

export class MemoryStore implements SecretStore {
  readonly kept = new Map<string, StoredSecret>()
  readonly keptCertificates = new Map<string, StoredCertificate>()
  read = async (uniqueName: string): Promise<StoredSecret | undefined> => this.kept.get(uniqueName)
  write = async (uniqueName: string, secret: StoredSecret): Promise<void> => {
    this.kept.set(uniqueName, secret)
  }
  readonly certificates: CertificateStore = {
    read: async (uniqueName) => this.keptCertificates.get(uniqueName),
    write: async (uniqueName, certificate) => {
      this.keptCertificates.set(uniqueName, certificate)
    },
  }
}

type Json = Readonly<Record<string, unknown>>

export interface EndState {
  readonly uniqueName: string
  readonly principals: number
  readonly grants: readonly string[]
  readonly secrets?: readonly string[]
}

/** What a tenant ends up with, by name and without the ids that chance gives. */
export async function endState(graph: GraphClient): Promise<readonly EndState[]> {
  const applications = (await graph.list('/applications')) as Json[]
  const principals = (await graph.list('/servicePrincipals')) as Json[]
  const nameOf = new Map<unknown, string>()
  for (const { id, appId, displayName } of [...applications, ...principals]) {
    nameOf.set(id, String(displayName)).set(appId, String(displayName))
  }
  const ours = applications.filter(({ uniqueName }) => String(uniqueName).startsWith('test-'))
  const state = []
  for (const application of ours) {
    const { id, appId } = application
    const federated = (await graph.list(`/applications/${String(id)}/federatedIdentityCredentials`)) as Json[]
    const principal = principals.filter((one) => one['appId'] === appId)
    const grants = []
    for (const one of principal) {
      const assigned = (await graph.list(`/servicePrincipals/${String(one['id'])}/appRoleAssignedTo`)) as Json[]
      grants.push(...assigned.map(({ principalId, appRoleId }) => `${nameOf.get(principalId)} ${String(appRoleId)}`))
    }
    state.push({
      ...plain(application),
      uniqueName: String(application['uniqueName']),
      principals: principal.length,
      grants: grants.toSorted(),
      federated: federated.map(({ name, issuer, subject }) => [name, issuer, subject].join(' ')).toSorted(),
    })
  }
  const text = JSON.stringify(state.toSorted((a, b) => a.uniqueName.localeCompare(b.uniqueName)))
  const named = [...nameOf].reduce((all, [id, name]) => all.replaceAll(String(id), name), text)
  return JSON.parse(named) as EndState[]
}

function plain({ id: _id, createdDateTime: _created, passwordCredentials, keyCredentials, ...rest }: Json): Json {
  const named = (credentials: unknown) =>
    (credentials as Json[]).map(({ displayName }) => String(displayName)).toSorted()
  // Once it had optional claims, an application without any has three empty lists; before, it had null.
  const { accessToken = [] } = (rest['optionalClaims'] ?? {}) as { accessToken?: unknown[] }
  const same = { ...rest, optionalClaims: accessToken }
  const sorted = Object.fromEntries(Object.entries(same).map(([name, value]) => [name, inOrder(value)]))
  return { ...sorted, secrets: named(passwordCredentials), certificates: named(keyCredentials) }
}

/** Lists of Graph are sets: their order means nothing. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inOrder).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inOrder(member)]))
}
