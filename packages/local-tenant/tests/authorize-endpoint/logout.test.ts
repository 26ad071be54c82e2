import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath, type Browser, openBrowser, told } from '../browser.js'
import { administer } from '../graph-client.js'
import { connectTo, type HttpsClient, type Reply } from '../https-client.js'

const callback = 'https://app.example.com/callback'
const goodbye = 'https://app.example.com/goodbye'

let tenant: Tenant
let client: HttpsClient
let app: AddedApp
let telling: AddedApp
let user: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  const redirectUris = { web: [callback, goodbye] }
  app = tenant.apps.add({ displayName: 'shop', redirectUris })
  telling = tenant.apps.add({ displayName: 'telling', redirectUris })
  const graph = await administer(client, tenant)
  await graph.patch(`applications/${telling.objectId}`, { web: { logoutUrl: 'https://app.example.com/bye?x=1' } })
  await graph.patch(`applications/${telling.objectId}`, {
    web: { implicitGrantSettings: { enableIdTokenIssuance: true } },
  })
  user = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('a logout ends the session and goes on to an address of a client of the session', async () => {
  const browser = await signedIn(app)
  const reply = await leave(browser, { post_logout_redirect_uri: goodbye, state: 'a b' })
  assert.equal(reply.status, 302)
  assert.equal(reply.headers.location, `${goodbye}?state=a+b`)
  assert.deepEqual(
    [...browser.cookies.keys()].filter((name) => name.includes('session')),
    [],
  )
  assert.equal(told(await browser.get(asking(app, { prompt: 'none' })))['error'], 'login_required')
})

test('the session is over for a copy of its cookie too', async () => {
  const browser = await signedIn(app)
  const copies = new Map(browser.cookies)
  await leave(browser, {})
  for (const [name, value] of copies) browser.cookies.set(name, value)
  assert.equal(told(await browser.get(asking(app, { prompt: 'none' })))['error'], 'login_required')
})

test('an address that no client of the session has is not gone to', async () => {
  const browser = await signedIn(app)
  const reply = await leave(browser, { post_logout_redirect_uri: 'https://evil.example/' })
  assertSignedOut(reply)
  assert.ok(!reply.text.includes('evil.example'))
  assertSignedOut(await leave(openBrowser(client), { post_logout_redirect_uri: goodbye }))
})

test('without a session the client is known by client_id, or by an ID token that is ours', async () => {
  const named = await leave(openBrowser(client), { post_logout_redirect_uri: goodbye, client_id: app.appId })
  assert.equal(named.headers.location, goodbye)
  const asked = asking(telling, { response_type: 'id_token', nonce: 'n' })
  const { parameters } = await tenant.users.authorize(user.objectId, `${tenant.origin}${asked}`)
  const id_token_hint = String(parameters['id_token'])
  const hinted = await leave(openBrowser(client), { post_logout_redirect_uri: goodbye, id_token_hint })
  assert.equal(hinted.headers.location, goodbye)
  const forged = `${id_token_hint.slice(0, -20)}${'A'.repeat(20)}`
  assertSignedOut(await leave(openBrowser(client), { post_logout_redirect_uri: goodbye, id_token_hint: forged }))
})

test('clients with a logout address are told through frames before the browser goes on', async () => {
  const browser = await signedIn(telling)
  const reply = await leave(browser, { post_logout_redirect_uri: goodbye })
  assertSignedOut(reply)
  assert.match(
    reply.text,
    /<iframe src="https:\/\/app\.example\.com\/bye\?x=1&amp;iss=https%3A%2F%2Flocalhost[^"]*&amp;sid=[0-9a-f-]{36}" title="" hidden>/,
  )
  assert.ok(reply.text.includes(`<meta http-equiv="refresh" content="2; url=${goodbye}">`))
  assert.match(String(reply.headers['content-security-policy']), /frame-src https:\/\/app\.example\.com;/)
})

async function signedIn({ appId }: AddedApp): Promise<Browser> {
  const browser = openBrowser(client)
  await browser.get(asking({ appId }, {}))
  assert.ok('code' in told(await browser.submit({ name: user.signInName, password: user.password })))
  return browser
}

function asking({ appId }: Pick<AddedApp, 'appId'>, more: Readonly<Record<string, string>>): string {
  const asked = { client_id: appId, response_type: 'code', redirect_uri: callback, scope: 'openid' }
  return authorizePath(tenant, { ...asked, ...more })
}

function leave(browser: Browser, parameters: Readonly<Record<string, string>>): Promise<Reply> {
  return browser.get(`/${tenant.tenantId}/oauth2/v2.0/logout?${new URLSearchParams(parameters).toString()}`)
}

function assertSignedOut(reply: Reply): void {
  assert.equal(reply.status, 200)
  assert.ok(reply.text.includes('<h1>Signed out</h1>'), reply.text)
}
