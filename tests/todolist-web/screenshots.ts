// node tests/dist/todolist-web/screenshots.js [folder]: pictures of the web app for the documentation, of an account that signs
// up for them.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from '../browser.js'
import { endAll, newFolder, startTenantry } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { controlPlane } from './control-plane.js'
import { add, arrive, row, signUp } from './person.js'

const pictures = process.argv[2] ?? join(root, 'docs/images')
const size = { width: 1180, height: 640 }
const data = newFolder()
try {
  const ports = ['--port', '0', '--api-port', '0', '--web-port', '0']
  const up = await startTenantry(['up', '--data', data, ...ports], 'Ctrl-C stops everything')
  const web = /Web app: (\S+)/.exec(up.output().stderr)?.[1] ?? ''
  const { mailbox } = controlPlane(data, /contoso at (\S+)/.exec(up.output().stderr)?.[1] ?? '')
  const browser = await launch({ trusting: readFileSync(join(data, 'ca-intermediate.pem'), 'utf8') })
  const person = await arrive(browser, web)
  const { page } = person
  await page.setViewportSize(size)
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.screenshot({ path: join(pictures, 'todolist-web-welcome.png') })
  await signUp(person, { email: 'mia@example.com', name: 'Mia Santos', password: 'Tr3asure-Island' }, mailbox)
  for (const text of ['Pick up grocery', 'Call the bicycle workshop', 'Book the ferry', 'Water plants'])
    await add(page, text)
  await row(page, 'Book the ferry').getByRole('button', { name: 'Edit' }).click()
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: join(pictures, 'todolist-web-todos-dark.png') })
  await browser.close()
  await up.end('SIGTERM')
} finally {
  endAll()
  rmSync(data, { recursive: true, force: true })
}
