import { randomUUID } from 'node:crypto'
import type { Application } from '../directory/applications.js'
import type { Directory } from '../directory/directory.js'
import { EntraError } from '../errors/aadsts.js'
import { describeRefusal } from '../errors/respond.js'
import type { TokenEndpoint } from '../token-endpoint/endpoint.js'
import { type IssuedToken, issueAccessToken, prepareAppToken } from '../tokens/access-token.js'

/** What an identity needs of its tenant. */
export interface IdentityTenant extends Pick<TokenEndpoint, 'directory' | 'grants' | 'keys' | 'now' | 'times'> {
  /** Whose name stands in tokens of a managed identity, for either version. */
  readonly issuer: { readonly v1: string; readonly v2: string }
}

/** An application of the directory that stands for the managed identity of a machine. */
export interface Identity {
  readonly application: Application
  readonly tenant: IdentityTenant
  /** Of its service principal. */
  readonly objectId: string
  /** Throws IdentityRefusal. */
  token(resource: string): Promise<IssuedToken>
}

/** No token for that resource. `message` is the line that the token service would say. */
export class IdentityRefusal extends Error {
  override readonly name = 'IdentityRefusal'
}

/** An identity that cannot be given to a program, and what to do about it. */
export class IdentityNotGiven extends Error {
  override readonly name = 'IdentityNotGiven'
  readonly next: string
  constructor(message: string, next: string) {
    super(message)
    this.next = next
  }
}

/** The audience under which a machine's identity is exchanged for an application's (workload-id/workload-identity-federation). */
const exchangeAudience = 'api://AzureADTokenExchange'

/** The application that is meant, by appId or display name, and its tenant. Throws IdentityNotGiven. */
export function findIdentity(name: string, tenants: readonly IdentityTenant[]): Identity {
  const found = tenants.flatMap((tenant) => namedIn(tenant, name).map((application) => ({ application, tenant })))
  const [only, ...others] = found
  if (only === undefined) {
    throw new IdentityNotGiven(`no application has the id or display name ${JSON.stringify(name)}`, 'register it first')
  }
  if (others.length > 0) {
    const why = `${found.length} applications have the display name ${JSON.stringify(name)}`
    throw new IdentityNotGiven(why, 'name one by its id')
  }
  const { application, tenant } = only
  const principal = tenant.directory.servicePrincipals.find({ appId: application.appId })
  if (principal === undefined) {
    const why = `the application ${JSON.stringify(name)} has no service principal, which is what roles are given to`
    throw new IdentityNotGiven(why, 'make one for it')
  }
  return { ...only, objectId: principal.objectId, token: (resource) => tokenFor(application.appId, resource, tenant) }
}

function namedIn({ directory: { applications } }: IdentityTenant, name: string): Application[] {
  const byId = applications.find({ appId: name.toLowerCase() })
  return byId === undefined ? applications.all().filter(({ properties }) => properties.displayName === name) : [byId]
}

async function tokenFor(appId: string, resource: string, tenant: IdentityTenant): Promise<IssuedToken> {
  const { directory, grants, keys, now, times, issuer } = tenant
  const { tenantId } = directory.organization
  try {
    // The platform proves itself by a certificate that it keeps for the identity.
    const proof = { credential: '2', issuer } as const
    const prepared =
      resource === exchangeAudience
        ? prepareAppToken({ ...exchange(appId, directory), ...proof, tenantId })
        : grants.clientCredentials(appId, resource, tenantId).prepared(proof)
    return await issueAccessToken(prepared, keys.current(), now(), times)
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    throw new IdentityRefusal(describe(error, now()), { cause: error })
  }
}

const describe = (error: EntraError, now: Date) =>
  describeRefusal(error, { traceId: randomUUID(), correlationId: randomUUID(), now })

/** Every tenant knows that resource, and none of them lists it. */
function exchange(appId: string, { servicePrincipals, organization }: Directory) {
  const client = servicePrincipals.find({ appId })
  if (client === undefined) throw new Error(`${appId} is not in ${organization.subdomain} any more`)
  const resource = { ...client, appId: exchangeAudience, optionalClaims: null, accessTokenVersion: 2 } as const
  return { client, resource, resourceName: exchangeAudience, roles: [] }
}
