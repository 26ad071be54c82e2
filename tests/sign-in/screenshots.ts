// node tests/dist/sign-in/screenshots.js [folder]: pictures of the tenant's pages for the documentation, and of the user flow that
// they follow in the admin portal.
import { join } from 'node:path'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launch } from '../browser.js'
import { root } from '../workspaces.js'

const pictures = process.argv[2] ?? join(root, 'docs/images')
const callback = 'https://localhost:3000/'
const users = [
  { name: 'alice', displayName: 'Alice Meyer' },
  { name: 'bob', displayName: 'Bob Tanner' },
]

const portalFolder = join(root, 'packages/portal/dist/site')
await using tenant = await startTenant({ dataFolder: null, port: 0, portalFolder, users })
const shop = tenant.apps.add({ displayName: 'Woodgrove Groceries', redirectUris: { spa: [callback] } })
const browser = await launch()
try {
  const flow = await makeFlow(await browser.newContext({ ignoreHTTPSErrors: true }))
  await shootPages(browser)
  await shootFlow(browser, flow)
} finally {
  await browser.close()
}

/** What the portal's page for user flows would make. */
async function makeFlow({ request }: BrowserContext): Promise<string> {
  const client = tenant.administrator.clientId
  const token = await tenant.tokens.issue({ client, resource: 'https://graph.microsoft.com' })
  const post = async (path: string, data: object) => {
    const answer = await request.post(`${tenant.graph}/${path}`, {
      headers: { authorization: `Bearer ${token}` },
      data,
    })
    if (answer.status() !== 201) throw new Error(`${path}: ${await answer.text()}`)
    return (await answer.json()) as { id: string }
  }
  const { id: news } = await post('identity/userFlowAttributes', { displayName: 'Newsletter', dataType: 'boolean' })
  const options = ['Switzerland', 'Germany', 'Austria'].map((name) => ({ name, value: name }))
  const inputs = [
    { attribute: 'displayName', label: 'Display Name', required: true },
    { attribute: 'country', label: 'Country/Region', inputType: 'radioSingleSelect', options },
    { attribute: news, label: 'Send me the newsletter', inputType: 'boolean' },
  ]
  const { id } = await post('identity/authenticationEventsFlows', {
    displayName: 'Sign-up of customers',
    conditions: { applications: { includeApplications: [{ appId: shop.appId }] } },
    onAuthenticationMethodLoadStart: { identityProviders: [{ id: 'EmailPassword-OAUTH' }] },
    onInteractiveAuthFlowStart: { isSignUpAllowed: true },
    onAttributeCollection: { attributeCollectionPage: { views: [{ inputs }] } },
  })
  return id
}

async function shootPages(from: Browser): Promise<void> {
  const size = { width: 640, height: 760 }
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await from.newContext({ ignoreHTTPSErrors: true, viewport: size, colorScheme })
    const page = await context.newPage()
    await page.goto(asking({}))
    if (colorScheme === 'dark') {
      await page.getByLabel('Email or user name').fill('alice@contoso.onmicrosoft.com')
      await page.getByLabel('Password').fill('not the one')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('alert').waitFor()
    }
    const name = colorScheme === 'dark' ? 'sign-in-dark.png' : 'sign-in.png'
    await page.screenshot({ path: join(pictures, name), fullPage: true })
    if (colorScheme === 'light') await shootSignUp(page)
    await context.close()
  }
}

async function shootSignUp(page: Page): Promise<void> {
  await page.goto(asking({ prompt: 'create' }))
  await page.getByLabel('Email').fill('mia@example.com')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Display Name').fill('Mia Santos')
  await page.getByLabel('Switzerland').check()
  await page.screenshot({ path: join(pictures, 'sign-up.png'), fullPage: true })
}

function asking(more: Readonly<Record<string, string>>): string {
  const challenge = { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' }
  const request = {
    client_id: shop.appId,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid',
    ...challenge,
  }
  return `${tenant.authority}/oauth2/v2.0/authorize?${new URLSearchParams({ ...request, ...more }).toString()}`
}

async function shootFlow(from: Browser, flow: string): Promise<void> {
  const context = await from.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 640 } })
  const page = await context.newPage()
  await page.goto(await linkTo(tenant, context))
  await page.getByRole('heading', { name: 'App registrations' }).waitFor()
  await page.goto(`${tenant.origin}/portal/user-flows/${flow}/user-attributes`)
  await page.getByRole('cell', { name: 'Radio buttons' }).waitFor()
  await page.screenshot({ path: join(pictures, 'portal-user-flow.png') })
  await context.close()
}

async function linkTo({ origin, controlKey }: Tenant, { request }: BrowserContext): Promise<string> {
  const headers = { authorization: `Bearer ${controlKey}` }
  const answer = await request.post(`${origin}/_tenantry/portal/links`, { headers })
  return ((await answer.json()) as { url: string }).url
}
