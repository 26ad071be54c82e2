import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRequestLog, type RequestNote } from '../../src/control/request-log.js'
import { administer } from '../graph-client.js'
import { form } from '../https-client.js'
import { given, nextMidnight } from './asking.js'

const correlationId = '0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'

test('a token request is noted with who asked for what, and without its secret', async () => {
  await using here = await given()
  const { tenant, daemon, api, ask } = here
  const midnight = nextMidnight()
  tenant.clock.set(midnight)
  tenant.clock.freeze()
  const headers = { 'x-client-SKU': 'MSAL.Python', 'x-client-VER': '1.31.0', 'client-request-id': correlationId }
  await ask({}, { headers })
  const [entry] = tenant.requests.list()
  assert.ok(entry)
  const { durationMs, ...rest } = entry
  assert.ok(durationMs > 0 && durationMs < 10_000)
  assert.deepEqual(rest, {
    time: midnight.toISOString(),
    method: 'POST',
    host: 'localhost',
    path: `/${tenant.tenantId}/oauth2/v2.0/token`,
    where: 'token',
    status: 200,
    clientId: daemon.clientId,
    grant: 'client_credentials',
    scope: `${api.identifierUri}/.default`,
    sku: 'MSAL.Python',
    version: '1.31.0',
    errorCode: null,
    diagnosis: null,
    correlationId,
    tooEarly: false,
  })
  assert.ok(!JSON.stringify(tenant.requests.list()).includes(daemon.clientSecret))
})

test('refusals are noted with their code, and the library from the body as MSAL Node sends it', async () => {
  await using here = await given()
  const { tenant, client, daemon } = here
  const body = `x-client-SKU=msal.js.node&x-client-VER=7.2.1&client_id=${daemon.clientId}&client_secret=wrong%20one&grant_type=client_credentials&scope=a+b`
  await client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: form, body })
  await client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: form, body: '%' })
  const basic = Buffer.from(`${daemon.clientId}:secret-of-basic`).toString('base64')
  const headers = { ...form, authorization: `Basic ${basic}` }
  const v1 = 'grant_type=client_credentials&resource=api%3A%2F%2Fx'
  await client.send('POST', `/${tenant.tenantId}/oauth2/token`, { headers, body: v1 })
  const seen = tenant.requests
    .list()
    .map(({ clientId, scope, sku, version, errorCode, status }) => [clientId, scope, sku, version, errorCode, status])
  assert.deepEqual(seen, [
    [daemon.clientId, 'a b', 'msal.js.node', '7.2.1', 'AADSTS1002012', 400],
    [null, null, null, null, 'AADSTS900144', 400],
    [daemon.clientId, 'api://x', null, null, 'AADSTS7000215', 401],
  ])
  assert.doesNotMatch(JSON.stringify(tenant.requests.list()), /wrong one|secret-of-basic/)
})

test('calls to Graph are noted with the application that made them, and without its token', async () => {
  await using here = await given()
  const { tenant, client } = here
  const graph = await administer(client, tenant)
  await graph.send('GET', 'organization')
  await graph.send('GET', 'nothing')
  const seen = tenant.requests
    .list({ where: 'graph' })
    .map(({ path, status, clientId, errorCode }) => [path, status, clientId, errorCode])
  const { clientId } = tenant.administrator
  assert.deepEqual(seen, [
    ['/v1.0/organization', 200, clientId, null],
    ['/v1.0/nothing', 404, clientId, 'ResourceNotFound'],
  ])
  assert.doesNotMatch(JSON.stringify(tenant.requests.list()), /eyJ/)
})

test('the list is filtered, counted and cleared', async () => {
  await using here = await given()
  const { tenant, ask } = here
  await ask()
  await ask({ clientSecret: 'wrong' })
  assert.equal(tenant.requests.count(), 2)
  assert.equal(tenant.requests.count({ status: 401 }), 1)
  assert.equal(tenant.requests.count({ errorCode: 'AADSTS7000215', status: 200 }), 0)
  assert.deepEqual(
    tenant.requests.list({ errorCode: 'AADSTS7000215' }).map(({ status }) => status),
    [401],
  )
  tenant.requests.clear()
  assert.deepEqual([tenant.requests.count(), tenant.requests.list()], [0, []])
})

test('only the newest thousand are kept, oldest first', () => {
  const log = createRequestLog()
  for (let status = 1; status <= 1_234; status += 1) log.note({ ...plainNote, status })
  const statuses = log.list().map(({ status }) => status)
  assert.deepEqual(
    statuses,
    Array.from({ length: 1_000 }, (_, index) => index + 235),
  )
  assert.equal(log.count(), 1_000)
})

const plainNote: RequestNote = {
  time: new Date(0),
  method: 'GET',
  host: 'localhost',
  path: [],
  where: 'keys',
  status: 200,
  durationMs: 1,
  asker: { clientId: null, grant: null, scope: null, sku: null, version: null },
  errorCode: null,
  diagnosis: null,
  correlationId: null,
  tooEarly: false,
}
