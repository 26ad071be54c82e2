import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '../../src/failure.js'
import { readCacheSettings } from '../../src/token-cache/cache-settings.js'

const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-cache-settings-'))
after(() => rmSync(folder, { recursive: true }))
const key = Buffer.alloc(32, 7)
writeFileSync(join(folder, 'key'), `${key.toString('base64')}\n`)

function read(values: Readonly<Record<string, string>>) {
  return readCacheSettings({
    get: (name) => {
      const value = values[name]
      return value === undefined ? undefined : { value, origin: '.env', folder }
    },
  })
}

test('without TOKEN_CACHE tokens stay in memory', () => {
  assert.deepEqual(read({ TOKEN_CACHE_KEY: 'x' }), { kind: 'memory' })
})

test('a path is a file relative to its settings, redis:// and rediss:// are Redis', () => {
  const TOKEN_CACHE_KEY_FILE = 'key'
  assert.deepEqual(read({ TOKEN_CACHE: 'token', TOKEN_CACHE_KEY_FILE }), {
    kind: 'file',
    path: join(folder, 'token'),
    key,
  })
  for (const url of ['redis://localhost:6379', 'rediss://cache.example:6380/1']) {
    assert.deepEqual(read({ TOKEN_CACHE: url, TOKEN_CACHE_KEY: key.toString('hex') }), { kind: 'redis', url, key })
  }
})

for (const [values, why] of [
  [{}, /TOKEN_CACHE is set and TOKEN_CACHE_KEY or TOKEN_CACHE_KEY_FILE is missing$/],
  [{ TOKEN_CACHE_KEY: 'too-short-key-material' }, /TOKEN_CACHE_KEY does not hold 32 bytes in base64 or hexadecimal$/],
  [{ TOKEN_CACHE_KEY: 'a', TOKEN_CACHE_KEY_FILE: 'key' }, /both TOKEN_CACHE_KEY and TOKEN_CACHE_KEY_FILE are set$/],
  [{ TOKEN_CACHE_KEY_FILE: 'nowhere' }, /TOKEN_CACHE_KEY_FILE in \.env names a file that cannot be read$/],
] as const) {
  test(`a cache with ${JSON.stringify(values)} is refused without showing the key`, () => {
    assert.throws(
      () => read({ TOKEN_CACHE: 'token', ...values }),
      (error) => {
        assert.ok(error instanceof Failure)
        assert.equal(error.exit, 'configuration')
        assert.match(error.message, why)
        assert.ok(!error.message.includes('too-short-key-material'))
        return true
      },
    )
  })
}
