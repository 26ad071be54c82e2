import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, seriousOn, withoutBrowser } from '../browser.js'
import { endAll, newFolder, node, type Running, startTenantry } from '../journey/programs.js'
import { type ControlPlane, controlPlane } from './control-plane.js'
import { add, arrive, descriptions, enterPassword, list, newTodo, type Person, row, signUp } from './person.js'

const skip = withoutBrowser
const data = newFolder()
let up: Running
let browser: Browser
let tenant: string
let control: ControlPlane
let web: string

before(async () => {
  if (skip !== false) return
  const ports = ['--port', '0', '--api-port', '0', '--web-port', '0']
  up = await startTenantry(['up', '--data', data, ...ports], 'Ctrl-C stops everything')
  tenant = said('Local tenant: contoso at')
  web = said('Web app:')
  control = controlPlane(data, tenant)
  browser = await launch({ trusting: readFileSync(join(data, 'ca-intermediate.pem'), 'utf8') })
})
after(async () => {
  await browser?.close()
  await up?.end('SIGTERM')
  endAll()
  rmSync(data, { recursive: true, force: true })
})

/** The address behind these words of `up`. */
function said(words: string): string {
  const address = new RegExp(`${words} (\\S+)`).exec(up.output().stderr)?.[1]
  assert.ok(address, up.output().stderr)
  return address
}

const ada = { email: 'ada@example.com', name: 'Ada Lovelace', password: 'Analytical-Engine-1843' }
const grace = { email: 'grace@example.com', name: 'Grace Hopper', password: 'Compilers-Are-Fine-1952' }
let hers: Person
let graces: Person

test('two people sign up with a code that was mailed to them, and each has their own to-dos; the daemon sees everybody’s', {
  skip,
}, async () => {
  hers = await arrive(browser, web)
  assert.deepEqual(await seriousOn(hers.page), [], 'before the sign-in')
  graces = await arrive(browser, web, { dark: true })
  assert.deepEqual(await seriousOn(graces.page), [], 'before the sign-in, dark')
  await signUp(hers, ada, control.mailbox)
  await signUp(graces, grace, control.mailbox)
  await hers.page.getByText('Nothing to do').waitFor()
  await hers.page.getByText('Ada Lovelace').waitFor()

  await add(hers.page, 'Write the first program')
  await add(hers.page, 'Translate Menabrea')
  await add(graces.page, 'Find the moth')
  assert.deepEqual(await descriptions(hers.page), ['Write the first program', 'Translate Menabrea'])
  assert.deepEqual(await descriptions(graces.page), ['Find the moth'])
  assert.deepEqual(await seriousOn(hers.page), [], 'with to-dos')
  assert.deepEqual(await seriousOn(graces.page), [], 'with to-dos, dark')

  await row(hers.page, 'Translate Menabrea').getByRole('button', { name: 'Edit' }).click()
  assert.deepEqual(await seriousOn(hers.page), [], 'while one is edited')
  await hers.page.keyboard.type(', with notes')
  await hers.page.keyboard.press('Enter')
  await row(hers.page, 'Translate Menabrea, with notes').getByRole('button', { name: 'Edit' }).waitFor()
  await row(hers.page, 'Write the first program').getByRole('button', { name: 'Delete' }).click()
  await hers.page.getByRole('button', { name: 'Undo' }).waitFor()
  assert.deepEqual(await descriptions(hers.page), ['Translate Menabrea, with notes'])

  const daemon = await node(['.', '--op', 'getToDos', '--config', join(data, 'daemon.env')])
  assert.equal(daemon.code, 0, daemon.stderr)
  const all = JSON.parse(daemon.stdout) as { owner: string; description: string }[]
  assert.deepEqual(
    all.map(({ description }) => description),
    ['Pick up grocery', 'Finish invoice report', 'Water plants', 'Translate Menabrea, with notes', 'Find the moth'],
  )
  assert.equal(new Set(all.map(({ owner }) => owner)).size, 5)

  await hers.page.getByRole('button', { name: 'Undo' }).click()
  await row(hers.page, 'Write the first program').waitFor()
})

test('tokens lie in the storage of the tab, and the page asks for nothing that its policy forbids', {
  skip,
}, async () => {
  const kept = await hers.page.evaluate<string>('JSON.stringify([{ ...localStorage }, document.cookie])')
  assert.equal(kept, '[{},""]')
  assert.ok((await hers.page.evaluate<string>('JSON.stringify(sessionStorage)')).includes('accesstoken'))
  assert.deepEqual([...hers.complaints, ...graces.complaints], [])
})

test('an expired token is renewed without anybody noticing, and what the page has is still there after a reload', {
  skip,
}, async () => {
  const { page } = hers
  const renewal = page.waitForRequest(
    (call) => call.url().includes('/oauth2/v2.0/token') && (call.postData() ?? '').includes('grant_type=refresh_token'),
  )
  // They last 60 to 90 minutes.
  await page.clock.setFixedTime(Date.now() + 100 * 60_000)
  await add(page, 'Wind the clock')
  await renewal
  await page.reload()
  await row(page, 'Wind the clock').waitFor()
})

test('a day later the refresh token is over, the page says so, and one click leads back to the list', {
  skip,
}, async () => {
  const { page } = hers
  await control.clock({ advance: { hours: 25 } })
  await page.clock.setFixedTime(Date.now() + 25 * 3_600_000)
  await newTodo(page).fill('Too late')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your sign-in is over' }).waitFor()
  assert.deepEqual(await descriptions(page), [
    'Translate Menabrea, with notes',
    'Write the first program',
    'Wind the clock',
  ])
  await control.clock({ release: true })
  await page.clock.setFixedTime(Date.now())
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await row(page, 'Wind the clock').waitFor()
})

test('after the sign-out nothing is left in the tab; a wrong password and an expired code do not sign in, the right ones do', {
  skip,
}, async () => {
  const { page } = hers
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Create an account' }).waitFor()
  assert.ok(!(await page.evaluate<string>('JSON.stringify(sessionStorage)')).includes('accesstoken'))

  await page.getByRole('button', { name: 'Sign in' }).click()
  await enterPassword(page, ada.email, 'Difference-Engine-1822')
  await page.getByRole('alert').waitFor()
  assert.ok(page.url().startsWith(tenant))
  await page.getByLabel('Email or user name').fill(ada.email)
  await page.getByRole('button', { name: 'Email me a code' }).click()
  await page.getByLabel('Code').waitFor()
  const code = await control.mailbox(ada.email)
  await control.clock({ advance: { minutes: 11 } })
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('That code is expired').waitFor()
  await control.clock({ release: true })
  await page.getByRole('button', { name: 'Back' }).click()
  await enterPassword(page, ada.email, ada.password)
  await list(page).waitFor()
  await row(page, 'Wind the clock').waitFor()
})

test('the page is used with the keyboard alone', { skip }, async () => {
  const { page } = graces
  await page.reload()
  await row(page, 'Find the moth').waitFor()
  await newTodo(page).focus()
  await page.keyboard.type('Tape it into the book')
  await page.keyboard.press('Enter')
  await row(page, 'Tape it into the book').waitFor()
  const focused = () => page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.id')
  assert.equal(await focused(), 'new')
  for (const _ of ['Add is disabled', 'Edit']) await page.keyboard.press('Tab')
  await page.keyboard.press('Shift+Tab')
  for (let steps = 0; (await focused()) !== 'Edit: Find the moth' && steps < 5; steps += 1)
    await page.keyboard.press('Tab')
  assert.equal(await focused(), 'Edit: Find the moth')
  await page.keyboard.press('Enter')
  await page.keyboard.type(' in relay 70')
  await page.keyboard.press('Escape')
  assert.equal(await focused(), 'Edit: Find the moth')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await row(page, 'Tape it into the book').waitFor()
  await row(page, 'Find the moth').waitFor({ state: 'detached' })
  assert.equal(await focused(), 'new')
  assert.deepEqual(graces.complaints, [])
})
