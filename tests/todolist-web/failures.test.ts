import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, rmSync, statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createGraphClient } from '@tenantry/app-registration'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import { startWebServer, type WebServer, type WebSettings } from '@tenantry/todolist-web'
import type { Browser, Page, Request, Route } from 'playwright-core'
import { launch, withoutBrowser } from '../browser.js'
import { endAll, newFolder, type Running, startNode } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { add, arrive, descriptions, enterPassword, list, newTodo, type Person, row } from './person.js'

const skip = withoutBrowser
const data = newFolder()
const site = join(root, 'apps/todolist-web/dist/site')
const scopes = ['ToDoList.Read', 'ToDoList.ReadWrite'] as const
/** Requests a minute that the API takes of one caller: more than the page makes, few enough to use up. */
const allowance = 120
type AddedApp = ReturnType<Tenant['apps']['add']>

let tenant: Tenant
let web: WebServer
let api: Running
let browser: Browser
let todoList: AddedApp
let settings: WebSettings

before(async () => {
  if (skip !== false) return
  tenant = await startTenant({ dataFolder: data, port: 0 })
  const { chain, key, files } = await tenant.ca.certificateFor('api', ['localhost', '127.0.0.1', '::1'])
  web = await startWebServer({ site, host: 'localhost', port: 0, tls: { chain, key } })
  todoList = tenant.apps.add({ displayName: 'the API', scopes, appRoles: ['ToDoList.ReadWrite.All'], idtyp: true })
  const env = {
    AUTHORITY: tenant.authority,
    TENANT_ID: tenant.tenantId,
    CLIENT_ID: todoList.appId,
    DATABASE_FILE: join(data, 'todolist.db'),
    PORT: '0',
    TLS_CERT_FILE: files?.chain ?? '',
    TLS_KEY_FILE: files?.key ?? '',
    CA_FILE: join(data, 'ca.pem'),
    CORS_ORIGINS: web.origin,
    RATE_LIMIT_PER_CALLER: String(allowance),
  }
  const launched = launch({ trusting: `-----BEGIN${chain.split('-----BEGIN').at(-1)}` })
  api = await startNode(['.', 'serve'], 'listening on', { cwd: join(root, 'apps/todolist-api'), env })
  settings = settingsFor(register(scopes))
  browser = await launched
})
after(async () => {
  await browser?.close()
  await web?.close()
  await api?.end('SIGTERM')
  await tenant?.close()
  endAll()
  rmSync(data, { recursive: true, force: true })
})

/** A web app that was granted these scopes. */
function register(granted: readonly string[]): AddedApp {
  const delegatedGrants = granted.length === 0 ? [] : [{ api: todoList.appId, scopes: granted }]
  return tenant.apps.add({ displayName: 'the web app', redirectUris: { spa: [`${web.origin}/`] }, delegatedGrants })
}

function settingsFor({ appId: clientId }: AddedApp, wanted: readonly string[] = scopes): WebSettings {
  const address = /listening on (\S+)/.exec(api.output().stderr)?.[1] ?? ''
  return {
    authority: tenant.authority,
    clientId,
    scopes: wanted.map((scope) => `api://${todoList.appId}/${scope}`),
    api: `${address}/api/todolist`,
  }
}

const newUser = (name: string) => tenant.users.add({ displayName: name, email: `${name}@example.com` })

/** A new user at the web app with these settings, in front of the tenant's page, and then past it. */
async function signedIn(name: string, given = settings): Promise<Person & { objectId: string }> {
  const { objectId, password } = await newUser(name)
  web.settle(given)
  const person = await arrive(browser, web.origin)
  await person.page.getByRole('button', { name: 'Sign in' }).click()
  await enterPassword(person.page, `${name}@example.com`, password)
  return { ...person, objectId }
}

const heading = ({ page }: Person, name: string) => page.getByRole('alert').getByRole('heading', { name }).waitFor()
const alert = ({ page }: Person) => page.getByRole('alert').filter({ hasText: /./ }).innerText()

test('a page whose settings still are placeholders says so, and what to put there', { skip }, async () => {
  web.settle({
    ...settings,
    authority: 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/',
    clientId: 'Enter_the_Application_Id_Here',
  })
  const person = await arrive(browser, web.origin)
  await heading(person, 'This page is not set up yet')
  assert.match(await alert(person), /AUTHORITY in settings\.json still is a placeholder; put https:\/\/<subdomain>/)
  assert.match(await alert(person), /CLIENT_ID in settings\.json still is a placeholder/)
  await person.context.close()
})

test('the page can be used before MSAL is there, and all of it is at most 160 KB compressed', { skip }, async () => {
  const files = readdirSync(site).map((name) => ({ name, size: statSync(join(site, name)).size }))
  const compressed = files.filter(({ name }) => name.endsWith('.br'))
  const total = compressed.reduce((sum, { size }) => sum + size, 0)
  assert.ok(total > 0 && total <= 160 * 1024, `${total} bytes`)
  const msal = files.filter(({ name }) => name.endsWith('.js')).sort((one, other) => other.size - one.size)[0]?.name
  web.settle(settings)
  const context = await browser.newContext()
  const page = await context.newPage()
  const held: Route[] = []
  await page.route(`**/assets/${msal}`, (route) => void held.push(route))
  await page.goto(web.origin)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Going to the sign-in').waitFor()
  assert.equal(held.length, 1)
  await held[0]?.continue()
  await page.getByLabel('Email or user name').waitFor()
  await context.close()
})

test('before an administrator has consented, the page says who has to do what; afterwards the same button works', {
  skip,
}, async () => {
  const client = register([])
  const { password } = await newUser('before')
  web.settle(settingsFor(client))
  const person = await arrive(browser, web.origin)
  await person.page.getByRole('button', { name: 'Sign in' }).click()
  await enterPassword(person.page, 'before@example.com', password)
  await heading(person, 'An administrator has to allow this first')
  assert.match(await alert(person), /grant admin consent[\s\S]*AADSTS65001/)
  await consent(client)
  // The session at the tenant goes on: it was the application that lacked something.
  await person.page.getByRole('button', { name: 'Sign in again' }).click()
  await list(person.page).waitFor()
  await person.context.close()
})

/** As the administrator does it. */
async function consent(client: AddedApp): Promise<void> {
  const { administrator, ca, graph: baseUrl } = tenant
  const resource = 'https://graph.microsoft.com'
  const accessToken = () => tenant.tokens.issue({ client: administrator.clientId, resource })
  const body = {
    clientId: client.servicePrincipalId,
    consentType: 'AllPrincipals',
    resourceId: todoList.servicePrincipalId,
    scope: scopes.join(' '),
  }
  const graph = createGraphClient({ baseUrl, accessToken, ca: ca.root })
  await graph.send({ method: 'POST', path: '/oauth2PermissionGrants', body })
}

test('with nothing but ToDoList.Read the list is there, and who adds is told which permission is missing', {
  skip,
}, async () => {
  const person = await signedIn('reader', settingsFor(register(['ToDoList.Read']), ['ToDoList.Read']))
  await person.page.getByText('Nothing to do').waitFor()
  await newTodo(person.page).fill('Not to be')
  await person.page.keyboard.press('Enter')
  await heading(person, 'You may not do that')
  assert.match(await alert(person), /permission ToDoList\.ReadWrite/)
  await person.context.close()
})

test('of two windows that change one to-do the later one is told, and decides; the same for one that is gone', {
  skip,
}, async () => {
  const first = await signedIn('two-windows')
  await list(first.page).waitFor()
  await add(first.page, 'Plan A')
  const other = await first.context.newPage()
  await other.goto(web.origin)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await change(other, 'Plan A', 'Plan B')

  // A window in the background is drawn seldom.
  await first.page.bringToFront()
  await row(first.page, 'Plan A').getByRole('button', { name: 'Edit' }).click()
  await first.page.keyboard.type('+')
  await first.page.keyboard.press('Enter')
  await heading(first, 'It was changed meanwhile')
  assert.match(await alert(first), /Nothing was saved: .* changed it to “Plan B”/)
  await first.page.getByRole('button', { name: 'Keep mine' }).click()
  await row(first.page, 'Plan A+').getByRole('button', { name: 'Edit' }).waitFor()

  await other.bringToFront()
  await row(other, 'Plan B').getByRole('button', { name: 'Delete' }).click()
  await other.getByRole('heading', { name: 'It was changed meanwhile' }).waitFor()
  await other.getByRole('button', { name: 'Keep it' }).click()
  assert.deepEqual(await descriptions(other), ['Plan A+'])
  await row(other, 'Plan A+').getByRole('button', { name: 'Delete' }).click()
  await other.getByText('Nothing to do').waitFor()

  await first.page.bringToFront()
  await row(first.page, 'Plan A+').getByRole('button', { name: 'Edit' }).click()
  await first.page.keyboard.type('+')
  await first.page.keyboard.press('Enter')
  await heading(first, 'It was deleted meanwhile')
  await first.page.getByRole('button', { name: 'Add mine anew' }).click()
  await row(first.page, 'Plan A++').getByRole('button', { name: 'Edit' }).waitFor()
  await first.context.close()
})

async function change(page: Person['page'], from: string, to: string): Promise<void> {
  await row(page, from).getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('listitem').getByRole('textbox').fill(to)
  await page.keyboard.press('Enter')
  await row(page, to).getByRole('button', { name: 'Edit' }).waitFor()
}

test('the list comes in pages, and all of it can be had', { skip }, async () => {
  const person = await signedIn('busy')
  await person.page.getByText('Nothing to do').waitFor()
  await fill(person.objectId, 45)
  await person.page.reload()
  await row(person.page, 'Number 20').waitFor()
  for (const last of ['Number 40', 'Number 45']) {
    await person.page.getByRole('button', { name: 'Show more' }).click()
    await row(person.page, last).waitFor()
  }
  const expected = Array.from({ length: 45 }, (_, index) => `Number ${index + 1}`)
  assert.deepEqual(await descriptions(person.page), expected)
  assert.equal(await person.page.getByRole('button', { name: 'Show more' }).count(), 0)
  await person.context.close()
})

/** Gives a user to-dos, as a program may. */
async function fill(owner: string, count: number): Promise<void> {
  const token = await tenant.tokens.issue({
    client: tenant.apps.add({ displayName: `filler of ${owner}` }).appId,
    resource: todoList.appId,
    roles: ['ToDoList.ReadWrite.All'],
  })
  for (let index = 1; index <= count; index += 1) {
    const status = await call(token, 'POST', { owner, description: `Number ${index}` })
    assert.equal(status, 201)
  }
}

/** Asks the API from a page of the web app's origin that belongs to nobody. */
async function call(token: string, method: 'GET' | 'POST', body?: object): Promise<number> {
  nobody ??= (await arrive(browser, web.origin)).page
  const options = { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } }
  const init = JSON.stringify({ ...options, ...(body && { body: JSON.stringify(body) }) })
  return nobody.evaluate<number>(`fetch(${JSON.stringify(settings.api)}, ${init}).then(({ status }) => status)`)
}
let nobody: Person['page'] | undefined

test('who is offline is told so, loses nothing, and adds once and not twice when the connection is back', {
  skip,
}, async () => {
  const person = await signedIn('traveller')
  const { page, context } = person
  await page.getByText('Nothing to do').waitFor()
  await context.setOffline(true)
  await page.getByText('changes have to wait').waitFor()
  await newTodo(page).fill('Find the cable')
  await page.keyboard.press('Enter')
  await heading(person, 'You are offline')
  await context.setOffline(false)
  await loseAnswer(page, 'POST')
  await page.getByRole('button', { name: 'Try again' }).click()
  await heading(person, 'The to-do list does not answer')
  await page.getByRole('button', { name: 'Try again' }).click()
  await row(page, 'Find the cable').waitFor()
  await row(page, 'Find the cable').getByRole('button', { name: 'Edit' }).click()
  await loseAnswer(page, 'PATCH')
  await page.keyboard.type(' now')
  await page.keyboard.press('Enter')
  await heading(person, 'The to-do list does not answer')
  await page.getByRole('button', { name: 'Try again' }).click()
  await row(page, 'Find the cable now').getByRole('button', { name: 'Edit' }).waitFor()
  await page.reload()
  await row(page, 'Find the cable now').waitFor()
  assert.deepEqual(await descriptions(page), ['Find the cable now'])
  await context.close()
})

/** The next answer to a call of this kind is lost on its way, after the API has done what it was asked. */
async function loseAnswer(page: Page, method: string): Promise<void> {
  const calls = (url: URL) => url.href.startsWith(settings.api)
  await page.route(calls, async function lose(route, asked) {
    if (asked.method() !== method) return route.fallback()
    assert.match(String((await sendAs(asked)).statusCode), /^20/)
    await route.abort()
    await page.unroute(calls, lose)
  })
}

/** What a browser sends, sent by somebody else. */
async function sendAs(asked: Request): Promise<IncomingMessage & { readonly body: string }> {
  const headers = await asked.allHeaders()
  const sent = request(asked.url(), { method: asked.method(), headers, ca: tenant.ca.root })
  sent.end(asked.postData() ?? '')
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return Object.assign(answer, { body: await text(answer) })
}

test('who asked too often is told when to come back', { skip }, async () => {
  const person = await signedIn('eager')
  const { page } = person
  await page.getByText('Nothing to do').waitFor()
  // The allowance comes back while a browser is slow: the call is asked until it is refused, and the page gets that refusal.
  await page.route(
    settings.api,
    async (route, asked) => {
      let answer = await sendAs(asked)
      while (answer.statusCode !== 429) answer = await sendAs(asked)
      await route.fulfill({ status: 429, headers: headersOf(answer), body: answer.body })
    },
    { times: 1 },
  )
  await newTodo(page).fill('Slow down')
  await page.keyboard.press('Enter')
  await heading(person, 'That was too much at once')
  assert.match(await alert(person), /Try again in \d+ seconds?\./)
  await person.context.close()
})

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

test('an API that wants more proof gets a token that was asked for with its claims', { skip }, async () => {
  const person = await signedIn('proof')
  const { page } = person
  await page.getByText('Nothing to do').waitFor()
  const claims = { access_token: { acrs: { essential: true, value: 'c1' } } }
  // Nothing in this house demands an authentication context, so the demand is made up; everything else is real.
  const challenge = `Bearer error="insufficient_claims", claims="${Buffer.from(JSON.stringify(claims)).toString('base64')}"`
  const headers = {
    'www-authenticate': challenge,
    'access-control-allow-origin': web.origin,
    'access-control-expose-headers': 'www-authenticate',
  }
  await page.route(settings.api, (route) => route.fulfill({ status: 401, headers }), { times: 1 })
  const renewal = page.waitForRequest((sent) => sent.url().includes('/oauth2/v2.0/token'))
  await newTodo(page).fill('Prove it')
  await page.keyboard.press('Enter')
  const asked = new URLSearchParams((await renewal).postData() ?? '')
  // MSAL adds what the page can do, and wishes of its own for the ID token.
  const { access_token } = JSON.parse(asked.get('claims') ?? '{}') as Partial<typeof claims>
  assert.deepEqual(access_token, { ...claims.access_token, xms_cc: { values: ['CP1'] } })
  await row(page, 'Prove it').waitFor()
  await person.context.close()
})

test('when the API does not answer, the page says where it should and lets the certificate be looked at', {
  skip,
}, async () => {
  const person = await signedIn('patient', { ...settings, api: 'https://localhost:1/api/todolist' })
  await heading(person, 'The to-do list does not answer')
  const link = person.page.getByRole('link', { name: 'Open https://localhost:1' })
  assert.equal(await link.getAttribute('href'), 'https://localhost:1/health/live')
  await person.context.close()
})

test('so it does when the tenant does not answer, and the buttons can be pressed again', { skip }, async () => {
  web.settle({ ...settings, authority: `https://localhost:1/${tenant.tenantId}` })
  const person = await arrive(browser, web.origin)
  await person.page.getByRole('button', { name: 'Sign in' }).click()
  await heading(person, 'The sign-in does not answer')
  assert.ok(await person.page.getByRole('button', { name: 'Create an account' }).isEnabled())
  await person.context.close()
})
