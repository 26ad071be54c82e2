import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '@tenantry/local-tenant'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launch, seriousOn, withoutBrowser } from '../browser.js'
import { type Application, startApplication } from './application.js'

const skip = withoutBrowser
let tenant: Tenant
let browser: Browser
let application: Application
let app: AddedApp
let cora: AddedUser

before(async () => {
  if (skip !== false) return
  application = await startApplication()
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  app = tenant.apps.add({ displayName: 'the shop', redirectUris: { web: [application.callback] } })
  cora = await tenant.users.add({ displayName: 'Cora Lind', email: 'cora@example.com' })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await tenant?.close()
  await application?.[Symbol.asyncDispose]()
})

/** A page of a browser that has never been here, or has what `options` say. */
async function open(more: Readonly<Record<string, string>> = {}, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  await page.goto(asking(more))
  return page
}

function asking(more: Readonly<Record<string, string>> = {}): string {
  const request = { client_id: app.appId, redirect_uri: application.callback, response_type: 'code', scope: 'openid' }
  return `${tenant.authority}/oauth2/v2.0/authorize?${new URLSearchParams({ ...request, ...more }).toString()}`
}

/** What the browser has brought back to the application; the context is over with it. */
async function broughtBack(page: Page): Promise<Record<string, string>> {
  await page.getByRole('heading', { name: 'Back at the application' }).waitFor()
  return Object.fromEntries(new URL(page.url()).searchParams)
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const alertOn = (page: Page) => page.getByRole('alert').innerText()

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Email or user name').fill(name)
  await page.getByLabel('Password').fill(password)
  await press(page, 'Sign in')
}

/** The newest code, read in the outbox that the page leads to. */
async function codeInOutbox(page: Page): Promise<string> {
  const [outbox] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: "the tenant's outbox" }).click(),
  ])
  await heading(outbox, 'Outbox')
  const text = await outbox.locator('article').first().innerText()
  await outbox.close()
  return /code is (\d{8})/.exec(text)?.[1] ?? ''
}

test('a customer signs up with a code from the outbox, and signs in with the password afterwards', {
  skip,
}, async () => {
  const page = await open({ prompt: 'create', state: 'st' })
  await heading(page, 'Create an account')
  await page.getByLabel('Email').fill('new@example.com')
  await press(page, 'Next')
  await page.getByLabel('Code').fill(await codeInOutbox(page))
  await page.getByLabel('Your name').fill('Nora New')
  await page.getByLabel('New password').fill('weak')
  await press(page, 'Continue')
  assert.match(await alertOn(page), /8 to 256 characters/)
  assert.equal(await page.getByLabel('Your name').inputValue(), 'Nora New')
  await page.getByLabel('Code').fill(tenant.outbox.list()[0]?.code ?? '')
  await page.getByLabel('New password').fill('Sunny-Day-7')
  await press(page, 'Continue')
  const back = await broughtBack(page)
  assert.ok(back['code'])
  assert.equal(back['state'], 'st')
  await page.context().close()

  const again = await open()
  await signIn(again, 'new@example.com', 'Sunny-Day-7')
  assert.ok((await broughtBack(again))['code'])
  await again.context().close()
})

test('a wrong password is told beside the field, ten lock the account, and a minute later it is open', {
  skip,
}, async () => {
  tenant.clock.freeze()
  const page = await open()
  await signIn(page, cora.signInName, 'wrong')
  assert.match(await alertOn(page), /do not belong together/)
  const password = page.getByLabel('Password')
  assert.equal(await password.getAttribute('aria-invalid'), 'true')
  assert.equal(await password.inputValue(), '')
  assert.equal(await page.getByLabel('Email or user name').inputValue(), cora.signInName)
  for (let failure = 1; failure < 10; failure += 1) await signIn(page, cora.signInName, 'wrong')
  await signIn(page, cora.signInName, cora.password)
  assert.match(await alertOn(page), /locked for a minute/)
  tenant.clock.advance({ minutes: 1 })
  await signIn(page, cora.signInName, cora.password)
  assert.ok((await broughtBack(page))['code'])
  tenant.clock.release()
  await page.context().close()
})

test('a disabled account is told so after the right password alone', { skip }, async () => {
  const off = await tenant.users.add({ displayName: 'Off', email: 'off@example.com', enabled: false })
  const page = await open()
  await signIn(page, off.signInName, 'wrong')
  assert.match(await alertOn(page), /do not belong together/)
  await signIn(page, off.signInName, off.password)
  assert.match(await alertOn(page), /account is disabled/)
  await page.context().close()
})

test('a forgotten password is replaced by a code; an expired code is not taken', { skip }, async () => {
  const max = await tenant.users.add({ displayName: 'Max', email: 'max@example.com' })
  tenant.clock.freeze()
  const page = await open()
  await page.getByLabel('Email or user name').fill(max.signInName)
  await press(page, 'Forgot the password?')
  await heading(page, 'Reset the password')
  const old = await codeInOutbox(page)
  tenant.clock.advance({ minutes: 10 })
  await page.getByLabel('Code').fill(old)
  await page.getByLabel('New password').fill('Another-Day-8')
  await press(page, 'Continue')
  assert.match(await alertOn(page), /expired/)
  await press(page, 'Back')
  await press(page, 'Forgot the password?')
  await page.getByLabel('Code').fill(await codeInOutbox(page))
  await page.getByLabel('New password').fill('Another-Day-8')
  await press(page, 'Continue')
  assert.ok((await broughtBack(page))['code'])
  tenant.clock.release()
  await page.context().close()
})

test('who wants to be kept signed in is, in a browser that was closed; who does not has to sign in again', {
  skip,
}, async () => {
  for (const stays of [true, false]) {
    const page = await open()
    if (stays) await page.getByLabel('Keep me signed in').check()
    await signIn(page, cora.signInName, cora.password)
    await broughtBack(page)
    await page.goto(asking({ prompt: 'none' }))
    assert.ok((await broughtBack(page))['code'], 'the session goes on while the browser is open')
    // What a browser keeps of cookies when it is closed.
    const kept = (await page.context().cookies()).filter(({ expires }) => expires > 0)
    await page.context().close()
    const later = await browser.newContext({ ignoreHTTPSErrors: true })
    await later.addCookies(kept)
    const opened = await later.newPage()
    await opened.goto(asking({ prompt: 'none' }))
    const back = await broughtBack(opened)
    assert.equal(back['error'], stays ? undefined : 'login_required')
    assert.equal(back['code'] !== undefined, stays)
    await later.close()
  }
})

test('a sample user is picked with one click, and an account that is signed in with another', { skip }, async () => {
  const page = await open()
  await page.getByRole('button', { name: /Alice Meyer/ }).click()
  await heading(page, 'Enter the code')
  await page.getByLabel('Code').fill(await codeInOutbox(page))
  await press(page, 'Continue')
  const first = await broughtBack(page)
  await page.goto(asking({ prompt: 'select_account' }))
  await heading(page, 'Pick an account')
  await page.getByRole('button', { name: /Alice Meyer.*signed in/ }).click()
  assert.equal((await broughtBack(page))['session_state'], first['session_state'])
  await page.goto(asking({ prompt: 'select_account' }))
  await press(page, 'Use another account')
  await signIn(page, cora.signInName, cora.password)
  assert.notEqual((await broughtBack(page))['session_state'], first['session_state'])
  await page.context().close()
})

test('nobody is asked for consent: what no administrator granted is told to the application', { skip }, async () => {
  const api = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read'] })
  const scope = `openid ${api.appId}/Notes.Read`
  const page = await open({ scope, prompt: 'consent' })
  await signIn(page, cora.signInName, cora.password)
  const refused = await broughtBack(page)
  assert.equal(refused['error'], 'consent_required')
  assert.match(refused['error_description'] ?? '', /^AADSTS65001/)
  const delegatedGrants = [{ api: api.appId, scopes: ['Notes.Read'] }]
  const granted = tenant.apps.add({
    displayName: 'granted',
    redirectUris: { web: [application.callback] },
    delegatedGrants,
  })
  await page.goto(asking({ scope, client_id: granted.appId }))
  assert.ok((await broughtBack(page))['code'], 'the grant is for everybody, and the session goes on')
  await page.context().close()
})

test('everything works in a browser without JavaScript', { skip }, async () => {
  const page = await open({ response_mode: 'form_post', prompt: 'create' }, { javaScriptEnabled: false })
  await page.getByLabel('Email').fill('noscript@example.com')
  await press(page, 'Next')
  await page.getByLabel('Code').fill(await codeInOutbox(page))
  await page.getByLabel('Your name').fill('No Script')
  await page.getByLabel('New password').fill('Sunny-Day-7')
  await press(page, 'Continue')
  await heading(page, 'Signed in')
  const posted = page.waitForRequest((request) => request.url() === application.callback)
  await press(page, 'Continue')
  const form = new URLSearchParams((await posted).postData() ?? '')
  assert.ok(form.get('code'))
  await page.context().close()
})

test('axe finds nothing serious on any page, in light and in dark', { skip }, async () => {
  // The dark theme changes colours alone.
  for (const [colorScheme, rules] of [
    ['light', undefined],
    ['dark', ['color-contrast']],
  ] as const) {
    const page = await open({}, { colorScheme })
    const check = async (name: string) => {
      await heading(page, name)
      assert.deepEqual(await seriousOn(page, rules), [], `${name}, ${colorScheme}`)
    }
    await check('Sign in')
    await signIn(page, 'x', 'wrong')
    await check('Sign in')
    await page.getByRole('button', { name: /Alice Meyer/ }).click()
    await check('Enter the code')
    await page.getByLabel('Code').fill('1')
    await press(page, 'Continue')
    await check('Enter the code')
    if (colorScheme === 'dark') {
      await page.context().close()
      continue
    }
    await press(page, 'Back')
    await page.getByLabel('Email or user name').fill('axe@example.com')
    await press(page, 'Create an account')
    await check('Create an account')
    await page.goto(`${tenant.authority}/outbox`)
    await check('Outbox')
    await page.goto(asking({ client_id: tenant.tenantId }))
    await check('Sign-in is not possible')
    await page.goto(`${tenant.authority}/oauth2/deviceauth`)
    await check('Enter code')
    await page.goto(asking())
    await signIn(page, cora.signInName, cora.password)
    await broughtBack(page)
    await page.goto(asking({ prompt: 'select_account' }))
    await check('Pick an account')
    await page.goto(`${tenant.authority}/oauth2/v2.0/logout`)
    await check('Signed out')
    await page.context().close()
  }
})

test('a sign-up shows what the user flow asks for, and keeps what was entered', { skip }, async () => {
  const page = await open({ prompt: 'create' }, { viewport: { width: 420, height: 1000 } })
  await linkFlow(page, [
    { attribute: 'displayName', label: 'Full name', required: true },
    { attribute: 'city', label: 'City', validationRegEx: '^[A-Z]' },
    { attribute: 'country', label: 'Country', inputType: 'radioSingleSelect', options: options('CH', 'DE') },
    { attribute: 'jobTitle', label: 'Interests', inputType: 'checkboxMultiSelect', options: options('books', 'films') },
  ])
  await page.getByLabel('Email').fill('flow@example.com')
  await press(page, 'Next')
  await page.getByLabel('Code').fill(await codeInOutbox(page))
  await page.getByLabel('Full name').fill('Flo Wer')
  await page.getByLabel('City').fill('bern')
  await page.getByRole('group', { name: 'Country' }).getByLabel('CH').check()
  await page.getByRole('group', { name: 'Interests' }).getByLabel('films').check()
  await page.getByLabel('New password').fill('Sunny-Day-7')
  await press(page, 'Continue')
  assert.match(await alertOn(page), /City does not have the form/)
  assert.deepEqual(await seriousOn(page), [])
  assert.ok(await page.getByRole('group', { name: 'Country' }).getByLabel('CH').isChecked())
  assert.ok(await page.getByRole('group', { name: 'Interests' }).getByLabel('films').isChecked())
  await page.getByLabel('Code').fill(tenant.outbox.list()[0]?.code ?? '')
  await page.getByLabel('City').fill('Bern')
  await page.getByLabel('New password').fill('Sunny-Day-7')
  await press(page, 'Continue')
  assert.ok((await broughtBack(page))['code'])
  const made = tenant.export().users.find(({ mail }) => mail === 'flow@example.com')
  assert.deepEqual([made?.displayName, made?.city, made?.country, made?.jobTitle], ['Flo Wer', 'Bern', 'CH', 'films'])
  await page.context().close()
})

const options = (...values: string[]) => values.map((value) => ({ name: value, value }))

/** Shows the sign-up of an application with a user flow that asks for these. */
async function linkFlow(page: Page, inputs: readonly object[]): Promise<void> {
  const shop = tenant.apps.add({ displayName: 'the new shop', redirectUris: { web: [application.callback] } })
  const client = tenant.administrator.clientId
  const token = await tenant.tokens.issue({ client, resource: 'https://graph.microsoft.com' })
  const made = await page.request.post(`${tenant.graph}/identity/authenticationEventsFlows`, {
    headers: { authorization: `Bearer ${token}` },
    data: {
      displayName: 'New shop',
      conditions: { applications: { includeApplications: [{ appId: shop.appId }] } },
      onAuthenticationMethodLoadStart: { identityProviders: [{ id: 'EmailPassword-OAUTH' }] },
      onInteractiveAuthFlowStart: { isSignUpAllowed: true },
      onAttributeCollection: { attributeCollectionPage: { views: [{ inputs }] } },
    },
  })
  assert.equal(made.status(), 201, await made.text())
  await page.goto(asking({ client_id: shop.appId, prompt: 'create' }))
}

test('a page stands in no frame of another site, runs nothing and sends its form to nobody else', {
  skip,
}, async () => {
  const page = await open()
  const { headers } = await page.request.get(asking()).then((answer) => ({ headers: answer.headers() }))
  const policy = headers['content-security-policy'] ?? ''
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
    assert.ok(policy.includes(rule), policy)
  }
  assert.ok(!policy.includes('script-src') && !policy.includes('unsafe'), policy)
  assert.deepEqual(
    ['x-frame-options', 'referrer-policy', 'cache-control', 'x-content-type-options'].map((name) => headers[name]),
    ['DENY', 'no-referrer', 'no-store, no-cache', 'nosniff'],
  )
  await page.goto(application.framing(asking()))
  await page.waitForLoadState('networkidle')
  const framed = page.frames().find((frame) => frame !== page.mainFrame())
  assert.equal(await framed?.getByLabel('Password').count(), 0)
  await page.context().close()
})

test('a form of another site does not sign anybody in', { skip }, async () => {
  const page = await open()
  const key = await page.locator('input[name=form_key]').getAttribute('value')
  const request = await page.locator('input[name=request]').getAttribute('value')
  const other = await open()
  await other.goto(application.callback)
  await other.setContent(`<form method="post" action="${tenant.authority}/oauth2/v2.0/signin">
    <input name="request" value="${(request ?? '').replaceAll('&', '&amp;')}"><input name="form_key" value="${key ?? ''}">
    <input name="name" value="${cora.signInName}"><input name="password" value="${cora.password}"><button>Go</button></form>`)
  await press(other, 'Go')
  await heading(other, 'Sign in')
  assert.match(await alertOn(other), /open for too long, or cookies are off/)
  await Promise.all([page, other].map((opened) => opened.context().close()))
})

test('the keyboard alone is enough, and says where it is', { skip }, async () => {
  const page = await open()
  const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent')
  assert.equal(await focused(), 'name')
  await page.keyboard.type(cora.signInName)
  const stops: string[] = []
  for (let stop = 0; stop < 6; stop += 1) {
    await page.keyboard.press('Tab')
    stops.push(await focused())
  }
  const order = ['password', 'stay', 'Sign in', 'Email me a code', 'Create an account', 'Forgot the password?']
  assert.deepEqual(stops, order)
  const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')
  assert.equal(outline, 'solid')
  await page.getByLabel('Password').focus()
  await page.keyboard.type(cora.password)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  assert.ok(await page.getByLabel('Keep me signed in').isChecked())
  await page.keyboard.press('Enter')
  assert.ok((await broughtBack(page))['code'])
  await page.context().close()
})

test('a device is signed in on its page, by password and by a code', { skip }, async () => {
  const cli = tenant.apps.add({ displayName: 'the cli', publicClient: true })
  const context: BrowserContext = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const form = { client_id: cli.appId, scope: 'openid' }
  const asked = async () => {
    const answer = await page.request.post(`${tenant.authority}/oauth2/v2.0/devicecode`, { form })
    return (await answer.json()) as { user_code: string; device_code: string; verification_uri: string }
  }
  const polled = async (deviceCode: string) => {
    const poll = { client_id: cli.appId, grant_type: 'device_code', device_code: deviceCode }
    return (await page.request.post(`${tenant.authority}/oauth2/v2.0/token`, { form: poll })).status()
  }
  for (const byCode of [false, true]) {
    const device = await asked()
    await page.goto(device.verification_uri)
    await page.getByLabel('Code').fill('WRONGCODE')
    await press(page, 'Next')
    assert.match(await alertOn(page), /No device waits for that code/)
    await page.getByLabel('Code').fill(device.user_code.toLowerCase())
    await press(page, 'Next')
    await page.getByText('the cli').waitFor()
    await page.getByLabel('Email or user name').fill(cora.signInName)
    if (byCode) {
      await press(page, 'Email me a code')
      assert.deepEqual(await seriousOn(page), [])
      await page.getByLabel('Code from the mail').fill(await codeInOutbox(page))
    } else await page.getByLabel('Password').fill(cora.password)
    await press(page, 'Sign in')
    await heading(page, 'Signed in')
    assert.equal(await polled(device.device_code), 200)
  }
  const refused = await asked()
  await page.goto(`${refused.verification_uri}?user_code=${refused.user_code}`)
  await press(page, 'Next')
  await press(page, 'Cancel')
  await heading(page, 'Refused')
  assert.equal(await polled(refused.device_code), 400)
  await context.close()
})
