import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administer } from '../graph-client.js'
import { guidPattern, list } from '../https-client.js'
import { claimsOf } from '../token-client.js'
import { given } from './asking.js'

test('an application is there for Graph and for the token endpoint as soon as it is added', async () => {
  await using here = await given()
  const { tenant, client, ask } = here
  const api = tenant.apps.add({ displayName: 'orders', appRoles: ['Orders.Read'], accessTokenVersion: 1, idtyp: true })
  assert.match(api.objectId, guidPattern)
  assert.equal(api.identifierUri, `api://${api.appId}`)
  assert.equal(api.clientSecret, null)
  const grants = [{ api: api.identifierUri, roles: ['Orders.Read'] }]
  const reader = tenant.apps.add({ displayName: 'reader', secret: true, grants })
  assert.equal(reader.identifierUri, null)
  const credentials = { clientId: reader.appId, clientSecret: String(reader.clientSecret) }
  const claims = claimsOf(await ask({ ...credentials, scope: `${api.identifierUri}/.default` }))
  assert.deepEqual([claims['roles'], claims['ver'], claims['idtyp']], [['Orders.Read'], '1.0', 'app'])
  assert.equal(claims['sub'], reader.servicePrincipalId)
  const graph = await administer(client, tenant)
  const shown = await graph.get(`applications/${api.objectId}`)
  assert.deepEqual([shown['appId'], list(shown['appRoles']).map(({ value }) => value)], [api.appId, ['Orders.Read']])
})

test('a grant of what is not offered, and a name that no application can have, leave nothing behind', async () => {
  await using here = await given()
  const { tenant, api } = here
  const before = tenant.export()
  const add = (grant: { api: string; roles: string[] }) => () =>
    tenant.apps.add({ displayName: 'x', secret: true, grants: [grant] })
  assert.throws(add({ api: 'api://nothing', roles: [] }), {
    name: 'ControlRefusal',
    code: 'unknown_resource',
    message: /'api:\/\/nothing': add it first/,
  })
  assert.throws(add({ api: api.appId, roles: ['Read', 'Admin'] }), {
    name: 'ControlRefusal',
    code: 'unknown_role',
    message: "api offers no role 'Admin', but: Read, Write.",
  })
  assert.throws(add({ api: api.appId, roles: ['Read', 'Read'] }), { name: 'DirectoryRefusal' })
  assert.throws(() => tenant.apps.add({ displayName: '' }), { name: 'DirectoryRefusal' })
  assert.throws(() => tenant.apps.add({ displayName: 'x', appRoles: ['a b'] }), { name: 'DirectoryRefusal' })
  assert.deepEqual(tenant.export(), before)
})

test('an application that knows its id already gets that one, and nobody else can have it', async () => {
  await using here = await given()
  const { tenant, ask } = here
  const appId = 'aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb'
  const app = tenant.apps.add({ displayName: 'known', appId, secret: true, appRoles: ['All'] })
  assert.deepEqual([app.appId, app.identifierUri], [appId, `api://${appId}`])
  const credentials = { clientId: appId, clientSecret: String(app.clientSecret) }
  assert.equal(claimsOf(await ask({ ...credentials, scope: `api://${appId}/.default` }))['aud'], appId)
  const before = tenant.export()
  for (const [taken, message] of [
    [appId, `The appId ${appId} belongs to an application that is there already.`],
    ['00000003-0000-0000-c000-000000000000', /belongs to an application that is there already/],
    ['AAAAAAAA-1111-4222-8333-BBBBBBBBBBBC', "'appId' has to be a GUID in lower case."],
    ['Enter_the_Application_Id_Here', "'appId' has to be a GUID in lower case."],
  ] as const) {
    assert.throws(() => tenant.apps.add({ displayName: 'x', appId: taken }), { code: 'invalid_request', message })
  }
  assert.deepEqual(tenant.export(), before)
})
