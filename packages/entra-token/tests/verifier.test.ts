import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { AccessDenied, type EntraTokenError, KeysUnavailable, TokenRejected } from '../src/errors.js'
import { readKeySet } from '../src/keys/key-set.js'
import {
  apiId,
  appClaims,
  daemonId,
  issuedAt,
  keyDocument,
  keyPair,
  keySource,
  objectId,
  publishedKey,
  tenantId,
  testKeys,
  testVerifier,
  token,
  userClaims,
  without,
} from './test-tenant.js'

test('an application token comes back as an application with its roles and no scopes', async () => {
  const caller = await testVerifier().verify(token(appClaims))
  assert.deepEqual(caller, {
    kind: 'app',
    tenantId,
    objectId,
    clientId: daemonId,
    clientCredential: 'secret',
    tokenId: appClaims.uti,
    expiresAt: new Date((issuedAt + 3900) * 1000),
    roles: new Set(['ToDoList.Read.All']),
  })
})

test('a user token comes back as a user with scopes and with roles', async () => {
  const caller = await testVerifier().verify(token({ ...userClaims, roles: ['ToDoList.Read.All'] }))
  assert.deepEqual(caller, {
    kind: 'user',
    tenantId,
    objectId,
    clientId: daemonId,
    clientCredential: 'secret',
    tokenId: appClaims.uti,
    expiresAt: new Date((issuedAt + 3900) * 1000),
    scopes: new Set(['ToDoList.Read', 'ToDoList.ReadWrite']),
    roles: new Set(['ToDoList.Read.All']),
    authenticationContexts: new Set(),
    answersChallenges: false,
  })
})

test('a token without an id gives a caller without one', async () => {
  const caller = await testVerifier().verify(token(without(appClaims, 'uti')))
  assert.equal('tokenId' in caller, false)
})

test('a caller can be copied, compared and written down, with its expiry and without the token', async () => {
  const text = token(appClaims)
  const caller = await testVerifier().verify(text)
  assert.deepEqual({ ...caller }.expiresAt, new Date((issuedAt + 3900) * 1000))
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(caller)) as object), Object.keys(caller))
  assert.equal(Object.isFrozen(caller), true)
  assert.deepEqual(Object.getOwnPropertySymbols(caller), [])
  const told = inspect(caller, { showHidden: true, getters: true })
  for (const part of [...text.split('.'), 'opaque']) assert.ok(!told.includes(part))
})

test('a clock that verifies another token in between takes nothing from the one that is read', async () => {
  const other = token({ ...userClaims, oid: daemonId, scp: 'ToDoList.ReadWrite' })
  let asked = 0
  let isAsking = false
  const now = (): number => {
    if (!isAsking && source.generation > 0) {
      isAsking = true
      assert.equal(verifier.verifySync(other).objectId, daemonId)
      asked++
      isAsking = false
    }
    return (issuedAt + 10) * 1000
  }
  const { source } = testKeys({ now })
  const verifier = testVerifier({ now, cache: false }, source)
  await source.ready()
  for (const text of [token(appClaims), token(appClaims, { alg: 'RS256', typ: 'JWT', kid: 'key-1' })]) {
    for (const caller of [await verifier.verify(text), verifier.verifySync(text)]) {
      assert.deepEqual([caller.kind, caller.objectId], ['app', objectId])
    }
  }
  assert.ok(asked > 4)
})

test('what some program puts on every object is no claim, and makes no token bad', async () => {
  const verifier = testVerifier()
  const everyObject = Object.getPrototypeOf({}) as object
  const added = { scp: 'ToDoList.Read', roles: ['ToDoList.ReadWrite.All'], nonce: 'x', TID: tenantId }
  for (const [name, value] of Object.entries(added)) {
    Object.defineProperty(everyObject, name, { value, enumerable: true, configurable: true })
  }
  try {
    const [app, user] = [without(appClaims, 'roles'), without({ ...userClaims, more: [{ a: { b: 1 } }] }, 'scp')]
    const callers = [await verifier.verify(token(appClaims)), await verifier.verify(token(app))]
    assert.deepEqual(
      callers.map(({ kind, roles }) => [kind, ...roles]),
      [['app', 'ToDoList.Read.All'], ['app']],
    )
    const caller = await verifier.verify(token(user))
    assert.deepEqual([caller.kind, caller.roles.size, caller.kind === 'user' && caller.scopes.size], ['user', 0, 0])
  } finally {
    for (const name of Object.keys(added)) Reflect.deleteProperty(everyObject, name)
  }
})

test('what is no text is a malformed token', async () => {
  const verifier = testVerifier()
  await verifier.verify(token(appClaims))
  for (const value of [undefined, null, 7, {}, Buffer.from('x')]) {
    await assert.rejects(verifier.verify(value as never), { code: 'malformed' })
  }
})

test('permissions the API did not declare are not in the result', async () => {
  const caller = await testVerifier().verify(token({ ...appClaims, roles: ['Other.Role', 'ToDoList.Read.All'] }))
  assert.deepEqual([...caller.roles], ['ToDoList.Read.All'])
})

test('the roles and scopes of a caller are typed: a misspelt one does not compile', async () => {
  const caller = await testVerifier().verify(token(appClaims))
  // @ts-expect-error ToDoList.ReadAll is not a declared role
  assert.equal(caller.roles.has('ToDoList.ReadAll'), false)
})

test('the Authorization header of a request is read as it comes', async () => {
  const caller = await testVerifier().authenticate(`bearer  ${token(appClaims)}`)
  assert.equal(caller.kind, 'app')
})

test('several audiences are accepted when several are configured', async () => {
  const verifier = testVerifier({ audience: ['99999999-aaaa-4bbb-8ccc-000000000009', apiId] })
  assert.equal((await verifier.verify(token(appClaims))).kind, 'app')
})

test('an application that is not on the list is refused with 403, and the log is told which', async () => {
  const verifier = testVerifier({ allowedApps: ['99999999-aaaa-4bbb-8ccc-000000000009'] })
  const error = await refusal(verifier.verify(token(appClaims)), AccessDenied)
  assert.equal(error.status, 403)
  assert.equal(error.code, 'actor_not_allowed')
  assert.deepEqual(error.required, { roles: [], scopes: [] })
  assert.equal(error.message, 'The application that sent the token is not among those this API admits.')
  assert.equal(error.hint, `Application ${daemonId} is not listed in allowedApps.`)
})

test('an application on the list is admitted however its id is written in the configuration', async () => {
  const verifier = testVerifier({ allowedApps: [daemonId.toUpperCase()] })
  assert.equal((await verifier.verify(token(appClaims))).clientId, daemonId)
})

test('a key that the key document reserves for another issuer verifies nothing here', async () => {
  const foreign = { ...publishedKey('key-1', keyPair.publicKey), issuer: 'https://login.microsoftonline.com/x/v2.0' }
  const { source } = testKeys({ load: async () => readKeySet(keyDocument(foreign), keySource) })
  const error = await refusal(testVerifier({}, source).verify(token(appClaims)), TokenRejected)
  assert.equal(error.code, 'key_not_allowed')
})

test('a version 1.0 token is refused, and the operator is told what to set', async () => {
  const error = await refusal(testVerifier().verify(token({ ...appClaims, ver: '1.0' })), TokenRejected)
  assert.equal(error.code, 'unsupported_version')
  assert.match(error.hint ?? '', /requestedAccessTokenVersion to 2/)
})

test('a Microsoft Graph token is refused, and only the operator is told what it is', async () => {
  const claims = { ...appClaims, aud: '00000003-0000-0000-c000-000000000000' }
  const error = await refusal(testVerifier().verify(token(claims)), TokenRejected)
  assert.match(error.hint ?? '', /Microsoft Graph/)
  assert.doesNotMatch(error.message + error.headers['WWW-Authenticate'], /Graph|00000003/)
})

test('without keys a good token is answered with 503 and Retry-After, never with 401', async () => {
  const { source } = testKeys({ load: () => Promise.reject(new Error('connect ECONNREFUSED')) })
  const verifier = testVerifier({}, source)
  for (const attempt of [verifier.ready(), verifier.verify(token(appClaims))]) {
    const error = await refusal(attempt, KeysUnavailable)
    assert.equal(error.status, 503)
    assert.equal(error.code, 'keys_unavailable')
    assert.deepEqual(error.headers, { 'Retry-After': '1' })
    assert.equal(error.hint, 'connect ECONNREFUSED')
    assert.equal(error.message, "The identity provider's signing keys are not available. Try again in 1 s.")
  }
  assert.equal(verifier.health().state, 'unusable')
})

test('a shapeless token is a 401 even without keys: none could make it good', async () => {
  const { source, loads } = testKeys({ load: () => Promise.reject(new Error('down')) })
  const error = await refusal(testVerifier({}, source).verify('garbage'), TokenRejected)
  assert.equal(error.code, 'malformed')
  assert.equal(loads(), 0)
})

test('two verifiers of different APIs do not take each other’s tokens', async () => {
  const { source } = testKeys()
  await testVerifier({}, source).verify(token(appClaims))
  const other = testVerifier({ audience: '99999999-aaaa-4bbb-8ccc-000000000009' }, source)
  const error = await refusal(other.verify(token(appClaims)), TokenRejected)
  assert.equal(error.code, 'wrong_audience')
})

test('nothing of the token is in any text of the error', async () => {
  const text = token({ ...appClaims, roles: 'secret-role' })
  const error = await refusal(testVerifier().verify(text), TokenRejected)
  const told = [error.message, error.hint, error.stack, JSON.stringify(error)].join('\n')
  for (const part of [...text.split('.'), 'secret-role', objectId]) assert.ok(!told.includes(part))
})

async function refusal<Refusal extends EntraTokenError>(
  attempt: Promise<unknown>,
  type: abstract new (...parts: never[]) => Refusal,
): Promise<Refusal> {
  const error: unknown = await attempt.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof type, String(error))
  return error
}
