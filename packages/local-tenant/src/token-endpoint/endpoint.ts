import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import { refusal } from '../errors/aadsts.js'
import { noStore } from '../errors/respond.js'
import type { Answer, Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { type IssuedToken, issueAppToken, type TokenTimes } from '../tokens/access-token.js'
import { findClient } from './client.js'
import { authenticateClient } from './client-auth.js'
import { type Grant, grantClientCredentials } from './client-credentials.js'
import type { Federation } from './federation.js'
import { readTokenRequest, type TokenRequest } from './request.js'
import { resourceOfScope } from './scopes.js'

export interface TokenEndpoint {
  readonly directory: Directory
  readonly keys: KeyRing
  readonly times: TokenTimes
  /** Where the keys of other issuers come from. */
  readonly federation: Federation
  now(): Date
  /** Told what a client is about to get, before its token is signed. */
  onGrant?(granted: Grant): void
}

/** The grants this endpoint knows: each decides what an authenticated client gets. */
const grants: Readonly<Record<string, typeof grantClientCredentials>> = { client_credentials: grantClientCredentials }

/** Who the tokens of this call are from, for either version of a token. */
export interface Issuers {
  readonly v1: string
  readonly v2: string
}

/**
 * POST /{tenant}/oauth2/v2.0/token (RFC 6749 §3.2): shape, then client, then scope, then credential, then resource.
 * No document states which of several mistakes the real service names first; this order is ours. Throws EntraError.
 */
export async function answerTokenRequest(
  call: Call,
  tenant: TokenEndpoint,
  tenantAsRequested: string,
  issuer: Issuers,
): Promise<Answer> {
  const request = await readPost(call)
  if (request.resource !== undefined) throw refusal('resourceParameter', {})
  const asked = { tenantAsRequested, origin: call.origin, issuer, readResource: resourceOfScope }
  const { token } = await issue(request, tenant, asked)
  const { expiresIn, accessToken } = token
  return success({ token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: accessToken })
}

/**
 * POST /{tenant}/oauth2/token, the v1.0 endpoint: names the API in `resource` and answers with numbers as text. The version of
 * the token is the API's choice here too. Throws EntraError.
 */
export async function answerTokenRequestV1(
  call: Call,
  tenant: TokenEndpoint,
  tenantAsRequested: string,
  issuer: Issuers,
): Promise<Answer> {
  const request = await readPost(call)
  const readResource = ({ resource }: TokenRequest) => {
    if (resource === undefined) throw refusal('missingParameter', { parameter: 'resource' })
    return resource
  }
  const asked = { tenantAsRequested, origin: call.origin, issuer, readResource }
  const { resourceName, token } = await issue(request, tenant, asked)
  return success({
    token_type: 'Bearer',
    expires_in: String(token.expiresIn),
    ext_expires_in: String(token.expiresIn),
    expires_on: String(token.expires),
    not_before: String(token.notBefore),
    resource: resourceName,
    access_token: token.accessToken,
  })
}

async function readPost(call: Call): Promise<TokenRequest> {
  if (call.method !== 'POST') throw refusal('wrongVerb', { accepted: 'POST', received: call.method })
  return readTokenRequest(call)
}

interface Asked {
  tenantAsRequested: string
  /** Scheme and host as the client addressed us. */
  origin: string
  issuer: Issuers
  readResource(request: TokenRequest): string
}

async function issue(
  request: TokenRequest,
  { directory, keys, times, now, federation, onGrant }: TokenEndpoint,
  { tenantAsRequested, origin, issuer, readResource }: Asked,
): Promise<{ resourceName: string; token: IssuedToken }> {
  const grant = Object.hasOwn(grants, request.grantType) ? grants[request.grantType] : undefined
  if (grant === undefined) throw refusal('unsupportedGrant', { grantType: request.grantType })
  const client = findClient(request, directory, tenantAsRequested)
  const resourceName = readResource(request)
  const credential = await authenticateClient(request, client, { directory, federation, origin, issuer, now: now() })
  const granted = grant(client, resourceName, directory, tenantAsRequested)
  onGrant?.(granted)
  const { tenantId } = directory.organization
  const token = await issueAppToken({ ...granted, credential, tenantId, issuer }, keys.current(), now(), times)
  return { resourceName, token }
}

function success(body: object): Answer {
  return { status: 200, headers: { ...noStore, 'x-ms-request-id': randomUUID() }, body }
}
