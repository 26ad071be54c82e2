import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient, registerTutorial, type Tutorial } from '../graph-client.js'
import { connectTo, type HttpsClient } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let tutorial: Tutorial
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  tutorial = await registerTutorial(graph)
})
after(async () => {
  client.close()
  await tenant.close()
})

const audienceOf = async (scope: string) => claimsOf(await requestToken(client, tenant, tutorial.daemon, scope))['aud']
const codeOf = async (scope: string) => {
  const { status, body } = await requestToken(client, tenant, tutorial.daemon, scope)
  assert.equal(status, 400, scope)
  return body['error_codes']
}

test('the audience of a v2.0 token is the id of the API, whatever form and letter case the scope had', async () => {
  const { appId } = tutorial.api
  const forms = [`api://${appId}`, `API://${appId.toUpperCase()}`, appId, appId.toUpperCase()]
  for (const resource of forms) assert.equal(await audienceOf(`${resource}/.default`), appId, resource)
  assert.equal(await audienceOf(`  api://${appId}/.default `), appId, 'blanks around it')
})

test('an identifier URI that ends in a slash keeps it: the scope has two', async () => {
  const { api } = tutorial
  const uri = `https://${tenant.subdomain}.onmicrosoft.com/todo/`
  await graph.patch(`applications/${api.id}`, { identifierUris: [`api://${api.appId}`, uri] })
  assert.equal(await audienceOf(`${uri}/.default`), api.appId)
  assert.deepEqual(await codeOf(`${uri}.default`), [500011])
})

test('an identifier URI that was taken away names nothing any more', async () => {
  const { api } = tutorial
  const uri = `api://${api.appId}/former`
  await graph.patch(`applications/${api.id}`, { identifierUris: [`api://${api.appId}`, uri] })
  assert.equal(await audienceOf(`${uri}/.default`), api.appId)
  await graph.patch(`applications/${api.id}`, { identifierUris: [`api://${api.appId}`] })
  assert.deepEqual(await codeOf(`${uri}/.default`), [500011])
})

test('a client may ask for a token for itself by its id', async () => {
  assert.equal(await audienceOf(`${tutorial.daemon.appId}/.default`), tutorial.daemon.appId)
})

test('.default alone means Microsoft Graph', async () => {
  assert.equal(await audienceOf('.default'), 'https://graph.microsoft.com')
  assert.equal(
    await audienceOf('00000003-0000-0000-c000-000000000000/.default'),
    '00000003-0000-0000-c000-000000000000',
  )
})

test('a resource without a service principal in the tenant is not found', async () => {
  const created = await graph.post('applications', { displayName: 'alone' })
  assert.deepEqual(await codeOf(`${String(created['appId'])}/.default`), [500011])
})

test('scopes that are not one resource and /.default are refused', async () => {
  const { appId } = tutorial.api
  assert.deepEqual(await codeOf(`api://${appId}/ToDoList.Read.All`), [1002012])
  assert.deepEqual(await codeOf('openid profile'), [1002012])
  assert.deepEqual(await codeOf('/.default'), [1002012])
  assert.deepEqual(await codeOf(`api://${appId}/.default api://${appId}/ToDoList.Read.All`), [70011])
  assert.deepEqual(await codeOf(`api://${appId}/.default https://graph.microsoft.com/.default`), [70011])
  assert.deepEqual(await codeOf('   '), [90014])
})
