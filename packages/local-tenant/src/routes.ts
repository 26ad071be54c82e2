import { DirectoryRefusal } from './directory/refusal.js'
import { issuerV1, issuerV2 } from './discovery/issuer.js'
import { jsonWebKeySet } from './discovery/keys.js'
import { openidConfiguration } from './discovery/openid-configuration.js'
import { EntraError, refusal } from './errors/aadsts.js'
import { errorAnswer } from './errors/respond.js'
import { GraphRefusal, graphErrorAnswer } from './graph/errors.js'
import { answerGraphCall, graphVersions } from './graph/routes.js'
import type { Answer, Call } from './listener/call.js'
import { answerTokenRequest, type TokenEndpoint } from './token-endpoint/endpoint.js'

export interface Parts extends TokenEndpoint {
  /** Told of faults of the tenant itself. */
  onFault(error: unknown): void
}

/** What a login host answers, by the path below the tenant. A route that serves one verb only refuses the others itself. */
const loginRoutes: Readonly<Record<string, (call: Call, parts: Parts, tenant: string) => Answer | Promise<Answer>>> = {
  'v2.0/.well-known/openid-configuration': (call, { directory: { organization } }) =>
    document(openidConfiguration(organization, call.origin, issuerV2(call, organization))),
  'discovery/v2.0/keys': (call, { directory: { organization }, keys }) =>
    document(jsonWebKeySet(keys, issuerV2(call, organization))),
  'oauth2/v2.0/token': (call, parts, tenant) => {
    const { organization } = parts.directory
    const issuer = { v1: issuerV1(organization), v2: issuerV2(call, organization) }
    return answerTokenRequest(call, parts, tenant, issuer)
  },
}

/** The tenant as one function from calls to answers; it never throws. */
export function createRoutes(parts: Parts): (call: Call) => Promise<Answer> {
  return (call) => (isGraphCall(call) ? answerGraph(call, parts) : answerLogin(call, parts))
}

/** Graph has a host of its own; on localhost it shares the listener and is told by the version that its paths begin with. */
function isGraphCall({ family, path: [first = ''] }: Call): boolean {
  return family.kind === 'graph' || (family.kind === 'localhost' && graphVersions.includes(first))
}

async function answerGraph(call: Call, { directory, keys, now, onFault }: Parts): Promise<Answer> {
  try {
    return await answerGraphCall(call, { directory, keys, issuer: issuerV1(directory.organization), now })
  } catch (error) {
    if (!(error instanceof GraphRefusal || error instanceof DirectoryRefusal)) onFault(error)
    return graphErrorAnswer(error, call, now())
  }
}

async function answerLogin(call: Call, parts: Parts): Promise<Answer> {
  try {
    const [tenant = '', ...rest] = call.path
    const name = rest.join('/')
    const route = Object.hasOwn(loginRoutes, name) ? loginRoutes[name] : undefined
    if (route === undefined) throw refusal('malformedRequest', {}, { status: 404 })
    requireTenant(call, tenant, parts, name)
    return await route(call, parts, tenant)
  } catch (error) {
    if (!(error instanceof EntraError)) parts.onFault(error)
    return errorAnswer(error, call, parts.now())
  }
}

/** Throws EntraError unless path and host both mean this tenant. */
function requireTenant({ family }: Call, tenant: string, { directory }: Parts, route: string): void {
  const { tenantId, subdomain, initialDomain } = directory.organization
  const named = [tenantId, initialDomain].includes(tenant.toLowerCase())
  if (named && (family.kind !== 'ciam' || [tenantId, subdomain].includes(family.name))) return
  // As recorded: metadata requests are told `invalid_tenant`, token requests `invalid_request`.
  throw refusal('tenantNotFound', { tenant }, route === 'oauth2/v2.0/token' ? {} : { error: 'invalid_tenant' })
}

function document(body: object): Answer {
  return {
    status: 200,
    headers: { 'cache-control': 'max-age=86400, private', 'access-control-allow-origin': '*' },
    body,
  }
}
