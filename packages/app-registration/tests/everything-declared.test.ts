import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AdoptionRefused, adopt } from '../src/adopt.js'
import { apply } from '../src/apply.js'
import { DesiredStateError } from '../src/check.js'
import type { DesiredApplication, DesiredState } from '../src/desired-state.js'
import { destroy } from '../src/destroy.js'
import { AdoptedApplicationMissing } from '../src/observe.js'
import { permissionId } from '../src/permission-id.js'
import { plan } from '../src/plan.js'
import { RotationRefused, rotateCertificate, rotateSecret } from '../src/rotate.js'
import type { SecretStore } from '../src/secrets.js'
import { api, daemon, tutorial } from './declarations.js'
import { GraphDouble } from './graph-double.js'
import { MemoryStore } from './stores.js'

const pem = readFileSync(new URL('../../tests/declaration/client.cert.pem', import.meta.url), 'utf8')
let today = new Date('2026-11-23T10:00:00Z')
const now = (): Date => today

const lifetime = { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 }
const web: DesiredApplication = {
  uniqueName: 'web',
  displayName: 'web',
  redirectUris: { web: ['https://localhost/in'], spa: ['http://localhost:3000'], publicClient: ['msal://auth'] },
  permissions: [
    { application: api.uniqueName, delegatedScopes: ['ToDoList.Read', 'ToDoList.ReadWrite'], consent: true },
  ],
  federatedCredentials: [{ name: 'ci-main', issuer: 'https://token.example', subject: 'main' }],
}
const preAuthorizing: DesiredApplication = {
  ...api,
  preAuthorizedApplications: [{ application: 'web', delegatedScopes: ['ToDoList.Read', 'ToDoList.ReadWrite'] }],
}
const everything: DesiredState = { applications: [preAuthorizing, daemon, web] }

function place() {
  return { graph: new GraphDouble(), secrets: new MemoryStore() }
}

async function sentences(graph: GraphDouble, desired: DesiredState, secrets: SecretStore): Promise<string[]> {
  return (await plan(graph, desired, secrets, now)).changes.map(({ sentence }) => sentence)
}

test('redirect URIs, delegated consent, pre-authorization and federation are made once, and said in words', async () => {
  const { graph, secrets } = place()
  const { changes } = await apply(graph, everything, secrets, { now })
  const words = changes.filter(({ subject }) => subject === 'web').map(({ sentence }) => sentence)
  assert.deepEqual(words, [
    'create the application "web"',
    'issue access tokens of version 2',
    'add the web redirect URI https://localhost/in',
    'add the spa redirect URI http://localhost:3000',
    'add the publicClient redirect URI msal://auth',
    `request the delegated permission ToDoList.Read of ${api.uniqueName}`,
    `request the delegated permission ToDoList.ReadWrite of ${api.uniqueName}`,
    'create its service principal',
    `grant the delegated permission ToDoList.Read of ${api.uniqueName} for all users (admin consent)`,
    `grant the delegated permission ToDoList.ReadWrite of ${api.uniqueName} for all users (admin consent)`,
    'create the federated credential ci-main: main of https://token.example',
  ])
  assert.ok(changes.some(({ sentence }) => sentence === 'pre-authorize web for ToDoList.Read, ToDoList.ReadWrite'))
  assert.deepEqual(await sentences(graph, everything, secrets), [])
  const made = graph.application('web')
  assert.deepEqual(
    [made['web'], made['spa'], made['publicClient']],
    [
      { redirectUris: ['https://localhost/in'] },
      { redirectUris: ['http://localhost:3000'] },
      { redirectUris: ['msal://auth'] },
    ],
  )
  const ids = ['ToDoList.Read', 'ToDoList.ReadWrite'].map((value) => permissionId(api.uniqueName, value))
  assert.deepEqual(graph.application(api.uniqueName).api['preAuthorizedApplications'], [
    { appId: made.appId, delegatedPermissionIds: ids },
  ])
  const [grant] = graph.grants
  assert.deepEqual([grant?.['consentType'], grant?.['scope']], ['AllPrincipals', 'ToDoList.Read ToDoList.ReadWrite'])
  const [federated] = graph.federated
  assert.deepEqual(federated?.['audiences'], ['api://AzureADTokenExchange'])
})

test('what is no longer declared goes in an order that Graph accepts, and comes back', async () => {
  const { graph, secrets } = place()
  await apply(graph, everything, secrets, { now })
  const less: DesiredState = {
    applications: [
      {
        ...preAuthorizing,
        delegatedScopes: (api.delegatedScopes ?? []).slice(0, 1),
        preAuthorizedApplications: [{ application: 'web', delegatedScopes: ['ToDoList.Read'] }],
      },
      daemon,
      {
        ...web,
        redirectUris: {},
        permissions: [{ application: api.uniqueName, delegatedScopes: ['ToDoList.Read'], consent: true }],
        federatedCredentials: [{ name: 'other', issuer: 'https://token.example', subject: 'main', audience: 'mine' }],
      },
    ],
  }
  const { changes } = await apply(graph, less, secrets, { now })
  const words = changes.map(({ sentence }) => sentence)
  assert.ok(words.includes(`revoke the delegated permission ToDoList.ReadWrite of ${api.uniqueName} for all users`))
  assert.ok(
    words.indexOf('remove the federated credential ci-main') <
      words.indexOf('create the federated credential other: main of https://token.example'),
  )
  assert.deepEqual(await sentences(graph, less, secrets), [])
  const none: DesiredState = {
    applications: [api, daemon, { uniqueName: 'web', displayName: 'web', federatedCredentials: [] }],
  }
  await apply(graph, none, secrets, { now })
  assert.deepEqual([graph.grants, graph.federated], [[], []])
  assert.deepEqual(await sentences(graph, none, secrets), [])
  await apply(graph, everything, secrets, { now })
  assert.deepEqual(await sentences(graph, everything, secrets), [])
})

test('federated credentials that the declaration does not speak of are not even read', async () => {
  const { graph, secrets } = place()
  await apply(graph, everything, secrets, { now })
  graph.calls.length = 0
  const { federatedCredentials: _, ...silent } = web
  assert.deepEqual(await sentences(graph, { applications: [preAuthorizing, daemon, silent] }, secrets), [])
  assert.ok(graph.calls.every(({ path }) => !path.includes('federatedIdentityCredentials')))
})

test('permissions of an API that is not declared stay as they are', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const foreign = {
    resourceAppId: '00000003-0000-0000-c000-000000000000',
    resourceAccess: [{ id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d', type: 'Scope' }],
  }
  const client = graph.application(daemon.uniqueName)
  client['requiredResourceAccess'] = [...(client['requiredResourceAccess'] as object[]), foreign]
  assert.deepEqual(await sentences(graph, tutorial, secrets), [])
  const without = { applications: [api, { ...daemon, permissions: [] }] }
  await apply(graph, without, secrets, { now })
  assert.deepEqual(graph.application(daemon.uniqueName)['requiredResourceAccess'], [foreign])
})

test('a certificate of a file is registered once and leaves the others alone', async () => {
  const { graph, secrets } = place()
  const desired: DesiredState = { applications: [{ ...web, certificate: { displayName: 'ours', pem } }, api] }
  await apply(graph, { applications: [web, api] }, secrets, { now })
  const application = graph.application('web')
  application['keyCredentials'] = [
    { keyId: 'theirs', displayName: 'theirs', endDateTime: '2099-01-01T00:00:00Z', key: 'AAAA' },
  ]
  const { changes } = await apply(graph, desired, secrets, { now })
  assert.match(changes[0]?.sentence ?? '', /^register the certificate "ours" with SHA-256 [0-9A-F]{64}$/)
  const keys = application['keyCredentials'] as Record<string, unknown>[]
  assert.deepEqual(
    keys.map(({ displayName, key }) => [displayName, typeof key]),
    [
      ['theirs', 'string'],
      ['ours', 'string'],
    ],
  )
  application['keyCredentials'] = keys.map((key) => ({ ...key, endDateTime: '2099-01-01T00:00:00Z' }))
  assert.deepEqual(await sentences(graph, desired, secrets), [])
})

test('a generated certificate is stored before it is registered, and one that was stored only is registered', async () => {
  const { graph, secrets } = place()
  const desired: DesiredState = { applications: [{ ...daemon, certificate: lifetime }, api] }
  graph.after = ({ path }) => {
    if (path.endsWith('$select=keyCredentials')) throw new Error('ended')
  }
  await assert.rejects(apply(graph, desired, secrets, { now }), /ended/)
  const stored = secrets.keptCertificates.get(daemon.uniqueName)
  assert.match(stored?.privateKey ?? '', /^-----BEGIN PRIVATE KEY-----/)
  graph.after = () => undefined
  assert.deepEqual(await sentences(graph, desired, secrets), ['register the stored certificate "tenantry"'])
  const { applications } = await apply(graph, desired, secrets, { now })
  assert.deepEqual(applications[daemon.uniqueName]?.certificate, {
    keyId: stored?.keyId,
    endDateTime: '2027-05-22T10:00:00.000Z',
  })
  const [key] = graph.application(daemon.uniqueName)['keyCredentials'] as Record<string, unknown>[]
  assert.equal(key?.['keyId'], stored?.keyId)
})

test('a declaration with a generated certificate needs a store for its key', async () => {
  const { graph } = place()
  const secrets: SecretStore = { read: async () => undefined, write: async () => undefined }
  const desired = { applications: [{ ...web, certificate: lifetime }, api] }
  await assert.rejects(plan(graph, desired, secrets, now), DesiredStateError)
  assert.equal(graph.calls.length, 0)
})

test('a secret that was rotated works until its period of grace is over, and then goes with the next apply', async () => {
  const { graph, secrets } = place()
  today = new Date('2026-11-23T10:00:00Z')
  await apply(graph, tutorial, secrets, { now })
  const old = secrets.kept.get(daemon.uniqueName)?.keyId
  let proved = 0
  const prove = async () => void proved++
  await rotateSecret(graph, tutorial, secrets, { uniqueName: daemon.uniqueName, graceDays: 7, prove, now })
  const listed = () => graph.application(daemon.uniqueName).passwordCredentials.map(({ keyId }) => keyId)
  assert.equal(proved, 1)
  assert.deepEqual(listed(), [old, secrets.kept.get(daemon.uniqueName)?.keyId])
  assert.deepEqual(await sentences(graph, tutorial, secrets), [])
  today = new Date('2026-11-30T10:00:00Z')
  const { changes } = await apply(graph, tutorial, secrets, { now })
  assert.deepEqual(
    changes.map(({ sentence }) => sentence),
    [`remove the client secret "tenantry" (${old}): its period of grace is over`],
  )
  assert.deepEqual(listed(), [secrets.kept.get(daemon.uniqueName)?.keyId])
  today = new Date('2026-11-23T10:00:00Z')
})

test('a secret that fails its proof is taken back, and the store has the old one', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const before = secrets.kept.get(daemon.uniqueName)
  const prove = () => Promise.reject(new Error('no token'))
  const options = { uniqueName: daemon.uniqueName, graceDays: 0, prove, now }
  await assert.rejects(rotateSecret(graph, tutorial, secrets, options), /no token/)
  assert.deepEqual(secrets.kept.get(daemon.uniqueName), before)
  assert.equal(graph.application(daemon.uniqueName).passwordCredentials.length, 1)
  assert.deepEqual(await sentences(graph, tutorial, secrets), [])
})

test('a rotated certificate without a period of grace replaces the old one at once', async () => {
  const { graph, secrets } = place()
  const desired: DesiredState = { applications: [api, { ...daemon, certificate: lifetime }] }
  await apply(graph, desired, secrets, { now })
  const withDates = () => {
    const application = graph.application(daemon.uniqueName)
    const keys = application['keyCredentials'] as Record<string, unknown>[]
    application['keyCredentials'] = keys.map((key) => ({ endDateTime: '2027-05-22T10:00:00Z', ...key }))
  }
  withDates()
  graph.after = withDates
  const prove = async () => undefined
  await rotateCertificate(graph, desired, secrets, { uniqueName: daemon.uniqueName, graceDays: 0, prove, now })
  const keys = graph.application(daemon.uniqueName)['keyCredentials'] as Record<string, unknown>[]
  assert.deepEqual(
    keys.map(({ keyId }) => keyId),
    [secrets.keptCertificates.get(daemon.uniqueName)?.keyId],
  )
  assert.deepEqual(await sentences(graph, desired, secrets), [])
})

test('what cannot be rotated is refused before anything is changed', async () => {
  const { graph, secrets } = place()
  const prove = async () => undefined
  const rotate = (uniqueName: string) =>
    rotateSecret(graph, tutorial, secrets, { uniqueName, graceDays: 7, prove, now })
  await assert.rejects(rotate('nobody'), new RotationRefused('nobody', 'is not declared'))
  await assert.rejects(
    rotate(daemon.uniqueName),
    new RotationRefused(daemon.uniqueName, 'is not registered yet: apply first'),
  )
  await apply(graph, tutorial, secrets, { now })
  await assert.rejects(rotate(api.uniqueName), new RotationRefused(api.uniqueName, 'declares no secret'))
  const certificate = { uniqueName: daemon.uniqueName, graceDays: 7, prove, now }
  await assert.rejects(
    rotateCertificate(graph, tutorial, secrets, certificate),
    new RotationRefused(daemon.uniqueName, 'declares no certificate that is generated here'),
  )
  assert.equal(graph.application(daemon.uniqueName).passwordCredentials.length, 1)
})

test('an application made by hand is adopted as it is, under its appId and with the ids of its roles', async () => {
  const { graph, secrets } = place()
  await apply(graph, everything, secrets, { now })
  for (const application of graph.applications) Object.assign(application, { uniqueName: null })
  const role = {
    id: '11111111-1111-4111-8111-111111111111',
    value: 'Old',
    displayName: 'o',
    description: 'o',
    allowedMemberTypes: ['User'],
    isEnabled: true,
  }
  const [first] = graph.applications
  assert.ok(first)
  first['appRoles'] = [...(first['appRoles'] as object[]), role]
  const { desired, notes } = await adopt(graph, [api.displayName, daemon.displayName, first.appId === '' ? '' : 'web'])
  const [adopted, client] = desired.applications
  assert.equal(adopted?.appId, first.appId)
  assert.equal(adopted?.appRoles?.at(-1)?.id, role.id)
  assert.equal(adopted?.appRoles?.at(0)?.id, undefined)
  assert.deepEqual(client?.permissions, daemon.permissions)
  assert.match(
    notes.join(),
    /ciam-client-app keeps its credential "tenantry" \([0-9a-f-]{36}\): nobody can read its value/,
  )
  assert.deepEqual(await sentences(graph, desired, secrets), [])
})

test('what a declaration could not say is refused when it is adopted', async () => {
  const { graph, secrets } = place()
  await apply(graph, tutorial, secrets, { now })
  const application = graph.application(api.uniqueName)
  const [role] = application['appRoles'] as object[]
  application['appRoles'] = [{ ...role, value: null, isEnabled: false }]
  application['identifierUris'] = ['api://a', 'api://b']
  await assert.rejects(adopt(graph, [api.displayName]), (error) => {
    assert.ok(error instanceof AdoptionRefused)
    const id = permissionId(api.uniqueName, 'ToDoList.Read.All')
    assert.deepEqual(error.problems, [
      `${api.displayName}: it has 2 Application ID URIs; one can be declared`,
      `${api.displayName}: its role or scope ${id} has no value`,
      `${api.displayName}: its role or scope ${id} is disabled`,
    ])
    return true
  })
  await assert.rejects(adopt(graph, ['nobody']), /no application of this tenant has the displayName nobody/)
})

test('an application that is declared by an appId which the tenant does not have is not made anew', async () => {
  const { graph, secrets } = place()
  const desired = { applications: [{ ...web, permissions: [], appId: '11111111-1111-4111-8111-111111111111' }] }
  await assert.rejects(apply(graph, desired, secrets, { now }), AdoptedApplicationMissing)
  assert.deepEqual(graph.writes, [])
})

test('only recorded applications are destroyed, the last one first, and again is no mistake', async () => {
  const { graph, secrets } = place()
  const { applications } = await apply(graph, everything, secrets, { now })
  const recorded = [api.uniqueName, daemon.uniqueName].flatMap((uniqueName) => {
    const registered = applications[uniqueName]
    return registered === undefined ? [] : [{ uniqueName, appId: registered.appId, objectId: registered.objectId }]
  })
  const gone: [string, boolean][] = []
  const onGone = ({ uniqueName }: { uniqueName: string }, found: boolean) => void gone.push([uniqueName, found])
  await destroy(graph, recorded, { purge: true, onGone })
  await destroy(graph, recorded, { purge: true, onGone })
  assert.deepEqual(gone, [
    [daemon.uniqueName, true],
    [api.uniqueName, true],
    [daemon.uniqueName, false],
    [api.uniqueName, false],
  ])
  assert.deepEqual(
    graph.applications.map(({ uniqueName }) => uniqueName),
    ['web'],
  )
  assert.equal(graph.deleted.size, 0)
})
