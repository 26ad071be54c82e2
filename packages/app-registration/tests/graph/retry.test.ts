import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GraphError } from '../../src/graph/error.js'
import { pauseBeforeRetry, readRetryAfter } from '../../src/graph/retry.js'

const now = Date.parse('2026-11-23T10:00:00Z')

function failure(fields: Partial<GraphError>): GraphError {
  return new GraphError({
    status: 400,
    code: 'Request_BadRequest',
    reason: 'no reason',
    requestId: undefined,
    retryAfterMs: undefined,
    method: 'POST',
    path: '/applications',
    ...fields,
  })
}

/** All pauses until the call is given up. */
function pauses(error: GraphError, settling = false): number[] {
  const all: number[] = []
  for (let waited = 0; ; ) {
    const pause = pauseBeforeRetry(error, settling, all.length + 1, waited)
    if (pause === undefined) return all
    all.push(pause)
    waited += pause
  }
}

test('Retry-After is read as seconds', () => assert.equal(readRetryAfter('17', now), 17_000))
test('Retry-After is read as a date', () => assert.equal(readRetryAfter('Mon, 23 Nov 2026 10:00:05 GMT', now), 5_000))
test('a Retry-After date in the past means now', () =>
  assert.equal(readRetryAfter('Mon, 23 Nov 2026 09:00:00 GMT', now), 0))
test('a Retry-After that is neither is ignored', () => assert.equal(readRetryAfter('soon', now), undefined))

test('a throttled write waits as long as it is told', () => {
  assert.deepEqual(pauses(failure({ status: 429, retryAfterMs: 50_000 })), [50_000, 50_000])
})

test('a Retry-After of an hour is cut to a minute, and two minutes are the most one call waits', () => {
  assert.deepEqual(pauses(failure({ status: 503, retryAfterMs: 3_600_000 })), [60_000, 60_000])
})

test('a Retry-After of zero does not become a busy loop', () => {
  const all = pauses(failure({ status: 429, retryAfterMs: 0 }))
  assert.deepEqual(all.slice(0, 6), [500, 1000, 2000, 4000, 8000, 10_000])
  assert.ok(all.length < 20)
})

test('an unknown object is asked for again for up to a minute right after something was created', () => {
  const all = pauses(failure({ status: 404, code: 'Request_ResourceNotFound' }), true)
  const total = all.reduce((sum, pause) => sum + pause, 0)
  assert.ok(total > 45_000 && total <= 60_000, `waited ${total}`)
})

test('a reference to an object that is not known everywhere yet is tried again', () => {
  for (const reason of [
    'Not a valid reference update',
    'Permission being assigned was not found on application',
    "The appId 'x' of the service principal does not reference a valid application object.",
    "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
  ]) {
    assert.equal(pauses(failure({ reason }), true)[0], 500, reason)
  }
})

test('an unknown object is reported at once when nothing was created', () => {
  assert.deepEqual(pauses(failure({ status: 404 })), [])
})

test('a refused value is reported at once, also right after something was created', () => {
  assert.deepEqual(pauses(failure({ reason: 'Invalid value specified for property displayName.' }), true), [])
})

test('a broken connection is tried again while reading and never while writing', () => {
  assert.deepEqual(pauses(failure({ status: 0, code: 'ECONNRESET', method: 'GET' })), [500, 1000, 2000])
  assert.deepEqual(pauses(failure({ status: 0, code: 'ECONNRESET', method: 'POST' })), [])
})

test('a certificate that is not trusted is reported at once', () => {
  assert.deepEqual(pauses(failure({ status: 0, code: 'DEPTH_ZERO_SELF_SIGNED_CERT', method: 'GET' })), [])
})
