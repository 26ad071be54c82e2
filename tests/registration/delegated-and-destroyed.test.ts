import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { apply, type DesiredState, destroy, plan } from '@tenantry/app-registration'
import { administered, MemoryStore } from './administered.js'

// What needs delegated grants, deletion and deleted items of the tenant's Graph.
const place = await administered()
after(() => place[Symbol.asyncDispose]())
const { graph } = place

const scope = (value: string) => ({ value, adminConsentDisplayName: value, adminConsentDescription: value })
const api = {
  uniqueName: 'test-api',
  displayName: 'test-api',
  identifierUri: 'appId',
  delegatedScopes: [scope('Read'), scope('Write')],
}
const client = (delegatedScopes: readonly string[], consent = true): DesiredState => ({
  applications: [
    api,
    {
      uniqueName: 'test-web',
      displayName: 'test-web',
      permissions: [{ application: 'test-api', delegatedScopes, consent }],
    },
  ],
})

test('consent to delegated permissions follows the declaration', async () => {
  const secrets = new MemoryStore()
  const scopesAfter = async (desired: DesiredState) => {
    await apply(graph, desired, secrets)
    assert.deepEqual((await plan(graph, desired, secrets)).changes, [])
    const grants = (await graph.list('/oauth2PermissionGrants')) as { scope: string; consentType: string }[]
    return grants.map((grant) => `${grant.consentType}: ${grant.scope}`)
  }
  assert.deepEqual(await scopesAfter(client(['Read', 'Write'])), ['AllPrincipals: Read Write'])
  assert.deepEqual(await scopesAfter(client(['Write'])), ['AllPrincipals: Write'])
  assert.deepEqual(await scopesAfter(client(['Write'], false)), [])
  assert.deepEqual(await scopesAfter(client(['Read', 'Write'])), ['AllPrincipals: Read Write'])
})

test('what is destroyed is gone with its service principal, and with purge for good', async () => {
  const { applications } = await apply(graph, client(['Read']), new MemoryStore())
  const recorded = Object.entries(applications).map(([uniqueName, { appId, objectId }]) => ({
    uniqueName,
    appId,
    objectId,
  }))
  const gone: boolean[] = []
  const onGone = (_: unknown, found: boolean) => void gone.push(found)
  await destroy(graph, recorded, { purge: true, onGone })
  await destroy(graph, recorded, { purge: true, onGone })
  assert.deepEqual(gone, [true, true, false, false])
  assert.deepEqual((await graph.list('/directory/deletedItems/microsoft.graph.application')).length, 0)
  assert.ok((await plan(graph, client(['Read']), new MemoryStore())).changes.length > 0)
})
