import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath, hiddenFields, newProofKey, openBrowser, told } from '../browser.js'
import { administer, type GraphClient } from '../graph-client.js'
import { connectTo, form, guidPattern, type HttpsClient, type Json, list, type Reply } from '../https-client.js'
import { type Jwt, verified } from '../token-client.js'

const callback = 'https://app.example.com/callback'
const page = 'https://page.example.com/'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let app: AddedApp
let user: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  app = tenant.apps.add({
    displayName: 'shop',
    secret: true,
    redirectUris: { web: [callback], spa: [page], native: ['http://localhost/back', 'shop://auth'] },
  })
  await graph.patch(`applications/${app.objectId}`, {
    web: { implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: true } },
  })
  user = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com', password: 'Sunny-Day-7' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('the sign-in page leads back to the client with a code and its state, and the session does so without it', async () => {
  const browser = openBrowser(client)
  const asked = await browser.get(asking({ state: 'a b&c' }))
  assertPage(asked, 200, 'Sign in')
  assert.ok(asked.text.includes('<strong>shop</strong>'))
  const first = told(await browser.submit(right()))
  assert.deepEqual(Object.keys(first), ['code', 'session_state', 'state'])
  assert.equal(first['state'], 'a b&c')
  assert.match(String(first['session_state']), guidPattern)
  const second = told(await browser.get(asking({ prompt: 'none' })))
  assert.equal(second['session_state'], first['session_state'])
  assert.notEqual(second['code'], first['code'])
  assertPage(await browser.get(asking({ prompt: 'login' })), 200, 'Sign in')
  assertPage(await browser.get(asking({ prompt: 'select_account' })), 200, 'Pick an account', 'Cora')
  assert.equal(told(await browser.submit({ step: 'continue' }))['session_state'], first['session_state'])
  await browser.get(asking({ prompt: 'select_account' }))
  assertPage(await browser.submit({ step: 'back' }), 200, 'Sign in')
  assertPage(await browser.get(asking({ prompt: 'create' })), 200, 'Create an account')
  assert.ok('code' in told(await browser.get(asking({ prompt: 'consent', domain_hint: 'Google' }))))
})

test('login_hint fills in the name, and a session of somebody else is not used', async () => {
  const browser = openBrowser(client)
  const hinted = await browser.get(asking({ login_hint: 'cora@example.com' }))
  assert.ok(hinted.text.includes('value="cora@example.com"'))
  await browser.submit(right())
  assert.ok('code' in told(await browser.get(asking({ login_hint: 'CORA@example.com' }))))
  assertPage(await browser.get(asking({ login_hint: 'other@example.com' })), 200, 'Sign in')
  const silent = told(await browser.get(asking({ login_hint: 'other@example.com', prompt: 'none' })))
  assert.equal(silent['error'], 'login_required')
})

test('the response comes in the query, in the fragment or by a form, whichever was asked for', async () => {
  const fragment = await tenant.users.authorize(user.objectId, url({ response_mode: 'fragment' }))
  assert.match(fragment.address, /^https:\/\/app\.example\.com\/callback#code=/)
  const query = await tenant.users.authorize(user.objectId, url({}))
  assert.match(query.address, /^https:\/\/app\.example\.com\/callback\?code=/)
  const browser = openBrowser(client)
  await browser.get(asking({ response_mode: 'form_post', state: '"<x>' }))
  const posted = await browser.submit(right())
  assertPage(posted, 200, 'Signed in')
  assert.ok(posted.text.includes(`<form method="post" action="${callback}">`))
  const { code, ...rest } = hiddenFields(posted.text)
  assert.ok(code)
  assert.deepEqual(Object.keys(rest), ['session_state', 'state'])
  assert.equal(rest['state'], '"<x>')
  const policy = String(posted.headers['content-security-policy'])
  assert.match(
    policy,
    /script-src 'sha256-[^']+'; form-action 'self' https:\/\/app\.example\.com; frame-ancestors 'none'/,
  )
})

test('an ID token through the browser vouches for the code beside it and repeats the nonce', async () => {
  const request = { response_type: 'code id_token', nonce: 'n-1', scope: 'openid profile email' }
  const { parameters, address } = await tenant.users.authorize(user.objectId, url(request))
  assert.match(address, /#code=/)
  const { claims } = await published(String(parameters['id_token']))
  assert.equal(claims['nonce'], 'n-1')
  assert.equal(claims['aud'], app.appId)
  assert.equal(claims['email'], 'cora@example.com')
  assert.equal(claims['sid'], parameters['session_state'])
  assert.match(String(claims['c_hash']), /^[\w-]{22}$/)
  assert.ok(!('at_hash' in claims))
  const both = await tenant.users.authorize(user.objectId, url({ ...request, response_type: 'id_token token' }))
  const { at_hash } = (await published(String(both.parameters['id_token']))).claims
  assert.match(String(at_hash), /^[\w-]{22}$/)
  assert.equal(both.parameters['token_type'], 'Bearer')
  assert.ok(both.parameters['access_token'])
})

test('what only the person at the browser may hear is a page: an unknown client, a redirect URI of nobody', async () => {
  const strange = await client.send('GET', asking({ redirect_uri: `${callback}/x` }))
  assertPage(strange, 400, 'Sign-in is not possible', 'AADSTS50011')
  const upper = await client.send('GET', asking({ redirect_uri: callback.toUpperCase() }))
  assertPage(upper, 400, 'Sign-in is not possible', 'AADSTS50011')
  const { redirect_uri: _, ...without } = defaults()
  assertPage(await client.send('GET', authorizePath(tenant, without)), 400, 'Sign-in is not possible', 'AADSTS900971')
  const unknown = await client.send('GET', asking({ client_id: user.objectId }))
  assertPage(unknown, 400, 'Sign-in is not possible', 'AADSTS700016')
  assertPage(await client.send('GET', `${asking({})}&scope=twice`), 400, 'Sign-in is not possible', 'AADSTS9002313')
})

test('everything else that is wrong is told to the client, with its state', async () => {
  const cases: [Readonly<Record<string, string>>, string, number][] = [
    [{ response_type: 'magic' }, 'unsupported_response_type', 70005],
    [{ response_type: 'id_token', nonce: 'n', scope: 'profile' }, 'unsupported_response_type', 70005],
    [{ response_type: 'id_token' }, 'invalid_request', 900144],
    [{ response_type: '' }, 'invalid_request', 900144],
    [{ response_type: 'id_token', nonce: 'n', response_mode: 'query' }, 'invalid_request', 70007],
    [{ response_mode: 'pigeon' }, 'invalid_request', 70007],
    [{ redirect_uri: page }, 'invalid_request', 50147],
    [{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S512' }, 'invalid_request', 50147],
    [{ code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request', 501491],
    [{ prompt: 'none' }, 'login_required', 50058],
    [{ prompt: 'loud' }, 'invalid_request', 9002313],
    [{ scope: '' }, 'invalid_request', 900144],
    [{ scope: 'api://nobody/Read' }, 'invalid_resource', 500011],
  ]
  for (const [parameters, error, code] of cases) {
    const sent = told(await client.send('GET', asking({ state: 's', ...parameters })))
    assert.deepEqual(Object.keys(sent), ['error', 'error_description', 'state'], JSON.stringify(parameters))
    assert.deepEqual([sent['error'], sent['state']], [error, 's'], JSON.stringify(parameters))
    assert.ok(sent['error_description']?.startsWith(`AADSTS${code}: `), sent['error_description'])
  }
})

test('tokens come through the browser only where the application allows it', async () => {
  const plain = tenant.apps.add({ displayName: 'plain', redirectUris: { web: [callback] } })
  for (const [response_type, named] of [
    ['id_token', 'id_token'],
    ['code id_token', 'id_token'],
  ]) {
    const sent = told(
      await client.send('GET', asking({ client_id: plain.appId, response_type: String(response_type), nonce: 'n' })),
    )
    assert.equal(sent['error'], 'unsupported_response_type')
    assert.match(
      String(sent['error_description']),
      new RegExp(`^AADSTS700054: response_type '${named}' is not enabled`),
    )
  }
})

test('a client without consent, and a user without the assignment it takes, are told so', async () => {
  const scope = 'https://graph.microsoft.com/User.Read'
  const browser = openBrowser(client)
  await browser.get(asking({ scope }))
  const refused = told(await browser.submit(right()))
  assert.equal(refused['error'], 'consent_required')
  assert.match(String(refused['error_description']), /^AADSTS65001: /)
  const closed = tenant.apps.add({ displayName: 'closed', redirectUris: { web: [callback] } })
  await graph.patch(`servicePrincipals/${closed.servicePrincipalId}`, { appRoleAssignmentRequired: true })
  await browser.get(asking({ client_id: closed.appId, prompt: 'login' }))
  const blocked = told(await browser.submit(right()))
  assert.equal(blocked['error'], 'access_denied')
  assert.match(String(blocked['error_description']), /^AADSTS50105: /)
})

test('a wrong password shows the page again, and so does a form that this browser was not shown', async () => {
  const browser = openBrowser(client)
  await browser.get(asking({ state: 's' }))
  const wrong = await browser.submit({ ...right(), password: 'Rainy-Day-7' })
  assertPage(wrong, 400, 'Sign in', 'do not belong together')
  assert.ok('code' in told(await browser.submit(right())), 'the page that came back works')
  const other = openBrowser(client)
  await other.get(asking({}))
  const forged = await other.submit({ ...right(), form_key: 'x'.repeat(32) })
  assertPage(forged, 400, 'Sign in', 'This page was open for too long')
  const action = `/${tenant.tenantId}/oauth2/v2.0/signin`
  const fields = new URLSearchParams({ ...right(), request: new URLSearchParams(defaults()).toString(), form_key: '' })
  assertPage(await client.send('POST', action, { headers: form, body: fields.toString() }), 400, 'Sign in')
})

test('a session lasts as long as the browser, or ninety days when the user is kept signed in', async () => {
  const browser = openBrowser(client)
  await browser.get(asking({}))
  const passing = await browser.submit(right())
  assert.match(sessionCookie(passing), /; SameSite=None$/)
  await browser.get(asking({ prompt: 'login' }))
  const lasting = await browser.submit({ ...right(), stay: '1' })
  assert.match(sessionCookie(lasting), /; SameSite=None; Max-Age=7776000$/)
  tenant.clock.advance({ days: 89 })
  assert.ok('code' in told(await browser.get(asking({ prompt: 'none' }))))
  tenant.clock.advance({ days: 2 })
  assert.equal(told(await browser.get(asking({ prompt: 'none' })))['error'], 'login_required')
  tenant.clock.release()
})

test('a session ends when the account is disabled or gets another password', async () => {
  const { objectId, password, signInName } = await tenant.users.add({ displayName: 'Max', name: 'max' })
  const browser = openBrowser(client)
  const signIn = async () => {
    await browser.get(asking({ prompt: 'login' }))
    assert.ok('code' in told(await browser.submit({ name: signInName, password })))
  }
  const silently = async () => told(await browser.get(asking({ prompt: 'none' })))
  await signIn()
  await graph.patch(`users/${objectId}`, { accountEnabled: false })
  assert.equal((await silently())['error'], 'login_required')
  await graph.patch(`users/${objectId}`, { accountEnabled: true })
  assert.ok('code' in (await silently()))
  tenant.clock.advance({ minutes: 1 })
  const profile = { password: 'Another-Day-8', forceChangePasswordNextSignIn: false }
  await graph.patch(`users/${objectId}`, { passwordProfile: profile })
  assert.equal((await silently())['error'], 'login_required')
  tenant.clock.release()
})

test('a native client comes back to any port of this machine, and to its own scheme', async () => {
  const { challenge } = newProofKey()
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
  const loopback = { ...pkce, redirect_uri: 'http://localhost:51234/back' }
  const back = await tenant.users.authorize(user.objectId, url(loopback))
  assert.match(back.address, /^http:\/\/localhost:51234\/back\?code=/)
  const scheme = openBrowser(client)
  const shown = await scheme.get(asking({ ...pkce, redirect_uri: 'shop://auth' }))
  assert.match(String(shown.headers['content-security-policy']), /form-action 'self' shop:;/)
  const path = await client.send('GET', asking({ ...pkce, redirect_uri: 'http://localhost:51234/other' }))
  assertPage(path, 400, 'Sign-in is not possible', 'AADSTS50011')
})

test('a test signs a user in without a browser, and hears what the tenant would have said', async () => {
  const refused = { name: 'ControlRefusal', code: 'invalid_request' }
  await assert.rejects(tenant.users.authorize(user.objectId, url({ redirect_uri: 'https://x.example' })), {
    ...refused,
    message: /^AADSTS50011: /,
  })
  await assert.rejects(tenant.users.authorize(user.objectId, 'authorize?x'), { ...refused, message: /whole address/ })
  await assert.rejects(tenant.users.authorize('nobody', url({})), { code: 'unknown_user' })
})

function defaults(): Record<string, string> {
  return { client_id: app.appId, response_type: 'code', redirect_uri: callback, scope: 'openid profile' }
}

function asking(parameters: Readonly<Record<string, string>>): string {
  return authorizePath(tenant, { ...defaults(), ...parameters })
}

function url(parameters: Readonly<Record<string, string>>): string {
  return `${tenant.origin}${asking(parameters)}`
}

function right() {
  return { name: user.signInName, password: user.password }
}

function sessionCookie({ headers }: Reply): string {
  return String(headers['set-cookie']?.find((line) => line.startsWith('__Host-session-')))
}

async function published(token: string): Promise<Jwt> {
  const keys: Json = (await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)).body
  return verified(token, list(keys['keys']))
}

function assertPage(reply: Reply, status: number, title: string, says = ''): void {
  assert.equal(reply.status, status, reply.text)
  assert.ok(reply.text.includes(`<h1>${title}</h1>`), reply.text)
  assert.ok(reply.text.includes(says), reply.text)
  assert.equal(reply.headers['x-frame-options'], 'DENY')
}
