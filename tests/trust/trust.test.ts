import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { launch, withoutBrowser } from '../browser.js'
import { ended, plainEnvironment, tenantry } from '../run/under-run.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry trust '))
after(() => rmSync(folder, { recursive: true, force: true }))
const home = join(folder, 'home')
mkdirSync(home)
const data = join(folder, 'data')
const tenant = await startTenant({ dataFolder: data, port: 0 })
after(() => tenant.close())

const environment = { ...plainEnvironment, HOME: home }
const trust = (flags: readonly string[], env: NodeJS.ProcessEnv = environment) =>
  ended(spawn(process.execPath, [tenantry, 'trust', '--data', data, ...flags], { env }))

const withoutTools =
  withoutBrowser || (spawnSync('certutil', ['--help']).error !== undefined && 'no certutil on this machine')

/** What a browser that has just been started says of the tenant: the status, or its error. */
async function visit(): Promise<string> {
  const browser = await launch({ env: environment })
  try {
    const page = await browser.newPage()
    const answer = await page.goto(`${tenant.authority}/v2.0/.well-known/openid-configuration`)
    return String(answer?.status())
  } catch (error) {
    return /net::\w+/.exec(String(error))?.[0] ?? String(error)
  } finally {
    await browser.close()
  }
}

test('Chromium opens the tenant once its CA is trusted, and refuses it again once that is taken back', {
  skip: withoutTools,
}, async () => {
  assert.equal(await visit(), 'net::ERR_CERT_AUTHORITY_INVALID')
  const first = await trust(['--yes'])
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, /^This lets your browsers trust the certificates of /)
  assert.match(
    first.stderr,
    /What will be run:\n(?: {2}mkdir -p .*\n {2}certutil -N .*\n)? {2}certutil -A -d '?sql:.*\/\.pki\/nssdb'? -t C,, -n 'Tenantry development root [0-9a-f]{8}' -i '.*ca\.pem'\n/,
  )
  assert.match(first.stderr, /✓ .*\/\.pki\/nssdb: trusts it\nUndo it with `.*tenantry.* trust --remove --data '.*'`/)
  const second = await trust([])
  assert.match(second.stderr, /^✓ .*\/\.pki\/nssdb: trusts it already\nUndo it with/)
  assert.equal(second.code, 0)
  assert.equal(await visit(), '200')

  const removed = await trust(['--remove', '--yes'])
  assert.match(removed.stderr, /✓ .*\/\.pki\/nssdb: trusts it no longer\n$/)
  assert.equal(removed.code, 0)
  const again = await trust(['--remove'])
  assert.match(again.stderr, /^✓ .*\/\.pki\/nssdb: does not trust it\n$/)
  assert.equal(again.code, 0)
  assert.equal(await visit(), 'net::ERR_CERT_AUTHORITY_INVALID')
})

test('without a terminal and without --yes nothing is changed', { skip: withoutTools }, async () => {
  const other = join(folder, 'other home')
  mkdirSync(other)
  const { code, stdout, stderr } = await trust([], { ...environment, HOME: other })
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /✗ trust asks first, and there is no terminal\. Next: give --yes if you mean it\.\n$/)
  assert.deepEqual(readdirSync(other), [])
})

test('where there is no certutil, or no tenant has ever run, it is said what to do', async () => {
  const bare = await trust(['--yes'], { ...environment, PATH: folder })
  assert.match(bare.stderr, /^✗ there is no certutil, .*\. Next: install it \(Debian: libnss3-tools;/)
  assert.equal(bare.code, 6)
  const { code, stderr } = await ended(
    spawn(process.execPath, [tenantry, 'trust', '--data', join(folder, 'none')], { env: environment }),
  )
  assert.match(stderr, /^✗ the folder .*none does not exist\. Next: start it with/)
  assert.equal(code, 6)
})
