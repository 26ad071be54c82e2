import { type AuthorizeEndpoint, answerAuthorization, answerSignIn } from './authorize-endpoint/endpoint.js'
import { answerLogout } from './authorize-endpoint/logout.js'
import type { FaultStatus, Where } from './control/faults.js'
import { type Hearing, type Watched, watched } from './control/watch.js'
import { answerDeviceRequest, type DeviceEndpoint, verificationPath } from './device-endpoint/endpoint.js'
import { answerVerificationPage } from './device-endpoint/verification-page.js'
import { DirectoryRefusal } from './directory/refusal.js'
import { instanceDiscovery } from './discovery/instance.js'
import { type Issuers, issuerV1 } from './discovery/issuer.js'
import { jsonWebKeySet } from './discovery/keys.js'
import { openidConfiguration, openidConfigurationV1 } from './discovery/openid-configuration.js'
import { EntraError, refusal } from './errors/aadsts.js'
import { errorAnswer } from './errors/respond.js'
import { GraphRefusal, graphErrorAnswer } from './graph/errors.js'
import { answerGraphCall, graphRoots } from './graph/routes.js'
import type { Answer, Call, Silence } from './listener/call.js'
import { preflightAnswer, readableByPages } from './listener/cross-origin.js'
import type { Outbox } from './sign-in/outbox.js'
import { outboxPage } from './sign-in/outbox-page.js'
import type { HearsSignIns } from './sign-in/user-sign-in.js'
import { claimedTenant } from './signing/sign.js'
import {
  answerTokenRequest,
  answerTokenRequestV1,
  type Reached,
  type TokenEndpoint,
} from './token-endpoint/endpoint.js'

/** What the endpoints of one tenant need. */
export interface TenantParts extends TokenEndpoint, DeviceEndpoint, AuthorizeEndpoint, Watched {
  readonly issuerOf: Issuers
  readonly outbox: Outbox
  readonly replication: { readonly delayMs: number }
}

interface LoginRoute {
  readonly where: Where
  answer(call: Call, tenant: TenantParts, hearing: Hearing): Answer | Promise<Answer>
}

/** What a login host answers, by the path below the tenant. A route that serves one verb only refuses the others itself. */
const loginRoutes: Readonly<Record<string, LoginRoute>> = {
  'v2.0/.well-known/openid-configuration': {
    where: 'discovery',
    answer: (call, { directory: { organization }, issuerOf }) =>
      document(openidConfiguration(organization, call, issuerOf(call).v2)),
  },
  '.well-known/openid-configuration': {
    where: 'discovery',
    answer: (call, { directory: { organization }, issuerOf }) =>
      document(openidConfigurationV1(organization, call.origin, issuerOf(call).v1)),
  },
  'discovery/v2.0/keys': {
    where: 'keys',
    answer: (call, { keys, issuerOf }) => document(jsonWebKeySet(keys, issuerOf(call).v2)),
  },
  'discovery/keys': { where: 'keys', answer: (_call, { keys }) => document(jsonWebKeySet(keys)) },
  'oauth2/v2.0/token': {
    where: 'token',
    answer: (call, tenant, hearing) => answerTokenRequest(call, tenant, reached(call, tenant, hearing)),
  },
  'oauth2/token': {
    where: 'token',
    answer: (call, tenant, hearing) => answerTokenRequestV1(call, tenant, reached(call, tenant, hearing)),
  },
  'oauth2/v2.0/authorize': {
    where: 'sign-in',
    answer: (call, tenant, hearing) => answerAuthorization(call, tenant, reached(call, tenant, hearing)),
  },
  'oauth2/v2.0/signin': {
    where: 'sign-in',
    answer: (call, tenant, hearing) => answerSignIn(call, tenant, reached(call, tenant, hearing)),
  },
  outbox: {
    where: 'sign-in',
    answer: (call, { outbox, directory: { organization } }) => outboxPage(call, outbox, organization.displayName),
  },
  'oauth2/v2.0/logout': {
    where: 'sign-in',
    answer: (call, tenant) => answerLogout(call, tenant, tenant.issuerOf(call).v2),
  },
  'oauth2/v2.0/devicecode': { where: 'device', answer: answerDeviceRequest },
  [verificationPath]: { where: 'sign-in', answer: answerVerificationPage },
}

/** What pages of other origins may read. */
const pagesRead: readonly Where[] = ['token', 'keys', 'discovery']

/** How the login endpoints fail when they are made to. */
const loginFailures: Readonly<Record<FaultStatus, EntraError>> = {
  429: refusal('tooManyRequests', {}),
  500: refusal('temporarilyUnavailable', {}, { status: 500 }),
  503: refusal('temporarilyUnavailable', {}),
}

/** How Graph fails when it is made to (graph docs: concepts/errors, concepts/throttling). */
const graphFailures: Readonly<Record<FaultStatus, GraphRefusal>> = {
  429: new GraphRefusal(429, 'TooManyRequests', 'Too many requests: wait as long as Retry-After says.'),
  500: new GraphRefusal(500, 'InternalServerError', 'The request failed.'),
  503: new GraphRefusal(503, 'ServiceUnavailable', 'The service is temporarily unavailable.'),
}

/** The tenants as one function from calls to answers; it never throws. `onFault` is told of faults of our own. */
export function createRoutes(
  tenants: readonly TenantParts[],
  now: () => Date,
  onFault: (error: unknown) => void,
): (call: Call) => Promise<Answer | Silence> {
  const refuseGraph = (call: Call, error: unknown, time: Date) => {
    if (!(error instanceof GraphRefusal || error instanceof DirectoryRefusal)) onFault(error)
    return graphErrorAnswer(error, call, time)
  }
  const refuseLogin = (call: Call, error: unknown, time: Date) => {
    if (!(error instanceof EntraError)) onFault(error)
    return errorAnswer(error, call, time)
  }
  const answerGraph = async (call: Call): Promise<Answer | Silence> => {
    const tenant = graphTenant(call, tenants)
    const clock = tenant?.now ?? now
    const part = {
      where: 'graph',
      answer: () => answerGraphCall(call, (tenantId) => graphOf(tenants, tenantId), clock()),
      refuse: (error: unknown) => refuseGraph(call, error, clock()),
      fail: (status: FaultStatus) => graphErrorAnswer(graphFailures[status], call, clock()),
    } as const
    if (tenant !== undefined) return watched(call, tenant, part)
    return part.answer().catch(part.refuse)
  }
  const answerLogin = async (call: Call): Promise<Answer | Silence> => {
    try {
      const found = route(call, tenants)
      if ('status' in found) return found
      const { tenant, login } = found
      const forPages = pagesRead.includes(login.where)
      const preflight = forPages ? preflightAnswer(call) : undefined
      if (preflight !== undefined) return preflight
      const answer = await watched(call, tenant, {
        where: login.where,
        answer: (hearing) => login.answer(call, tenant, hearing),
        refuse: (error) => refuseLogin(call, error, tenant.now()),
        fail: (status) => errorAnswer(loginFailures[status], call, tenant.now()),
      })
      return forPages ? readableByPages(call, answer) : answer
    } catch (error) {
      return refuseLogin(call, error, now())
    }
  }
  return (call) => (isGraphCall(call) ? answerGraph(call) : answerLogin(call))
}

/** Graph has a host of its own; on localhost it shares the listener and is told by how its paths begin. */
function isGraphCall({ family, path: [first = ''] }: Call): boolean {
  return family.kind === 'graph' || (family.kind === 'localhost' && graphRoots.includes(first))
}

function graphOf(tenants: readonly TenantParts[], tenantId: string) {
  const tenant = tenants.find(({ directory }) => directory.organization.tenantId === tenantId)
  return tenant && { ...tenant, issuer: issuerV1(tenant.directory.organization) }
}

/** Whose time, log and faults a call to Graph meets: by what its token claims, or the only tenant's. Proves nothing. */
function graphTenant({ headers }: Call, tenants: readonly TenantParts[]): TenantParts | undefined {
  if (tenants.length === 1) return tenants[0]
  const tenantId = claimedTenant(headers.authorization ?? '')
  return tenants.find(({ directory }) => directory.organization.tenantId === tenantId)
}

/** The tenant and its endpoint that a call means, or the answer to one that means no tenant. Throws EntraError. */
function route(call: Call, tenants: readonly TenantParts[]): Answer | { tenant: TenantParts; login: LoginRoute } {
  const [asRequested = ''] = call.path
  const name = belowTenant(call.path)
  // A path of the host and of no tenant.
  if (asRequested === 'common' && name === 'discovery/instance') return instanceDiscovery(call)
  const login = Object.hasOwn(loginRoutes, name) ? loginRoutes[name] : undefined
  if (login === undefined) throw refusal('malformedRequest', {}, { status: 404 })
  const tenant = tenants.find((candidate) => isMeant(candidate, asRequested, call))
  if (tenant !== undefined) return { tenant, login }
  // As recorded: metadata requests are told `invalid_tenant`, token requests `invalid_request`.
  const override = call.method === 'POST' ? {} : { error: 'invalid_tenant' }
  throw refusal('tenantNotFound', { tenant: asRequested }, override)
}

/** The path below the tenant, put together once for all calls that the listener gives the same path. */
function belowTenant(path: readonly string[]): string {
  const known = below.get(path)
  if (known !== undefined) return known
  const name = path.slice(1).join('/')
  below.set(path, name)
  return name
}

const below = new WeakMap<readonly string[], string>()

/** Whether path and host both mean this tenant. */
function isMeant({ directory: { organization } }: TenantParts, asRequested: string, { family }: Call): boolean {
  const { tenantId, subdomain, initialDomain } = organization
  const named = asRequested.toLowerCase()
  if (named !== tenantId && named !== initialDomain) return false
  return family.kind !== 'ciam' || [tenantId, subdomain].includes(family.name)
}

function reached(call: Call, { issuerOf }: TenantParts, hearing: Hearing): Reached & HearsSignIns {
  const [tenantAsRequested = ''] = call.path
  const { onRequest, onGrant, onUser, onSignIn } = hearing
  return { tenantAsRequested, issuer: issuerOf(call), onRequest, onGrant, onUser, onSignIn }
}

function document(body: object): Answer {
  return {
    status: 200,
    headers: { 'cache-control': 'max-age=86400, private', 'access-control-allow-origin': '*' },
    body,
  }
}
