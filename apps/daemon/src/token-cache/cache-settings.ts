import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Setting, Settings } from '../credentials/credential-source.js'
import { Failure } from '../failure.js'

/** Where tokens are kept. `key`: 32 bytes. */
export type CacheChoice =
  | { kind: 'memory' }
  | { kind: 'file'; path: string; key: Buffer }
  | { kind: 'redis'; url: string; key: Buffer }

/**
 * Reads TOKEN_CACHE (the path of a file, or redis:// or rediss://) and its key: TOKEN_CACHE_KEY, or a file of
 * TOKEN_CACHE_KEY_FILE, 32 bytes in base64 or hexadecimal. Without TOKEN_CACHE tokens stay in memory. Throws a
 * `configuration` failure.
 */
export function readCacheSettings(settings: Settings): CacheChoice {
  const place = settings.get('TOKEN_CACHE')
  if (!place) return { kind: 'memory' }
  const key = readKey(settings)
  if (!/^rediss?:/i.test(place.value)) return { kind: 'file', path: pathIn(place), key }
  if (URL.canParse(place.value)) return { kind: 'redis', url: place.value, key }
  throw wrong(
    `TOKEN_CACHE in ${place.origin} is not the address of a Redis server`,
    'write redis://host:6379 or rediss://…',
  )
}

const makeOne = `make one with: node -p "crypto.randomBytes(32).toString('base64')"`

function readKey(settings: Settings): Buffer {
  const given = settings.get('TOKEN_CACHE_KEY')
  const file = settings.get('TOKEN_CACHE_KEY_FILE')
  if (given && file) throw wrong('both TOKEN_CACHE_KEY and TOKEN_CACHE_KEY_FILE are set', 'keep one')
  if (!given && !file) throw wrong('TOKEN_CACHE is set and TOKEN_CACHE_KEY or TOKEN_CACHE_KEY_FILE is missing', makeOne)
  const text = (file ? contentOf(file) : (given?.value ?? '')).trim()
  const key = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
  const name = file ? 'TOKEN_CACHE_KEY_FILE' : 'TOKEN_CACHE_KEY'
  if (key.length !== 32) throw wrong(`${name} does not hold 32 bytes in base64 or hexadecimal`, makeOne)
  return key
}

function contentOf(setting: Setting): string {
  try {
    return readFileSync(pathIn(setting), 'utf8')
  } catch {
    throw wrong(`TOKEN_CACHE_KEY_FILE in ${setting.origin} names a file that cannot be read`, makeOne)
  }
}

function pathIn({ value, folder }: Setting): string {
  return isAbsolute(value) || folder === undefined ? value : resolve(folder, value)
}

function wrong(why: string, next: string): Failure {
  return new Failure('configuration', { what: 'the token cache cannot be used', why, next })
}
