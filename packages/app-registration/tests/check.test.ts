import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDesiredState, DesiredStateError } from '../src/check.js'
import type { DesiredApplication } from '../src/desired-state.js'
import { api, daemon, tutorial } from './declarations.js'

test('the declaration of the tutorial is accepted', () => {
  checkDesiredState(tutorial)
})

const role = { value: 'A', displayName: 'a', description: 'a', allowedMemberTypes: ['Application'] as const }
const scope = { value: 'S', adminConsentDisplayName: 's', adminConsentDescription: 's' }
const secret = { displayName: 'x', lifetimeDays: 180, renewBeforeDays: 30 }
const other: DesiredApplication = { uniqueName: 'other', displayName: 'Other' }

const refused: readonly (readonly [string, readonly DesiredApplication[], string])[] = [
  ['the same uniqueName twice', [other, other], 'application other is declared twice'],
  [
    'an empty uniqueName',
    [{ ...other, uniqueName: '' }],
    'application : its uniqueName must have 1 to 256 characters on one line',
  ],
  [
    'a displayName of two lines',
    [{ ...other, displayName: 'a\nb' }],
    'application other: its displayName must have 1 to 256 characters on one line',
  ],
  [
    'a role value with a space',
    [{ ...other, appRoles: [{ ...role, value: 'A B' }] }],
    "application other: role or scope 'A B' must have 1 to 120 characters of ASCII without space, \" and \\, and not begin with a dot",
  ],
  [
    'one value for a role and a scope',
    [{ ...other, appRoles: [role], delegatedScopes: [{ ...scope, value: 'A' }] }],
    "application other: the value 'A' is used by more than one role or scope",
  ],
  [
    'a role for nobody',
    [{ ...other, appRoles: [{ ...role, allowedMemberTypes: [] }] }],
    'application other: app role A allows no kind of member',
  ],
  [
    'an optional claim twice',
    [{ ...other, optionalAccessTokenClaims: ['idtyp', 'idtyp'] }],
    'application other: optional claim idtyp is named twice',
  ],
  [
    'a secret that is older than its renewal from the start',
    [{ ...other, secret: { ...secret, renewBeforeDays: 180 } }],
    'application other: its secret must be renewed a number of days before its end that is shorter than its lifetime',
  ],
  [
    'a secret of three years',
    [{ ...other, secret: { ...secret, lifetimeDays: 1095 } }],
    'application other: its secret must live between 0 and 730 days',
  ],
  [
    'a permission of an API that is not declared',
    [daemon],
    'application ciam-client-app: it asks for permissions of ciam-ToDoList-api, which is not declared',
  ],
  [
    'a permission that the API does not offer',
    [api, { ...daemon, permissions: [{ application: api.uniqueName, appRoles: ['ToDoList.Read'], consent: true }] }],
    'application ciam-client-app: it asks for ToDoList.Read, but ciam-ToDoList-api declares no app role of that value for applications',
  ],
  [
    'a permission that is for users only',
    [
      { ...other, appRoles: [{ ...role, allowedMemberTypes: ['User'] }] },
      { ...daemon, permissions: [{ application: 'other', appRoles: ['A'], consent: true }] },
    ],
    'application ciam-client-app: it asks for A, but other declares no app role of that value for applications',
  ],
  [
    'the permissions of one API in two places',
    [api, { ...daemon, permissions: [...(daemon.permissions ?? []), ...(daemon.permissions ?? [])] }],
    'application ciam-client-app: it lists the permissions of ciam-ToDoList-api twice',
  ],
]

for (const [what, applications, problem] of refused) {
  test(`a declaration with ${what} is refused`, () => {
    assert.throws(
      () => checkDesiredState({ applications }),
      (error) => {
        assert.ok(error instanceof DesiredStateError)
        assert.deepEqual(error.problems, [problem])
        assert.equal(error.message, `The declared applications cannot be registered:\n- ${problem}`)
        return true
      },
    )
  })
}

test('all problems of a declaration are named at once', () => {
  const applications = [other, { ...other, displayName: '' }]
  assert.throws(
    () => checkDesiredState({ applications }),
    (error) => error instanceof DesiredStateError && error.problems.length === 2,
  )
})
