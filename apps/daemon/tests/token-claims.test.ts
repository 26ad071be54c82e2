import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainToken, readToken } from '../src/token-claims.js'
import { madeUpToken } from './stand-in/services.js'

const now = 1_800_000_000_000
const explain = (claims: object) => explainToken(readToken(madeUpToken(claims)) ?? { header: {}, claims: {} }, now)

test('a token is read only when it has three parts, of which two are JSON objects', () => {
  const [header = '', claims = ''] = madeUpToken().split('.')
  for (const wrong of [
    '',
    'a.b.c',
    `${header}.${claims}`,
    `${header}.${claims}.x.y`,
    `${header}.W10.x`,
    `${header}..x`,
  ])
    assert.equal(readToken(wrong), undefined, wrong)
  assert.deepEqual(readToken(`${header}.${claims}.x`)?.claims, { roles: ['ToDoList.Read.All'] })
})

for (const [kind, claims] of [
  ['app-only', { idtyp: 'app' }],
  ['app-only', { roles: ['a'] }],
  ['app-only', { oid: 'x', sub: 'x' }],
  ['delegated', { scp: 'a', roles: ['b'] }],
  ['delegated', { idtyp: 'user' }],
  ['unknown', { oid: 'x', sub: 'y' }],
] as const) {
  test(`claims ${JSON.stringify(claims)} are ${kind}`, () => assert.equal(explain(claims).kind, kind))
}

for (const [claims, remark] of [
  [{}, 'the signature was not checked and the token was sent nowhere'],
  [
    { idtyp: 'app' },
    'it has no roles: no app role was assigned, or admin consent is missing; an API will refuse it with 403',
  ],
  [{ roles: ['a', 'b'] }, 'app roles: a, b'],
  [
    { roles: ['a'] },
    'idtyp is missing; add it as an optional claim to the access tokens of the API, which then need not guess',
  ],
  [{ scp: 'a b' }, 'delegated scopes: a, b'],
  [
    { ver: '1.0' },
    'it is a version 1 token: issuer and audience have other forms; set requestedAccessTokenVersion of the API to 2',
  ],
  [{ aud: 'me' }, 'only the API me may take it'],
  [{ exp: now / 1000 - 5 }, 'it expired 5 s ago'],
  [{ exp: now / 1000 + 5 }, 'it expires in 5 s'],
  [{ exp: 'soon' }, 'it has no exp'],
  [{ exp: 1e300 }, 'it has no exp'],
  [{ nbf: now / 1000 + 5 }, 'it is not valid for another 5 s; check the clock'],
] as const) {
  test(`claims ${JSON.stringify(claims)} are explained: ${remark}`, () =>
    assert.ok(explain(claims).remarks.includes(remark)))
}
