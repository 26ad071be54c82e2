import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import { refusal } from '../errors/aadsts.js'
import { noStore } from '../errors/respond.js'
import type { Answer, Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { issueAppToken, type TokenTimes } from '../tokens/access-token.js'
import { authenticateClient, findClient } from './client-auth.js'
import { clientCredentials } from './client-credentials.js'
import { readTokenRequest } from './request.js'

export interface TokenEndpoint {
  readonly directory: Directory
  readonly keys: KeyRing
  readonly times: TokenTimes
  now(): Date
}

/** The grants this endpoint knows; a grant reads its scope and decides what an authenticated client gets. */
const grants: Readonly<Record<string, typeof clientCredentials>> = { client_credentials: clientCredentials }

/**
 * POST /{tenant}/oauth2/v2.0/token (RFC 6749 §3.2): shape, then client, then scope, then credential, then resource.
 * No document states which of several mistakes the real service names first; this order is ours. Throws EntraError.
 */
export async function answerTokenRequest(
  call: Call,
  endpoint: TokenEndpoint,
  tenantAsRequested: string,
  issuer: { v1: string; v2: string },
): Promise<Answer> {
  if (call.method !== 'POST') throw refusal('wrongVerb', { accepted: 'POST', received: call.method })
  const { directory, keys, times, now } = endpoint
  const request = await readTokenRequest(call)
  const grant = Object.hasOwn(grants, request.grantType) ? grants[request.grantType] : undefined
  if (grant === undefined) throw refusal('unsupportedGrant', { grantType: request.grantType })
  const client = findClient(request, directory, tenantAsRequested)
  const resourceName = grant.readScope(request.scope)
  const credential = authenticateClient(request, client, directory)
  const granted = grant.grant(client, resourceName, directory, tenantAsRequested)
  const { tenantId } = directory.organization
  const { accessToken, expiresIn } = await issueAppToken(
    { ...granted, credential, tenantId, issuer },
    keys.current(),
    now(),
    times,
  )
  return {
    status: 200,
    headers: { ...noStore, 'x-ms-request-id': randomUUID() },
    body: { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: accessToken },
  }
}
