import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutPermission, withPermissions } from '../src/pages/application/permissions.js'

const api = 'a0000000-0000-0000-0000-000000000000'
const read = { id: 'r', type: 'Role' } as const
const write = { id: 'w', type: 'Role' } as const

test('permissions are added to those of the same API, each once, and other APIs stay', () => {
  const before = [
    { resourceAppId: 'other', resourceAccess: [read] },
    { resourceAppId: api, resourceAccess: [read] },
  ]
  assert.deepEqual(withPermissions(before, api, [read, write]), [
    { resourceAppId: 'other', resourceAccess: [read] },
    { resourceAppId: api, resourceAccess: [read, write] },
  ])
  assert.deepEqual(withPermissions([], api, [write]), [{ resourceAppId: api, resourceAccess: [write] }])
})

test('an API of which nothing is asked any more is left out', () => {
  const before = [{ resourceAppId: api, resourceAccess: [read, write] }]
  const left = withoutPermission(before, { resourceAppId: api, id: 'r' })
  assert.deepEqual(left, [{ resourceAppId: api, resourceAccess: [write] }])
  assert.deepEqual(withoutPermission(left, { resourceAppId: api, id: 'w' }), [])
})
