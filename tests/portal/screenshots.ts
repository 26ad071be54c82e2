import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, openPortal } from './browser.js'

// node tests/dist/portal/screenshots.js <folder> <port> <data folder>: pictures of the portal of a tenant that runs.
const { positionals } = parseArgs({ allowPositionals: true })
const [folder = '', port = '', data = ''] = positionals
const size = { width: 1280, height: 760 }
const browser = await launch()
for (const theme of ['light', 'dark'] as const) {
  const { page, context } = await openPortal(browser, { port: Number(port), data }, { dark: theme === 'dark', size })
  const shoot = async (name: string) => {
    await page.waitForTimeout(700)
    await page.screenshot({ path: join(folder, `portal-${name}${theme === 'dark' ? '-dark' : ''}.png`) })
  }
  const section = (name: string) => page.getByRole('link', { name, exact: true }).click()
  await shoot('app-registrations')
  await section('ciam-client-app')
  await shoot('overview')
  for (const name of ['Quickstart', 'Certificates & secrets', 'API permissions']) {
    await section(name)
    await shoot(name.toLowerCase().replaceAll(/\W+/g, '-'))
  }
  await page.getByRole('button', { name: 'Add a permission' }).click()
  await page.getByRole('button', { name: /^ciam-ToDoList-api/ }).click()
  await page.getByRole('button', { name: /^Application permissions/ }).click()
  await shoot('request-permissions')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await section('Owners')
  await shoot('owners')
  await section('App registrations')
  await section('ciam-ToDoList-api')
  for (const name of ['App roles', 'Expose an API', 'Token configuration', 'Manifest']) {
    await section(name)
    await shoot(name.toLowerCase().replaceAll(/\W+/g, '-'))
  }
  for (const name of [
    'Enterprise applications',
    'All users',
    'Sign-in logs',
    'Audit logs',
    'Live requests',
    'Keys, clock and faults',
    'Token inspector',
  ]) {
    await section(name)
    await shoot(name.toLowerCase().replaceAll(/\W+/g, '-'))
  }
  await context.close()
}
await browser.close()
