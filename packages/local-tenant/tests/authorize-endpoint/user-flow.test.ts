import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath, type Browser, openBrowser, told } from '../browser.js'
import { deviceCodes, enterAtPage } from '../device.js'
import { administer, type GraphClient } from '../graph-client.js'
import { connectTo, form, type HttpsClient, type Json, type Reply, text } from '../https-client.js'

const callback = 'https://app.example.com/callback'
let time = new Date()
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let byPassword: AddedApp
let byCode: AddedApp
let closed: AddedApp
let size: string

before(async () => {
  const users = [{ name: 'alice', displayName: 'Alice Meyer' }]
  tenant = await startTenant({ dataFolder: null, port: 0, users, now: () => time })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  size = text(await graph.post('identity/userFlowAttributes', { displayName: 'Size', dataType: 'int64' }), 'id')
  const news = text(await graph.post('identity/userFlowAttributes', { displayName: 'News', dataType: 'boolean' }), 'id')
  const tags = text(await graph.post('identity/userFlowAttributes', { displayName: 'Tags' }), 'id')
  const options = ['a', 'b', 'c'].map((value) => ({ name: value.toUpperCase(), value }))
  byPassword = await appWith('EmailPassword-OAUTH', true, [
    input('displayName', { label: 'Display Name', required: true, validationRegEx: '^[A-Z]' }),
    input('city', { label: 'City' }),
    input('country', { inputType: 'radioSingleSelect', options: [...options], label: 'Country' }),
    input('jobTitle', { label: 'Job', hidden: true, defaultValue: 'customer' }),
    input('state', { label: 'State', hidden: true, required: true }),
    input(size, { label: 'Size', required: true }),
    input(news, { label: 'News', inputType: 'boolean' }),
    input(tags, { label: 'Tags', inputType: 'checkboxMultiSelect', options }),
  ])
  byCode = await appWith('EmailOtpSignup-OAUTH', true, [])
  closed = await appWith('EmailPassword-OAUTH', false, [])
})
after(async () => {
  client.close()
  await tenant.close()
})

const input = (attribute: string, more: Json): Json => ({ attribute, ...more })

async function appWith(method: string, isSignUpAllowed: boolean, inputs: readonly Json[]): Promise<AddedApp> {
  const app = tenant.apps.add({ displayName: `by ${method}`, secret: true, redirectUris: { web: [callback] } })
  await graph.post('identity/authenticationEventsFlows', {
    displayName: `flow of ${app.appId}`,
    conditions: { applications: { includeApplications: [{ appId: app.appId }] } },
    onAuthenticationMethodLoadStart: { identityProviders: [{ id: method }] },
    onInteractiveAuthFlowStart: { isSignUpAllowed },
    onAttributeCollection: { attributeCollectionPage: { views: [{ inputs }] } },
  })
  return app
}

type Opened = Browser & { readonly shown: Reply }

async function opened(app: AddedApp, more: Record<string, string> = {}, through = client): Promise<Opened> {
  const browser = openBrowser(through)
  const request = { client_id: app.appId, redirect_uri: callback, response_type: 'code', scope: 'openid', ...more }
  const shown = await browser.get(authorizePath(tenant, request))
  return { ...browser, shown }
}

const newestCode = () => tenant.outbox.list()[0]?.code ?? ''
const fieldsOf = ({ text: page }: Reply) => [...page.matchAll(/<label for="([^"]+)">/g)].map(([, name]) => name)
const titled = ({ text: page }: Reply) => /<h1>([^<]*)<\/h1>/.exec(page)?.[1]

test('a sign-up asks for what the user flow collects, checks it, and keeps it on the user', async () => {
  const browser = await opened(byPassword, { prompt: 'create' })
  const asked = await browser.submit({ step: 'sign-up', name: 'new@example.com' })
  assert.deepEqual(
    fieldsOf(asked).filter((name) => !name?.startsWith('attribute_extension')),
    [
      'code',
      'attribute_displayName',
      'attribute_city',
      ...['attribute_country_0', 'attribute_country_1', 'attribute_country_2'],
      'password',
      'stay',
    ],
  )
  assert.match(
    asked.text,
    /<input id="attribute_city" name="attribute_city" type="text" value="" autocomplete="address-level2">/,
  )
  const sizeField = `attribute_${size}`
  const [newsField, tagsField] = [sizeField.replace(/Size$/, 'News'), sizeField.replace(/Size$/, 'Tags')]
  const good = {
    step: 'code',
    code: newestCode(),
    password: 'Sunny-Day-7',
    attribute_displayName: 'Nora',
    attribute_country: 'b',
    [sizeField]: '41',
    [newsField]: 'true',
    [`${tagsField}_0`]: 'a',
    [`${tagsField}_2`]: 'c',
    attribute_jobTitle: 'boss',
    attribute_department: 'finance',
  }
  const refusals: [Record<string, string>, string][] = [
    [{ attribute_displayName: '' }, 'Display Name is needed.'],
    [{ attribute_displayName: 'nora' }, 'Display Name does not have the form'],
    [{ attribute_city: 'x'.repeat(129) }, 'City has 128 characters at most.'],
    [{ attribute_country: 'z' }, 'Choose one for Country.'],
    [{ [sizeField]: '' }, 'Size is needed.'],
    [{ [sizeField]: '4.5' }, 'Size has to be a whole number.'],
  ]
  for (const [wrong, says] of refusals) {
    const reply = await browser.submit({ ...good, ...wrong })
    assert.equal(reply.status, 400, says)
    assert.ok(reply.text.includes(says), reply.text)
  }
  assert.ok('code' in told(await browser.submit(good)))
  const user = tenant.export().users.find(({ mail }) => mail === 'new@example.com')
  assert.deepEqual(
    [user?.displayName, user?.city, user?.country, user?.jobTitle, user?.department],
    ['Nora', null, 'b', 'customer', null],
  )
  assert.deepEqual(user?.extensions, {
    [size]: 41,
    [size.replace(/Size$/, 'News')]: true,
    [size.replace(/Size$/, 'Tags')]: 'a,c',
  })
})

test('of two sign-ups that bring the same code at once, one makes the account', async () => {
  const another = connectTo(tenant)
  const browsers = [await opened(byPassword, { prompt: 'create' }), await opened(byPassword, {}, another)]
  await browsers[0]?.submit({ step: 'sign-up', name: 'twice@example.com' })
  const account = { purpose: 'sign-up', name: 'twice@example.com', code: newestCode(), password: 'Sunny-Day-7' }
  const filled = { step: 'code', ...account, attribute_displayName: 'Twice', [`attribute_${size}`]: '1' }
  const replies = await Promise.all(browsers.map((browser) => browser.submit(filled)))
  another.close()
  const [good, late] = replies.toSorted((one, other) => one.status - other.status)
  assert.ok(good !== undefined && 'code' in told(good))
  assert.equal(late?.status, 400)
  assert.match(late?.text ?? '', /That is not the code of the newest mail/)
})

test('a user flow with a password has no codes to sign in with, whatever a form says', async () => {
  const { shown, ...browser } = await opened(byPassword)
  assert.deepEqual(fieldsOf(shown), ['name', 'password', 'stay'])
  assert.ok(!shown.text.includes('Email me a code'))
  const earlier = tenant.outbox.list().length
  assert.equal(titled(await browser.submit({ step: 'sign-in', name: 'alice@contoso.onmicrosoft.com' })), 'Sign in')
  assert.equal(tenant.outbox.list().length, earlier)
})

test('a user flow with codes has no passwords, neither to sign in nor to sign up with', async () => {
  const { shown, ...browser } = await opened(byCode)
  assert.deepEqual(fieldsOf(shown), ['name'])
  assert.ok(!shown.text.includes('Forgot the password?'))
  const known = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
  const reply = await browser.submit({ step: 'password', name: 'cora@example.com', password: known.password })
  assert.equal(titled(reply), 'Sign in', 'a password is not even looked at')
  const asked = await (await opened(byCode, { prompt: 'create' })).submit({ step: 'sign-up', name: 'otp@example.com' })
  assert.deepEqual(fieldsOf(asked), ['code', 'stay'])
  const signUp = await opened(byCode, { prompt: 'create' })
  await signUp.submit({ step: 'sign-up', name: 'otp@example.com' })
  assert.ok('code' in told(await signUp.submit({ step: 'code', code: newestCode() })))
  const made = tenant.export().users.find(({ mail }) => mail === 'otp@example.com')
  assert.deepEqual([made?.displayName, made?.password], ['unknown', null])
})

test('where sign-up is not allowed nobody gets an account', async () => {
  const { shown, ...browser } = await opened(closed, { prompt: 'create' })
  assert.equal(titled(shown), 'Sign in')
  assert.ok(!shown.text.includes('Create an account'))
  const earlier = tenant.outbox.list().length
  assert.equal(titled(await browser.submit({ step: 'sign-up', name: 'x@example.com' })), 'Sign in')
  const forged = { step: 'code', purpose: 'sign-up', name: 'x@example.com', code: '12345678' }
  assert.equal(titled(await browser.submit(forged)), 'Sign in')
  assert.equal(tenant.outbox.list().length, earlier)
})

test('somebody at this machine picks a sample user, who gets a code where there is no password', async () => {
  const app = tenant.apps.add({ displayName: 'free', redirectUris: { web: [callback] } })
  const { shown, ...browser } = await opened(app)
  assert.match(shown.text, /name="pick" value="alice@contoso.onmicrosoft.com" formnovalidate><strong>Alice Meyer</)
  const picked = await browser.submit({ pick: 'alice@contoso.onmicrosoft.com' })
  assert.equal(titled(picked), 'Enter the code')
  assert.ok(picked.text.includes(`href="/${tenant.tenantId}/outbox"`))
  assert.ok('code' in told(await browser.submit({ step: 'code', code: newestCode() })))
  const [earlier, other] = [tenant.outbox.list().length, await opened(app)]
  const known = await other.submit({ pick: 'cora@example.com' })
  assert.equal(titled(known), 'Sign in')
  assert.ok(known.text.includes('value="cora@example.com"'))
  await tenant.users.add({ displayName: 'No sample', name: 'nosample' })
  assert.equal(titled(await other.submit({ pick: 'nosample@contoso.onmicrosoft.com' })), 'Sign in')
  assert.equal(tenant.outbox.list().length, earlier, 'who is not on the page cannot be picked')
})

test('a refresh token of somebody who signed in by code ends a day after the sign-in', async () => {
  const { shown: _, ...browser } = await opened(byCode, { scope: 'openid offline_access' })
  await browser.submit({ step: 'sign-in', name: 'cora@example.com' })
  const { code = '' } = told(await browser.submit({ step: 'code', code: newestCode() }))
  const signedIn = await ask({ grant_type: 'authorization_code', code, redirect_uri: callback })
  const start = time
  const signUp = await opened(byCode, { prompt: 'create', scope: 'openid offline_access' })
  await signUp.submit({ step: 'sign-up', name: 'late@example.com' })
  const made = told(await signUp.submit({ step: 'code', code: newestCode() }))
  const signedUp = await ask({ grant_type: 'authorization_code', code: made['code'] ?? '', redirect_uri: callback })
  time = new Date(start.getTime() + 12 * 3_600_000)
  const renewed = await ask({ grant_type: 'refresh_token', refresh_token: text(signedIn.body, 'refresh_token') })
  assert.equal(renewed.status, 200, renewed.text)
  time = new Date(start.getTime() + 24 * 3_600_000)
  const late = await ask({ grant_type: 'refresh_token', refresh_token: text(renewed.body, 'refresh_token') })
  assert.deepEqual([late.status, late.body['error_codes']], [400, [700084]])
  const latecomer = await ask({ grant_type: 'refresh_token', refresh_token: text(signedUp.body, 'refresh_token') })
  assert.deepEqual(latecomer.body['error_codes'], [700084], 'a sign-up without a password is one by code too')
  time = start
})

test('the page for devices takes a code by mail too, where the user flow has codes', async () => {
  const asking = { tenant, client }
  await graph.patch(`applications/${byCode.objectId}`, { isFallbackPublicClient: true })
  const { userCode } = await deviceCodes(asking, byCode.appId, 'openid')
  const first = await enterAtPage(asking, { user_code: userCode })
  assert.deepEqual(fieldsOf(first), ['name'])
  const mailed = await enterAtPage(asking, { user_code: userCode, decision: 'mail', name: 'cora@example.com' })
  assert.equal(titled(mailed), 'Enter the code of the mail')
  const answer = { user_code: userCode, decision: 'approve', name: 'cora@example.com' }
  const code = newestCode()
  const wrong = await enterAtPage(asking, { ...answer, code: code === '00000000' ? '1' : '00000000' })
  assert.deepEqual([wrong.status, titled(wrong)], [400, 'Enter the code of the mail'])
  assert.equal(titled(await enterAtPage(asking, { ...answer, code })), 'Signed in')
  const other = await deviceCodes(asking, byPassword.appId, 'openid')
  const refused = { user_code: other.userCode, decision: 'mail', name: 'cora@example.com' }
  assert.equal(titled(await enterAtPage(asking, refused)), 'Sign in')
})

function ask(parameters: Record<string, string>): Promise<Reply> {
  const credentials = { client_id: byCode.appId, client_secret: byCode.clientSecret ?? '' }
  const body = new URLSearchParams({ ...credentials, ...parameters }).toString()
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: form, body })
}
