import type { Clock } from '../clock.js'
import { asFailure, type Failure } from '../failure.js'
import type { TokenCache } from '../token-cache/token-cache.js'
import { isUsable, type TokenRecord } from './token-record.js'
import { TokenRefused } from './token-refused.js'

export interface TokenSourceOptions {
  /** What the tokens are for: tenant, client and scope. Equal in all processes that may share a token. */
  key: string
  /** Gets a new token from the tenant. */
  askTenant: (ask: { claims?: string }) => Promise<TokenRecord>
  cache: TokenCache
  clock: Clock
  /** From 0 to 1. */
  random: () => number
  /** Changes when the credentials do; what was refused before may then be granted. */
  generation: () => number
  /** Whether a token is renewed while it still is valid. A one-shot run could not finish what it starts. */
  renewAhead: boolean
  /** Ends waiting for other processes; what is sent ends by the transport's own. */
  signal: AbortSignal
}

export interface TokenAsk {
  /** The claims of a claims challenge, as JSON. */
  claims?: string
  /** The present token was refused though it is valid, for instance because it lacks a role that was granted since. */
  renew?: boolean
}

export interface TokenSource {
  /**
   * A token that is valid for some seconds more at least; never empty. However many callers wait, one request is under
   * way. While a valid token is there, failures to renew it are kept in `state` and not thrown. With `claims` or `renew` a
   * newer token is asked for, unless that was done within the last two minutes: then, and when it fails, the answer is the
   * token as it was. Rejects with a `Failure`, which is remembered: until its back-off is over nothing is sent.
   */
  accessToken(ask?: TokenAsk): Promise<string>
  state(): TokenState
  /** Drops the token here and in the cache. Rejects with a `Failure` when the cache cannot be reached. */
  forget(): Promise<void>
  /** Nothing is asked for afterwards. */
  close(): Promise<void>
}

/** Times are milliseconds since 1970. `degraded`: the last attempt failed, with or without a token to go on with. */
export type TokenState =
  | { kind: 'none' }
  | { kind: 'fresh' | 'due'; expiresAt: number; renewAt: number }
  | { kind: 'degraded'; expiresAt: number | undefined; lastFailure: Failure; nextTry: number }

const firstBackOffMs = 1_000
const longestBackOffMs = 60_000
const longestRetryAfterMs = 10 * 60_000
const betweenRenewalsMs = 2 * 60_000
/** How long another process may hold the right to ask before it counts as dead. */
const leaseMs = 30_000
const betweenLooksMs = 100
/** How far the clocks of a fleet may be apart. */
const clockSkewMs = 60_000

interface Setback {
  failure: Failure
  nextTry: number
  count: number
  generation: number
}

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { key, askTenant, cache, clock, random, generation, renewAhead } = options
  const flights = new Map<string, Promise<TokenRecord>>()
  const challenges = new Map<string, number>()
  let record: TokenRecord | undefined
  let setback: Setback | undefined
  const closing = new AbortController()
  const ending = AbortSignal.any([closing.signal, options.signal])

  const pending = (): Setback | undefined =>
    setback && setback.generation === generation() && clock.now() < setback.nextTry ? setback : undefined

  const failed = (error: unknown): Failure => {
    const failure = asFailure(error)
    const count = (setback?.count ?? 0) + 1
    const nextTry = clock.now() + backOffMs(failure, count, random)
    setback = { failure, nextTry, count, generation: generation() }
    return failure
  }

  /** Gets a newer record than the present one; callers with the same wish share one attempt. */
  const obtain = (claims?: string): Promise<TokenRecord> => {
    const name = JSON.stringify([claims ?? '', generation()])
    const underway = flights.get(name)
    if (underway) return underway
    const flight = attempt(claims)
      .then(
        (newer) => {
          setback = undefined
          record = newer
          return newer
        },
        (error: unknown) => {
          throw failed(error)
        },
      )
      .finally(() => flights.delete(name))
    flights.set(name, flight)
    return flight
  }

  const attempt = async (claims: string | undefined): Promise<TokenRecord> => {
    const cached = claims === undefined ? await newerInCache() : undefined
    if (cached) return cached
    const lease = claims === undefined ? await leaseOrNewer() : undefined
    if (lease && 'token' in lease) return lease
    try {
      const newer = await askTenant(claims === undefined ? {} : { claims })
      await cache.write(key, newer)
      return newer
    } finally {
      await lease?.release()
    }
  }

  /** What another process put into the cache since. A renewal ahead of time wants one that is not due itself. */
  const newerInCache = async (): Promise<TokenRecord | undefined> => {
    const cached = await cache.read(key)
    const now = clock.now()
    if (!isUsable(cached, now) || cached.obtainedAt <= (record?.obtainedAt ?? 0)) return undefined
    // Written when a clock was wrong: its end would be believed too long.
    if (cached.obtainedAt > now + clockSkewMs) return undefined
    return isUsable(record, now) && cached.renewAt <= now ? undefined : cached
  }

  /** The right to ask, which one process of a fleet has at a time, or what the holder of that right got meanwhile. */
  const leaseOrNewer = async (): Promise<{ release(): Promise<void> } | TokenRecord> => {
    const until = clock.now() + leaseMs
    while (!ending.aborted) {
      const lease = await cache.lease(key, leaseMs)
      // Looked at once more with the lease in hand: its last holder may have written in between.
      if (lease) {
        const newer = cache.isShared ? await newerInCache() : undefined
        if (newer) await lease.release()
        return newer ?? lease
      }
      if (clock.now() >= until) break
      await clock.wait(betweenLooksMs * (1 + random()), ending)
      const newer = await newerInCache()
      if (newer) return newer
    }
    return { release: () => Promise.resolve() }
  }

  const isRenewalWanted = ({ claims, renew }: TokenAsk): boolean => {
    const now = clock.now()
    if (claims !== undefined) return now - (challenges.get(claims) ?? Number.NEGATIVE_INFINITY) >= betweenRenewalsMs
    // Either way: the clock may have been set back.
    return renew === true && Math.abs(now - (record?.obtainedAt ?? 0)) >= betweenRenewalsMs
  }

  const renewed = async ({ claims }: TokenAsk, present: TokenRecord): Promise<string> => {
    if (claims !== undefined) {
      // A handful of challenges is known at a time; an API that invents more must not fill the memory.
      if (challenges.size >= 20) challenges.clear()
      challenges.set(claims, clock.now())
    }
    if (pending()) return present.token
    const newer = await obtain(claims).catch(() => present)
    return isUsable(newer, clock.now()) ? newer.token : reject()
  }

  const reject = (): never => {
    throw setback?.failure ?? new Error('the token ended while it was being renewed')
  }

  return {
    accessToken: async (ask = {}) => {
      closing.signal.throwIfAborted()
      const now = clock.now()
      if (isUsable(record, now)) {
        if (isRenewalWanted(ask)) return renewed(ask, record)
        // Nobody waits for it, and its failure is in the state.
        if (renewAhead && record.renewAt <= now && !pending()) void obtain().catch(() => undefined)
        return record.token
      }
      const remembered = pending()
      if (remembered) throw remembered.failure
      const { token } = await obtain(ask.claims)
      return token
    },
    forget: async () => {
      record = undefined
      await cache.remove(key)
    },
    state: () => stateOf(record, setback, clock.now()),
    close: async () => {
      closing.abort(new Error('this token source is closed'))
      await cache.close()
    },
  }
}

function backOffMs(failure: Failure, count: number, random: () => number): number {
  const own = Math.min(firstBackOffMs * 2 ** Math.min(count - 1, 16), longestBackOffMs) * (1 + random() / 4)
  const asked = failure instanceof TokenRefused ? (failure.retryAfterMs ?? 0) : 0
  return Math.max(own, Math.min(asked, longestRetryAfterMs))
}

function stateOf(record: TokenRecord | undefined, setback: Setback | undefined, now: number): TokenState {
  const valid = isUsable(record, now) ? record : undefined
  if (setback) {
    const { failure: lastFailure, nextTry } = setback
    return { kind: 'degraded', expiresAt: valid?.expiresAt, lastFailure, nextTry }
  }
  if (!valid) return { kind: 'none' }
  const { expiresAt, renewAt } = valid
  return { kind: renewAt <= now ? 'due' : 'fresh', expiresAt, renewAt }
}
