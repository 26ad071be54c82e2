import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { storesOf } from '../../src/trust/stores.js'

const base = mkdtempSync(join(tmpdir(), 'tenantry-stores-'))
after(() => rmSync(base, { recursive: true, force: true }))
const root = { file: '/data/ca.pem', name: 'Tenantry development root 0a1b2c3d', thumbprint: 'AB'.repeat(20) }

test('on Linux these are the databases of Chromium, which is made where it is missing, and of every profile of Firefox', () => {
  const home = join(base, 'linux')
  const profile = join(home, '.mozilla/firefox/abc.default')
  const [snap, notOne] = [
    join(home, 'snap/firefox/common/.mozilla/firefox/x.default'),
    join(home, '.mozilla/firefox/Crash Reports'),
  ]
  for (const folder of [profile, snap, notOne]) mkdirSync(folder, { recursive: true })
  for (const folder of [profile, snap]) writeFileSync(join(folder, 'cert9.db'), '')
  const stores = storesOf({ platform: 'linux', home, system: false }, root)
  const chromium = join(home, '.pki/nssdb')
  assert.deepEqual(
    stores.map(({ name }) => name),
    [chromium, profile, snap],
  )
  assert.deepEqual(stores[0]?.add, [
    ['mkdir', '-p', '-m', '700', chromium],
    ['certutil', '-N', '-d', `sql:${chromium}`, '--empty-password'],
    ['certutil', '-A', '-d', `sql:${chromium}`, '-t', 'C,,', '-n', root.name, '-i', root.file],
  ])
  assert.deepEqual(stores[1]?.add, [
    ['certutil', '-A', '-d', `sql:${profile}`, '-t', 'C,,', '-n', root.name, '-i', root.file],
  ])
  assert.deepEqual(stores[1]?.remove, [['certutil', '-D', '-d', `sql:${profile}`, '-n', root.name]])
})

test("the system's own store is another one, named only when it was asked for", () => {
  const stores = storesOf({ platform: 'linux', home: base, system: true }, root)
  const [install, update] = stores.at(-1)?.add ?? []
  assert.deepEqual([stores.length, install?.slice(0, 4)], [2, ['install', '-m', '644', root.file]])
  assert.match(install?.at(-1) ?? '', /\/tenantry-abababababababab\.crt$/)
  assert.match(update?.[0] ?? '', /^update-ca-(certificates|trust)$/)
})

test('on macOS and Windows it is the user’s own store, by the commands of the system', () => {
  const [mac, ...otherMac] = storesOf({ platform: 'darwin', home: '/Users/me', system: false }, root)
  const login = '/Users/me/Library/Keychains/login.keychain-db'
  assert.deepEqual(otherMac, [])
  assert.deepEqual(mac?.add, [['security', 'add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k', login, root.file]])
  assert.deepEqual(mac?.remove, [
    ['security', 'remove-trusted-cert', root.file],
    ['security', 'delete-certificate', '-Z', root.thumbprint, login],
  ])
  const [windows, ...otherWindows] = storesOf({ platform: 'win32', home: 'C:\\Users\\me', system: false }, root)
  assert.deepEqual(otherWindows, [])
  assert.deepEqual(windows?.add, [['certutil', '-user', '-addstore', 'Root', root.file]])
  assert.deepEqual(windows?.remove, [['certutil', '-user', '-delstore', 'Root', root.thumbprint]])
})
