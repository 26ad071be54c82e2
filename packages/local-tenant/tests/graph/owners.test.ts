import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient, type Registered, register } from '../graph-client.js'
import { connectTo, type HttpsClient, list, text } from '../https-client.js'
import { assertRefused, notFoundText } from './refused.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let alice: string
let app: Registered
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  alice = text(list((await graph.get('users'))['value'])[0] ?? {}, 'id')
  app = await register(graph, { displayName: 'owned' })
})
after(async () => {
  client.close()
  await tenant.close()
})

const reference = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })
const ownersOf = async (path: string) =>
  list((await graph.get(`${path}/owners?$select=id`))['value']).map(({ id, '@odata.type': type }) => [type, id])

for (const kind of ['applications', 'servicePrincipals'] as const) {
  test(`owners of ${kind} are added and removed by reference, users and service principals alike`, async () => {
    const path = `${kind}/${kind === 'applications' ? app.id : app.servicePrincipalId}`
    assert.deepEqual(await ownersOf(path), [])
    for (const id of [alice, app.servicePrincipalId]) {
      assert.equal((await graph.send('POST', `${path}/owners/$ref`, reference(id))).status, 204)
    }
    assert.deepEqual(await ownersOf(path), [
      ['#microsoft.graph.user', alice],
      ['#microsoft.graph.servicePrincipal', app.servicePrincipalId],
    ])
    const twice = await graph.send('POST', `${path}/owners/$ref`, reference(alice))
    const exists = "One or more added object references already exist for the following modified properties: 'owners'."
    assertRefused(twice, 400, 'Request_BadRequest', exists)
    assert.equal((await graph.send('DELETE', `${path}/owners/${alice}/$ref`)).status, 204)
    const again = await graph.send('DELETE', `${path}/owners/${alice}/$ref`)
    const missing =
      "One or more removed object references do not exist for the following modified properties: 'owners'."
    assertRefused(again, 400, 'Request_BadRequest', missing)
    assert.deepEqual(await ownersOf(path), [['#microsoft.graph.servicePrincipal', app.servicePrincipalId]])
  })
}

test('a reference may be relative or of another collection, and has to lead somewhere', async () => {
  const { id } = await graph.post('applications', { displayName: 'x' })
  const path = `applications/${String(id)}/owners/$ref`
  for (const url of [`users/${alice}`, `directoryObjects/${app.servicePrincipalId}`]) {
    assert.equal((await graph.send('POST', path, { '@odata.id': url })).status, 204, url)
  }
  const nobody = randomUUID()
  const lost = await graph.send('POST', path, reference(nobody))
  assertRefused(lost, 400, 'Request_BadRequest', notFoundText(nobody))
  for (const url of ['x', 'applications/x', `groups/${alice}`, `users/${alice}/x`]) {
    const reply = await graph.send('POST', path, { '@odata.id': url })
    assertRefused(reply, 400, 'Request_BadRequest', 'Invalid URL format specified in @odata.id.')
  }
  const empty = await graph.send('POST', path, {})
  assertRefused(empty, 400, 'Request_BadRequest', "Property '@odata.id' is required.")
})

test('an object is created with its owners by owners@odata.bind, or not at all', async () => {
  const bind = { 'owners@odata.bind': [`${tenant.graph}/directoryObjects/${alice}`] }
  const made = await graph.post('applications', { displayName: 'bound', ...bind })
  assert.deepEqual(await ownersOf(`applications/${text(made, 'id')}`), [['#microsoft.graph.user', alice]])
  const principal = await graph.post('servicePrincipals', { appId: made['appId'], ...bind })
  assert.deepEqual(await ownersOf(`servicePrincipals/${text(principal, 'id')}`), [['#microsoft.graph.user', alice]])
  const nobody = randomUUID()
  const earlier = list((await graph.get('applications'))['value']).length
  const wrong = { 'owners@odata.bind': [`users/${nobody}`] }
  const refused = await graph.send('POST', 'applications', { displayName: 'unbound', ...wrong })
  assertRefused(refused, 400, 'Request_BadRequest', notFoundText(nobody))
  assert.equal(list((await graph.get('applications'))['value']).length, earlier)
})

test('what a service principal owns is listed, and an object of an unknown type is found by its id', async () => {
  const owned = await graph.post('applications', { displayName: 'mine' })
  await graph.send('POST', `applications/${text(owned, 'id')}/owners/$ref`, reference(app.servicePrincipalId))
  const { value } = await graph.get(`servicePrincipals/${app.servicePrincipalId}/ownedObjects?$select=displayName`)
  assert.ok(list(value).some((object) => object['displayName'] === 'mine'))
  const found = await graph.get(`directoryObjects/${text(owned, 'id')}?$select=displayName`)
  assert.deepEqual(found, {
    '@odata.context': `${tenant.graph}/$metadata#directoryObjects/$entity`,
    '@odata.type': '#microsoft.graph.application',
    displayName: 'mine',
  })
  const nobody = randomUUID()
  const lost = await graph.send('GET', `directoryObjects/${nobody}`)
  assertRefused(lost, 404, 'Request_ResourceNotFound', notFoundText(nobody))
})

test('owners turn their pages too', async () => {
  const made = await graph.post('applications', {
    displayName: 'two owners',
    'owners@odata.bind': [`users/${alice}`, `servicePrincipals/${app.servicePrincipalId}`],
  })
  const first = await graph.get(`applications/${text(made, 'id')}/owners?$top=1&$select=id`)
  assert.deepEqual(
    list(first['value']).map(({ id }) => id),
    [alice],
  )
  const second = await graph.get(text(first, '@odata.nextLink').replace(`${tenant.graph}/`, ''))
  assert.deepEqual(
    list(second['value']).map(({ id }) => id),
    [app.servicePrincipalId],
  )
  assert.ok(!Object.hasOwn(second, '@odata.nextLink'))
})
