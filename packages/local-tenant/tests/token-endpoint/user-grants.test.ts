import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath, newProofKey } from '../browser.js'
import { codeOf } from '../control/asking.js'
import { administer } from '../graph-client.js'
import {
  connectTo,
  form,
  guidPattern,
  type HttpsClient,
  type Json,
  list,
  object,
  type Reply,
  text,
} from '../https-client.js'
import { claimsOf, verified } from '../token-client.js'

const callback = 'https://app.example.com/callback'
const page = 'https://page.example.com/'
const loopback = 'http://localhost:4000/'
const origin = { origin: 'https://page.example.com' }

let tenant: Tenant
let client: HttpsClient
let notes: AddedApp
let app: AddedApp
let user: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read', 'Notes.Write'] })
  app = tenant.apps.add({
    displayName: 'shop',
    secret: true,
    redirectUris: { web: [callback], spa: [page], native: [loopback] },
    delegatedGrants: [{ api: notes.appId, scopes: ['Notes.Read', 'Notes.Write'] }],
  })
  user = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('a web client redeems its code with its secret for all three tokens', async () => {
  const code = await codeFor(callback, { nonce: 'n-1' })
  const reply = await redeem(code, callback, { ...secret(), client_info: '1' })
  assert.equal(reply.status, 200, reply.text)
  assert.deepEqual(Object.keys(reply.body), [
    ...[
      'token_type',
      'scope',
      'expires_in',
      'ext_expires_in',
      'access_token',
      'refresh_token',
      'id_token',
      'client_info',
    ],
  ])
  const claims = claimsOf(reply)
  assert.deepEqual([claims['scp'], claims['azpacr'], claims['oid']], ['Notes.Read', '1', user.objectId])
  const keys = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  const idToken = verified(text(reply.body, 'id_token'), list(keys.body['keys'])).claims
  assert.deepEqual([idToken['nonce'], idToken['preferred_username']], ['n-1', 'cora@example.com'])
  assert.ok(idToken['sid'])
  assertRefused(await redeem(code, callback, secret()), 400, 'invalid_grant', 54005)
})

test('without openid there is no ID token, and without offline_access no refresh token', async () => {
  const code = await codeFor(callback, { scope: `${notes.appId}/Notes.Read` })
  const { body } = await redeem(code, callback, secret())
  assert.deepEqual(Object.keys(body), ['token_type', 'scope', 'expires_in', 'ext_expires_in', 'access_token'])
})

test('each kind of client proves itself in its own way', async () => {
  const web = await codeFor(callback)
  assertRefused(await redeem(web, callback, {}), 401, 'invalid_client', 7000218)
  assertRefused(await redeem(web, callback, { client_secret: 'wrong' }), 401, 'invalid_client', 7000215)
  assertRefused(await redeem(web, callback, secret(), origin), 400, 'invalid_request', 9002326)
  assert.equal((await redeem(web, callback, secret())).status, 200, 'a refused client uses up no code')
  const { verifier, challenge } = newProofKey()
  const spa = await codeFor(page, { code_challenge: challenge, code_challenge_method: 'S256' })
  const proof = { code_verifier: verifier }
  assertRefused(await redeem(spa, page, proof), 400, 'invalid_request', 9002327)
  assertRefused(await redeem(spa, page, { ...proof, ...secret() }, origin), 401, 'invalid_client', 700025)
  assert.equal((await redeem(spa, page, proof, origin)).status, 200)
  const native = await codeFor(loopback)
  assertRefused(await redeem(native, loopback, secret()), 401, 'invalid_client', 700025)
  assert.equal(claimsOf(await redeem(native, loopback, {}))['azpacr'], '0')
})

test('the verifier has to fit the challenge, whichever way it was sent', async () => {
  const { verifier, challenge } = newProofKey()
  const hashed = { code_challenge: challenge, code_challenge_method: 'S256' }
  const code = await codeFor(callback, hashed)
  for (const code_verifier of ['', challenge, `${verifier}x`]) {
    assertRefused(await redeem(code, callback, { ...secret(), code_verifier }), 400, 'invalid_grant', 501481)
  }
  assert.equal((await redeem(code, callback, { ...secret(), code_verifier: verifier })).status, 200)
  const plain = await codeFor(callback, { code_challenge: verifier })
  assert.equal((await redeem(plain, callback, { ...secret(), code_verifier: verifier })).status, 200)
  const none = await codeFor(callback)
  assertRefused(await redeem(none, callback, { ...secret(), code_verifier: verifier }), 400, 'invalid_grant', 501481)
})

test('a code is for its client and its redirect URI, for ten minutes', async () => {
  const code = await codeFor(callback)
  assertRefused(await redeem(code, `${callback}?x`, secret()), 400, 'invalid_grant', 500112)
  const other = tenant.apps.add({ displayName: 'other', secret: true })
  const asOther = { client_id: other.appId, client_secret: String(other.clientSecret) }
  assertRefused(await redeem(code, callback, asOther), 400, 'invalid_grant', 70000)
  assertRefused(await redeem('made up', callback, secret()), 400, 'invalid_grant', 70000)
  assertRefused(await redeem('', callback, secret()), 400, 'invalid_request', 900144)
  tenant.clock.advance({ minutes: 10 })
  assertRefused(await redeem(code, callback, secret()), 400, 'invalid_grant', 70008)
  tenant.clock.release()
})

test('a refresh token gives new tokens and a new refresh token, also for another granted permission', async () => {
  const first = await redeem(await codeFor(callback), callback, secret())
  const second = await refresh(text(first.body, 'refresh_token'), secret())
  assert.equal(claimsOf(second)['scp'], 'Notes.Read')
  assert.notEqual(second.body['refresh_token'], first.body['refresh_token'])
  assert.ok(second.body['id_token'])
  const scope = `${notes.appId}/Notes.Write`
  const third = await refresh(text(second.body, 'refresh_token'), { ...secret(), scope })
  assert.equal(claimsOf(third)['scp'], 'Notes.Write')
  const again = await refresh(text(first.body, 'refresh_token'), secret())
  assert.equal(again.status, 200, 'the old one is not revoked')
  assertRefused(await refresh(text(first.body, 'refresh_token'), {}), 401, 'invalid_client', 7000218)
  const beyond = { ...secret(), scope: 'https://graph.microsoft.com/User.Read' }
  assertRefused(await refresh(text(first.body, 'refresh_token'), beyond), 400, 'invalid_grant', 65001)
  assertRefused(await refresh('made up', secret()), 400, 'invalid_grant', 70000)
})

test('tokens that are renewed are of the session that the first ones were of, however often', async () => {
  const graph = await administer(client, tenant)
  const sid = { name: 'sid', source: null, essential: false, additionalProperties: [] }
  await graph.patch(`applications/${notes.objectId}`, { optionalClaims: { accessToken: [sid] } })
  const sidsOf = (reply: Reply) => [claimsIn(reply, 'access_token')['sid'], claimsIn(reply, 'id_token')['sid']]
  const first = await redeem(await codeFor(callback), callback, secret())
  const [session] = sidsOf(first)
  assert.match(String(session), guidPattern)
  const other = sidsOf(await redeem(await codeFor(callback), callback, secret()))
  assert.notEqual(other[0], session)
  const second = await refresh(text(first.body, 'refresh_token'), secret())
  const scope = `${notes.appId}/Notes.Write`
  const third = await refresh(text(second.body, 'refresh_token'), { ...secret(), scope })
  const { verifier, challenge } = newProofKey()
  const spa = await codeFor(page, { code_challenge: challenge, code_challenge_method: 'S256' })
  const ofPage = await redeem(spa, page, { code_verifier: verifier }, origin)
  const renewedOfPage = await refresh(text(ofPage.body, 'refresh_token'), {}, origin)
  assert.deepEqual([first, second, third].map(sidsOf), Array(3).fill([session, session]))
  assert.deepEqual(sidsOf(renewedOfPage), sidsOf(ofPage))
  await graph.patch(`applications/${notes.objectId}`, { optionalClaims: { accessToken: [] } })
})

test('a refresh token is good for ninety days from its last use, and one of a page for a day from the first', async () => {
  const web = text((await redeem(await codeFor(callback), callback, secret())).body, 'refresh_token')
  const { verifier, challenge } = newProofKey()
  const spaCode = await codeFor(page, { code_challenge: challenge, code_challenge_method: 'S256' })
  const redeemed = await redeem(spaCode, page, { code_verifier: verifier }, origin)
  assert.equal(redeemed.headers['access-control-allow-origin'], '*')
  tenant.clock.advance({ hours: 23 })
  const successor = text((await refresh(text(redeemed.body, 'refresh_token'), {}, origin)).body, 'refresh_token')
  tenant.clock.advance({ hours: 1 })
  const over = await refresh(successor, {}, origin)
  assertRefused(over, 400, 'invalid_grant', 700084)
  assert.equal(over.headers['access-control-allow-origin'], '*', 'the page may read why')
  tenant.clock.advance({ days: 88 })
  const next = text((await refresh(web, secret())).body, 'refresh_token')
  tenant.clock.advance({ days: 1, hours: 1 })
  assertRefused(await refresh(web, secret()), 400, 'invalid_grant', 700082)
  assert.equal((await refresh(next, secret())).status, 200)
  tenant.clock.release()
})

test('another password ends the refresh tokens from before it', async () => {
  const { objectId } = await tenant.users.add({ displayName: 'Max', name: 'max' })
  const reply = await redeem(await codeFor(callback, {}, objectId), callback, secret())
  tenant.clock.advance({ minutes: 1 })
  const graph = await administer(client, tenant)
  const passwordProfile = { password: 'Another-Day-8', forceChangePasswordNextSignIn: false }
  await graph.patch(`users/${objectId}`, { passwordProfile })
  assertRefused(await refresh(text(reply.body, 'refresh_token'), secret()), 400, 'invalid_grant', 50173)
  tenant.clock.release()
})

test('pages ask beforehand and are let in', async () => {
  const path = `/${tenant.tenantId}/oauth2/v2.0/token`
  const asked = { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-client-sku' }
  const { status, headers } = await client.send('OPTIONS', path, { headers: asked })
  assert.equal(status, 204)
  assert.equal(headers['access-control-allow-origin'], '*')
  assert.equal(headers['access-control-allow-headers'], 'x-client-sku')
  const sign = await client.send('GET', authorizePath(tenant, { client_id: app.appId }), { headers: origin })
  assert.ok(!('access-control-allow-origin' in sign.headers))
})

function claimsIn({ body }: Reply, name: string): Json {
  return object(JSON.parse(Buffer.from(text(body, name).split('.')[1] ?? '', 'base64url').toString('utf8')))
}

function secret(): Record<string, string> {
  return { client_secret: String(app.clientSecret) }
}

async function codeFor(
  redirect_uri: string,
  more: Readonly<Record<string, string>> = {},
  userId = user.objectId,
): Promise<string> {
  const scope = `openid profile offline_access ${notes.appId}/Notes.Read`
  const asked = { client_id: app.appId, response_type: 'code', redirect_uri, scope, ...more }
  const url = `${tenant.origin}${authorizePath(tenant, asked)}`
  return String((await tenant.users.authorize(userId, url)).parameters['code'])
}

function redeem(
  code: string,
  redirect_uri: string,
  more: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return post({ grant_type: 'authorization_code', client_id: app.appId, code, redirect_uri, ...more }, headers)
}

function refresh(
  refresh_token: string,
  more: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return post({ grant_type: 'refresh_token', client_id: app.appId, refresh_token, ...more }, headers)
}

function post(fields: Record<string, string>, headers: Readonly<Record<string, string>>): Promise<Reply> {
  const body = new URLSearchParams(fields).toString()
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: { ...form, ...headers }, body })
}

function assertRefused(reply: Reply, status: number, error: string, code: number): void {
  assert.deepEqual([reply.status, reply.body['error'], codeOf(reply)], [status, error, code], reply.text)
}
