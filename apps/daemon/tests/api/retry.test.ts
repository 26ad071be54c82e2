import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitBefore } from '../../src/api/retry.js'
import { Failure } from '../../src/failure.js'

const answer = (status: number, headers: Record<string, string> = {}) => ({ answer: { status, headers, text: '' } })
const broken = (code: string) => ({ failure: new Failure('network', { what: 'a', why: 'b', next: 'c', ids: [code] }) })
const calm = { random: 0.5, timeLeftMs: 30_000 }

test('what fails for a moment is tried three times more, with growing waits', () => {
  const waits = [1, 2, 3, 4].map((attempt) => waitBefore(attempt, answer(503), calm))
  assert.deepEqual(waits, [500, 1000, 2000, undefined])
  for (const status of [429, 502, 503, 504]) assert.equal(waitBefore(1, answer(status), calm), 500)
  for (const code of ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])
    assert.equal(waitBefore(1, broken(code), calm), 500)
})

test('what stays as it is, is not tried again', () => {
  for (const status of [200, 204, 302, 400, 401, 403, 404, 409, 412, 500, 501])
    assert.equal(waitBefore(1, answer(status), calm), undefined)
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED'])
    assert.equal(waitBefore(1, broken(code), calm), undefined)
  const deadline = { failure: new Failure('deadline', { what: 'a', why: 'b', next: 'c' }) }
  assert.equal(waitBefore(1, deadline, calm), undefined)
})

test('a conflict is tried again only when the API says when', () => {
  assert.equal(waitBefore(1, answer(409, { 'retry-after': '1' }), { ...calm, random: 0 }), 1000)
  assert.equal(waitBefore(1, answer(409), calm), undefined)
})

test('Retry-After is waited for in full, a little more at random, and at most a minute', () => {
  const wait = (seconds: number, random = 0) =>
    waitBefore(1, answer(429, { 'retry-after': `${seconds}` }), { random, timeLeftMs: 1e6 })
  assert.equal(wait(2), 2000)
  assert.equal(wait(2, 0.999), 2200)
  assert.equal(wait(60), 60_000)
  assert.equal(wait(67), undefined)
  assert.equal(wait(999_999), undefined)
})

test('a wait that would outlast the deadline is not begun', () => {
  assert.equal(waitBefore(1, answer(429, { 'retry-after': '2' }), { random: 0, timeLeftMs: 2000 }), undefined)
  assert.equal(waitBefore(1, answer(429, { 'retry-after': '2' }), { random: 0, timeLeftMs: 2001 }), 2000)
  assert.equal(waitBefore(1, answer(503), { random: 0.5, timeLeftMs: 500 }), undefined)
})
