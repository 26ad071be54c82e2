import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath, type Browser, openBrowser, told } from '../browser.js'
import { control } from '../control/asking.js'
import { deviceCodes, enterAtPage, pollAs } from '../device.js'
import { administer } from '../graph-client.js'
import { connectTo, form, type HttpsClient, list, type Reply, text } from '../https-client.js'
import { claimsOf } from '../token-client.js'

const callback = 'https://app.example.com/callback'
let tenant: Tenant
let client: HttpsClient
let app: AddedApp

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  client = connectTo(tenant)
  app = tenant.apps.add({ displayName: 'shop', redirectUris: { web: [callback] } })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('a sample user signs in with a code from the outbox, without a password', async () => {
  const browser = await opened()
  assertPage(await browser.submit({ step: 'sign-in', name: 'alice@contoso.onmicrosoft.com' }), 200, 'Enter the code')
  assert.ok('code' in told(await browser.submit({ step: 'code', code: newestCode() })))
})

test('a customer signs up with a code, a name and a password, and then signs in with the password', async () => {
  const browser = await opened({ prompt: 'create' })
  const name = 'new@example.com'
  assertPage(await browser.submit({ step: 'sign-up', name }), 200, 'Create an account')
  const details = { step: 'code', attribute_displayName: 'New <One>', password: 'Sunny-Day-7' }
  const code = newestCode()
  const wrong = await browser.submit({ ...details, code: code === '00000000' ? '1' : '00000000' })
  assertPage(wrong, 400, 'Create an account', 'not the code of the newest mail')
  assert.ok(wrong.text.includes('value="New &lt;One&gt;"'))
  assertPage(await browser.submit({ ...details, code, password: 'weak' }), 400, 'Create an account', 'three kinds')
  assertPage(
    await browser.submit({ ...details, code, attribute_displayName: '' }),
    400,
    'Create an account',
    'Your name is needed.',
  )
  assert.ok('code' in told(await browser.submit({ ...details, code })))
  const made = tenant.export().users.find(({ mail }) => mail === name)
  assert.equal(made?.displayName, 'New <One>')
  const again = await opened()
  assert.ok('code' in told(await again.submit({ name, password: 'Sunny-Day-7' })))
})

test('whoever has an account is told by mail, and the page of a sign-up says no more than ever', async () => {
  const { signInName } = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
  const browser = await opened({ prompt: 'create' })
  const shown = await browser.submit({ step: 'sign-up', name: signInName })
  const other = await (await opened({ prompt: 'create' })).submit({ step: 'sign-up', name: 'free@example.com' })
  assert.equal(anonymous(shown).replaceAll(signInName, 'free@example.com'), anonymous(other))
  const mails = tenant.outbox.list().filter(({ to }) => to === signInName)
  assert.deepEqual(
    mails.map(({ subject, code }) => [subject, code]),
    [['Contoso: you have an account', null]],
  )
})

test('nobody without an account gets a code to sign in with', async () => {
  const earlier = tenant.outbox.list().length
  const browser = await opened()
  assertPage(await browser.submit({ step: 'sign-in', name: 'nobody@example.com' }), 200, 'Enter the code')
  assertPage(await browser.submit({ step: 'code', code: '12345678' }), 400, 'Enter the code')
  assert.equal(tenant.outbox.list().length, earlier)
})

test('a forgotten password is replaced, and the old one is over', async () => {
  const { signInName: name, password: old } = await tenant.users.add({ displayName: 'Max', email: 'max@example.com' })
  const browser = await opened()
  assertPage(await browser.submit({ step: 'reset', name }), 200, 'Reset the password')
  assert.ok('code' in told(await browser.submit({ step: 'code', code: newestCode(), password: 'Another-Day-8' })))
  const again = await opened()
  assertPage(await again.submit({ name, password: old }), 400, 'Sign in', 'do not belong together')
  assert.ok('code' in told(await again.submit({ name, password: 'Another-Day-8' })))
})

test('a code is good once, for ten minutes, for what it was sent for, and five wrong ones void it', async () => {
  const name = 'alice@contoso.onmicrosoft.com'
  const browser = await opened()
  await browser.submit({ step: 'sign-in', name })
  const used = newestCode()
  assertPage(
    await browser.submit({ step: 'code', code: used, purpose: 'reset', password: 'Sunny-Day-7' }),
    400,
    'Reset the password',
  )
  const first = await enterCodePage(name, false)
  assert.ok('code' in told(await first.submit({ step: 'code', code: used })))
  const second = await enterCodePage(name, false)
  assertPage(
    await second.submit({ step: 'code', code: used }),
    400,
    'Enter the code',
    'not the code of the newest mail',
  )
  const slow = await enterCodePage(name, true)
  const code = newestCode()
  tenant.clock.advance({ minutes: 10 })
  assertPage(await slow.submit({ step: 'code', code }), 400, 'Enter the code', 'That code is expired.')
  tenant.clock.release()
  const guessing = await enterCodePage(name, true)
  const right = newestCode()
  for (let guess = 0; guess < 5; guess += 1) await guessing.submit({ step: 'code', code: 'x' })
  assertPage(await guessing.submit({ step: 'code', code: right }), 400, 'Enter the code', 'After five wrong ones')
})

test('a disabled account does not sign in by code', async () => {
  const graph = await administer(client, tenant)
  const off = await tenant.users.add({ displayName: 'Off', email: 'off@example.com' })
  await graph.patch(`users/${off.objectId}`, { accountEnabled: false })
  const browser = await enterCodePage(off.signInName, true)
  assertPage(
    await browser.submit({ step: 'code', code: newestCode() }),
    400,
    'Enter the code',
    'This account is disabled.',
  )
})

test('without an address there is no code', async () => {
  const browser = await opened()
  for (const step of ['sign-in', 'reset']) {
    assertPage(await browser.submit({ step, name: 'x' }), 400, 'Sign in', 'Enter your email address here first.')
  }
  assertPage(await browser.submit({ step: 'sign-up', name: '' }), 400, 'Create an account', 'Enter your email address')
  assertPage(await browser.submit({ step: 'back' }), 200, 'Sign in')
})

test('the outbox is a page for this machine, an answer of the plane, and empty after a reset', async () => {
  const page = await client.send('GET', `/${tenant.tenantId}/outbox`)
  assertPage(page, 200, 'Outbox', 'Contoso: your code')
  const elsewhere = await client.send('GET', `/${tenant.tenantId}/outbox`, {
    headers: { host: 'contoso.ciamlogin.com' },
  })
  assert.equal(elsewhere.status, 404)
  assert.equal((await client.send('POST', `/${tenant.tenantId}/outbox`)).status, 405)
  const mails = list(JSON.parse((await control({ tenant, client }, 'GET', 'outbox')).text))
  assert.deepEqual(Object.keys(mails[0] ?? {}), ['time', 'to', 'subject', 'text', 'code'])
  tenant.reset()
  assert.deepEqual(tenant.outbox.list(), [])
  assertPage(await client.send('GET', `/${tenant.tenantId}/outbox`), 200, 'Outbox', 'No mail has been sent')
})

test('tokens of version 1.0 say by amr how the user signed in, however they were got', async () => {
  const old = tenant.apps.add({
    displayName: 'old',
    scopes: ['Use'],
    secret: true,
    accessTokenVersion: 1,
    publicClient: true,
  })
  const delegatedGrants = [{ api: old.appId, scopes: ['Use'] }]
  const redirectUris = { web: [callback] }
  const page = tenant.apps.add({ displayName: 'page', secret: true, publicClient: true, redirectUris, delegatedGrants })
  const next = tenant.apps.add({ displayName: 'next', scopes: ['Use'], accessTokenVersion: 1 })
  const graph = await administer(client, tenant)
  const web = {
    redirectUris: [callback],
    implicitGrantSettings: { enableAccessTokenIssuance: true, enableIdTokenIssuance: true },
  }
  await graph.patch(`applications/${page.objectId}`, { web })
  const clientId = encodeURIComponent(`appId eq '${old.appId}'`)
  const [principal] = list((await graph.get(`servicePrincipals?$filter=${clientId}`))['value'])
  const [resource] = list(
    (await graph.get(`servicePrincipals?$filter=${encodeURIComponent(`appId eq '${next.appId}'`)}`))['value'],
  )
  const consent = { clientId: principal?.['id'], resourceId: resource?.['id'], consentType: 'AllPrincipals' }
  await graph.post('oauth2PermissionGrants', { ...consent, scope: 'Use' })

  const { signInName: name, password } = await tenant.users.add({ displayName: 'Dora', email: 'dora@example.com' })
  const scope = `offline_access ${old.identifierUri}/Use`
  const asked = { client_id: page.appId, scope }
  const inFragment = {
    ...asked,
    redirect_uri: callback,
    response_type: 'id_token token',
    scope: `openid ${scope}`,
    nonce: 'n',
  }
  const asPage = { client_id: page.appId, client_secret: String(page.clientSecret) }
  const asOld = { client_id: old.appId, client_secret: String(old.clientSecret) }
  for (const [amr, signIn] of [
    ['pwd', (browser: Browser) => browser.submit({ name, password })],
    ['otp', byMail],
  ] as const) {
    const browser = await opened(asked)
    const { code = '' } = told(await signIn(browser))
    const { access_token: throughBrowser = '' } = told(await browser.get(authorizePath(tenant, inFragment)))
    const redeemed = await post({ grant_type: 'authorization_code', code, redirect_uri: callback, ...asPage })
    const refresh = { grant_type: 'refresh_token', refresh_token: text(redeemed.body, 'refresh_token') }
    const renewed = await post({ ...refresh, ...asPage })
    const onBehalf = await post({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      assertion: text(renewed.body, 'access_token'),
      scope: `${next.identifierUri}/Use`,
      ...asOld,
    })
    for (const claims of [
      amrIn(throughBrowser),
      ...[redeemed, renewed, onBehalf].map((reply) => claimsOf(reply)['amr']),
    ]) {
      assert.deepEqual(claims, [amr])
    }
  }

  const here = { tenant, client }
  const { deviceCode, userCode } = await deviceCodes(here, page.appId, `${old.identifierUri}/Use`)
  await enterAtPage(here, { user_code: userCode, decision: 'mail', name })
  await enterAtPage(here, { user_code: userCode, decision: 'approve', name, code: newestCode() })
  assert.deepEqual(claimsOf(await pollAs(here, page.appId, deviceCode))['amr'], ['otp'])

  async function byMail(browser: Browser): Promise<Reply> {
    await browser.submit({ step: 'sign-in', name })
    return browser.submit({ step: 'code', code: newestCode() })
  }
})

function amrIn(token: string): unknown {
  return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { amr: unknown }).amr
}

function post(fields: Record<string, string>): Promise<Reply> {
  const body = new URLSearchParams(fields).toString()
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: form, body })
}

async function opened(more: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const browser = openBrowser(client)
  const asked = { client_id: app.appId, response_type: 'code', redirect_uri: callback, scope: 'openid' }
  await browser.get(authorizePath(tenant, { ...asked, ...more }))
  return browser
}

/** A browser on the page where a code is entered; without a new one it is there by its back button. */
async function enterCodePage(name: string, fresh: boolean): Promise<Browser> {
  const browser = await opened()
  if (fresh) await browser.submit({ step: 'sign-in', name })
  else await browser.submit({ step: 'code', name, purpose: 'sign-in', code: 'x' })
  return browser
}

function newestCode(): string {
  const code = tenant.outbox.list()[0]?.code
  assert.match(String(code), /^\d{8}$/)
  return String(code)
}

/** Without what is new in every page. */
function anonymous(reply: Reply): string {
  return reply.text.replaceAll(/name="form_key" value="[^"]*"/g, '')
}

function assertPage(reply: Reply, status: number, title: string, says = ''): void {
  assert.equal(reply.status, status, reply.text)
  assert.ok(reply.text.includes(`<h1>${title}</h1>`), reply.text)
  assert.ok(reply.text.includes(says), reply.text)
}
