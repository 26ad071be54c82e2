import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { codeOf } from '../control/asking.js'
import { deviceCodes, pollAs } from '../device.js'
import { administer } from '../graph-client.js'
import { connectTo, form, type HttpsClient, type Reply, text } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let notes: AddedApp
let middle: AddedApp
let cli: AddedApp
let user: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read', 'Notes.Write'] })
  const delegatedGrants = [{ api: notes.appId, scopes: ['Notes.Read'] }]
  middle = tenant.apps.add({ displayName: 'middle', scopes: ['Use'], secret: true, delegatedGrants })
  cli = tenant.apps.add({
    displayName: 'cli',
    publicClient: true,
    delegatedGrants: [{ api: middle.appId, scopes: ['Use'] }, ...delegatedGrants],
  })
  user = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('an API that was called with a token of a user gets one for the next API, on behalf of that user', async () => {
  const assertion = await userToken(`${middle.identifierUri}/Use`)
  const reply = await onBehalf(assertion, `openid offline_access ${notes.identifierUri}/Notes.Read`)
  const claims = claimsOf(reply)
  assert.deepEqual(
    [claims['aud'], claims['azp'], claims['azpacr'], claims['scp'], claims['oid']],
    [notes.appId, middle.appId, '1', 'Notes.Read', user.objectId],
  )
  assert.ok(reply.body['id_token'])
  const refresh = { grant_type: 'refresh_token', refresh_token: text(reply.body, 'refresh_token') }
  assert.equal(claimsOf(await post({ ...refresh, ...asMiddle() }))['oid'], user.objectId)
})

test('a token of version 1.0 is taken by the identifier URI in it', async () => {
  const old = tenant.apps.add({
    displayName: 'old',
    scopes: ['Use'],
    secret: true,
    accessTokenVersion: 1,
    delegatedGrants: [{ api: notes.appId, scopes: ['Notes.Read'] }],
  })
  const caller = tenant.apps.add({
    displayName: 'caller',
    publicClient: true,
    delegatedGrants: [{ api: old.appId, scopes: ['Use'] }],
  })
  const assertion = await userToken(`${old.identifierUri}/Use`, caller)
  const asOld = { client_id: old.appId, client_secret: String(old.clientSecret) }
  const reply = await onBehalf(assertion, `${notes.appId}/Notes.Read`, asOld)
  assert.equal(claimsOf(reply)['azp'], old.appId)
})

test('what an API gets is of the session that the token it was called with names, and renewed tokens are too', async () => {
  const graph = await administer(client, tenant)
  const sid = { name: 'sid', source: null, essential: false, additionalProperties: [] }
  const optionalClaims = { accessToken: [sid] }
  for (const { objectId } of [middle, notes]) await graph.patch(`applications/${objectId}`, { optionalClaims })
  const redirectUri = 'https://app.example.com/callback'
  const web = tenant.apps.add({
    displayName: 'web',
    secret: true,
    redirectUris: { web: [redirectUri] },
    delegatedGrants: [{ api: middle.appId, scopes: ['Use'] }],
  })
  const asked = new URLSearchParams({
    client_id: web.appId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `${middle.identifierUri}/Use`,
  })
  const { parameters } = await tenant.users.authorize(user.objectId, `https://x/?${asked.toString()}`)
  const called = await post({
    grant_type: 'authorization_code',
    code: parameters['code'] ?? '',
    redirect_uri: redirectUri,
    client_id: web.appId,
    client_secret: String(web.clientSecret),
  })
  const session = claimsOf(called)['sid']
  assert.equal(session, parameters['session_state'])
  const next = await onBehalf(text(called.body, 'access_token'), `offline_access ${notes.identifierUri}/Notes.Read`)
  const refresh = { grant_type: 'refresh_token', refresh_token: text(next.body, 'refresh_token') }
  const renewed = await post({ ...refresh, ...asMiddle() })
  assert.deepEqual([claimsOf(next)['sid'], claimsOf(renewed)['sid']], [session, session])
  for (const { objectId } of [middle, notes]) {
    await graph.patch(`applications/${objectId}`, { optionalClaims: { accessToken: [] } })
  }
})

test('what was not granted to the API in the middle is refused', async () => {
  const assertion = await userToken(`${middle.identifierUri}/Use`)
  assertRefused(await onBehalf(assertion, `${notes.appId}/Notes.Write`), 400, 'invalid_grant', 65001)
})

test('a token for somebody else, of nobody, too old, of an application and an ID token are refused', async () => {
  const scope = `${notes.appId}/Notes.Read`
  assertRefused(await onBehalf(await userToken(scope), scope), 400, 'invalid_grant', 500131)
  const good = await userToken(`${middle.identifierUri}/Use`)
  assertRefused(await onBehalf(`${good.slice(0, -20)}${'A'.repeat(20)}`, scope), 400, 'invalid_grant', 50013)
  const daemon = tenant.apps.add({ displayName: 'daemon', secret: true })
  const credentials = { clientId: daemon.appId, clientSecret: String(daemon.clientSecret) }
  const own = await requestToken(client, tenant, credentials, `${middle.identifierUri}/.default`)
  assertRefused(await onBehalf(text(own.body, 'access_token'), scope), 400, 'invalid_grant', 7000114)
  const { userCode, deviceCode } = await deviceCodes({ tenant, client }, middle.appId, 'openid')
  tenant.users.signIn(user.objectId, { deviceCode: userCode })
  const signedIn = await pollAs({ tenant, client }, middle.appId, deviceCode, {
    client_secret: String(middle.clientSecret),
  })
  assertRefused(await onBehalf(text(signedIn.body, 'id_token'), scope), 400, 'invalid_grant', 240002)
  tenant.clock.advance({ hours: 2 })
  assertRefused(await onBehalf(good, scope), 400, 'invalid_grant', 500133)
  tenant.clock.release()
})

test('the API proves itself, and says what it asks for', async () => {
  const assertion = await userToken(`${middle.identifierUri}/Use`)
  const scope = `${notes.appId}/Notes.Read`
  assertRefused(await onBehalf(assertion, scope, { client_id: middle.appId }), 401, 'invalid_client', 7000218)
  assertRefused(await onBehalf(assertion, ''), 400, 'invalid_request', 900144)
  assertRefused(await onBehalf('', scope), 400, 'invalid_request', 900144)
  const other = await onBehalf(assertion, scope, { ...asMiddle(), requested_token_use: 'exchange' })
  assertRefused(other, 400, 'invalid_request', 900144)
})

async function userToken(scope: string, { appId } = cli): Promise<string> {
  const { userCode, deviceCode } = await deviceCodes({ tenant, client }, appId, scope)
  tenant.users.signIn(user.objectId, { deviceCode: userCode })
  return text((await pollAs({ tenant, client }, appId, deviceCode)).body, 'access_token')
}

function asMiddle(): Record<string, string> {
  return { client_id: middle.appId, client_secret: String(middle.clientSecret) }
}

function onBehalf(assertion: string, scope: string, credentials = asMiddle()): Promise<Reply> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  return post({ grant_type, requested_token_use: 'on_behalf_of', assertion, scope, ...credentials })
}

function post(fields: Record<string, string>): Promise<Reply> {
  const body = new URLSearchParams(fields).toString()
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: form, body })
}

function assertRefused(reply: Reply, status: number, error: string, code: number): void {
  assert.deepEqual([reply.status, reply.body['error'], codeOf(reply)], [status, error, code], reply.text)
}
