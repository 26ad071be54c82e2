import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { launch, withoutBrowser } from '../browser.js'
import { root } from '../workspaces.js'
import { linkOf, openPortal } from './browser.js'

test('the sign-in logs show what a user did, and apart from it what applications did for the user and as themselves', {
  skip: withoutBrowser,
}, async () => {
  await using tenant = await startTenant({
    dataFolder: null,
    port: 0,
    portalFolder: join(root, 'packages/portal/dist/site'),
  })
  const browser = await launch()
  after(() => browser.close())
  const api = tenant.apps.add({ displayName: 'the API', appRoles: ['Read'] })
  const { page, context } = await openPortal(browser, await linkOf(tenant))
  const redirectUri = 'http://localhost:4000/'
  const grants = [{ api: api.appId, roles: ['Read'] }]
  const wants = { displayName: 'the web app', secret: true, grants, redirectUris: { web: [redirectUri] } }
  const app = tenant.apps.add(wants)
  const { signInName, password } = await tenant.users.add({ displayName: 'Grace Hopper', email: 'grace@example.com' })
  const asked = { client_id: app.appId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' }
  const signingIn = await context.newPage()
  await signingIn.route(`${redirectUri}**`, (route) => route.fulfill({ body: 'back' }))
  await signingIn.goto(`${tenant.authority}/oauth2/v2.0/authorize?${new URLSearchParams(asked).toString()}`)
  for (const typed of ['not-the-password', password]) {
    await signingIn.getByLabel('Email or user name').fill(signInName)
    await signingIn.getByLabel('Password', { exact: true }).fill(typed)
    await signingIn.getByRole('button', { name: 'Sign in' }).click()
    if (typed !== password) await signingIn.getByText('do not belong together').waitFor()
  }
  await signingIn.getByText('back').waitFor()
  const code = new URL(signingIn.url()).searchParams.get('code') ?? ''
  const asClient = { client_id: app.appId, client_secret: String(app.clientSecret) }
  const form = { ...asClient, grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  assert.equal((await page.request.post(`${tenant.authority}/oauth2/v2.0/token`, { form })).status(), 200)
  const byItself = { ...asClient, grant_type: 'client_credentials', scope: `${api.identifierUri}/.default` }
  await page.request.post(`${tenant.authority}/oauth2/v2.0/token`, { form: byItself })
  tenant.signIns.list()

  await page.getByRole('link', { name: 'Sign-in logs' }).click()
  const interactive = page.getByRole('region', { name: 'User sign-ins (interactive)' })
  const rows = interactive.getByRole('row').filter({ hasText: 'Grace Hopper' })
  await rows.first().waitFor()
  assert.equal(await rows.count(), 2)
  assert.match(await rows.nth(0).innerText(), /Grace Hopper[\s\S]*the web app[\s\S]*Success[\s\S]*Browser/)
  assert.match(await rows.nth(1).innerText(), /Grace Hopper[\s\S]*Failure · AADSTS50126/)
  await page.getByRole('tab', { name: 'User sign-ins (interactive)' }).press('ArrowRight')
  const following = page.getByRole('region', { name: 'User sign-ins (non-interactive)' })
  const redeemed = following.getByRole('row').filter({ hasText: 'the web app' })
  await redeemed.waitFor()
  assert.match(await redeemed.innerText(), /Grace Hopper[\s\S]*Success/)
  await page.getByRole('tab', { name: 'Service principal sign-ins' }).click()
  const own = page.getByRole('region', { name: 'Service principal sign-ins' })
  await own.waitFor()
  assert.match(await own.innerText(), /the web app[\s\S]*the API[\s\S]*Success/)
  assert.equal(await own.getByText('Grace Hopper').count(), 0)
  assert.equal(await own.getByRole('columnheader', { name: 'User' }).count(), 0)
  await context.close()
})
