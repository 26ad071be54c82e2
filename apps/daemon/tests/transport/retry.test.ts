import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../src/failure.js'
import {
  apiRetries,
  noRetries,
  type RetryPolicy,
  retryAfterMs,
  sendPatiently,
  tenantRetries,
} from '../../src/transport/retry.js'
import type { Answer } from '../../src/transport/transport.js'

const ok: Answer = { status: 200, headers: {}, text: '' }
const answer = (status: number, retryAfter?: string): Answer => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  text: '',
})
const lost = (code: string) => new Failure('network', { what: 'a', why: 'b', next: 'c', ids: [code] })

/** Sends against outcomes in order; the last one stays. */
async function send(
  policy: RetryPolicy,
  outcomes: readonly (Answer | Error)[],
  { random = 0.5, timeLeftMs = 1e6 } = {},
) {
  const waits: number[] = []
  let sent = 0
  const once = () => {
    const outcome = outcomes[Math.min(sent++, outcomes.length - 1)]
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome ?? ok)
  }
  const wait = (ms: number) => Promise.resolve(void waits.push(ms))
  const now = () => Date.parse('2026-11-23T10:00:00Z')
  const surroundings = { now, wait, random: () => random, progress: () => undefined, timeLeftMs: () => timeLeftMs }
  const result = await sendPatiently(once, policy, surroundings).then(
    (last) => last.answer,
    (error: unknown) => error,
  )
  return { result, sent, waits }
}

const policies = {
  'the tenant': {
    policy: tenantRetries,
    passing: [answer(429), answer(500), answer(502), answer(503), lost('ECONNRESET'), lost('EPIPE'), lost('EAI_AGAIN')],
    final: [answer(400), answer(401), answer(302), answer(409, '1'), lost('ECONNREFUSED'), lost('ETIMEDOUT')],
    waits: [200, 400],
    longestSeconds: 5,
  },
  'the API': {
    policy: apiRetries,
    passing: [answer(429), answer(502), answer(503), answer(504), lost('ECONNRESET'), lost('EPIPE'), lost('ETIMEDOUT')],
    final: [200, 204, 302, 400, 401, 403, 404, 409, 412, 500, 501].map((status) => answer(status)),
    waits: [500, 1000, 2000],
    longestSeconds: 60,
  },
} as const

for (const [name, { policy, passing, final, waits, longestSeconds }] of Object.entries(policies)) {
  test(`${name}: what is refused for good is not sent again`, async () => {
    for (const outcome of [...final, lost('ENOTFOUND'), lost('CERT_HAS_EXPIRED')])
      assert.deepEqual(await send(policy, [outcome, ok]), { result: outcome, sent: 1, waits: [] })
    const deadline = new Failure('deadline', { what: 'a', why: 'b', next: 'c', ids: ['ECONNRESET'] })
    assert.deepEqual(await send(policy, [deadline, ok]), { result: deadline, sent: 1, waits: [] })
  })

  test(`${name}: what fails for a moment is sent again after growing waits, and at last told`, async () => {
    for (const outcome of passing) {
      assert.deepEqual(await send(policy, [outcome, ok]), { result: ok, sent: 2, waits: waits.slice(0, 1) })
      assert.deepEqual(await send(policy, [outcome]), { result: outcome, sent: waits.length + 1, waits })
    }
  })

  test(`${name}: Retry-After is waited for in full, a little more at random, and not at all when it is too long`, async () => {
    const waitsFor = async (retryAfter: string, random = 0) =>
      (await send(policy, [answer(429, retryAfter), ok], { random })).waits
    assert.deepEqual(await waitsFor('2'), [2000])
    assert.deepEqual(await waitsFor('2', 0.999), [2200])
    assert.deepEqual(await waitsFor(`${longestSeconds}`), [longestSeconds * 1000])
    assert.deepEqual(await waitsFor(`${longestSeconds + 1}`), [])
    assert.deepEqual(await waitsFor('999999'), [])
    assert.deepEqual(await waitsFor('Mon, 23 Nov 2026 10:00:03 GMT'), [3000])
    assert.deepEqual(await waitsFor('0'), [policy.leastWaitMs])
  })

  test(`${name}: a wait that would outlast the deadline is not begun`, async () => {
    const sentIn = async (timeLeftMs: number) =>
      (await send(policy, [answer(429, '2'), ok], { random: 0, timeLeftMs })).sent
    assert.deepEqual([await sentIn(2000), await sentIn(2001)], [1, 2])
  })
}

test('a conflict with the API is sent again only when it says when', async () => {
  assert.deepEqual((await send(apiRetries, [answer(409, '1'), ok], { random: 0 })).waits, [1000])
})

test('what must not be sent twice is not', async () => {
  for (const outcome of [answer(503), lost('ECONNRESET')]) assert.equal((await send(noRetries, [outcome, ok])).sent, 1)
})

test('Retry-After is seconds or a date; anything else counts as none', () => {
  const now = Date.parse('2026-11-23T10:00:00Z')
  const read = (value: string) => retryAfterMs(answer(429, value), now)
  assert.equal(read('17'), 17_000)
  assert.equal(read('Mon, 23 Nov 2026 10:01:00 GMT'), 60_000)
  assert.equal(read('Mon, 23 Nov 2026 09:00:00 GMT'), 0)
  for (const value of ['', 'soon', '-1', '1.5', '2026-11-23']) assert.equal(read(value), undefined, value)
})

test('Retry-After may be a date, taken by the clock of the server', () => {
  const date = 'Mon, 23 Nov 2026 10:00:00 GMT'
  const read = (headers: Record<string, string>) => retryAfterMs({ headers })
  assert.equal(read({ date, 'retry-after': 'Mon, 23 Nov 2026 10:00:07 GMT' }), 7000)
  assert.equal(read({ date, 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }), 0)
  assert.equal(read({ 'retry-after': date }), undefined)
  assert.equal(read({ date, 'retry-after': 'soon' }), undefined)
  assert.equal(read({ date }), undefined)
})
