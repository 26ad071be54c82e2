import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { apply } from '../src/apply.js'
import { DesiredStateError } from '../src/check.js'
import type { DesiredApplication, DesiredState } from '../src/desired-state.js'
import { permissionId } from '../src/permission-id.js'
import { type Change, plan } from '../src/plan.js'
import type { SecretStore } from '../src/secrets.js'
import { api, daemon, tutorial } from './declarations.js'
import { GraphDouble } from './graph-double.js'
import { MemoryStore } from './stores.js'

const now = (): Date => new Date('2026-11-23T10:00:00Z')

function place(): { graph: GraphDouble; secrets: MemoryStore } {
  return { graph: new GraphDouble(), secrets: new MemoryStore() }
}

function words(changes: readonly Change[]): string[] {
  return changes.map(({ subject, sentence }) => `${subject}: ${sentence}`)
}

/** Everything a tenant ends up with, without the ids that chance gives. */
function endState({ applications, servicePrincipals, assignments }: GraphDouble): object {
  const names = new Map(applications.map(({ appId, uniqueName }) => [appId, uniqueName]))
  const principals = new Map(servicePrincipals.map(({ id, appId }) => [id, names.get(appId)]))
  const nameOf = (id: string): string => names.get(id) ?? principals.get(id) ?? 'nobody'
  const text = JSON.stringify({
    applications: applications.map(({ id: _id, passwordCredentials, ...rest }) => ({
      ...rest,
      secrets: passwordCredentials.map(({ displayName }) => displayName),
    })),
    principals: [...principals.values()],
    grants: assignments
      .map(({ principalId, resourceId, appRoleId }) => `${nameOf(principalId)} ${nameOf(resourceId)} ${appRoleId}`)
      .toSorted(),
  })
  return JSON.parse([...names].reduce((all, [appId, name]) => all.replaceAll(appId, name), text)) as object
}

const everything = [
  'ciam-ToDoList-api: create the application "ciam-ToDoList-api"',
  'ciam-ToDoList-api: issue access tokens of version 2',
  'ciam-ToDoList-api: create delegated scope ToDoList.Read',
  'ciam-ToDoList-api: create delegated scope ToDoList.ReadWrite',
  'ciam-ToDoList-api: create app role ToDoList.Read.All',
  'ciam-ToDoList-api: create app role ToDoList.ReadWrite.All',
  'ciam-ToDoList-api: put the optional claim idtyp into access tokens',
  'ciam-ToDoList-api: set the Application ID URI to api://<appId>',
  'ciam-client-app: create the application "ciam-client-app"',
  'ciam-client-app: issue access tokens of version 2',
  'ciam-client-app: request the permission ToDoList.Read.All of ciam-ToDoList-api',
  'ciam-client-app: request the permission ToDoList.ReadWrite.All of ciam-ToDoList-api',
  'ciam-ToDoList-api: create its service principal',
  'ciam-client-app: create its service principal',
  'ciam-client-app: grant the permission ToDoList.Read.All of ciam-ToDoList-api (admin consent)',
  'ciam-client-app: grant the permission ToDoList.ReadWrite.All of ciam-ToDoList-api (admin consent)',
  'ciam-client-app: create the client secret "tenantry" for 180 days: none is stored',
]

test('a plan for an empty tenant says in words what will be made, and makes nothing', async () => {
  const { graph, secrets } = place()
  assert.deepEqual(words((await plan(graph, tutorial, secrets, now)).changes), everything)
  assert.equal(graph.calls.length, 2)
  assert.deepEqual(graph.writes, [])
})

test('the tutorial is registered in an empty tenant with ten calls', async () => {
  const { graph, secrets } = place()
  const steps: Change[] = []
  const registration = await apply(graph, tutorial, secrets, { now, onStep: (change) => steps.push(change) })
  assert.equal(graph.calls.length, 10)
  assert.deepEqual(words(steps), everything)
  assert.deepEqual(registration.changes, steps)
  const [first, second] = graph.applications
  const [firstPrincipal, secondPrincipal] = graph.servicePrincipals
  const secret = secrets.kept.get(daemon.uniqueName)
  assert.deepEqual(registration.applications, {
    'ciam-ToDoList-api': { appId: first?.appId, objectId: first?.id, servicePrincipalId: firstPrincipal?.id },
    'ciam-client-app': {
      appId: second?.appId,
      objectId: second?.id,
      servicePrincipalId: secondPrincipal?.id,
      secret: { keyId: secret?.keyId, endDateTime: '2027-05-22T10:00:00.000Z' },
    },
  })
  assert.equal(secret?.value, `value of ${secret?.keyId}`)
  assert.ok(!inspect(registration, { depth: 9 }).includes('value of'))
})

test('Graph is sent exactly what the documents name', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const readAll = permissionId(api.uniqueName, 'ToDoList.Read.All')
  const bodies = graph.writes.map(({ method, path, body, createIfMissing = false }) => ({
    method,
    path,
    body,
    createIfMissing,
  }))
  const appId = graph.applications[0]?.appId
  const [creation, uri, client, principal] = bodies
  assert.equal(creation?.path, "/applications(uniqueName='ciam-ToDoList-api')")
  assert.equal(creation?.createIfMissing, true)
  const body = creation?.body as Record<string, unknown>
  assert.deepEqual(Object.keys(body), ['displayName', 'signInAudience', 'api', 'appRoles', 'optionalClaims'])
  assert.deepEqual((body['appRoles'] as unknown[])[0], {
    id: readAll,
    value: 'ToDoList.Read.All',
    displayName: 'ToDoList.Read.All',
    description: 'Read the to-do list of everybody',
    allowedMemberTypes: ['Application'],
    isEnabled: true,
  })
  assert.deepEqual(body['optionalClaims'], {
    accessToken: [{ name: 'idtyp', source: null, essential: false, additionalProperties: [] }],
  })
  assert.deepEqual(uri?.body, { identifierUris: [`api://${appId}`] })
  assert.equal(uri?.path, `/applications/${graph.applications[0]?.id}`)
  const requested = client?.body as Record<string, unknown>
  assert.deepEqual(requested['requiredResourceAccess'], [
    {
      resourceAppId: appId,
      resourceAccess: [
        { id: readAll, type: 'Role' },
        { id: permissionId(api.uniqueName, 'ToDoList.ReadWrite.All'), type: 'Role' },
      ],
    },
  ])
  assert.deepEqual(principal, {
    method: 'PATCH',
    path: `/servicePrincipals(appId='${appId}')`,
    body: { tags: ['WindowsAzureActiveDirectoryIntegratedApp'] },
    createIfMissing: true,
  })
  assert.deepEqual(bodies.at(-1)?.body, {
    passwordCredential: { displayName: 'tenantry', endDateTime: '2027-05-22T10:00:00.000Z' },
  })
})

test('a second run reads five times, writes nothing and gives the same registration', async () => {
  const { graph, secrets } = place()
  const first = await apply(graph, tutorial, secrets, { now })
  graph.calls.length = 0
  const second = await apply(graph, tutorial, secrets, { now })
  assert.equal(graph.calls.length, 5)
  assert.deepEqual(graph.writes, [])
  assert.deepEqual(second, { changes: [], applications: first.applications })
})

test('only the property that differs is sent', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  graph.calls.length = 0
  const renamed = { applications: [{ ...api, displayName: 'To-do list' }, daemon] }
  const { changes } = await apply(graph, renamed, secrets, { now })
  assert.deepEqual(words(changes), [
    'ciam-ToDoList-api: rename the application from "ciam-ToDoList-api" to "To-do list"',
  ])
  assert.deepEqual(
    graph.writes.map(({ body }) => body),
    [{ displayName: 'To-do list' }],
  )
})

test('a role and a scope that are no longer declared are revoked, disabled and then removed', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const { appRoles = [], delegatedScopes = [] } = api
  const smaller: DesiredState = {
    applications: [
      { ...api, appRoles: appRoles.slice(0, 1), delegatedScopes: delegatedScopes.slice(0, 1) },
      { ...daemon, permissions: [{ application: api.uniqueName, appRoles: ['ToDoList.Read.All'], consent: true }] },
    ],
  }
  const { changes } = await apply(graph, smaller, secrets, { now })
  const id = (value: string): string => permissionId(api.uniqueName, value)
  assert.deepEqual(words(changes), [
    'ciam-client-app: revoke the permission ToDoList.ReadWrite.All of ciam-ToDoList-api',
    'ciam-ToDoList-api: disable app role ToDoList.ReadWrite.All so that it can be removed',
    'ciam-ToDoList-api: disable delegated scope ToDoList.ReadWrite so that it can be removed',
    `ciam-ToDoList-api: remove delegated scope ToDoList.ReadWrite (${id('ToDoList.ReadWrite')})`,
    `ciam-ToDoList-api: remove app role ToDoList.ReadWrite.All (${id('ToDoList.ReadWrite.All')})`,
    `ciam-client-app: no longer request the permission ${id('ToDoList.ReadWrite.All')} (Role) of ${graph.applications[0]?.appId}`,
  ])
  assert.deepEqual((await plan(graph, smaller, secrets, now)).changes, [])
  assert.equal(graph.assignments.length, 1)
})

test('a permission that is declared without consent is requested and not granted, and loses the grant it had', async () => {
  const { graph, secrets } = place()
  const permissions = daemon.permissions?.map((permission) => ({ ...permission, consent: false })) ?? []
  const unconsented = { applications: [api, { ...daemon, permissions }] }
  await apply(graph, unconsented, secrets, { now })
  assert.equal(graph.assignments.length, 0)
  await apply(graph, tutorial, secrets, { now })
  assert.equal(graph.assignments.length, 2)
  await apply(graph, unconsented, secrets, { now })
  assert.equal(graph.assignments.length, 0)
})

test('grants to applications that are not declared are left alone', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const resourceId = graph.servicePrincipals[0]?.id ?? ''
  const appRoleId = permissionId(api.uniqueName, 'ToDoList.Read.All')
  graph.assignments.push({ id: 'theirs', principalId: 'somebody else', resourceId, appRoleId })
  assert.deepEqual((await plan(graph, tutorial, secrets, now)).changes, [])
})

test('a role made in the portal under the same value gets the declared id', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const application = graph.application(api.uniqueName)
  const [first, ...others] = application['appRoles'] as object[]
  application['appRoles'] = [{ ...first, id: '11111111-1111-4111-8111-111111111111' }, ...others]
  const { changes } = await apply(graph, tutorial, secrets, { now })
  assert.deepEqual(words(changes), [
    'ciam-ToDoList-api: disable app role ToDoList.Read.All so that it can be removed',
    'ciam-ToDoList-api: remove app role ToDoList.Read.All (11111111-1111-4111-8111-111111111111)',
    'ciam-ToDoList-api: create app role ToDoList.Read.All',
  ])
  assert.deepEqual((await plan(graph, tutorial, secrets, now)).changes, [])
})

test('optional claims of the other token kinds survive', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const idToken = [{ name: 'email', source: null, essential: false, additionalProperties: [] }]
  const application = graph.application(api.uniqueName)
  application['optionalClaims'] = { accessToken: [], idToken, saml2Token: [] }
  await apply(graph, tutorial, secrets, { now })
  const accessToken = [{ ...idToken[0], name: 'idtyp' }]
  assert.deepEqual(application['optionalClaims'], { accessToken, idToken, saml2Token: [] })
  assert.deepEqual((await plan(graph, tutorial, secrets, now)).changes, [])
})

test('applications may ask for permissions of each other and of one declared later', async () => {
  const { graph, secrets } = place()
  const role = {
    value: 'Call',
    displayName: 'Call',
    description: 'Call it',
    allowedMemberTypes: ['Application'] as const,
  }
  const peer = (uniqueName: string, other: string): DesiredApplication => ({
    uniqueName,
    displayName: uniqueName,
    appRoles: [role],
    permissions: [{ application: other, appRoles: ['Call'], consent: true }],
  })
  const peers = { applications: [peer('a', 'b'), peer('b', 'a'), peer('c', 'c')] }
  await apply(graph, peers, secrets, { now })
  assert.equal(graph.assignments.length, 3)
  assert.deepEqual((await plan(graph, peers, secrets, now)).changes, [])
})

test('going from one declaration to another and back ends where it began', async () => {
  const { graph, secrets } = place()
  const bare: DesiredState = {
    applications: [
      { uniqueName: api.uniqueName, displayName: 'bare', accessTokenVersion: 1 },
      { uniqueName: daemon.uniqueName, displayName: 'bare' },
    ],
  }
  await apply(graph, tutorial, secrets, { now })
  const before = endState(graph)
  await apply(graph, bare, secrets, { now })
  assert.deepEqual((await plan(graph, bare, secrets, now)).changes, [])
  await apply(graph, tutorial, secrets, { now })
  assert.deepEqual(endState(graph), before)
})

async function finished(): Promise<{ calls: number; state: object }> {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  return { calls: graph.calls.length, state: endState(graph) }
}

test('a run that is ended after any call is completed by the next, without twins, orphans or a lost secret', async () => {
  const { calls, state } = await finished()
  for (let last = 1; last <= calls; last++) {
    const { graph, secrets } = place()
    graph.after = () => {
      if (graph.calls.length === last) throw new Error('ended')
    }
    await assert.rejects(apply(graph, tutorial, secrets, { now }), /ended/)
    graph.after = () => undefined
    await apply(graph, tutorial, secrets, { now })
    assert.deepEqual(endState(graph), state, `ended after call ${last}`)
    const listed = graph.applications.flatMap(({ passwordCredentials }) =>
      passwordCredentials.map(({ keyId }) => keyId),
    )
    assert.deepEqual(listed, [secrets.kept.get(daemon.uniqueName)?.keyId])
    assert.deepEqual((await plan(graph, tutorial, secrets, now)).changes, [])
  }
})

test('a secret that could not be stored is replaced and then removed', async () => {
  const { graph, secrets } = place()
  const full: SecretStore = { read: secrets.read, write: () => Promise.reject(new Error('disk full')) }
  await assert.rejects(apply(graph, tutorial, full, { now }), { message: 'disk full' })
  const lost = String(graph.applications[1]?.passwordCredentials[0]?.['keyId'])
  const { changes } = await apply(graph, tutorial, secrets, { now })
  assert.deepEqual(words(changes), [
    'ciam-client-app: create the client secret "tenantry" for 180 days: none is stored',
    `ciam-client-app: remove the client secret "tenantry" (${lost}): no store holds its value`,
  ])
  assert.equal(graph.applications[1]?.passwordCredentials.length, 1)
})

test('runs at the same time make no application, service principal or grant twice', async () => {
  const { state } = await finished()
  const { graph, secrets } = place()
  graph.after = () => new Promise((resolve) => setImmediate(resolve))
  const [first, second] = await Promise.all([
    apply(graph, tutorial, secrets, { now }),
    apply(graph, tutorial, secrets, { now }),
  ])
  assert.equal(first?.applications[api.uniqueName]?.appId, second?.applications[api.uniqueName]?.appId)
  assert.deepEqual([graph.applications.length, graph.servicePrincipals.length, graph.assignments.length], [2, 2, 2])
  await apply(graph, tutorial, secrets, { now })
  assert.deepEqual(endState(graph), state)
})

test('calls after the first creation may wait for it to be known everywhere, and those before it may not', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const settling = graph.calls.map((call) => call.settling ?? false)
  assert.deepEqual(settling, [false, false, false, true, true, true, true, true, true, true])
})

test('a wrong declaration is refused before any call', async () => {
  const { graph, secrets } = place()
  await assert.rejects(apply(graph, { applications: [daemon] }, secrets, { now }), DesiredStateError)
  await assert.rejects(plan(graph, { applications: [daemon] }, secrets, now), DesiredStateError)
  assert.equal(graph.calls.length, 0)
})
