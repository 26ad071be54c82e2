import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import tls from 'node:tls'
import { openDataFolder } from '@tenantry/local-tenant'
import { trustStore } from '../../src/run/pkcs12.js'
import { trustFiles } from '../../src/run/trust-files.js'

const base = mkdtempSync(join(tmpdir(), 'tenantry-trust-'))
after(() => rmSync(base, { recursive: true, force: true }))
const folder = openDataFolder(join(base, 'data'))
const [ca = '', first = '', second = ''] = tls.rootCertificates
const trust = trustFiles(folder, ca, () => [first])

test("a bundle holds what the user's file holds and the development CA, for the owner's eyes alone", () => {
  const own = join(base, 'own.pem')
  writeFileSync(own, `${second}\n`)
  const path = trust.bundle(own)
  assert.equal(readFileSync(path, 'utf8'), `${second}\n${ca}`)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(trust.bundle(own), path)
  writeFileSync(own, `${first}\n${second}\n`)
  assert.notEqual(trust.bundle(own), path)
})

test("a folder of certificates counts each once, and a path that leads nowhere counts as the system's", () => {
  const certificates = join(base, 'certificates')
  const both = openDataFolder(certificates)
  both.write('a.pem', first)
  both.write('0a1b2c3d.0', first)
  both.write('b.crt', `${second}\n`)
  both.write('notes.txt', 'no certificate')
  const held = readFileSync(trust.bundle(certificates), 'utf8').match(/BEGIN CERTIFICATE/g)
  assert.equal(held?.length, 3)
  assert.equal(trust.bundle(join(base, 'absent.pem')), trust.bundle(undefined))
})

const keytool = spawnSync('keytool', ['-help']).error === undefined

test('Java reads the store: each certificate as one it trusts', {
  skip: !keytool && 'no keytool on this machine',
}, () => {
  const file = join(base, 'store.p12')
  const certificates = [ca, first, second].map((pem) => new X509Certificate(pem).raw)
  writeFileSync(file, trustStore(certificates))
  const { stdout } = spawnSync('keytool', ['-list', '-keystore', file, '-storepass', 'changeit'], { encoding: 'utf8' })
  assert.equal(stdout.match(/trustedCertEntry/g)?.length, 3)
  for (const pem of [ca, first, second]) assert.ok(stdout.includes(new X509Certificate(pem).fingerprint256))
})
