import { readdirSync, statSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { startTenant } from '../packages/local-tenant/dist/src/index.js'
import { launch, withoutBrowser } from '../tests/dist/browser.js'
import { inNewFolder, median, report, root } from './measure.mjs'
import { startTenantProcess } from './server.mjs'

const rounds = 1_000
const warmUp = 200
const paints = 15
const portalFolder = join(root, 'packages/portal/dist/site')

export async function run() {
  await inNewFolder(measureSignInPage)
  measurePortalFiles()
  if (withoutBrowser === false) await measurePortal()
  else console.log(`  The portal is not painted: ${withoutBrowser}.`)
}

/** The two documents taking turns on one connection, as a browser and a client library would fetch them. */
async function measureSignInPage(data) {
  const tenant = await startTenant({
    dataFolder: data,
    port: 0,
    users: [{ name: 'alice', displayName: 'Alice Meyer' }],
  })
  const app = tenant.apps.add({ displayName: 'shop', redirectUris: { spa: ['https://localhost:3000/'] } })
  const { tenantId } = tenant
  await tenant.close()
  const discovery = `/${tenantId}/v2.0/.well-known/openid-configuration`
  const server = await startTenantProcess(data, { method: 'GET', path: discovery })
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
  const challenge = 'a'.repeat(43)
  const asked = { response_type: 'code', scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' }
  const query = new URLSearchParams({ client_id: app.appId, redirect_uri: 'https://localhost:3000/', ...asked })
  const signIn = `/${tenantId}/oauth2/v2.0/authorize?${query.toString()}`
  try {
    const times = { [discovery]: [], [signIn]: [] }
    for (let round = 0; round < rounds + warmUp; round += 1) {
      for (const path of [discovery, signIn]) {
        const taken = await timeOf(agent, server.port, path)
        if (round >= warmUp) times[path].push(taken)
      }
    }
    const [document, page] = [times[discovery], times[signIn]]
    console.log(`  discovery document: median ${median(document).toFixed(3)} ms`)
    console.log(`  sign-in page: median ${median(page).toFixed(3)} ms`)
    console.log(`  sign-in page: ratio ${(median(page) / median(document)).toFixed(2)}, bar 2`)
  } finally {
    agent.destroy()
    await server.stop()
  }
}

function timeOf(agent, port, path) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const headers = { host: `localhost:${port}` }
    const sent = request({ agent, host: '127.0.0.1', port, path, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - started)
        else reject(new Error(`${path} was answered ${answer.statusCode}.`))
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

function measurePortalFiles() {
  const compressed = readdirSync(portalFolder).filter((name) => name.endsWith('.br'))
  const bytes = compressed.reduce((sum, name) => sum + statSync(join(portalFolder, name)).size, 0)
  console.log(
    `  portal, all of it compressed: ${(bytes / 1_024).toFixed(1)} KB in ${compressed.length} files, bar 350 KB`,
  )
}

/** From the start of a navigation to the painted list, in one browser, with few and with many applications by turns. */
async function measurePortal() {
  const browser = await launch()
  const opened = []
  try {
    for (const size of [20, 1_000]) opened.push(await openWith(browser, size))
    const [few, many] = opened
    for (let turn = 0; turn < paints + 2; turn += 1) {
      for (const one of opened) {
        const painted = await paint(one)
        if (turn >= 2) one.times.push(painted.at)
        one.fetched = painted.fetched
      }
    }
    report('list of 20 applications, painted', few.times)
    report('list of 1,000 applications, painted', many.times)
    const value = median(many.times.map((time, turn) => time / few.times[turn]))
    console.log(`  1,000 applications: ratio, median of the rounds: ${value.toFixed(2)}, bar 1.5`)
    console.log(`  usable with ${(many.fetched.bytes / 1_024).toFixed(1)} KB in ${many.fetched.files} files`)
  } finally {
    await browser.close()
    for (const { tenant } of opened) await tenant.close()
  }
}

async function openWith(browser, size) {
  const tenant = await startTenant({ dataFolder: null, port: 0, portalFolder })
  // The tenant's administrator is an application too.
  for (let index = 1; index < size; index += 1)
    tenant.apps.add({ displayName: `app ${String(index).padStart(4, '0')}` })
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const link = await context.request.post(`${tenant.origin}/_tenantry/portal/links`, {
    headers: { authorization: `Bearer ${tenant.controlKey}` },
  })
  await page.goto((await link.json()).url)
  await page.getByText(` of ${size}`).waitFor()
  return { tenant, page, size, times: [], fetched: { bytes: 0, files: 0 } }
}

async function paint({ tenant, page, size }) {
  await page.goto(`${tenant.origin}/portal/app-registrations`, { waitUntil: 'commit' })
  return page.evaluate(async (expected) => {
    const isThere = () => document.querySelector('main')?.textContent?.includes(` of ${expected}`)
    while (!isThere()) await new Promise((resolve) => requestAnimationFrame(resolve))
    // The frame after the one in which it came has been painted.
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    const at = performance.now()
    const files = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/portal/assets/'))
    return {
      at,
      fetched: { files: files.length, bytes: files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) },
    }
  }, size)
}
