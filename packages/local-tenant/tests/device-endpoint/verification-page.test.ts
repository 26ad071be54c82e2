import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { codeOf } from '../control/asking.js'
import { clientRequestId, deviceCodes, enterAtPage, pollAs } from '../device.js'
import { administer } from '../graph-client.js'
import { connectTo, type HttpsClient, type Reply } from '../https-client.js'
import { claimsOf } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let app: AddedApp
let customer: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  app = tenant.apps.add({ displayName: 'TV <player>', publicClient: true })
  customer = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com', password: 'Sunny-Day-7' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('the page asks for the code, then for the account, and then the device is signed in', async () => {
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, app.appId, 'openid')
  const first = await client.send('GET', `/${tenant.tenantId}/oauth2/deviceauth`)
  assertPage(first, 200, 'Enter code')
  // As people type it.
  const typed = `${userCode.slice(0, 4).toLowerCase()}-${userCode.slice(4)}`
  const second = await enter({ user_code: typed })
  assertPage(second, 200, 'Sign in')
  assert.ok(second.text.includes('TV &lt;player&gt;'), 'the name of the application is escaped')
  assert.ok(!second.text.includes('<player>'))
  const done = await enter({ user_code: userCode, decision: 'approve', ...right() })
  assertPage(done, 200, 'Signed in')
  assert.equal(claimsOf(await pollAs({ tenant, client }, app.appId, deviceCode))['oid'], customer.objectId)
  assertPage(await enter({ user_code: userCode }), 400, 'Enter code', 'No device waits for that code.')
})

test('the page loads nothing, stands in no frame and runs no script', async () => {
  const { headers, text } = await client.send('GET', `/${tenant.tenantId}/oauth2/deviceauth?user_code=%22%3E%3Cb%3E`)
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.match(
    String(headers['content-security-policy']),
    /^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'/,
  )
  assert.equal(headers['x-frame-options'], 'DENY')
  assert.equal(headers['cache-control'], 'no-store, no-cache')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.ok(text.includes('value="&quot;&gt;&lt;b&gt;"'))
  assert.doesNotMatch(text, /<script|javascript:|<b>/)
})

test('a wrong password and an unknown account are refused in the same words, tied to the field', async () => {
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, app.appId, 'openid')
  const wrong = { user_code: userCode, decision: 'approve', ...right(), password: 'Rainy-Day-7' }
  const refused = await enter(wrong)
  assertPage(refused, 400, 'Sign in', 'That sign-in name and password do not belong together.')
  assert.match(refused.text, /aria-invalid="true" aria-describedby="password-error"/)
  assert.ok(!refused.text.includes('Rainy-Day-7'))
  assert.ok(refused.text.includes('value="cora@example.com"'))
  const unknown = await enter({ ...wrong, name: 'nobody@example.com' })
  assert.equal(unknown.text.replace('nobody@', 'cora@'), refused.text)
  assert.equal(codeOf(await pollAs({ tenant, client }, app.appId, deviceCode)), 70016)
})

test('without a password there is no decision, and Cancel refuses the device', async () => {
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, app.appId, 'openid')
  assertPage(await enter({ user_code: userCode, decision: 'approve', name: customer.signInName }), 200, 'Sign in')
  assert.equal(codeOf(await pollAs({ tenant, client }, app.appId, deviceCode)), 70016)
  assertPage(await enter({ user_code: userCode, decision: 'decline' }), 200, 'Refused')
  assert.equal(codeOf(await pollAs({ tenant, client }, app.appId, deviceCode)), 65004)
})

test('a disabled account and a password that somebody else chose do not sign in', async () => {
  const graph = await administer(client, tenant)
  const { userCode } = await deviceCodes({ tenant, client }, app.appId, 'openid')
  const off = await tenant.users.add({ displayName: 'Off', name: 'off', password: 'Sunny-Day-7', enabled: false })
  const enterAs = (name: string) => enter({ user_code: userCode, decision: 'approve', name, password: 'Sunny-Day-7' })
  assertPage(await enterAs(off.signInName), 400, 'Sign in', 'This account is disabled.')
  await graph.post('users', {
    accountEnabled: true,
    displayName: 'New',
    mailNickname: 'new',
    userPrincipalName: 'new@contoso.onmicrosoft.com',
    passwordProfile: { password: 'Sunny-Day-7' },
  })
  assertPage(await enterAs('new@contoso.onmicrosoft.com'), 400, 'Sign in', 'has to be replaced first')
})

test('ten wrong passwords lock an account for a minute, whichever of its names was typed', async () => {
  const { userCode } = await deviceCodes({ tenant, client }, app.appId, 'openid')
  tenant.clock.freeze()
  const wrong = { user_code: userCode, decision: 'approve', name: customer.signInName, password: 'x' }
  for (let failure = 0; failure < 10; failure += 1) await enter(wrong)
  const byOtherName = { ...wrong, ...right(), name: customer.userPrincipalName }
  assertPage(await enter(byOtherName), 400, 'Sign in', 'this account is locked')
  tenant.clock.advance({ minutes: 1 })
  assertPage(await enter(byOtherName), 200, 'Signed in')
  tenant.clock.release()
})

test('what is no form and what is no request of a page is answered with a page', async () => {
  const path = `/${tenant.tenantId}/oauth2/deviceauth`
  assertPage(await client.send('PUT', path), 405, 'This request cannot be read', 'only accepts POST')
  const twice = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'user_code=A&user_code=B' }
  assertPage(await client.send('POST', path, twice), 400, 'This request cannot be read')
  assertPage(await client.send('POST', path, { body: 'user_code=A' }), 400, 'Enter code')
})

function right() {
  return { name: customer.signInName, password: customer.password }
}

function enter(fields: Record<string, string>): Promise<Reply> {
  return enterAtPage({ tenant, client }, fields)
}

function assertPage(reply: Reply, status: number, title: string, says = ''): void {
  assert.equal(reply.status, status, reply.text)
  assert.ok(reply.text.includes(`<h1>${title}</h1>`), reply.text)
  assert.ok(reply.text.includes(says), reply.text)
  assert.ok(!reply.text.includes(clientRequestId))
}
