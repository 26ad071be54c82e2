import { randomUUID } from 'node:crypto'
import type { ClientKind } from '../authorization/client-kind.js'
import { resourceNamed } from '../authorization/delegated-scope.js'
import { readForm } from '../authorization/form.js'
import { grantToUser, type UserGrant } from '../authorization/user-grant.js'
import { refusal } from '../errors/aadsts.js'
import { noStore } from '../errors/respond.js'
import type { Answer, Call } from '../listener/call.js'
import { type IssuedToken, issueAccessToken, type TokenTimes } from '../tokens/access-token.js'
import { authenticateClient, authenticateClientOfUser } from './client-auth.js'
import type { Grant } from './client-credentials.js'
import type { Federation } from './federation.js'
import type { RememberedGrants } from './remembered-grants.js'
import { readTokenRequest, type TokenRequest } from './request.js'
import { resourceOfScope } from './scopes.js'
import { type Presented, presented, type UserGrants } from './user-grants.js'
import { issueUserTokens } from './user-tokens.js'

export interface TokenEndpoint extends UserGrants {
  readonly grants: RememberedGrants
  readonly times: TokenTimes
  /** Where the keys of other issuers come from. */
  readonly federation: Federation
}

/** The grants this endpoint knows: each decides what an authenticated client gets. */
const grantTypes: Readonly<Record<string, Exclude<keyof RememberedGrants, 'client'>>> = {
  client_credentials: 'clientCredentials',
}

/** What a client is about to get, for itself or on behalf of a user. */
export type Granted = Grant | UserGrant

/** How a call reached the tenant, and who wants to know what comes of it. */
export interface Reached {
  readonly tenantAsRequested: string
  /** Who the tokens of this call are from, for either version of a token. */
  readonly issuer: { readonly v1: string; readonly v2: string }
  /** Told what was asked, once it is read. */
  onRequest(request: TokenRequest): void
  /** Told what a client is about to get, before its token is signed. */
  onGrant(granted: Granted): void
  /** Told what is known of the user of a grant on behalf of one, once and again when more of it is known. */
  onUser(user: UserOfGrant): void
}

/** Whom a client says it acts for, before it has proved anything of it. */
export interface UserOfGrant {
  readonly userId: string | undefined
  readonly clientKind: ClientKind | undefined
  readonly grantType: string
  /** As the client named it, or did when the user signed in. */
  readonly resource: string | null
}

/**
 * POST /{tenant}/oauth2/v2.0/token (RFC 6749 §3.2): shape, then client, then scope, then credential, then resource.
 * No document states which of several mistakes the real service names first; this order is ours. Throws EntraError.
 */
export async function answerTokenRequest(call: Call, tenant: TokenEndpoint, reached: Reached): Promise<Answer> {
  const request = readTokenRequest(await readForm(call), call.headers)
  reached.onRequest(request)
  if (request.resource !== undefined) throw refusal('resourceParameter', {})
  const shown = presented(request, tenant)
  if (shown !== undefined) {
    const text = await issueToUser(shown, request, call.origin, tenant, reached)
    return { status: 200, headers: successHeaders(), text }
  }
  const { token } = await issue(request, resourceOfScope, call.origin, tenant, reached)
  return { status: 200, headers: successHeaders(), text: successText(token) }
}

async function issueToUser(
  shown: Presented,
  request: TokenRequest,
  origin: string,
  tenant: TokenEndpoint,
  { tenantAsRequested, issuer, onGrant, onUser }: Reached,
): Promise<string> {
  const { directory, federation, now } = tenant
  const { grantType } = request
  const resource = request.scope === undefined ? null : resourceNamed(request.scope)
  const { clientKind } = shown
  onUser({ userId: shown.userId, clientKind, grantType, resource })
  const client = tenant.grants.client(request.clientId, tenantAsRequested)
  const context = { directory, federation, origin, issuer, now: now() }
  const credential = await authenticateClientOfUser(request, client, clientKind, context)
  const signedIn = shown.redeem()
  onUser({ userId: signedIn.userId, clientKind, grantType, resource: resourceNamed(signedIn.scope) })
  const granted = grantToUser({ ...signedIn, client: client.servicePrincipal, tenantAsRequested }, directory)
  onGrant(granted)
  const clientInfo = request.user?.clientInfo === true
  return issueUserTokens({ granted, signedIn, credential, issuer, clientInfo }, tenant)
}

/** The four fields of a success. Nothing in a token needs escaping: it is base64url and dots. */
function successText({ expiresIn, accessToken }: IssuedToken): string {
  return `{"token_type":"Bearer","expires_in":${expiresIn},"ext_expires_in":${expiresIn},"access_token":"${accessToken}"}`
}

/**
 * POST /{tenant}/oauth2/token, the v1.0 endpoint: names the API in `resource` and answers with numbers as text. The version of
 * the token is the API's choice here too. Throws EntraError.
 */
export async function answerTokenRequestV1(call: Call, tenant: TokenEndpoint, reached: Reached): Promise<Answer> {
  const request = readTokenRequest(await readForm(call), call.headers)
  reached.onRequest(request)
  const { resourceName, token } = await issue(request, resourceOfParameter, call.origin, tenant, reached)
  const body = {
    token_type: 'Bearer',
    expires_in: String(token.expiresIn),
    ext_expires_in: String(token.expiresIn),
    expires_on: String(token.expires),
    not_before: String(token.notBefore),
    resource: resourceName,
    access_token: token.accessToken,
  }
  return { status: 200, headers: successHeaders(), body }
}

function resourceOfParameter({ resource }: TokenRequest): string {
  if (resource === undefined) throw refusal('missingParameter', { parameter: 'resource' })
  return resource
}

async function issue(
  request: TokenRequest,
  readResource: (request: TokenRequest) => string,
  origin: string,
  tenant: TokenEndpoint,
  { tenantAsRequested, issuer, onGrant }: Reached,
): Promise<{ resourceName: string; token: IssuedToken }> {
  const { directory, federation, keys, now } = tenant
  const grant = Object.hasOwn(grantTypes, request.grantType) ? grantTypes[request.grantType] : undefined
  if (grant === undefined) throw refusal('unsupportedGrant', { grantType: request.grantType })
  const client = tenant.grants.client(request.clientId, tenantAsRequested)
  const resourceName = readResource(request)
  const credential = await authenticateClient(request, client, { directory, federation, origin, issuer, now: now() })
  const granted = tenant.grants[grant](request.clientId, resourceName, tenantAsRequested)
  onGrant(granted)
  const token = await issueAccessToken(granted.prepared({ credential, issuer }), keys.current(), now(), tenant.times)
  return { resourceName, token }
}

function successHeaders(): Record<string, string> {
  // Written out: spreading noStore costs as much as checking the client's secret.
  const { 'cache-control': cacheControl, pragma, expires } = noStore
  return { 'cache-control': cacheControl, pragma, expires, 'x-ms-request-id': randomUUID() }
}
