import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { apply, type DesiredApplication, type DesiredState, plan } from '@tenantry/app-registration'
import * as fc from 'fast-check'
import { administered, endState, MemoryStore } from './administered.js'

const place = await administered()
after(() => place[Symbol.asyncDispose]())
const { tenant, graph } = place
const empty = tenant.snapshot()

const names = ['test-a', 'test-b', 'test-c']
const roles = ['Read.All', 'Write.All', 'Delete.All']
const scopes = ['Read', 'Write']
const some = <T>(items: readonly T[]) => fc.subarray([...items])

/** The parts of an application that refer to no other. */
const alone = (uniqueName: string) =>
  fc.record({
    uniqueName: fc.constant(uniqueName),
    displayName: fc.constantFrom(uniqueName, `${uniqueName}, renamed`),
    accessTokenVersion: fc.constantFrom<1 | 2>(1, 2),
    appRoles: some(roles).chain((values) => fc.tuple(...values.map(appRole))),
    delegatedScopes: some(scopes).chain((values) => fc.tuple(...values.map(delegatedScope))),
    optionalAccessTokenClaims: some(['idtyp', 'email', 'acct']),
    redirectUris: fc.record({
      web: some(['https://localhost/a', 'https://localhost/b']),
      spa: some(['http://localhost:3000']),
      publicClient: some(['msal://auth']),
    }),
    federatedCredentials: some(['one', 'two', 'three']).map((all) =>
      all.map((name) => ({ name, issuer: 'https://token.example', subject: name })),
    ),
    secret: fc.constant({ displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 }),
  })

const appRole = (value: string) =>
  fc.record({
    value: fc.constant(value),
    displayName: fc.constantFrom('one', 'other'),
    description: fc.constantFrom('one', 'other'),
    allowedMemberTypes: fc.constantFrom<readonly ('Application' | 'User')[]>(['Application'], ['User', 'Application']),
  })

const delegatedScope = (value: string) =>
  fc.record({
    value: fc.constant(value),
    type: fc.constantFrom<'Admin' | 'User'>('Admin', 'User'),
    adminConsentDisplayName: fc.constantFrom('one', 'other'),
    adminConsentDescription: fc.constant('d'),
  })

type Alone = Omit<DesiredApplication, 'permissions' | 'preAuthorizedApplications'>

/** References between applications: of the roles and scopes that there are. */
function connected(applications: readonly Alone[]): fc.Arbitrary<DesiredState> {
  const permission = (api: Alone) =>
    fc.record({
      application: fc.constant(api.uniqueName),
      appRoles: some((api.appRoles ?? []).map(({ value }) => value)),
      consent: fc.boolean(),
    })
  const preAuthorization = (owner: Alone) => (client: Alone) =>
    fc.record({
      application: fc.constant(client.uniqueName),
      delegatedScopes: fc.subarray(
        (owner.delegatedScopes ?? []).map(({ value }) => value),
        { minLength: 1 },
      ),
    })
  const wired = applications.map((application) =>
    fc.record({
      permissions: some(applications).chain((apis) => fc.tuple(...apis.map(permission))),
      preAuthorizedApplications:
        (application.delegatedScopes ?? []).length === 0
          ? fc.constant([])
          : some(applications).chain((clients) => fc.tuple(...clients.map(preAuthorization(application)))),
    }),
  )
  return fc.tuple(...wired).map((references) => ({
    applications: applications.map((application, index) => ({ ...application, ...references[index] })),
  }))
}

const everyName = fc.tuple(...names.map(alone)).chain(connected)

test('for any declaration the plan after an apply is empty, and A, then B, then A is A', async () => {
  await fc.assert(
    fc.asyncProperty(everyName, everyName, async (a, b) => {
      tenant.restore(empty)
      const secrets = new MemoryStore()
      await apply(graph, a, secrets)
      assert.deepEqual((await plan(graph, a, secrets)).changes, [])
      const before = await endState(graph)
      await apply(graph, b, secrets)
      assert.deepEqual((await plan(graph, b, secrets)).changes, [])
      await apply(graph, a, secrets)
      assert.deepEqual((await plan(graph, a, secrets)).changes, [])
      assert.deepEqual(await endState(graph), before)
    }),
    { numRuns: 6 },
  )
})
