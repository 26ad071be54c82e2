import { createHash, randomBytes } from 'node:crypto'
import { Failure } from '../failure.js'
import { connectRedis } from '../redis-client.js'
import { seal, unseal } from './sealed-record.js'
import { freeLease, type TokenCache } from './token-cache.js'

export interface RedisCacheOptions {
  /** redis:// or rediss:// */
  url: string
  /** 32 bytes. */
  key: Buffer
  /** Milliseconds since 1970. */
  now: () => number
  /** Told once per outage. */
  warn: (text: string) => void
}

const release = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`

/**
 * Encrypted tokens in Redis, shared by a fleet, of which one member at a time asks the tenant. Without Redis every
 * member goes on alone, and comes back when Redis does.
 */
export function createRedisCache({ url, key, now, warn }: RedisCacheOptions): TokenCache {
  let isDown = false
  const down = (): void => {
    if (!isDown) warn('the token cache in Redis cannot be reached; each process asks for tokens of its own')
    isDown = true
  }
  const { client, tried, close } = connectRedis(url, down)
  client.on('ready', () => {
    isDown = false
  })
  const attempt = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      await tried()
      return await work()
    } catch {
      down()
      return otherwise
    }
  }
  return {
    read: (name) =>
      attempt(async () => {
        const text = await client.get(placeOf(name))
        return text === null ? undefined : unseal(text, name, key)
      }, undefined),
    write: (name, record) =>
      attempt(async () => {
        const lifeMs = Math.floor(record.expiresAt - now())
        if (lifeMs > 0)
          await client.set(placeOf(name), seal(record, name, key), { expiration: { type: 'PX', value: lifeMs } })
      }, undefined),
    remove: async (name) => {
      const isRemoved = await attempt(async () => (await client.del(placeOf(name))) >= 0, false)
      if (!isRemoved) throw unreachable()
    },
    lease: (name, ms) =>
      attempt(async () => {
        const place = `${placeOf(name)}:lease`
        const holder = randomBytes(16).toString('hex')
        const taken = await client.set(place, holder, { condition: 'NX', expiration: { type: 'PX', value: ms } })
        if (taken === null) return undefined
        const end = (): Promise<unknown> => client.eval(release, { keys: [place], arguments: [holder] })
        return { release: async () => void (await attempt(end, undefined)) }
      }, freeLease),
    isShared: true,
    close: () => {
      close()
      return Promise.resolve()
    },
  }
}

function unreachable(): Failure {
  return new Failure('network', {
    what: 'the token in Redis cannot be removed',
    why: 'the server of TOKEN_CACHE cannot be reached',
    next: 'check TOKEN_CACHE and that the server runs',
  })
}

/** Names of tenants and clients are nobody's business in a shared database. */
function placeOf(name: string): string {
  return `tenantry:token:${createHash('sha256').update(name).digest('hex')}`
}
