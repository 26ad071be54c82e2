import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient } from '../graph-client.js'
import { connectTo, type HttpsClient, text } from '../https-client.js'
import { assertRefused, notFoundText } from './refused.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, graph: { replicationDelayMs: 5_000 } })
  tenant.clock.freeze()
  // The administrator is as new as the tenant.
  tenant.clock.advance({ minutes: 1 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

test('a new object is not found until the delay is over, whoever asks for it and however', async () => {
  const made = await graph.send('POST', 'applications', { displayName: 'new' })
  assert.equal(made.status, 201)
  const [id, appId] = [text(made.body, 'id'), text(made.body, 'appId')]
  const clause = encodeURIComponent(`appId eq '${appId}'`)
  tenant.clock.advance({ milliseconds: 4_999 })
  for (const [method, path] of [
    ['GET', `applications/${id}`],
    ['PATCH', `applications/${id}`],
    ['POST', `applications/${id}/addPassword`],
    ['DELETE', `applications/${id}`],
  ] as const) {
    const reply = await graph.send(method, path, method === 'GET' ? undefined : {})
    assertRefused(reply, 404, 'Request_ResourceNotFound', notFoundText(id))
  }
  assert.deepEqual((await graph.get(`applications?$filter=${clause}`))['value'], [])
  const principal = await graph.send('POST', 'servicePrincipals', { appId })
  const message = `The appId '${appId}' does not reference a valid application object.`
  assertRefused(principal, 400, 'Request_BadRequest', message)

  tenant.clock.advance({ milliseconds: 1 })
  assert.equal((await graph.get(`applications/${id}`))['appId'], appId)
  assert.equal((await graph.send('POST', 'servicePrincipals', { appId })).status, 201)
  const early = await graph.send('GET', `servicePrincipals(appId='${appId}')`)
  assertRefused(early, 404, 'Request_ResourceNotFound', notFoundText(appId))
})

test('an upsert of an object that is not found yet makes no twin of it', async () => {
  const upsert = { prefer: 'create-if-missing' }
  const path = "applications(uniqueName='only-one')"
  assert.equal((await graph.send('PATCH', path, { displayName: 'one' }, upsert)).status, 201)
  const again = await graph.send('PATCH', path, { displayName: 'one' }, upsert)
  assertRefused(again, 404, 'Request_ResourceNotFound', notFoundText('only-one'))
  tenant.clock.advance({ seconds: 5 })
  assert.equal((await graph.send('PATCH', path, { displayName: 'one' }, upsert)).status, 204)
})

test('the delay can be changed while the tenant runs, here and by the control plane', async () => {
  tenant.replication.delayMs = 0
  const made = await graph.post('applications', { displayName: 'at once' })
  assert.equal((await graph.get(`applications/${text(made, 'id')}`))['displayName'], 'at once')
  assert.throws(
    () => {
      tenant.replication.delayMs = -1
    },
    { code: 'invalid_replication', message: "'delayMs' must be 0 to 600000 milliseconds." },
  )
  const plane = async (method: string, body?: object) =>
    client.send(method, `/_tenantry/tenants/${tenant.tenantId}/replication`, {
      headers: { authorization: `Bearer ${tenant.controlKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  assert.deepEqual((await plane('POST', { delayMs: 250 })).body, { delayMs: 250 })
  assert.deepEqual((await plane('GET')).body, { delayMs: 250 })
  assert.equal(tenant.replication.delayMs, 250)
  const wrong = await plane('POST', { delayMs: 0.5 })
  assert.equal(wrong.status, 400)
  assert.equal((await plane('POST', {})).status, 400)
  assert.equal(tenant.replication.delayMs, 250)
})

test('a first delay that makes no sense is refused', async () => {
  await assert.rejects(startTenant({ dataFolder: null, port: 0, graph: { replicationDelayMs: -1 } }), {
    name: 'RangeError',
    message: 'A replication delay of -1 ms makes no sense.',
  })
})
