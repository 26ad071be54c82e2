import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { openDataFolder } from '@tenantry/local-tenant'
import { secretsFile } from '../src/secrets-file.js'

const folder = openDataFolder(mkdtempSync(join(tmpdir(), 'tenantry-secrets-')))
after(() => rmSync(folder.path, { recursive: true, force: true }))

const secret = { keyId: 'a', value: 'the value', endDateTime: '2027-01-01T00:00:00Z' }

test('what was written is read again, also by another store, and others stay', async () => {
  await secretsFile(folder).write('first', secret)
  await secretsFile(folder).write('second', { ...secret, keyId: 'b' })
  assert.deepEqual(await secretsFile(folder).read('first'), secret)
  assert.deepEqual(await secretsFile(folder).read('second'), { ...secret, keyId: 'b' })
  assert.equal(await secretsFile(folder).read('third'), undefined)
})

test('a secret that is forgotten is gone, and the others stay', async () => {
  const store = secretsFile(folder)
  await store.write('gone', secret)
  store.forget('gone')
  store.forget('never there')
  assert.equal(await store.read('gone'), undefined)
  assert.deepEqual(await store.read('first'), secret)
})

test('only the owner can read the file', { skip: process.platform === 'win32' }, () => {
  assert.equal(statSync(folder.file('secrets.json')).mode & 0o777, 0o600)
})

test('a damaged file, or a damaged entry, counts as empty', async () => {
  for (const text of ['{"first": ', '[]', 'null', '"text"', '{"first": {"keyId": 1}}', '{"first": null}']) {
    writeFileSync(folder.file('secrets.json'), text)
    assert.equal(await secretsFile(folder).read('first'), undefined, text)
  }
  await secretsFile(folder).write('first', secret)
  assert.deepEqual(await secretsFile(folder).read('first'), secret)
})
