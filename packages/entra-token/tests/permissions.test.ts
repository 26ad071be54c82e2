import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccessDenied } from '../src/errors.js'
import { type AccessPolicy, anyOf, definePermissions, isAccessPolicy, requireAccess } from '../src/permissions.js'
import type { Caller } from '../src/token/caller.js'
import { daemonId, objectId, permissions, tenantId } from './test-tenant.js'

const { app, user } = permissions
const identity = { tenantId, objectId, clientId: daemonId, clientCredential: 'secret', expiresAt: new Date(0) } as const
const signIn = { authenticationContexts: new Set<string>(), answersChallenges: false }
const reader: Caller = { ...identity, kind: 'app', roles: new Set(['ToDoList.Read.All']) }
const powerless: Caller = { ...identity, kind: 'app', roles: new Set() }
const ada: Caller = {
  ...identity,
  ...signIn,
  kind: 'user',
  scopes: new Set(['ToDoList.Read']),
  roles: new Set(['ToDoList.Read.All']),
}
const unproven: Caller = {
  ...identity,
  ...signIn,
  kind: 'user',
  scopes: new Set(),
  roles: new Set(['ToDoList.Read.All']),
}

const read = anyOf(
  app.hasRole('ToDoList.Read.All', 'ToDoList.ReadWrite.All'),
  user.hasScope('ToDoList.Read', 'ToDoList.ReadWrite'),
)
const write = anyOf(app.hasRole('ToDoList.ReadWrite.All'), user.hasScope('ToDoList.ReadWrite'))
const forApps = anyOf(app.hasRole('ToDoList.Read.All'))

test('a policy shows what it asks for', () => {
  assert.deepEqual(read.roles, ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
  assert.deepEqual(read.scopes, ['ToDoList.Read', 'ToDoList.ReadWrite'])
})

test('an application passes with any one of the roles, a user with any one of the scopes', () => {
  assert.deepEqual(read.decide(reader), { allowed: true })
  assert.deepEqual(read.decide(ada), { allowed: true })
})

test('an application that lacks the role is told which roles would do, and no scopes', () => {
  assert.deepEqual(write.decide(reader), {
    allowed: false,
    required: { roles: ['ToDoList.ReadWrite.All'], scopes: [] },
  })
})

test('a user who lacks the scope is told which scopes would do, and no roles', () => {
  assert.deepEqual(write.decide(ada), { allowed: false, required: { roles: [], scopes: ['ToDoList.ReadWrite'] } })
})

test('the app role of a user opens nothing', () => {
  assert.equal(forApps.decide(ada).allowed, false)
  assert.equal(read.decide(unproven).allowed, false)
})

test('a refused application gets 403 with the roles, and no scope in the challenge that it could not obtain', () => {
  assert.deepEqual(denial(write, reader), {
    status: 403,
    code: 'insufficient_permission',
    message: 'The token lacks a permission this operation needs: application permission ToDoList.ReadWrite.All.',
    required: { roles: ['ToDoList.ReadWrite.All'], scopes: [] },
    headers: {
      'WWW-Authenticate':
        'Bearer error="insufficient_scope", error_description="The token lacks a permission this operation needs: application permission ToDoList.ReadWrite.All."',
    },
    hint: undefined,
  })
})

test('a refused user gets 403 with the scopes in the challenge', () => {
  assert.deepEqual(denial(write, ada), {
    status: 403,
    code: 'insufficient_permission',
    message: 'The token lacks a permission this operation needs: scope ToDoList.ReadWrite.',
    required: { roles: [], scopes: ['ToDoList.ReadWrite'] },
    headers: {
      'WWW-Authenticate':
        'Bearer error="insufficient_scope", error_description="The token lacks a permission this operation needs: scope ToDoList.ReadWrite.", scope="ToDoList.ReadWrite"',
    },
    hint: undefined,
  })
})

test('a user at a door for applications only is told that no permission would help', () => {
  assert.deepEqual(denial(forApps, ada), {
    status: 403,
    code: 'kind_not_allowed',
    message: 'This operation is not open to this kind of caller.',
    required: { roles: [], scopes: [] },
    headers: {
      'WWW-Authenticate':
        'Bearer error="insufficient_scope", error_description="This operation is not open to this kind of caller."',
    },
    hint: undefined,
  })
})

test('the log is told what an operator most likely forgot', () => {
  assert.match(denial(read, powerless).hint ?? '', /has no app role of this API: grant admin consent/)
  assert.match(denial(read, unproven).hint ?? '', /add the optional claim idtyp/)
})

test('an admitted caller passes without a word', () => {
  requireAccess(read, ada)
})

test('a misspelt permission does not compile, and throws for those who do not compile', () => {
  assert.throws(
    // @ts-expect-error ToDoList.ReadAll is not a declared role
    () => app.hasRole('ToDoList.ReadAll'),
    new TypeError(
      'app.hasRole: "ToDoList.ReadAll" is not declared. Declared are: ToDoList.Read.All, ToDoList.ReadWrite.All.',
    ),
  )
  assert.throws(
    // @ts-expect-error a role is not a scope
    () => user.hasScope('ToDoList.Read.All'),
    TypeError,
  )
})

test('an empty policy cannot be built', () => {
  const noRoleMessage = 'app.hasRole: name at least one permission; none would admit nobody.'
  // @ts-expect-error at least one role
  assert.throws(() => app.hasRole(), new TypeError(noRoleMessage))
  // @ts-expect-error at least one scope
  assert.throws(() => user.hasScope(), TypeError)
  const message = 'anyOf: pass at least one grant, each made by app.hasRole(…) or user.hasScope(…).'
  // @ts-expect-error at least one grant
  assert.throws(() => anyOf(), new TypeError(message))
  assert.throws(() => anyOf({ kind: 'app', roles: [] }), new TypeError(message))
})

test('a look-alike that decides for itself is no policy', () => {
  assert.equal(isAccessPolicy({ roles: [], scopes: [], decide: () => ({ allowed: true }) }), false)
  assert.equal(isAccessPolicy(read), true)
})

test('permissions that no token can carry are refused when they are declared', () => {
  for (const name of ['', 'To Do', 'quote"', 'back\\slash', 'ümlaut', 'x'.repeat(121)]) {
    assert.throws(() => definePermissions({ scopes: [name], roles: ['Fine'] }), /scopes has .* not a permission name/)
  }
  assert.throws(() => definePermissions({ scopes: [], roles: ['Twice', 'Twice'] }), /roles has "Twice", a duplicate/)
  assert.throws(() => definePermissions({ scopes: [], roles: [] }), /declare at least one scope or role/)
  // @ts-expect-error roles are missing
  assert.throws(() => definePermissions({ scopes: ['Fine'] }), /roles must be a list of names/)
})

function denial(policy: AccessPolicy, caller: Caller) {
  try {
    requireAccess(policy, caller)
  } catch (error) {
    assert.ok(error instanceof AccessDenied)
    const { status, code, message, required, headers, hint } = error
    return { status, code, message, required, headers, hint }
  }
  return assert.fail('the caller was admitted')
}
