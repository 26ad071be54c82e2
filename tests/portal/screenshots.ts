// node tests/dist/portal/screenshots.js [folder]: pictures of the admin portal for the documentation, of a tenant that is made
// for them and that the daemon has asked for to-dos, once with a wrong secret.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from '../browser.js'
import { endAll, newFolder, node, startTenantry } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { openPortal } from './browser.js'

const pictures = process.argv[2] ?? join(root, 'docs/images')
const data = newFolder()
const browser = await launch()
try {
  const up = await startTenantry(
    ['up', '--port', '0', '--api-port', '0', '--no-web', '--data', data],
    'Ctrl-C stops everything',
  )
  const port = Number(/localhost:(\d+)/.exec(up.output().stderr)?.[1])
  const daemon = ['.', '--op', 'getToDos', '--config', join(data, 'daemon.env')]
  await node(daemon)
  await node(daemon, { env: { CLIENT_SECRET: 'wrong-secret' } })
  for (const dark of [false, true]) {
    const { page, context } = await openPortal(browser, { port, data }, { dark, size: { width: 1280, height: 640 } })
    const section = (name: string) => page.getByRole('link', { name, exact: true }).click()
    const shoot = async (name: string) => {
      await page.locator('.waiting').waitFor({ state: 'detached' })
      await page.waitForTimeout(500)
      await page.screenshot({ path: join(pictures, `portal-${name}${dark ? '-dark' : ''}.png`) })
    }
    if (dark) {
      await section('Live requests')
      await shoot('live-requests')
    } else {
      await page.getByRole('link', { name: 'ciam-client-app' }).waitFor()
      await shoot('app-registrations')
      await section('ciam-client-app')
      await section('API permissions')
      await page.getByText('Granted for Contoso').first().waitFor()
      await shoot('api-permissions')
      await section('Quickstart')
      await page.getByRole('tab', { name: 'MSAL Node' }).click()
      await shoot('quickstart')
      await section('Keys, clock and faults')
      await shoot('conditions')
    }
    await context.close()
  }
  await up.end('SIGTERM')
} finally {
  await browser.close()
  endAll()
  rmSync(data, { recursive: true, force: true })
}
