import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, object } from '../https-client.js'
import { assertRefused } from './refused.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

const batch = async (...requests: Json[]) => list((await graph.post('$batch', { requests }))['responses'])
const json = { 'Content-Type': 'application/json' }

test('a batch is answered in one, each request with its own status, headers and body', async () => {
  const [made, found, refused, missing] = await batch(
    { id: '1', method: 'POST', url: '/applications', headers: json, body: { displayName: 'in a batch' } },
    { id: '2', method: 'GET', url: "applications?$select=displayName&$filter=displayName eq 'in a batch'" },
    { id: '3', method: 'POST', url: '/applications', headers: json, body: {} },
    { id: '4', method: 'GET', url: '/nowhere' },
  )
  assert.equal(made?.['status'], 201)
  assert.equal(object(made?.['body'])['displayName'], 'in a batch')
  assert.match(String(object(made?.['headers'])['location']), /\/v1\.0\/applications\//)
  assert.deepEqual(object(found?.['body'])['value'], [{ displayName: 'in a batch' }])
  assert.equal(refused?.['status'], 400)
  const error = object(object(refused?.['body'])['error'])
  assert.deepEqual([error['code'], error['message']], ['Request_BadRequest', "Property 'displayName' is required."])
  assert.equal(missing?.['status'], 404)
})

test('what depends on a request that failed is not done, and what does not is', async () => {
  const [first, second, third, fourth] = await batch(
    { id: 'a', method: 'GET', url: '/applications/x' },
    { id: 'b', method: 'POST', url: '/applications', body: { displayName: 'never' }, dependsOn: ['a'] },
    { id: 'c', method: 'GET', url: '/organization', dependsOn: ['b'] },
    { id: 'd', method: 'GET', url: '/organization' },
  )
  assert.equal(first?.['status'], 404)
  assert.equal(second?.['status'], 424)
  assert.equal(object(object(second?.['body'])['error'])['code'], 'FailedDependency')
  assert.equal(third?.['status'], 424)
  assert.equal(fourth?.['status'], 200)
  assert.deepEqual((await graph.get("applications?$filter=displayName%20eq%20'never'"))['value'], [])
})

test('a batch that breaks the rules is refused as a whole', async () => {
  const request = (id: string, more: Json = {}) => ({ id, method: 'GET', url: '/organization', ...more })
  const refuse = async (requests: unknown, message: string, code = 'Request_BadRequest') =>
    assertRefused(await graph.send('POST', '$batch', { requests }), 400, code, message)
  await refuse([], 'The batch has no requests.')
  const many = Array.from({ length: 21 }, (_, index) => request(String(index)))
  await refuse(many, 'Number of batch request steps exceeds the maximum value of 20.', 'MaximumValueExceeded')
  await refuse([request('1'), request('1')], "The request id '1' is empty or not unique.")
  await refuse(
    [request('1', { dependsOn: ['2'] }), request('2')],
    "Request '1' depends on '2', which does not stand before it.",
  )
  await refuse([{ id: '1', method: 'GET' }], "Property 'requests[0].url' is required.")
  await refuse(
    [request('1', { method: 'TRACE' })],
    "Invalid value specified for property 'requests[0].method': one of GET, POST, PATCH, PUT, DELETE was expected.",
  )
  await refuse(7, "Invalid value specified for property 'requests': a list was expected.")
  const verb = await graph.send('GET', '$batch')
  assertRefused(verb, 405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
})

test('a batch within a batch is refused, and a batch without a token too', async () => {
  const [nested] = await batch({ id: '1', method: 'POST', url: '/$batch', body: { requests: [] } })
  assert.equal(nested?.['status'], 400)
  const reply = await client.send('POST', '/v1.0/$batch', { body: '{"requests":[]}' })
  assertRefused(reply, 401, 'InvalidAuthenticationToken', 'Access token is empty.')
})
