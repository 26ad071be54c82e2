import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { addSecret, administer, type GraphClient, type Registered, register } from '../graph-client.js'
import { connectTo, form, type HttpsClient, text } from '../https-client.js'
import { requestToken } from '../token-client.js'

let time: Date
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let app: Registered
before(async () => {
  time = new Date()
  tenant = await startTenant({ dataFolder: null, port: 0, now: () => time })
  client = connectTo(tenant)
})
beforeEach(async () => {
  time = new Date()
  graph = await administer(client, tenant)
  app = await register(graph, { displayName: 'client' })
})
after(async () => {
  client.close()
  await tenant.close()
})

const post = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, {
    headers: { ...form, ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: '.default', ...parameters }).toString(),
  })
const withSecret = (clientSecret: string) =>
  requestToken(client, tenant, { clientId: app.appId, clientSecret }, '.default')
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

test('a secret is accepted in the body and by HTTP Basic', async () => {
  const secret = await addSecret(graph, app.id)
  assert.equal((await withSecret(secret)).status, 200)
  assert.equal((await post({}, basic(app.appId, secret))).status, 200)
  assert.equal((await post({ client_id: app.appId.toUpperCase() }, basic(app.appId, secret))).status, 200)
})

test('both halves of HTTP Basic are form-encoded before they are joined, so every character can stand in them', async () => {
  const secret = await addSecret(graph, app.id)
  const everyCharacter = (part: string) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  assert.equal((await post({}, basic(everyCharacter(app.appId), everyCharacter(secret)))).status, 200)
})

test('characters that need percent-encoding reach the comparison as they were meant: a wrong secret is wrong, not malformed', async () => {
  await addSecret(graph, app.id)
  for (const secret of ['a%b', 'a+b', 'a:b', 'a b', 'ä&=?/#', '%2B', '+']) {
    const encoded = encodeURIComponent(secret)
    for (const reply of [await withSecret(secret), await post({}, basic(app.appId, encoded))]) {
      assert.equal(reply.status, 401, secret)
      assert.deepEqual(reply.body['error_codes'], [7000215], secret)
    }
  }
})

test('HTTP Basic that cannot be read is refused as malformed', async () => {
  const secret = await addSecret(graph, app.id)
  const headers = [
    { authorization: 'Basic' },
    { authorization: 'Basic !!!' },
    { authorization: `Basic ${Buffer.from('no colon').toString('base64')}` },
    { authorization: 'Bearer abc' },
    basic(app.appId, '%'),
    basic(app.appId, '%ff'),
  ]
  for (const header of headers) {
    const { status, body } = await post({}, header)
    assert.equal(status, 400, header.authorization)
    assert.deepEqual(body['error_codes'], [9002313], header.authorization)
  }
  const twice = await post({ client_secret: secret }, basic(app.appId, secret))
  assert.deepEqual(twice.body['error_codes'], [9002313], 'two ways to prove oneself at once')
  const twoClients = await post({ client_id: tenant.administrator.clientId }, basic(app.appId, secret))
  assert.deepEqual(twoClients.body['error_codes'], [9002313], 'two clients at once')
})

test('an empty client id or secret in HTTP Basic is a missing one', async () => {
  const noId = await post({}, basic('', 'x'))
  assert.deepEqual(noId.body['error_codes'], [900144])
  const noSecret = await post({}, basic(app.appId, ''))
  assert.equal(noSecret.status, 401)
  assert.deepEqual(noSecret.body['error_codes'], [7000216])
})

test('every unexpired secret of an application is good, letter case and all, and of that application alone', async () => {
  const [one, two] = [await addSecret(graph, app.id), await addSecret(graph, app.id)]
  assert.notEqual(one, two)
  assert.equal((await withSecret(one)).status, 200)
  assert.equal((await withSecret(two)).status, 200)
  for (const wrong of [one.toLowerCase(), one.slice(0, -1), `${one} `, tenant.administrator.clientSecret]) {
    const reply = await withSecret(wrong)
    assert.equal(reply.status, 401)
    assert.deepEqual(reply.body['error_codes'], [7000215])
  }
})

test('the id of a secret is not the secret', async () => {
  const added = await graph.post(`applications/${app.id}/addPassword`, {})
  assert.deepEqual((await withSecret(text(added, 'keyId'))).body['error_codes'], [7000215])
})

test('a removed secret is wrong from the next request on, and the others stay good', async () => {
  const added = await graph.post(`applications/${app.id}/addPassword`, {})
  const other = await addSecret(graph, app.id)
  const removed = await graph.send('POST', `applications/${app.id}/removePassword`, { keyId: added['keyId'] })
  assert.equal(removed.status, 204)
  assert.deepEqual((await withSecret(text(added, 'secretText'))).body['error_codes'], [7000215])
  assert.equal((await withSecret(other)).status, 200)
})

test('a secret is good up to, and not including, the moment at which it ends', async () => {
  const end = new Date(Math.floor(time.getTime() / 1000) * 1000 + 86_400_000)
  const secret = await addSecret(graph, app.id, { endDateTime: end.toISOString() })
  time = new Date(end.getTime() - 1)
  assert.equal((await withSecret(secret)).status, 200)
  time = end
  assert.deepEqual((await withSecret(secret)).body['error_codes'], [7000222])
})

test('an expired secret does not spoil a good one, and a wrong one is called wrong even if another has expired', async () => {
  const expired = await addSecret(graph, app.id, {
    startDateTime: '2020-01-01T00:00:00Z',
    endDateTime: '2020-02-01T00:00:00Z',
  })
  const good = await addSecret(graph, app.id)
  assert.equal((await withSecret(good)).status, 200)
  assert.deepEqual((await withSecret(expired)).body['error_codes'], [7000222])
  assert.deepEqual((await withSecret('neither')).body['error_codes'], [7000215])
})

test('a secret that is not valid yet is wrong until it is', async () => {
  const start = new Date(time.getTime() + 3_600_000)
  const secret = await addSecret(graph, app.id, { startDateTime: start.toISOString() })
  assert.deepEqual((await withSecret(secret)).body['error_codes'], [7000215])
  time = start
  assert.equal((await withSecret(secret)).status, 200)
})
