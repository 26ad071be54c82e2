import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createControlPlane } from '../../src/control/plane.js'
import { createPortalSessions } from '../../src/control/portal-sessions.js'
import { startTenant } from '../../src/index.js'
import type { Call } from '../../src/listener/call.js'
import { list, object, type Reply, text } from '../https-client.js'
import { claimsOf } from '../token-client.js'
import { assertRefused, codeOf, control, type Given, given } from './asking.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-plane-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const rows = (reply: Reply): unknown => {
  assert.equal(reply.status, 200, reply.text)
  return JSON.parse(reply.text)
}

test('the health check is open and says which tenants there are and how many calls came by a name of Microsoft', async () => {
  await using here = await given()
  const { tenant, client } = here
  const reply = await client.send('GET', '/_tenantry/health')
  const { version, ...rest } = reply.body
  assert.equal(reply.status, 200)
  assert.match(String(version), /^\d+\.\d+\.\d+/)
  const tenants = [{ tenantId: tenant.tenantId, subdomain: 'contoso' }]
  assert.deepEqual(rest, { status: 'ok', tenants, intercepted: 0 })
  for (const host of ['contoso.ciamlogin.com', 'graph.microsoft.com', 'localhost', 'evil.example']) {
    await client.send('GET', '/v1.0/users', { headers: { host } })
  }
  assert.equal((await client.send('GET', '/_tenantry/health')).body['intercepted'], 2)
  assertRefused(await client.send('POST', '/_tenantry/health'), 405, 'method_not_allowed', /takes GET only/)
})

test('everything else wants the key of this run', async () => {
  await using here = await given()
  const { tenant, client } = here
  const path = `/_tenantry/tenants/${tenant.tenantId}/clock`
  for (const headers of [
    {},
    { authorization: 'Bearer' },
    { authorization: `Basic ${tenant.controlKey}` },
    { authorization: `Bearer ${tenant.controlKey.slice(1)}` },
    { authorization: `Bearer ${tenant.controlKey}x` },
    { authorization: `Bearer ${'x'.repeat(tenant.controlKey.length)}` },
  ]) {
    const reply = await client.send('GET', path, { headers })
    assertRefused(reply, 401, 'unauthorized', /control\.key in its data folder/)
    assert.equal(reply.headers['www-authenticate'], 'Bearer')
    assert.ok(!reply.text.includes(tenant.controlKey))
  }
  assert.equal((await control(here, 'GET', 'clock')).status, 200)
})

test('the key changes with every start and lies in the data folder, for its owner alone', async () => {
  const first = await startTenant({ dataFolder: folder, port: 0 })
  await first.close()
  await using second = await startTenant({ dataFolder: folder, port: 0 })
  assert.notEqual(second.controlKey, first.controlKey)
  assert.ok(second.controlKeyFile)
  assert.equal(second.controlKeyFile, join(folder, 'control.key'))
  assert.equal(readFileSync(second.controlKeyFile, 'utf8'), `${second.controlKey}\n`)
  assert.equal(statSync(second.controlKeyFile).mode & 0o777, 0o600)
  assert.ok(second.controlKey.length >= 43)
  await using inMemory = await startTenant({ dataFolder: null, port: 0 })
  assert.equal(inMemory.controlKeyFile, null)
})

test('a browser, another machine and an emulated host are refused, whatever they know', async () => {
  await using here = await given()
  const { tenant, client } = here
  const authorization = `Bearer ${tenant.controlKey}`
  const fromPage = await control(here, 'GET', 'clock', undefined, { origin: tenant.origin })
  assertRefused(fromPage, 401, 'unauthorized', /session of the portal/)
  const near = await control(here, 'GET', 'clock', undefined, { 'sec-fetch-site': 'same-site' })
  assertRefused(near, 403, 'forbidden', /no browser/)
  const health = await client.send('GET', '/_tenantry/health', { headers: { origin: 'https://example.com' } })
  assertRefused(health, 403, 'forbidden', /no browser/)
  for (const host of ['contoso.ciamlogin.com', 'login.microsoftonline.com']) {
    const reply = await client.send('GET', '/_tenantry/health', { headers: { host, authorization } })
    assert.deepEqual([reply.status, codeOf(reply)], [404, 9002313])
  }
  const graph = await client.send('GET', '/_tenantry/health', {
    headers: { host: 'graph.microsoft.com', authorization },
  })
  assert.ok(graph.status >= 400)
  assert.equal((await client.send('GET', '/_tenantry/health', { headers: { host: 'evil.example' } })).status, 421)

  const plane = createControlPlane({
    tenants: [tenant],
    key: 'k',
    portalSessions: createPortalSessions(() => 0),
    version: '0',
    newId: () => '1',
    intercepted: () => 0,
    onFault: assert.fail,
  })
  for (const [remoteAddress, status] of [
    ['192.168.1.7', 403],
    ['::ffff:10.0.0.1', 403],
    ['', 403],
    ['127.0.0.1', 200],
    ['::1', 200],
    ['::ffff:127.0.0.1', 200],
  ] as const) {
    const call = { method: 'GET', path: ['_tenantry', 'health'], headers: {}, remoteAddress }
    assert.equal((await plane(call as unknown as Call)).status, status, remoteAddress)
  }
})

test('a link opens one session of the portal, which may do what the key may and call Graph as the administrator', async () => {
  await using here = await given()
  const { tenant, client } = here
  const origin = { origin: tenant.origin, 'sec-fetch-site': 'same-origin' }
  const key = { authorization: `Bearer ${tenant.controlKey}` }
  const link = await client.send('POST', '/_tenantry/portal/links', { headers: key })
  assert.equal(link.status, 200)
  assert.equal(link.body['expiresInSeconds'], 300)
  const [page, code] = text(link.body, 'url').split('#')
  assert.equal(page, `${tenant.origin}/portal`)

  const exchange = () =>
    client.send('POST', '/_tenantry/portal/sessions', { headers: origin, body: JSON.stringify({ code }) })
  const opened = await exchange()
  assert.equal(opened.status, 200, opened.text)
  assert.equal(opened.headers['cache-control'], 'no-store')
  assert.deepEqual(opened.body['tenants'], [{ tenantId: tenant.tenantId, subdomain: 'contoso' }])
  assertRefused(await exchange(), 401, 'unauthorized', /used already/)

  const session = { authorization: `Bearer ${text(opened.body, 'token')}` }
  const clock = `/_tenantry/tenants/${tenant.tenantId}/clock`
  assert.equal((await client.send('GET', clock, { headers: { ...session, ...origin } })).status, 200)
  const elsewhere = { ...session, origin: 'https://localhost:5173' }
  assertRefused(await client.send('GET', clock, { headers: elsewhere }), 403, 'forbidden', /no browser/)

  const administrator = `/_tenantry/tenants/${tenant.tenantId}/administrator-token`
  const issued = await client.send('POST', administrator, { headers: { ...session, ...origin } })
  assert.equal(payloadOf(text(issued.body, 'accessToken'))['appid'], tenant.administrator.clientId)
  const graph = { authorization: `Bearer ${text(issued.body, 'accessToken')}` }
  assert.equal((await client.send('GET', '/v1.0/applications', { headers: graph })).status, 200)

  const ended = await client.send('DELETE', '/_tenantry/portal/sessions', { headers: { ...session, ...origin } })
  assert.equal(ended.status, 204)
  const late = await client.send('GET', clock, { headers: { ...session, ...origin } })
  assertRefused(late, 401, 'unauthorized', /session of the portal is over/)
})

test('links are for who knows the key, and sessions for who has a code', async () => {
  await using here = await given()
  const { tenant, client } = here
  const links = '/_tenantry/portal/links'
  const sessions = '/_tenantry/portal/sessions'
  assertRefused(await client.send('POST', links), 401, 'unauthorized', /control\.key/)
  const key = { authorization: `Bearer ${tenant.controlKey}` }
  assertRefused(await client.send('GET', links, { headers: key }), 405, 'method_not_allowed', /POST only/)
  assertRefused(await client.send('GET', sessions), 405, 'method_not_allowed', /POST and DELETE/)
  for (const body of ['{}', '{"code":""}', JSON.stringify({ code: tenant.controlKey })]) {
    assertRefused(await client.send('POST', sessions, { body }), 401, 'unauthorized', /used already/)
  }
  const large = JSON.stringify({ code: 'x'.repeat(5_000) })
  assertRefused(await client.send('POST', sessions, { body: large }), 413, 'too_large', /4096 bytes/)
  assertRefused(await client.send('POST', sessions, { body: '{"code":1}' }), 400, 'invalid_request', /'code'/)
})

test('paths, verbs and bodies that mean nothing are refused with what would', async () => {
  await using here = await given()
  const { tenant, client } = here
  const headers = { authorization: `Bearer ${tenant.controlKey}` }
  const nobody = await client.send('GET', '/_tenantry/tenants/fabrikam/clock', { headers })
  assertRefused(nobody, 404, 'not_found', /\/_tenantry\/tenants\/\{tenant id\}/)
  assertRefused(await client.send('GET', '/_tenantry', { headers }), 404, 'not_found', /No tenant here/)
  assertRefused(
    await control(here, 'GET', 'time'),
    404,
    'not_found',
    /A tenant has: clock, keys, faults, replication, requests/,
  )
  assertRefused(await control(here, 'GET', 'keys/rotate/now'), 404, 'not_found', /Nothing is at that path/)
  assertRefused(await control(here, 'DELETE', 'clock'), 405, 'method_not_allowed', /takes GET and POST only/)
  assertRefused(await control(here, 'GET', 'keys/rotate'), 405, 'method_not_allowed', /takes POST only/)
  assertRefused(await control(here, 'POST', 'clock', '{'), 400, 'invalid_request', /not JSON/)
  assertRefused(await control(here, 'POST', 'clock', '[]'), 400, 'invalid_request', /The document has to be an object/)
  assertRefused(await control(here, 'POST', 'clock', { back: 1 }), 400, 'invalid_request', /'back' has to be left out/)
  const wrongDay = await control(here, 'POST', 'clock', { advance: { weeks: 1 } })
  assertRefused(wrongDay, 400, 'invalid_request', /'advance\.weeks' has to be left out/)
  assertRefused(await control(here, 'POST', 'clock', { set: 'soon' }), 400, 'invalid_request', /years 1970 to 9999/)
  assertRefused(
    await control(here, 'POST', 'clock', { freeze: false }),
    400,
    'invalid_request',
    /'freeze' has to be true/,
  )
  assertRefused(await control(here, 'POST', 'faults', {}), 400, 'invalid_request', /'where' has to be there/)
  assertRefused(
    await control(here, 'POST', 'faults', { where: 'x' }),
    400,
    'invalid_request',
    /'where' has to be one of/,
  )
  assertRefused(await control(here, 'POST', 'faults', { where: 'token' }), 400, 'invalid_fault', /either 'status'/)
  assertRefused(await control(here, 'DELETE', 'faults/1'), 404, 'not_found', /No fault/)
  assertRefused(await control(here, 'POST', 'apps', {}), 400, 'invalid_request', /'displayName' has to be there/)
  assertRefused(await control(here, 'POST', 'apps', { displayName: '' }), 400, 'invalid', /1 to 256 characters/)
  assertRefused(await control(here, 'POST', 'tokens', {}), 400, 'invalid_request', /'client' has to be there/)
  const current = tenant.keys.list().find(({ state }) => state === 'current')?.kid ?? ''
  assertRefused(await control(here, 'DELETE', `keys/${current}`), 409, 'signing_key', /rotate before/)
  assertRefused(await control(here, 'DELETE', 'keys/abc'), 404, 'unknown_key', /No published key/)
  assertRefused(await control(here, 'POST', 'snapshots/1/restore'), 404, 'not_found', /No snapshot/)
  assertRefused(await control(here, 'DELETE', 'snapshots/1'), 404, 'not_found', /No snapshot/)
})

test('the clock is read and moved', async () => {
  await using here = await given()
  const moved = await control(here, 'POST', 'clock', { set: '2030-01-01T00:00:00Z', freeze: true })
  assert.deepEqual(rows(moved), { now: here.tenant.clock.now().toISOString() })
  assert.equal(here.tenant.clock.now().getUTCFullYear(), 2030)
  await control(here, 'POST', 'clock', { advance: { days: 366 } })
  await control(here, 'POST', 'clock', { advance: 1_000 })
  assert.equal(here.tenant.clock.now().getUTCFullYear(), 2031)
  await control(here, 'POST', 'clock', { release: true })
  assert.ok(Math.abs(here.tenant.clock.now().getTime() - Date.now()) < 60_000)
})

test('keys are listed, published, rotated, withdrawn and replaced', async () => {
  await using here = await given()
  const { tenant, client } = here
  const published = async () => {
    const { body } = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
    return list(body['keys']).map(({ kid }) => kid)
  }
  const [first] = tenant.keys.list()
  assert.ok(first)
  assert.deepEqual(rows(await control(here, 'GET', 'keys')), tenant.keys.list())
  const next = text((await control(here, 'POST', 'keys/publish-next')).body, 'kid')
  assert.ok((await published()).includes(next))
  const rotated = await control(here, 'POST', 'keys/rotate')
  assert.deepEqual(
    rows(rotated),
    tenant.keys.list().find(({ state }) => state === 'current'),
  )
  assert.equal((await control(here, 'DELETE', `keys/${first.kid}`)).status, 204)
  assert.ok(!(await published()).includes(first.kid))
  rows(await control(here, 'POST', 'keys/replace-all'))
  assert.ok(!(await published()).includes(next))
  assert.equal((await here.ask()).status, 200)
})

test('faults are added, listed and removed', async () => {
  await using here = await given()
  const fault = { where: 'token', status: 429, retryAfter: 5, times: 3 }
  const { id, ...added } = object(rows(await control(here, 'POST', 'faults', fault)))
  assert.deepEqual(added, fault)
  await here.ask()
  assert.deepEqual(rows(await control(here, 'GET', 'faults')), [{ ...fault, times: 2, id }])
  assert.equal((await control(here, 'DELETE', `faults/${String(id)}`)).status, 204)
  assert.equal((await here.ask()).status, 200)
  await control(here, 'POST', 'faults', { where: 'keys', action: 'hang' })
  assert.equal((await control(here, 'DELETE', 'faults')).status, 204)
  assert.deepEqual(rows(await control(here, 'GET', 'faults')), [])
})

test('requests and sign-ins are listed and cleared', async () => {
  await using here = await given()
  await here.ask()
  assert.deepEqual(rows(await control(here, 'GET', 'requests')), here.tenant.requests.list())
  assert.deepEqual(rows(await control(here, 'GET', 'sign-ins')), here.tenant.signIns.list())
  assert.equal(here.tenant.requests.count(), 1)
  assert.equal((await control(here, 'DELETE', 'requests')).status, 204)
  assert.equal((await control(here, 'DELETE', 'sign-ins')).status, 204)
  assert.deepEqual([here.tenant.requests.count(), here.tenant.signIns.list()], [0, []])
})

test('an application is added and gets a token, and a token is issued without asking the endpoint', async () => {
  await using here = await given()
  const { api, ask } = here
  const wanted = { displayName: 'second', secret: true, grants: [{ api: api.identifierUri, roles: ['Write'] }] }
  const { body } = await control(here, 'POST', 'apps', wanted)
  const credentials = { clientId: text(body, 'appId'), clientSecret: text(body, 'clientSecret') }
  assert.deepEqual(claimsOf(await ask(credentials))['roles'], ['Write'])
  const issued = { client: credentials.clientId, resource: api.appId, broken: 'expired' }
  const token = text((await control(here, 'POST', 'tokens', issued)).body, 'accessToken')
  assert.equal(token.split('.').length, 3)
})

test('a snapshot is taken, restored and deleted; reset, export and import do as the methods', async () => {
  await using here = await given()
  const id = text((await control(here, 'POST', 'snapshots')).body, 'id')
  assert.deepEqual(rows(await control(here, 'GET', 'snapshots')), [{ id }])
  const exported = rows(await control(here, 'GET', 'export'))
  assert.deepEqual(exported, JSON.parse(JSON.stringify(here.tenant.export())))
  assertRefused(await control(here, 'POST', 'import', exported), 409, 'not_empty', /applications already/)
  assert.equal((await control(here, 'POST', 'reset')).status, 204)
  await refusedClient(here)
  assertRefused(await control(here, 'POST', 'import', { format: 'x' }), 400, 'invalid_export', /'format' has to be/)
  assert.equal((await control(here, 'POST', 'import', exported)).status, 204)
  assert.equal((await here.ask()).status, 200)
  await control(here, 'POST', 'reset')
  await refusedClient(here)
  assert.equal((await control(here, 'POST', `snapshots/${id}/restore`)).status, 204)
  assert.equal((await here.ask()).status, 200)
  assert.equal((await control(here, 'DELETE', `snapshots/${id}`)).status, 204)
  assert.deepEqual(rows(await control(here, 'GET', 'snapshots')), [])
})

async function refusedClient({ ask }: Given): Promise<void> {
  assert.equal(codeOf(await ask()), 700016)
}

const payloadOf = (token: string) =>
  object(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
