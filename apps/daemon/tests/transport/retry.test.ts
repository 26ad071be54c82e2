import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../src/failure.js'
import { retryAfterMs, sendPatiently } from '../../src/transport/retry.js'
import type { Answer, OutgoingRequest } from '../../src/transport/transport.js'
import { createTestClock } from '../stand-in/clock.js'

const request: OutgoingRequest = {
  peer: { name: 'the authority', setting: 'AUTHORITY' },
  method: 'POST',
  url: new URL('https://contoso.ciamlogin.com/token'),
  headers: {},
  maxBytes: 1000,
}

const ok: Answer = { status: 200, headers: {}, text: '' }
const answer = (status: number, retryAfter?: string): Answer => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  text: '',
})
const lost = (code: string) => new Failure('network', { what: 'a', why: 'b', next: 'c', ids: [code] })

/** Sends against outcomes in order; the last one stays. */
async function send(outcomes: readonly (Answer | Error)[]) {
  const clock = createTestClock({ impatient: true })
  let sent = 0
  const transport = {
    send: () => {
      const outcome = outcomes[Math.min(sent++, outcomes.length - 1)]
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome ?? ok)
    },
    close: () => undefined,
  }
  const signal = new AbortController().signal
  const patience = { clock, random: () => 0, signal, progress: () => undefined }
  const result = await sendPatiently(transport, request, patience).catch((error: unknown) => error)
  return { result, sent, waits: clock.waits }
}

test('what is refused for good is not repeated', async () => {
  for (const outcome of [
    answer(400),
    answer(401),
    answer(302),
    lost('ECONNREFUSED'),
    lost('ETIMEDOUT'),
    lost('CERT_HAS_EXPIRED'),
  ]) {
    assert.deepEqual(await send([outcome, ok]), { result: outcome, sent: 1, waits: [] })
  }
})

test('a lost connection and an outage are repeated after growing pauses, three times in all', async () => {
  for (const outcome of [lost('ECONNRESET'), lost('EAI_AGAIN'), answer(429), answer(500), answer(503)]) {
    assert.deepEqual(await send([outcome, ok]), { result: ok, sent: 2, waits: [200] })
    assert.deepEqual(await send([outcome]), { result: outcome, sent: 3, waits: [200, 400] })
  }
})

test('Retry-After is waited for to the end, and not at all when it is too long', async () => {
  assert.deepEqual(await send([answer(429, '2'), ok]), { result: ok, sent: 2, waits: [2000] })
  assert.deepEqual(await send([answer(503, 'Mon, 23 Nov 2026 10:00:03 GMT'), ok]), {
    result: ok,
    sent: 2,
    waits: [3000],
  })
  const long = answer(429, '6')
  assert.deepEqual(await send([long, ok]), { result: long, sent: 1, waits: [] })
})

test('the deadline is no failure to repeat', async () => {
  const deadline = new Failure('deadline', { what: 'a', why: 'b', next: 'c', ids: ['ETIMEDOUT'] })
  assert.deepEqual(await send([deadline, ok]), { result: deadline, sent: 1, waits: [] })
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
