import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClock } from '../../src/clock.js'
import { Failure } from '../../src/failure.js'
import { recordOf, type TokenRecord } from '../../src/token/token-record.js'
import { TokenRefused } from '../../src/token/token-refused.js'
import { createTokenSource, type TokenSourceOptions } from '../../src/token/token-source.js'
import { noCache, type TokenCache } from '../../src/token-cache/token-cache.js'
import { createTestClock } from '../stand-in/clock.js'

const minute = 60_000
const outage = new TokenRefused(
  new Failure('unavailable', { what: 'no access token', why: 'HTTP 503', next: 'wait' }),
  {
    aadsts: undefined,
    retryAfterMs: undefined,
  },
)

/** A source whose tenant gives tokens of an hour, numbered, until `tenant.failure` is set. */
function setUp(change: Partial<TokenSourceOptions> = {}) {
  const clock = createTestClock()
  const tenant = { asked: [] as (string | undefined)[], failure: undefined as Error | undefined, generation: 0 }
  const tokens = createTokenSource({
    key: 'contoso',
    askTenant: ({ claims }) => {
      tenant.asked.push(claims)
      if (tenant.failure) return Promise.reject(tenant.failure)
      const life = { expiresIn: 3600, refreshIn: undefined }
      return Promise.resolve(recordOf(`token-${tenant.asked.length}`, life, clock.now(), () => 0.5))
    },
    cache: noCache,
    clock,
    random: () => 0.5,
    generation: () => tenant.generation,
    renewAhead: true,
    signal: new AbortController().signal,
    ...change,
  })
  return { clock, tenant, tokens }
}

/** Lets a renewal in the background come to its end. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

test('200 callers at once are one request, and so are 200 at the boundary of renewal', async () => {
  const { clock, tenant, tokens } = setUp()
  const all = () => Promise.all(Array.from({ length: 200 }, () => tokens.accessToken()))
  assert.deepEqual([...new Set(await all())], ['token-1'])
  assert.equal(tenant.asked.length, 1)
  clock.advance(49 * minute)
  assert.deepEqual([...new Set(await all())], ['token-1'], 'nobody waits for the renewal')
  await settled()
  assert.deepEqual([...new Set(await all())], ['token-2'])
  assert.equal(tenant.asked.length, 2)
})

test('a token is not renewed before three quarters of its life, nor after its end is near without a new one', async () => {
  const { clock, tenant, tokens } = setUp()
  await tokens.accessToken()
  clock.advance(45 * minute - 1)
  await tokens.accessToken()
  await settled()
  assert.equal(tenant.asked.length, 1)
  assert.equal(tokens.state().kind, 'fresh')
  clock.advance(15 * minute - 4_000)
  assert.equal(await tokens.accessToken(), 'token-2', 'four seconds before its end a token is not handed out')
})

test('an outage of ten minutes is not noticed while the token lasts, and afterwards one renewal follows', async () => {
  const { clock, tenant, tokens } = setUp()
  await tokens.accessToken()
  clock.advance(48 * minute)
  tenant.failure = outage
  for (let second = 0; second < 600; second += 5) {
    assert.equal(await tokens.accessToken(), 'token-1')
    await settled()
    clock.advance(5_000)
  }
  const during = tenant.asked.length
  assert.ok(during > 5 && during < 30, `${during} attempts show that failures are remembered with back-off`)
  const state = tokens.state()
  assert.equal(state.kind, 'degraded')
  if (state.kind === 'degraded') {
    assert.equal(state.lastFailure, outage)
    assert.ok(state.nextTry > clock.now() - 60_000)
    assert.ok(state.expiresAt !== undefined && state.expiresAt > clock.now())
  }
  tenant.failure = undefined
  clock.advance(76_000)
  await Promise.all(Array.from({ length: 50 }, () => tokens.accessToken()))
  await settled()
  assert.equal(await tokens.accessToken(), `token-${during + 1}`)
  assert.equal(tenant.asked.length, during + 1)
  assert.equal(tokens.state().kind, 'fresh')
})

test('when the token really ends during an outage, the failure of the tenant is thrown', async () => {
  const { clock, tenant, tokens } = setUp()
  await tokens.accessToken()
  tenant.failure = outage
  clock.advance(60 * minute)
  await assert.rejects(tokens.accessToken(), outage)
  assert.deepEqual(tokens.state(), {
    kind: 'degraded',
    expiresAt: undefined,
    lastFailure: outage,
    nextTry: clock.now() + 1_125,
  })
})

test('a failure is remembered: until its back-off is over nothing is sent, and each failure doubles it', async () => {
  const { clock, tenant, tokens } = setUp()
  tenant.failure = outage
  for (const backOffMs of [1_125, 2_250, 4_500]) {
    await assert.rejects(tokens.accessToken(), outage)
    const sent = tenant.asked.length
    clock.advance(backOffMs - 1)
    await assert.rejects(tokens.accessToken(), outage)
    assert.equal(tenant.asked.length, sent)
    clock.advance(1)
  }
  tenant.failure = undefined
  assert.equal(await tokens.accessToken(), 'token-4')
})

for (const [askedMs, waitMs] of [
  [120_000, 120_000],
  [3_600_000, 600_000],
] as const) {
  test(`Retry-After of ${askedMs / 1000} s keeps the source silent for ${waitMs / 1000} s`, async () => {
    const { clock, tenant, tokens } = setUp()
    tenant.failure = new TokenRefused(outage, { aadsts: undefined, retryAfterMs: askedMs })
    await assert.rejects(tokens.accessToken(), tenant.failure)
    clock.advance(waitMs - 1)
    await assert.rejects(tokens.accessToken(), tenant.failure)
    assert.equal(tenant.asked.length, 1)
    clock.advance(1)
    await assert.rejects(tokens.accessToken(), tenant.failure)
    assert.equal(tenant.asked.length, 2)
  })
}

test('new credentials end the back-off', async () => {
  const { tenant, tokens } = setUp()
  tenant.failure = outage
  await assert.rejects(tokens.accessToken(), outage)
  tenant.failure = undefined
  tenant.generation++
  assert.equal(await tokens.accessToken(), 'token-2')
})

test('a refused token is renewed once, and again only after two minutes', async () => {
  const { clock, tenant, tokens } = setUp()
  await tokens.accessToken()
  assert.equal(await tokens.accessToken({ renew: true }), 'token-1', 'it was new already')
  clock.advance(2 * minute)
  const renewed = await Promise.all(Array.from({ length: 20 }, () => tokens.accessToken({ renew: true })))
  assert.deepEqual([...new Set(renewed)], ['token-2'])
  assert.equal(await tokens.accessToken({ renew: true }), 'token-2')
  assert.equal(tenant.asked.length, 2)
})

test('a claims challenge is passed on once within two minutes, each claims for itself', async () => {
  const { clock, tenant, tokens } = setUp()
  await tokens.accessToken()
  assert.equal(await tokens.accessToken({ claims: '{"a":1}' }), 'token-2')
  assert.equal(await tokens.accessToken({ claims: '{"a":1}' }), 'token-2')
  assert.equal(await tokens.accessToken({ claims: '{"a":2}' }), 'token-3')
  assert.equal(await tokens.accessToken(), 'token-3')
  clock.advance(2 * minute)
  assert.equal(await tokens.accessToken({ claims: '{"a":1}' }), 'token-4')
  assert.deepEqual(tenant.asked, [undefined, '{"a":1}', '{"a":2}', '{"a":1}'])
})

test('a forced renewal that fails gives the token as it was and a degraded state', async () => {
  const { clock, tenant, tokens } = setUp()
  await tokens.accessToken()
  clock.advance(2 * minute)
  tenant.failure = outage
  assert.equal(await tokens.accessToken({ renew: true }), 'token-1')
  assert.equal(tokens.state().kind, 'degraded')
})

test('a one-shot run does not renew ahead of time', async () => {
  const { clock, tenant, tokens } = setUp({ renewAhead: false })
  await tokens.accessToken()
  clock.advance(55 * minute)
  assert.equal(await tokens.accessToken(), 'token-1')
  await settled()
  assert.equal(tenant.asked.length, 1)
  assert.equal(tokens.state().kind, 'due')
})

test('before the first token the state is none, and after close nothing is given', async () => {
  const { tenant, tokens } = setUp()
  assert.deepEqual(tokens.state(), { kind: 'none' })
  await tokens.close()
  await assert.rejects(tokens.accessToken(), /closed/)
  assert.equal(tenant.asked.length, 0)
})

test('what is not a Failure is one in the state', async () => {
  const { tenant, tokens } = setUp()
  tenant.failure = new Error('surprise')
  await assert.rejects(tokens.accessToken(), (error) => error instanceof Failure && error.exit === 'unexpected')
})

/** A cache that another process fills. */
function sharedCache(read: () => TokenRecord | undefined): { cache: TokenCache; written: TokenRecord[] } {
  const written: TokenRecord[] = []
  const cache: TokenCache = {
    ...noCache,
    isShared: true,
    read: () => Promise.resolve(read()),
    write: (_key, record) => Promise.resolve(void written.push(record)),
  }
  return { cache, written }
}

test('what another process put into the cache is used, even when it is due, as long as it is valid', async () => {
  let theirs: TokenRecord | undefined
  const { clock, tenant, tokens } = setUp({ cache: sharedCache(() => theirs).cache })
  const start = clock.now()
  theirs = { token: 'theirs', obtainedAt: start - 3_000_000, renewAt: start - 1_000, expiresAt: start + 600_000 }
  assert.equal(await tokens.accessToken(), 'theirs')
  assert.deepEqual(tenant.asked, [])
  theirs = { token: 'newer', obtainedAt: start, renewAt: start + 1_000, expiresAt: start + 1_200_000 }
  clock.advance(10 * minute)
  assert.equal(await tokens.accessToken(), 'newer', 'their own has ended, so a valid one that is due is good enough')
  assert.deepEqual(tenant.asked, [])
})

test('what was written by a clock that ran ahead is not believed, and the cache gets the new token', async () => {
  const future = Date.parse('2026-11-23T12:00:00Z')
  const theirs = { token: 'theirs', obtainedAt: future, renewAt: future + 1, expiresAt: future + 3_600_000 }
  const { cache, written } = sharedCache(() => theirs)
  const { tokens } = setUp({ cache })
  assert.equal(await tokens.accessToken(), 'token-1')
  assert.deepEqual(
    written.map(({ token }) => token),
    ['token-1'],
  )
})

test('who does not get the lease waits for what its holder gets', async () => {
  let theirs: TokenRecord | undefined
  const { cache } = sharedCache(() => theirs)
  const { clock, tenant, tokens } = setUp({ cache: { ...cache, lease: () => Promise.resolve(undefined) } })
  const waiting = tokens.accessToken()
  await settled()
  theirs = recordOf('theirs', { expiresIn: 3600, refreshIn: undefined }, clock.now(), () => 0.5)
  clock.advance(150)
  assert.equal(await waiting, 'theirs')
  assert.deepEqual(tenant.asked, [])
})

test('the deadline ends waiting for the lease', async () => {
  const { cache } = sharedCache(() => undefined)
  const deadline = new Failure('deadline', { what: 'a', why: 'b', next: 'c' })
  const stop = new AbortController()
  const { tokens } = setUp({
    clock: createClock(Date.now),
    signal: stop.signal,
    cache: { ...cache, lease: () => Promise.resolve(undefined) },
  })
  const waiting = tokens.accessToken()
  setImmediate(() => stop.abort(deadline))
  await assert.rejects(waiting, deadline)
})

test('a holder of the lease that does nothing counts as dead after 30 seconds', async () => {
  const { cache } = sharedCache(() => undefined)
  const clock = createTestClock({ impatient: true })
  const { tenant, tokens } = setUp({ clock, cache: { ...cache, lease: () => Promise.resolve(undefined) } })
  const startedAt = clock.now()
  await tokens.accessToken()
  assert.equal(tenant.asked.length, 1)
  assert.ok(clock.now() - startedAt >= 30_000)
})

test('renewal is spread: 75 to 85 % of the life, or from the advice of the tenant to a tenth of the rest', () => {
  const at = (random: number, refreshIn?: number) =>
    recordOf('t', { expiresIn: 1000, refreshIn }, 0, () => random).renewAt / 1000
  assert.deepEqual([at(0), at(1)], [750, 850])
  assert.deepEqual([at(0, 500), at(1, 500)], [500, 550])
  assert.deepEqual([at(0, 1000), at(0, 0)], [750, 750], 'advice that makes no sense is no advice')
})
