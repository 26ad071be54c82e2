import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import type { Browser, Page } from 'playwright-core'
import { launch, withoutBrowser } from '../browser.js'
import { type Ended, endAll, newFolder, node, type Running, startNode } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { openPortal } from './browser.js'

const data = newFolder()
let tenant: Tenant
let browser: Browser
let api: Running | undefined

before(async () => {
  if (withoutBrowser !== false) return
  const portalFolder = join(root, 'packages/portal/dist/site')
  tenant = await startTenant({ dataFolder: data, port: 0, portalFolder, users: [{ name: 'ada', displayName: 'Ada' }] })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await api?.end('SIGTERM')
  await tenant?.close()
  endAll()
  rmSync(data, { recursive: true, force: true })
})

test("the tutorial's portal steps, click by click, register what the daemon needs: before the admin consent the API answers 403, after it the to-dos", {
  skip: withoutBrowser,
}, async () => {
  const { page, complaints } = await openPortal(browser, { port: tenant.port, data })
  assert.doesNotMatch(page.url(), /#/, 'the code of the link has left the address bar')

  // Register the web API, expose it, create its app roles, and tell programs from people.
  await register(page, 'ciam-ToDoList-api')
  const tenantId = await shownAs(page, 'Directory (tenant) ID')
  const apiId = await shownAs(page, 'Application (client) ID')
  await section(page, 'Expose an API')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const uri = await page.getByLabel('Application ID URI', { exact: true }).inputValue()
  assert.equal(uri, `api://${apiId}`)
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'The Application ID URI was saved')
  await section(page, 'App roles')
  await createAppRole(page, 'ToDoList.Read.All', "Allow the app to read every user's ToDo list")
  await createAppRole(page, 'ToDoList.ReadWrite.All', "Allow the app to read every user's ToDo list and change it")
  await section(page, 'Token configuration')
  await page.getByRole('button', { name: 'Add optional claim' }).click()
  await page.getByRole('radio', { name: 'Access' }).check()
  await page.getByRole('checkbox', { name: /^idtyp/ }).check()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('cell', { name: 'idtyp', exact: true }).waitFor()
  await section(page, 'Manifest')
  const manifest = page.getByLabel('Manifest')
  const written = await manifest.inputValue()
  const version = '"requestedAccessTokenVersion": 2'
  await manifest.fill(written.replace('"requestedAccessTokenVersion": null', version))
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'The manifest was saved')

  // Register the daemon, give it a secret, add the application permissions.
  await page.getByRole('link', { name: 'App registrations' }).click()
  await register(page, 'ciam-client-app')
  const clientId = await shownAs(page, 'Application (client) ID')
  assert.notEqual(clientId, apiId)
  await section(page, 'Certificates & secrets')
  await page.getByRole('button', { name: 'New client secret' }).click()
  await page.getByLabel('Description').fill('daemon')
  await page.getByLabel('Expires').selectOption({ label: 'Recommended: 180 days (6 months)' })
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const secret = await shownAs(page, 'secret value')
  await page.getByRole('button', { name: 'Copy secret value' }).click()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), secret)
  await section(page, 'API permissions')
  await page.getByRole('button', { name: 'Add a permission' }).click()
  await page.getByRole('tab', { name: 'APIs my organization uses' }).click()
  await page.getByRole('button', { name: /^ciam-ToDoList-api/ }).click()
  await page.getByRole('button', { name: /^Application permissions/ }).click()
  await page.getByRole('checkbox', { name: /^ToDoList\.Read\.All/ }).check()
  await page.getByRole('checkbox', { name: /^ToDoList\.ReadWrite\.All/ }).check()
  await page.getByRole('button', { name: 'Add permissions' }).click()
  await page.getByText('Not granted for Contoso').nth(1).waitFor()

  // The secret was shown once: it is nowhere when the section is opened again.
  await section(page, 'Certificates & secrets')
  await page.getByRole('table').waitFor()
  assert.ok(!(await page.content()).includes(secret))

  api = await startApi({ tenantId, apiId })
  const environment = daemonEnvironment({ clientId, secret, apiId }, addressOf(api))
  const refused = await daemon(environment, '--op', 'getToDos')
  assert.deepEqual([refused.code, refused.stdout], [5, ''])
  assert.match(refused.stderr, /403/)

  await section(page, 'API permissions')
  await page.getByRole('button', { name: 'Grant admin consent for Contoso' }).click()
  await page.getByRole('button', { name: 'Yes' }).click()
  await said(page, 'Successfully granted admin consent')
  await page.getByText('Granted for Contoso', { exact: true }).nth(1).waitFor()

  const owner = '74c79b0b-cf2d-4a59-92bb-40c90a59bb58'
  const made = await daemon(environment, 'todos', 'create', '--description', 'Pick up grocery', '--owner', owner)
  assert.equal(made.code, 0, made.stderr)
  const answered = await daemon(environment, '--op', 'getToDos')
  assert.equal(answered.code, 0, answered.stderr)
  assert.deepEqual(JSON.parse(answered.stdout), [{ id: 1, owner, description: 'Pick up grocery' }])
  assert.deepEqual(complaints, [])
})

async function register(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New registration' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: `${name} | Overview` }).waitFor()
}

async function createAppRole(page: Page, value: string, description: string): Promise<void> {
  await page.getByRole('button', { name: 'Create app role' }).click()
  await page.getByLabel('Display name').fill(value)
  await page.getByRole('radio', { name: 'Applications', exact: true }).check()
  await page.getByLabel('Value', { exact: true }).fill(value)
  await page.getByLabel('Description').fill(description)
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByRole('button', { name: value, exact: true }).waitFor()
}

const section = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()

/** A value as it stands on the screen. */
async function shownAs(page: Page, name: string): Promise<string> {
  return (await page.locator(`[data-value="${name}"]`).innerText()).trim()
}

const said = (page: Page, sentence: string) => page.getByText(sentence).waitFor()

/** The API with the ids that were read off the screen. */
async function startApi({ tenantId, apiId }: { tenantId: string; apiId: string }): Promise<Running> {
  const { files } = await tenant.ca.certificateFor('api', ['localhost', '127.0.0.1', '::1'])
  assert.ok(files)
  const env = {
    AUTHORITY: `${tenant.origin}/${tenantId}`,
    TENANT_ID: tenantId,
    CLIENT_ID: apiId,
    DATABASE_FILE: join(data, 'todolist.db'),
    HOST: 'localhost',
    PORT: '0',
    TLS_CERT_FILE: files.chain,
    TLS_KEY_FILE: files.key,
    CA_FILE: join(data, 'ca.pem'),
  }
  return startNode(['.', 'serve'], 'listening on', { cwd: join(root, 'apps/todolist-api'), env })
}

const addressOf = ({ output }: Running) => /listening on (\S+)/.exec(output().stderr)?.[1] ?? ''

function daemonEnvironment(
  { clientId, secret, apiId }: { clientId: string; secret: string; apiId: string },
  address: string,
): Readonly<Record<string, string>> {
  return {
    CLIENT_ID: clientId,
    CLIENT_SECRET: secret,
    AUTHORITY: tenant.authority,
    SCOPES: `api://${apiId}/.default`,
    API_ENDPOINT: `${address}/api/todolist`,
    CA_FILE: join(data, 'ca.pem'),
  }
}

const daemon = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
  node([join(root, 'apps/daemon/todolist-daemon.cjs'), ...args], { cwd: data, env })
