import assert from 'node:assert/strict'
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import type { Tenant } from '../src/index.js'
import { form, type HttpsClient, type Json, list, type Message, object, type Reply, text } from './https-client.js'

export interface Credentials {
  clientId: string
  clientSecret: string
}

/** Posts a client-credentials request with the secret in the body. */
export function requestToken(
  client: HttpsClient,
  tenant: Pick<Tenant, 'tenantId'>,
  { clientId, clientSecret }: Credentials,
  scope: string,
  { headers = {} }: Message = {},
): Promise<Reply> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope,
  }).toString()
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: { ...form, ...headers }, body })
}

export interface Jwt {
  readonly header: Json
  readonly claims: Json
}

/** The token of a successful answer, after its signature was proved with a key that the tenant publishes. */
export async function verifiedToken(reply: Reply, client: HttpsClient, tenant: Tenant): Promise<Jwt> {
  assert.equal(reply.status, 200, reply.text)
  const keys = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  return verified(text(reply.body, 'access_token'), list(keys.body['keys']))
}

/** Proves the signature with node:crypto alone. */
export function verified(token: string, keys: readonly Json[]): Jwt {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const jwt = { header: segment(header), claims: segment(claims) }
  const jwk = keys.find(({ kid }) => kid === jwt.header['kid'])
  assert.ok(jwk, 'the key that signed is published')
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  assert.ok(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')), 'signature')
  return jwt
}

function segment(encoded: string): Json {
  return object(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')))
}

/** The claims of a token, unverified. */
export function claimsOf(reply: Reply): Json {
  assert.equal(reply.status, 200, reply.text)
  return segment(text(reply.body, 'access_token').split('.')[1] ?? '')
}
