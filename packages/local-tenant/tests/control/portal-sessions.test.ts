import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPortalSessions } from '../../src/control/portal-sessions.js'

test('a code opens one session, and only within five minutes', () => {
  let time = 0
  const sessions = createPortalSessions(() => time)
  const { code, expiresInSeconds } = sessions.newLink()
  const late = sessions.newLink().code
  assert.equal(expiresInSeconds, 300)
  time = 299_999
  assert.ok(sessions.open(code))
  assert.equal(sessions.open(code), undefined)
  time = 300_000
  assert.equal(sessions.open(late), undefined)
  assert.equal(sessions.open('never made'), undefined)
})

test('a session lasts twelve hours, or until it is closed, and a code is no session', () => {
  let time = 0
  const sessions = createPortalSessions(() => time)
  const { code } = sessions.newLink()
  assert.equal(sessions.has(code), false)
  const token = sessions.open(code) ?? assert.fail('the code opened nothing')
  const other = sessions.open(sessions.newLink().code) ?? assert.fail('the code opened nothing')
  sessions.close(other)
  assert.equal(sessions.has(other), false)
  time = 12 * 3_600_000 - 1
  assert.equal(sessions.has(token), true)
  time += 1
  assert.equal(sessions.has(token), false)
})

test('of more links than anybody needs the oldest are no longer good', () => {
  const sessions = createPortalSessions(() => 0)
  const codes = Array.from({ length: 101 }, () => sessions.newLink().code)
  assert.equal(sessions.open(codes[0] ?? ''), undefined)
  assert.ok(sessions.open(codes[1] ?? ''))
  assert.ok(sessions.open(codes[100] ?? ''))
})
