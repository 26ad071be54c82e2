import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { deviceCodes, pollAs } from '../device.js'
import { graphToken } from '../graph-client.js'
import { connectTo, type HttpsClient, object, type Reply, text } from '../https-client.js'

let tenant: Tenant
let client: HttpsClient
let app: AddedApp
let user: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  app = tenant.apps.add({
    displayName: 'cli',
    publicClient: true,
    delegatedGrants: [{ api: 'https://graph.microsoft.com', scopes: ['User.Read'] }],
  })
  user = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('the user of a token is told as far as its scopes allow, under the subject of the ID token', async () => {
  const reply = await signedIn('openid profile email')
  const idToken = object(
    JSON.parse(Buffer.from(text(reply.body, 'id_token').split('.')[1] ?? '', 'base64url').toString()),
  )
  const everything = await userInfo(text(reply.body, 'access_token'))
  assert.deepEqual(everything.body, { sub: idToken['sub'], name: 'Cora', email: 'cora@example.com' })
  const posted = await userInfo(text(reply.body, 'access_token'), 'POST')
  assert.deepEqual(posted.body, everything.body)
  const little = await userInfo(text((await signedIn('openid')).body, 'access_token'))
  assert.deepEqual(little.body, { sub: idToken['sub'] })
})

test('a token without openid, one of an application, and no token are refused', async () => {
  const without = await userInfo(text((await signedIn('User.Read')).body, 'access_token'))
  assertRefused(without, 403, 'Authorization_RequestDenied')
  assertRefused(
    await userInfo(await graphToken(client, tenant, tenant.administrator)),
    403,
    'Authorization_RequestDenied',
  )
  assertRefused(await client.send('GET', '/oidc/userinfo'), 401, 'InvalidAuthenticationToken')
  assertRefused(await userInfo('x', 'PUT'), 405, 'Request_BadRequest')
})

test('the metadata names the endpoint of this machine on localhost, and that of Microsoft elsewhere', async () => {
  const path = `/${tenant.tenantId}/v2.0/.well-known/openid-configuration`
  const here = await client.send('GET', path)
  assert.equal(here.body['userinfo_endpoint'], `${tenant.origin}/oidc/userinfo`)
  const there = await client.send('GET', path, { headers: { host: 'contoso.ciamlogin.com' } })
  assert.equal(there.body['userinfo_endpoint'], 'https://graph.microsoft.com/oidc/userinfo')
})

function userInfo(token: string, method = 'GET'): Promise<Reply> {
  return client.send(method, '/oidc/userinfo', { headers: { authorization: `Bearer ${token}` } })
}

async function signedIn(scope: string): Promise<Reply> {
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, app.appId, scope)
  tenant.users.signIn(user.objectId, { deviceCode: userCode })
  return pollAs({ tenant, client }, app.appId, deviceCode)
}

function assertRefused(reply: Reply, status: number, code: string): void {
  assert.equal(reply.status, status, reply.text)
  assert.equal(object(reply.body['error'])['code'], code)
}
