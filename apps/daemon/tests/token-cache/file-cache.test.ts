import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { TokenRecord } from '../../src/token/token-record.js'
import { createFileCache } from '../../src/token-cache/file-cache.js'

const key = randomBytes(32)
const record: TokenRecord = { token: 'eyJ.made.up', obtainedAt: 1, renewAt: 2, expiresAt: 3 }

function open(t: TestContext, name = 'token.sealed') {
  const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-cache-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  const warnings: string[] = []
  const cache = (with_ = key) =>
    createFileCache({ path, key: with_, newId: randomUUID, warn: (text) => warnings.push(text) })
  return { folder, path, warnings, cache }
}

test('a token survives the process in a file that only its owner may read and that shows nothing of it', async (t) => {
  const { folder, path, cache } = open(t, 'deeper/token.sealed')
  await cache().write('contoso', record)
  assert.deepEqual(await cache().read('contoso'), record)
  assert.ok(!readFileSync(path, 'latin1').includes('eyJ'))
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(folder, 'deeper')), ['token.sealed'], 'no temporary file stays')
})

test('two writers at once leave one whole record', async (t) => {
  const { cache } = open(t)
  const tokens = Array.from({ length: 20 }, (_, index) => `token-${index}`)
  await Promise.all(tokens.map((token) => cache().write('contoso', { ...record, token })))
  assert.ok(tokens.includes((await cache().read('contoso'))?.token ?? ''))
})

test('with another key or for another client the cache is empty', async (t) => {
  const { cache } = open(t)
  await cache().write('contoso', record)
  assert.equal(await cache(randomBytes(32)).read('contoso'), undefined)
  assert.equal(await cache().read('fabrikam'), undefined)
})

test('whatever else the file holds is discarded, and written over', async (t) => {
  const { path, cache, warnings } = open(t)
  await cache().write('contoso', record)
  const whole = readFileSync(path, 'latin1')
  const flipped = whole.replace(/.(?=.{8}$)/s, (letter) => (letter === 'A' ? 'B' : 'A'))
  for (const content of [
    '',
    'hello',
    whole.slice(0, 40),
    flipped,
    whole.replace('tenantry-token-1', 'tenantry-token-2'),
    'x'.repeat(100_000),
  ]) {
    writeFileSync(path, content)
    assert.equal(await cache().read('contoso'), undefined, JSON.stringify(content.slice(0, 60)))
  }
  await cache().write('contoso', record)
  assert.deepEqual(await cache().read('contoso'), record)
  assert.deepEqual(warnings, [])
})

test('a cache that cannot be written is told once and harms nothing', async (t) => {
  const { path, cache, warnings } = open(t)
  mkdirSync(path)
  const blocked = cache()
  await blocked.write('contoso', record)
  await blocked.write('contoso', record)
  assert.equal(await blocked.read('contoso'), undefined)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /^the token cache .+token\.sealed cannot be written: .+; tokens are kept in memory$/)
})

test('a removed token is gone, and removing what is not there is no fault; what cannot be removed is told', async (t) => {
  const { folder, path, cache } = open(t)
  await cache().write('contoso', record)
  await cache().remove('contoso')
  assert.deepEqual(readdirSync(folder), [])
  await cache().remove('contoso')
  mkdirSync(path)
  await assert.rejects(cache().remove('contoso'), { exit: 'configuration', next: 'remove the file yourself' })
})
