import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExitName } from '../../src/exit-codes.js'
import { hints } from '../../src/token/aadsts.js'
import { explainRefusal } from '../../src/token/refusal.js'

function explain(status: number, json: unknown) {
  const answer = { status, headers: {}, text: JSON.stringify(json) }
  const url = new URL('https://contoso.ciamlogin.com/token')
  return explainRefusal({ step: 'token', url, answer, json }, undefined)
}

const exits: readonly [word: string, status: number, exit: ExitName][] = [
  ['invalid_client', 401, 'authentication'],
  ['unauthorized_client', 400, 'authentication'],
  ['invalid_request', 400, 'authentication'],
  ['invalid_tenant', 400, 'authentication'],
  ['unsupported_grant_type', 400, 'authentication'],
  ['a_word_of_tomorrow', 400, 'authentication'],
  ['constructor', 400, 'authentication'],
  ['invalid_grant', 400, 'permission'],
  ['access_denied', 400, 'permission'],
  ['consent_required', 400, 'permission'],
  ['interaction_required', 400, 'permission'],
  ['invalid_scope', 400, 'configuration'],
  ['invalid_resource', 400, 'configuration'],
  ['temporarily_unavailable', 400, 'unavailable'],
  ['server_error', 400, 'unavailable'],
  ['invalid_client', 503, 'unavailable'],
  ['invalid_client', 429, 'unavailable'],
]

for (const [word, status, exit] of exits) {
  test(`${word} with HTTP ${status} is ${exit}, whatever its AADSTS code`, () => {
    for (const code of [7000215, 500011, 90033]) {
      assert.equal(explain(status, { error: word, error_codes: [code] }).exit, exit)
    }
  })
}

const promised = [
  7000215, 7000222, 7000218, 7000216, 700016, 7000229, 90002, 500011, 70011, 1002012, 7000112, 700027, 501051, 65001,
]

for (const code of promised) {
  test(`AADSTS${code} has a hint, and the line carries both hint and code`, () => {
    const { message, next, ids } = explain(400, { error: 'invalid_client', error_codes: [code] })
    const hint = hints[code]
    assert.ok(hint)
    assert.equal(message, `no access token: ${hint.why} (invalid_client)`)
    assert.equal(next, hint.next)
    assert.deepEqual(ids, [`AADSTS${code}`])
  })
}

test('an error answer with nothing but its word still says what to check', () => {
  const { message, next } = explain(400, { error: 'invalid_client', error_codes: 'no list', error_description: 7 })
  assert.equal(message, 'no access token: the authority gave no reason (invalid_client)')
  assert.equal(next, 'check CLIENT_ID, the credential, AUTHORITY and SCOPES')
})

test('the older layout of the description, in lines, is cut the same way', () => {
  const description = 'AADSTS1: Something.\r\nTrace ID: 0a\r\nCorrelation ID: 0b\r\nTimestamp: 2021-01-01 00:00:00Z'
  const { message } = explain(400, { error: 'invalid_client', error_description: description })
  assert.equal(message, 'no access token: AADSTS1: Something (invalid_client)')
})

test('an answer that is no OpenID configuration names its address', () => {
  const json = { issuer: 'https://elsewhere.example/' }
  const answer = { status: 200, headers: {}, text: JSON.stringify(json) }
  const url = new URL('https://contoso.ciamlogin.com/x/v2.0/.well-known/openid-configuration')
  const failure = explainRefusal({ step: 'discovery', url, answer, json }, undefined)
  assert.equal(failure.exit, 'configuration')
  assert.equal(failure.message, `no access token: ${url.href} holds no OpenID configuration (HTTP 200)`)
})
