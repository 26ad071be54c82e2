import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import {
  apply,
  clientCredentialsToken,
  type DesiredState,
  type GraphClient,
  type Proof,
  plan,
  prove,
} from '@tenantry/app-registration'
import { administered, endState, MemoryStore } from './administered.js'

const place = await administered()
after(() => place[Symbol.asyncDispose]())
const { tenant, graph } = place
const empty = tenant.snapshot()

const lifetime = { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 }
const desired: DesiredState = {
  applications: [
    {
      uniqueName: 'test-api',
      displayName: 'test-api',
      identifierUri: 'appId',
      optionalAccessTokenClaims: ['idtyp'],
      appRoles: ['Read.All', 'Write.All'].map((value) => ({
        value,
        displayName: value,
        description: value,
        allowedMemberTypes: ['Application'],
      })),
      delegatedScopes: [{ value: 'Read', adminConsentDisplayName: 'r', adminConsentDescription: 'r' }],
      preAuthorizedApplications: [{ application: 'test-client', delegatedScopes: ['Read'] }],
    },
    {
      uniqueName: 'test-client',
      displayName: 'test-client',
      redirectUris: { spa: ['http://localhost:3000'] },
      permissions: [{ application: 'test-api', appRoles: ['Read.All', 'Write.All'], consent: true }],
      secret: lifetime,
      certificate: lifetime,
      federatedCredentials: [{ name: 'ci-main', issuer: 'https://token.example', subject: 'main' }],
    },
  ],
}

/** A Graph whose caller ends right after the call of that number has had its effect. */
function endingAfter(last: number): { graph: GraphClient; calls: () => number } {
  let calls = 0
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    const answer = await call().catch((error: unknown) => {
      calls++
      throw calls === last ? new Error('ended') : error
    })
    if (++calls === last) throw new Error('ended')
    return answer
  }
  return {
    graph: { send: (request) => counted(() => graph.send(request)), list: (path) => counted(() => graph.list(path)) },
    calls: () => calls,
  }
}

function proveIt(secrets: MemoryStore, applications: Awaited<ReturnType<typeof apply>>['applications']) {
  const { authority, ca } = tenant
  return prove(desired, applications, secrets, {
    takeToken: (request) => clientCredentialsToken({ authority, ...request, ca: ca.root })(),
    wait: async () => undefined,
    settling: false,
  })
}

test('an apply that is ended after any call is completed by the next: no twin, no orphan, no lost credential', async () => {
  const whole = new MemoryStore()
  const counting = endingAfter(-1)
  await apply(counting.graph, desired, whole)
  const expected = await endState(graph)
  const proofs: Proof[] = [
    { client: 'test-client', api: 'test-api', credential: 'secret', roles: ['Read.All', 'Write.All'], idtyp: 'app' },
    {
      client: 'test-client',
      api: 'test-api',
      credential: 'certificate',
      roles: ['Read.All', 'Write.All'],
      idtyp: 'app',
    },
  ]
  assert.ok(counting.calls() >= 14, String(counting.calls()))
  for (let last = 1; last <= counting.calls(); last++) {
    tenant.restore(empty)
    const secrets = new MemoryStore()
    // Its key is stored before anything is registered, and making one takes long.
    for (const [name, certificate] of whole.keptCertificates) secrets.keptCertificates.set(name, certificate)
    await assert.rejects(apply(endingAfter(last).graph, desired, secrets), /ended/)
    const { applications } = await apply(graph, desired, secrets)
    assert.deepEqual(await endState(graph), expected, `ended after call ${last}`)
    assert.deepEqual((await plan(graph, desired, secrets)).changes, [])
    assert.deepEqual(await proveIt(secrets, applications), proofs)
  }
})

test('applies at the same time make no application, service principal or grant twice', async () => {
  tenant.restore(empty)
  const { certificate: _, ...client } = desired.applications[1] ?? assert.fail()
  const simple = { applications: [desired.applications[0] ?? assert.fail(), client] }
  const stores = [new MemoryStore(), new MemoryStore(), new MemoryStore()]
  const runs = await Promise.all(stores.map((secrets) => apply(graph, simple, secrets)))
  const ids = new Set(runs.map(({ applications }) => applications['test-api']?.servicePrincipalId))
  assert.equal(ids.size, 1)
  // Each has made a secret; the store that stays sees the others as lost.
  const [kept = new MemoryStore()] = stores
  await apply(graph, simple, kept)
  assert.deepEqual((await plan(graph, simple, kept)).changes, [])
  const [api, other] = await endState(graph)
  assert.deepEqual([api?.principals, other?.principals, other?.secrets], [1, 1, ['tenantry']])
  assert.equal(api?.grants.length, 2)
})

test('an apply through a Graph that throttles half of its calls ends as any other', async () => {
  tenant.restore(empty)
  const whole = new MemoryStore()
  await apply(graph, desired, whole)
  const expected = await endState(graph)
  tenant.restore(empty)
  const secrets = new MemoryStore()
  for (const [name, certificate] of whole.keptCertificates) secrets.keptCertificates.set(name, certificate)
  const fault = tenant.faults.add({ where: 'graph', status: 429, retryAfter: 2, probability: 0.5 })
  const before = place.waited()
  try {
    await apply(graph, desired, secrets)
  } finally {
    fault.remove()
  }
  assert.ok(place.waited() >= before + 2_000)
  assert.deepEqual(await endState(graph), expected)
})
