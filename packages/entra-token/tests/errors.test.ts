import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccessDenied, EntraTokenError, KeysUnavailable, MalformedRequest, TokenRejected } from '../src/errors.js'

test('every error is an EntraTokenError under its own name, with its status under both usual names', () => {
  const errors = [
    new TokenRejected('expired'),
    new AccessDenied('actor_not_allowed'),
    new MalformedRequest('multiple_credentials'),
    new KeysUnavailable(7, new Error('down')),
  ]
  assert.ok(errors.every((error) => error instanceof EntraTokenError))
  assert.deepEqual(
    errors.map(({ name, status, statusCode }) => [name, status, statusCode]),
    [
      ['TokenRejected', 401, 401],
      ['AccessDenied', 403, 403],
      ['MalformedRequest', 400, 400],
      ['KeysUnavailable', 503, 503],
    ],
  )
})

test('a 503 says when to come back and sends no challenge', () => {
  const error = new KeysUnavailable(7, new Error('connect ECONNREFUSED'))
  assert.deepEqual(error.headers, { 'Retry-After': '7' })
  assert.equal(error.retryAfterSeconds, 7)
  assert.ok(error.cause instanceof Error)
  assert.doesNotMatch(error.message, /ECONNREFUSED/)
})

test('nothing breaks out of the quotes of a challenge', () => {
  const error = new AccessDenied('insufficient_permission', { roles: [], scopes: ['a"\r\nSet-Cookie: b=é\\'] })
  assert.equal(
    error.headers['WWW-Authenticate'],
    'Bearer error="insufficient_scope", error_description="The token lacks a permission this operation needs: scope aSet-Cookie: b=.", scope="aSet-Cookie: b="',
  )
})
