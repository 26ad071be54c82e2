import assert from 'node:assert/strict'
import test from 'node:test'
import { leastScopes } from '../../src/apps/cloud-place.js'
import { apiName, tutorialApps } from '../../src/tutorial/apps.js'

const names = (scopes: readonly string[]) => scopes.map((scope) => scope.replace('https://graph.microsoft.com/', ''))
const consenting = {
  applications: [
    ...tutorialApps().applications,
    {
      uniqueName: 'web',
      displayName: 'web',
      permissions: [{ application: apiName, delegatedScopes: ['ToDoList.Read'], consent: true }],
    },
  ],
}

test('a person is asked for no more than the purpose needs', () => {
  const desired = tutorialApps()
  assert.deepEqual(names(leastScopes({ writes: false, desired })), ['Application.Read.All'])
  const write = ['Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All']
  assert.deepEqual(names(leastScopes({ writes: true, desired })), write)
  assert.deepEqual(names(leastScopes({ writes: true, desired: consenting })), [
    ...write,
    'DelegatedPermissionGrant.ReadWrite.All',
  ])
  assert.deepEqual(names(leastScopes({ writes: false, desired: consenting })), [
    'Application.Read.All',
    'DelegatedPermissionGrant.Read.All',
  ])
  // What is found decides, and may have grants.
  assert.deepEqual(names(leastScopes({ writes: false, desired: null })), [
    'Application.Read.All',
    'DelegatedPermissionGrant.Read.All',
  ])
})
