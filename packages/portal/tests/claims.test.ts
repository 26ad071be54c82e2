import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from '../src/pages/token-inspector/claims.js'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: object) => `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}.c2ln`

test('every claim comes with its value, times as dates, and what it means', () => {
  const inspected = inspect(` Bearer ${token({ aud: 'api', exp: 1_800_000_000, roles: ['Read'], custom: 1 })}\n`)
  assert.deepEqual(inspected?.header, { alg: 'RS256', kid: 'k' })
  assert.equal(inspected?.expires?.toISOString(), '2027-01-15T08:00:00.000Z')
  assert.deepEqual(
    inspected?.claims.map(({ name, value }) => [name, value]),
    [
      ['aud', 'api'],
      ['exp', '1800000000 · 2027-01-15T08:00:00.000Z'],
      ['roles', '["Read"]'],
      ['custom', '1'],
    ],
  )
  assert.match(inspected?.claims[0]?.meaning ?? '', /^The API that the token is for/)
  assert.match(inspected?.claims[3]?.meaning ?? '', /^Not a claim that Entra documents/)
})

test('tokens of users, of applications with and without roles, and ID tokens are told apart', () => {
  const summary = (claims: object) => inspect(token(claims))?.summary ?? ''
  assert.match(summary({ scp: 'Read', roles: ['Admin'] }), /^An access token of a signed-in user/)
  assert.match(summary({ roles: ['Read'] }), /^An app-only access token: /)
  assert.match(summary({ aud: 'api' }), /^An app-only access token without app roles/)
  assert.match(summary({ preferred_username: 'ada' }), /^An ID token/)
})

test('what is no token is none', () => {
  for (const text of [
    '',
    'eyJ',
    'a.b.c',
    `${part({})}.${part({})}`,
    `${part([])}.${part({})}.x`,
    `${part({})}.${part(1)}.`,
  ]) {
    assert.equal(inspect(text), undefined, text)
  }
})
