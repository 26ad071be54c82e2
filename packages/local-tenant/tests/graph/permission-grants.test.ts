import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient, type Registered, register } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, text } from '../https-client.js'
import { assertRefused, notFoundText } from './refused.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let api: Registered
let app: Registered
let alice: string
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  api = await register(graph, { displayName: 'api' })
  app = await register(graph, { displayName: 'app' })
  alice = text(list((await graph.get('users'))['value'])[0] ?? {}, 'id')
})
after(async () => {
  client.close()
  await tenant.close()
})

const wanted = (more: Json = {}) => ({
  clientId: app.servicePrincipalId,
  consentType: 'AllPrincipals',
  resourceId: api.servicePrincipalId,
  scope: 'Files.Read Files.ReadWrite',
  ...more,
})

test('a grant for everybody is made once, read, changed in its scope and taken back', async () => {
  const reply = await graph.send('POST', 'oauth2PermissionGrants', wanted())
  assert.equal(reply.status, 201)
  const { id } = reply.body
  const shown = { ...wanted(), id, principalId: null }
  assert.deepEqual(reply.body, {
    '@odata.context': `${tenant.graph}/$metadata#oauth2PermissionGrants/$entity`,
    ...shown,
  })
  assert.deepEqual(await graph.get(`oauth2PermissionGrants/${String(id)}`), reply.body)
  const twice = await graph.send('POST', 'oauth2PermissionGrants', wanted({ scope: 'Other' }))
  assertRefused(twice, 409, 'Request_MultipleObjectsWithSameKeyValue', 'Permission entry already exists.')
  await graph.patch(`oauth2PermissionGrants/${String(id)}`, { scope: 'Files.Read' })
  const clause = encodeURIComponent(`clientId eq '${app.servicePrincipalId}' and consentType eq 'AllPrincipals'`)
  const expected = [{ ...shown, scope: 'Files.Read' }]
  assert.deepEqual((await graph.get(`oauth2PermissionGrants?$filter=${clause}`))['value'], expected)
  const path = `servicePrincipals/${app.servicePrincipalId}/oauth2PermissionGrants`
  assert.deepEqual((await graph.get(path))['value'], expected)
  assert.equal((await graph.send('DELETE', `oauth2PermissionGrants/${String(id)}`)).status, 204)
  const gone = await graph.send('GET', `oauth2PermissionGrants/${String(id)}`)
  assertRefused(gone, 404, 'Request_ResourceNotFound', notFoundText(String(id)))
})

test('a grant for one user stands beside the one for everybody, and goes with its client', async () => {
  const other = await register(graph, { displayName: 'other' })
  const forClient = { clientId: other.servicePrincipalId }
  await graph.post('oauth2PermissionGrants', wanted(forClient))
  await graph.post('oauth2PermissionGrants', wanted({ ...forClient, consentType: 'Principal', principalId: alice }))
  const count = async () => list((await graph.get('oauth2PermissionGrants'))['value']).length
  assert.equal(await count(), 2)
  assert.equal((await graph.send('DELETE', `applications/${other.id}`)).status, 204)
  assert.equal(await count(), 0)
})

test('a grant that names nobody, or the wrong principal, is refused', async () => {
  const create = (more: Json) => graph.send('POST', 'oauth2PermissionGrants', wanted(more))
  const reference = 'Not a valid reference update'
  for (const more of [
    { clientId: randomUUID() },
    { resourceId: api.id },
    { consentType: 'Principal', principalId: randomUUID() },
    { consentType: 'Principal' },
  ]) {
    assertRefused(await create(more), 400, 'Request_BadRequest', reference)
  }
  const both = await create({ principalId: alice })
  const message = "principalId must be null when consentType is 'AllPrincipals'."
  assertRefused(both, 400, 'Request_BadRequest', message)
  const long = await create({ scope: 'x'.repeat(3_851) })
  assertRefused(long, 400, 'Request_BadRequest', 'scope must have at most 3850 characters.')
  const kind = await create({ consentType: 'Some' })
  const expected = "Invalid value specified for property 'consentType': one of AllPrincipals, Principal was expected."
  assertRefused(kind, 400, 'Request_BadRequest', expected)
})

test('only the scope of a grant can change', async () => {
  const made = await graph.post('oauth2PermissionGrants', wanted())
  const path = `oauth2PermissionGrants/${text(made, 'id')}`
  const other = await graph.send('PATCH', path, { consentType: 'Principal' })
  const message = "Could not find a property named 'consentType' on type 'microsoft.graph.oAuth2PermissionGrant'."
  assertRefused(other, 400, 'Request_BadRequest', message)
  assertRefused(await graph.send('PATCH', path, {}), 400, 'Request_BadRequest', "Property 'scope' is required.")
})
