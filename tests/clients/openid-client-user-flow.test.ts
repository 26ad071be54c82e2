import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import * as openid from 'openid-client'

const tenant = await startTenant({ dataFolder: null, port: 0 })
after(() => tenant.close())

const redirect_uri = 'https://app.example.com/callback'
const app = tenant.apps.add({ displayName: 'shop', secret: true, redirectUris: { web: [redirect_uri] } })
const user = await tenant.users.add({ displayName: 'Cora Lind', email: 'cora@example.com' })

/** fetch, with the tenant's certificate trusted. */
async function trusting(url: string, options: openid.CustomFetchOptions): Promise<Response> {
  const { method, headers, body } = options
  const request = httpsRequest(url, { ca: tenant.ca.root, agent: false, method, headers })
  request.end(body instanceof URLSearchParams ? body.toString() : undefined)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const named = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
  return new Response(await text(response), { status: response.statusCode ?? 0, headers: named })
}

test('openid-client goes the whole way: code, ID token, refresh, userinfo, logout', async () => {
  const issuer = new URL(`${tenant.authority}/v2.0`)
  const authentication = openid.ClientSecretPost(String(app.clientSecret))
  const options = { [openid.customFetch]: trusting }
  const configuration = await openid.discovery(issuer, app.appId, undefined, authentication, options)
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()]
  const asked = openid.buildAuthorizationUrl(configuration, {
    redirect_uri,
    scope: 'openid profile email offline_access',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  })
  const { address } = await tenant.users.authorize(user.objectId, asked.href)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const tokens = await openid.authorizationCodeGrant(configuration, new URL(address), checks)
  const claims = tokens.claims()
  assert.ok(claims)
  assert.deepEqual([claims['name'], claims['email'], claims['oid']], ['Cora Lind', 'cora@example.com', user.objectId])
  const info = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub)
  assert.deepEqual(info, { sub: claims.sub, name: 'Cora Lind', email: 'cora@example.com' })
  const renewed = await openid.refreshTokenGrant(configuration, String(tokens.refresh_token))
  assert.notEqual(renewed.access_token, tokens.access_token)
  const leaving = openid.buildEndSessionUrl(configuration, {
    post_logout_redirect_uri: redirect_uri,
    id_token_hint: String(tokens.id_token),
    state: 'bye',
  })
  const { status, headers } = await trusting(leaving.href, {
    method: 'GET',
    headers: {},
    body: null,
    redirect: 'manual',
  })
  assert.deepEqual([status, headers.get('location')], [302, `${redirect_uri}?state=bye`])
})

test('openid-client hears that a code was used', async () => {
  const issuer = new URL(`${tenant.authority}/v2.0`)
  const authentication = openid.ClientSecretBasic(String(app.clientSecret))
  const options = { [openid.customFetch]: trusting }
  const configuration = await openid.discovery(issuer, app.appId, undefined, authentication, options)
  const asked = openid.buildAuthorizationUrl(configuration, { redirect_uri, scope: 'openid' })
  const { address } = await tenant.users.authorize(user.objectId, asked.href)
  await openid.authorizationCodeGrant(configuration, new URL(address))
  const again = openid.authorizationCodeGrant(configuration, new URL(address))
  await assert.rejects(again, { name: 'ResponseBodyError', error: 'invalid_grant', status: 400 })
})
