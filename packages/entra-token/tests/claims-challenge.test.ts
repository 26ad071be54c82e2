import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireAuthenticationContext } from '../src/claims-challenge.js'
import { AccessDenied, ClaimsRequired } from '../src/errors.js'
import { appClaims, testVerifier, token, userClaims } from './test-tenant.js'

const endpoint = 'https://contoso.ciamlogin.com/x/oauth2/v2.0/authorize'
const callerOf = (claims: object) => testVerifier().verify(token(claims))

test('a user whose sign-in satisfied the context passes', async () => {
  requireAuthenticationContext(await callerOf({ ...userClaims, acrs: ['c1', 'c2'] }), 'c2', endpoint)
})

test('a client that understands is told which claims to ask for', async () => {
  const caller = await callerOf({ ...userClaims, acrs: 'c3', xms_cc: ['CP1'] })
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
  assert.throws(
    () => requireAuthenticationContext(caller, 'c1', endpoint),
    (error) => {
      assert.ok(error instanceof ClaimsRequired)
      assert.deepEqual([error.status, error.code, error.claims], [401, 'insufficient_claims', claims])
      assert.equal(
        error.headers['WWW-Authenticate'],
        `Bearer realm="", authorization_uri="${endpoint}", error="insufficient_claims", error_description="${error.message}", claims="${Buffer.from(claims).toString('base64')}"`,
      )
      return true
    },
  )
})

test('a client that would not understand gets a plain 403, and so does an application', async () => {
  for (const [claims, code] of [
    [{ ...userClaims, xms_cc: ['cp2'] }, 'stronger_sign_in_needed'],
    [userClaims, 'stronger_sign_in_needed'],
    [{ ...appClaims, xms_cc: ['cp1'], acrs: ['c1'] }, 'kind_not_allowed'],
  ] as const) {
    const caller = await callerOf(claims)
    assert.throws(
      () => requireAuthenticationContext(caller, 'c1', endpoint),
      (error) => error instanceof AccessDenied && error.code === code,
    )
  }
})

test('a context that does not exist is a mistake of the program', async () => {
  const caller = await callerOf(userClaims)
  for (const context of ['c0', 'c100', 'C1', '']) {
    assert.throws(() => requireAuthenticationContext(caller, context, endpoint), TypeError)
  }
})
