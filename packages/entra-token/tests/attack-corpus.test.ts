import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AccessDenied, EntraTokenError } from '../src/errors.js'
import { anyOf } from '../src/permissions.js'
import { attackCorpus, permissionCorpus, providerCorpus } from '../src/testing/attack-corpus.js'
import { createTestTenant } from '../src/testing/test-tenant.js'
import { createTokenVerifier } from '../src/verifier.js'
import { apiId, appClaims, issuedAt, permissions, testVerifier, token, userClaims, without } from './test-tenant.js'

const tenant = createTestTenant({ audience: apiId, now: () => issuedAt * 1000 })
const verifier = createTokenVerifier({ ...tenant.options, permissions, allowedApps: null })
const corpus = attackCorpus(tenant)

suite('every case of the corpus gets the answer it names', () => {
  for (const { id, title, token: text, authorization, expected } of corpus) {
    test(`${id} ${title}: ${expected.code ?? 'accepted'}`, async () => {
      const attempt = text === null ? verifier.authenticate(authorization) : verifier.verify(text)
      const outcome: unknown = await attempt.catch((error: unknown) => error)
      if (expected.status === 200) return assert.ok(!(outcome instanceof Error), String(outcome))
      assert.ok(outcome instanceof EntraTokenError, String(outcome))
      assert.deepEqual([outcome.status, outcome.code], [expected.status, expected.code], outcome.hint)
      const challenge = outcome.headers['WWW-Authenticate'] ?? ''
      assert.match(challenge, /^Bearer( error="\w+", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+")?$/)
      const payload = text?.split('.')[1] ?? ''
      assert.ok(payload.length < 10 || !`${JSON.stringify(outcome)}${outcome.stack}`.includes(payload))
    })
  }
})

suite('every good token that lacks the permission is refused by the policy that asks for it', () => {
  const [scope, role] = ['ToDoList.Read', 'ToDoList.Read.All'] as const
  const policy = anyOf(permissions.app.hasRole(role), permissions.user.hasScope(scope))
  const admitted = [tenant.app({ roles: [role] }), tenant.user({ scopes: [scope] })]
  test('which admits the tokens that have it', async () => {
    for (const text of admitted) assert.equal(policy.decide(await verifier.verify(text)).allowed, true)
  })
  for (const { id, title, token: text, authorization, expected } of permissionCorpus(tenant, { scope, role })) {
    test(`${id} ${title}: ${expected.code}`, async () => {
      assert.equal(policy.decide(await verifier.verify(String(text))).allowed, false)
      const refused = (error: unknown) => error instanceof AccessDenied && error.code === expected.code
      assert.throws(() => verifier.admit(policy, { authorization, target: '/' }), refused)
    })
  }
})

suite('every fault of a provider gets the answer it names', () => {
  for (const { id, title, fetchKeys, expected } of providerCorpus(tenant)) {
    test(`${id} ${title}: ${expected.code ?? 'accepted'}`, async () => {
      const faulty = createTokenVerifier({ ...tenant.options, permissions, allowedApps: null, fetchKeys })
      const outcome: unknown = await faulty.verify(tenant.app()).catch((error: unknown) => error)
      faulty.close()
      const { status, code } = outcome instanceof EntraTokenError ? outcome : { status: 200, code: null }
      assert.deepEqual({ status, code }, expected, String(outcome))
    })
  }
})

test('the corpus has a case for each attack it numbers', () => {
  const wanted = { A: 14, B: 15, C: 3, D: 2, E: 6, F: 9, G: 8, H: 9, J: 4 }
  const all = [...corpus, ...permissionCorpus(tenant, { scope: 'ToDoList.Read', role: 'ToDoList.Read.All' })]
  for (const [letter, count] of Object.entries(wanted)) {
    for (let number = 1; number <= count; number++)
      assert.ok(
        all.some(({ id }) => id === `${letter}${number}`),
        `${letter}${number}`,
      )
  }
})

suite('times are judged to the second', () => {
  const now = issuedAt + 10
  const accepted = {
    'exp 59 seconds ago': { iat: now - 600, nbf: now - 600, exp: now - 59 },
    'nbf 60 seconds ahead': { nbf: now + 60 },
    'a life of exactly 28 hours': { exp: issuedAt + 28 * 3600 },
  }
  for (const [name, change] of Object.entries(accepted)) {
    test(`${name} is accepted`, async () => {
      assert.equal((await testVerifier().verify(token({ ...appClaims, ...change }))).kind, 'app')
    })
  }
  const refused = {
    'exp 60 seconds ago': [{ iat: now - 600, nbf: now - 600, exp: now - 60 }, 'expired'],
    'nbf 61 seconds ahead': [{ nbf: now + 61 }, 'not_yet_valid'],
    'a life of 28 hours and the skew': [{ exp: issuedAt + 28 * 3600 + 61 }, 'lifetime_too_long'],
  } as const
  for (const [name, [change, code]] of Object.entries(refused)) {
    test(`${name} is refused`, () =>
      assert.rejects(testVerifier().verify(token({ ...appClaims, ...change })), { code, status: 401 }))
  }
})

suite('a good token without the right is a 403, not a 401', () => {
  const policy = anyOf(permissions.app.hasRole('ToDoList.Read.All'), permissions.user.hasScope('ToDoList.Read'))

  test('a kind of caller that is neither application nor user', async () => {
    const unknownKind = { ...appClaims, idtyp: 'device' }
    await assert.rejects(
      testVerifier().verify(token(unknownKind)),
      (error) => error instanceof AccessDenied && error.status === 403 && error.code === 'kind_not_allowed',
    )
  })

  test('roles without idtyp do not make an application', async () => {
    const caller = await testVerifier().verify(token(without(appClaims, 'idtyp')))
    assert.deepEqual(policy.decide(caller), { allowed: false, required: { roles: [], scopes: ['ToDoList.Read'] } })
  })

  test('a scope that only begins like the declared one, or differs in case, is none', async () => {
    const caller = await testVerifier().verify(token({ ...userClaims, scp: 'ToDoList.ReadX todolist.read' }))
    assert.equal(policy.decide(caller).allowed, false)
  })

  test('a role with a space in it is one unknown role, not two known ones', async () => {
    const caller = await testVerifier().verify(
      token({ ...appClaims, roles: ['ToDoList.Read.All ToDoList.ReadWrite.All'] }),
    )
    assert.equal(policy.decide(caller).allowed, false)
  })
})
