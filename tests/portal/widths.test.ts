import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import type { Browser, Page } from 'playwright-core'
import { launch, seriousOn, withoutBrowser } from '../browser.js'
import { root } from '../workspaces.js'
import { linkOf, openPortal } from './browser.js'
import { goTo, placeOf, placesWith } from './places.js'

const skip = withoutBrowser
const height = 860
let tenant: Tenant
let browser: Browser

before(async () => {
  if (skip !== false) return
  tenant = await startTenant({ dataFolder: null, port: 0, portalFolder: join(root, 'packages/portal/dist/site') })
  tenant.apps.add({ displayName: 'the API', appRoles: ['Read'] })
  await tenant.users.add({ displayName: 'Vera', email: 'vera.molnar@generative.example.com' })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await tenant?.close()
})

const open = async (width: number) => openPortal(browser, await linkOf(tenant), { size: { width, height } })

test('nothing of a list is out of sight in a small window or on a phone, no choice is cut off, and no page is too wide', {
  skip,
}, async () => {
  const { page, context } = await open(1_360)
  await page.getByRole('link', { name: 'the API' }).click()
  await page.getByRole('heading', { name: 'the API | Overview' }).waitFor()
  for (const place of placesWith(placeOf(page, 'overview'))) {
    await goTo(page, place)
    for (const width of [400, 1_000, 1_360]) {
      await resize(page, width)
      assert.deepEqual(await page.evaluate(outOfSight), [], `${place} at ${width} pixels`)
      assert.deepEqual(await page.evaluate(cutOff), [], `${place} at ${width} pixels`)
    }
  }
  await context.close()
})

test('rows that do not fit beside each other stand below each other, and every command can be used', {
  skip,
}, async () => {
  for (const [width, stacked, other] of [
    [1_360, false, 600],
    [1_000, true, 1_360],
    [400, true, 1_360],
  ] as const) {
    const { page, context } = await open(width)
    await page.getByRole('link', { name: 'the API' }).waitFor()
    await goTo(page, 'users')
    assert.equal(await page.locator('.table.stacked').count(), stacked ? 1 : 0, `at ${width} pixels`)
    const vera = page.getByRole('row').filter({ hasText: 'vera.molnar@generative.example.com' })
    await vera.getByRole('button', { name: 'Delete Vera' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.setViewportSize({ width: other, height })
    await page.locator(stacked ? '.table:not(.stacked)' : '.table.stacked').waitFor()
    await context.close()
  }
})

test('on a phone the sections are behind a button, and give way to the page', { skip }, async () => {
  const { page, context } = await open(400)
  await page.getByRole('link', { name: 'the API' }).waitFor()
  const users = page.getByRole('link', { name: 'All users' })
  assert.equal(await users.isVisible(), false)
  await page.getByRole('button', { name: 'Sections' }).click()
  assert.deepEqual(await seriousOn(page), [])
  await users.click()
  await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor()
  await users.waitFor({ state: 'hidden' })
  assert.equal(await page.getByRole('button', { name: 'Sections' }).getAttribute('aria-expanded'), 'false')
  await context.close()
})

/** Two frames later the page has measured itself. */
async function resize(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height })
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

/** What reaches over the right edge of the window or of the table it stands in. */
const outOfSight = `[document.documentElement, ...document.querySelectorAll('.table')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map(({ tagName, ariaLabel, scrollWidth, clientWidth }) => [tagName, ariaLabel, scrollWidth, clientWidth].join(' '))`

/** The choices that a field has no room for. */
const cutOff = `[...document.querySelectorAll('select')].flatMap((select) => {
  const [style, pen] = [getComputedStyle(select), document.createElement('canvas').getContext('2d')]
  pen.font = style.font
  const arrow = 20
  const room = select.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight) - arrow
  return [...select.options].map(({ text }) => text).filter((text) => pen.measureText(text).width > room)
})`
