import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { codeOf } from '../control/asking.js'
import { askForDevice, deviceCodes, pollAs } from '../device.js'
import { administer, graphAs } from '../graph-client.js'
import { connectTo, guidPattern, type HttpsClient, list, type Reply, text } from '../https-client.js'
import { claimsOf, verified, verifiedToken } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let notes: AddedApp
let reader: AddedApp
let dana: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read', 'Notes.Write'] })
  const delegatedGrants = [
    { api: notes.appId, scopes: ['Notes.Read'] },
    { api: 'https://graph.microsoft.com', scopes: ['User.Read', 'Application.ReadWrite.All'] },
  ]
  reader = tenant.apps.add({ displayName: 'reader', publicClient: true, delegatedGrants })
  dana = await tenant.users.add({ displayName: 'Dana Vogel', name: 'dana' })
})
after(async () => {
  client.close()
  await tenant.close()
})

test('a device gets a token for the API with the permission that was granted, for the user who signed in', async () => {
  const reply = await signedIn(`${notes.identifierUri}/Notes.Read`)
  const { header, claims } = await verifiedToken(reply, client, tenant)
  assert.deepEqual(Object.keys(reply.body), ['token_type', 'scope', 'expires_in', 'ext_expires_in', 'access_token'])
  assert.equal(reply.body['scope'], `${notes.identifierUri}/Notes.Read`)
  assert.deepEqual(Object.keys(header), ['typ', 'alg', 'kid'])
  const { aud, azp, azpacr, iss, name, oid, preferred_username, scp, sub, tid, ver } = claims
  assert.deepEqual(
    { aud, azp, azpacr, iss, name, oid, preferred_username, scp, tid, ver },
    {
      aud: notes.appId,
      azp: reader.appId,
      azpacr: '0',
      iss: `${tenant.authority}/v2.0`,
      name: 'Dana Vogel',
      oid: dana.objectId,
      preferred_username: 'dana@contoso.onmicrosoft.com',
      scp: 'Notes.Read',
      tid: tenant.tenantId,
      ver: '2.0',
    },
  )
  assert.notEqual(sub, oid)
  for (const absent of ['roles', 'idtyp', 'wids', 'appid']) assert.ok(!(absent in claims), absent)
})

test('openid adds an ID token for the client, and client_info=1 the account', async () => {
  const reply = await signedIn(`openid profile email offline_access ${notes.appId}/Notes.Read`, { client_info: '1' })
  const keys = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  const { claims } = verified(text(reply.body, 'id_token'), list(keys.body['keys']))
  assert.deepEqual(Object.keys(claims), [
    ...[
      'aud',
      'iss',
      'iat',
      'nbf',
      'exp',
      'aio',
      'name',
      'oid',
      'preferred_username',
      'rh',
      'sub',
      'tid',
      'uti',
      'ver',
    ],
  ])
  assert.deepEqual([claims['aud'], claims['oid'], claims['name']], [reader.appId, dana.objectId, 'Dana Vogel'])
  assert.equal(Number(claims['exp']) - Number(claims['iat']), 3_900)
  const accessToken = claimsOf(reply)
  assert.notEqual(claims['sub'], accessToken['sub'], 'another subject for each application')
  assert.equal(accessToken['scp'], 'Notes.Read')
  const info: unknown = JSON.parse(Buffer.from(text(reply.body, 'client_info'), 'base64url').toString('utf8'))
  assert.deepEqual(info, { uid: dana.objectId, utid: tenant.tenantId })
})

test('/.default is everything that was granted on the resource, and says so', async () => {
  const reply = await signedIn(`${notes.identifierUri}/.default`)
  assert.equal(claimsOf(reply)['scp'], 'Notes.Read')
  assert.equal(reply.body['scope'], `${notes.identifierUri}/Notes.Read ${notes.identifierUri}/.default`)
})

test('OpenID Connect alone, and a permission without a resource, are for Microsoft Graph', async () => {
  const openid = await signedIn('openid profile offline_access')
  assert.deepEqual(
    [claimsOf(openid)['aud'], claimsOf(openid)['scp']],
    ['https://graph.microsoft.com', 'openid profile'],
  )
  assert.equal(openid.body['scope'], 'openid profile')
  const bare = await signedIn('User.Read')
  assert.deepEqual(
    [claimsOf(bare)['ver'], claimsOf(bare)['scp'], bare.body['scope']],
    ['1.0', 'User.Read', 'User.Read'],
  )
})

test('Graph lets a user do with Application.ReadWrite.All what the role of the user allows, and no more', async () => {
  const admin = await tenant.users.add({
    displayName: 'Ada',
    name: 'ada',
    directoryRoles: ['applicationAdministrator'],
  })
  const scope = 'https://graph.microsoft.com/Application.ReadWrite.All https://graph.microsoft.com/User.Read'
  const asAda = graphAs(client, accessToken(await signedIn(scope, {}, admin.objectId)))
  const created = await asAda.post('applications', { displayName: 'made by Ada' })
  assert.match(text(created, 'appId'), guidPattern)
  assert.equal((await asAda.get('me'))['userPrincipalName'], admin.userPrincipalName)
  const asDana = graphAs(client, accessToken(await signedIn(scope)))
  const denied = await asDana.send('PATCH', `applications/${text(created, 'id')}`, { notes: 'x' })
  assert.equal(denied.status, 403, denied.text)
})

test('roles of the user on the API stand in its token, roles on the client in the ID token', async () => {
  const graph = await administer(client, tenant)
  const role = {
    id: '5a1f1b84-2c4f-4b3a-9d57-0c6f1c0f7a11',
    value: 'Editor',
    displayName: 'Editor',
    description: 'Edits',
  }
  const appRoles = [{ ...role, allowedMemberTypes: ['User'], isEnabled: true }]
  for (const app of [notes, reader]) {
    await graph.patch(`applications/${app.objectId}`, { appRoles })
    const assignment = { principalId: dana.objectId, resourceId: app.servicePrincipalId, appRoleId: role.id }
    await graph.post(`servicePrincipals/${app.servicePrincipalId}/appRoleAssignedTo`, assignment)
  }
  const reply = await signedIn(`openid ${notes.identifierUri}/Notes.Read`)
  assert.deepEqual(claimsOf(reply)['roles'], ['Editor'])
  const keys = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  assert.deepEqual(verified(text(reply.body, 'id_token'), list(keys.body['keys'])).claims['roles'], ['Editor'])
})

test('a permission that the API itself gives to a client needs no grant', async () => {
  const graph = await administer(client, tenant)
  const trusted = tenant.apps.add({ displayName: 'trusted', publicClient: true })
  const scope = `${notes.identifierUri}/Notes.Write`
  assert.equal(codeOf(await signedIn(scope, {}, dana.objectId, trusted.appId)), 65001)
  const shown = await graph.get(`applications/${notes.objectId}`)
  const { api } = shown as { api: { oauth2PermissionScopes: { id: string; value: string }[] } }
  const delegatedPermissionIds = api.oauth2PermissionScopes
    .filter(({ value }) => value === 'Notes.Write')
    .map(({ id }) => id)
  await graph.patch(`applications/${notes.objectId}`, {
    api: { preAuthorizedApplications: [{ appId: trusted.appId, delegatedPermissionIds }] },
  })
  assert.equal(claimsOf(await signedIn(scope, {}, dana.objectId, trusted.appId))['scp'], 'Notes.Write')
})

test('MSAL spells the grant device_code, and a code is good for one token', async () => {
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, reader.appId, 'openid')
  tenant.users.signIn(dana.objectId, { deviceCode: userCode })
  const first = await pollAs({ tenant, client }, reader.appId, deviceCode, { grant_type: 'device_code' })
  assert.equal(first.status, 200, first.text)
  assert.equal(codeOf(await pollAs({ tenant, client }, reader.appId, deviceCode)), 70018)
})

test('a scope that the resource does not offer, and one beside .default, are refused before anybody signs in', async () => {
  for (const scope of [`${notes.identifierUri}/Nonsense`, `${notes.appId}/.default ${notes.appId}/Notes.Read`]) {
    const reply = await askForDevice({ tenant, client }, { client_id: reader.appId, scope })
    assert.deepEqual([reply.status, reply.body['error'], codeOf(reply)], [400, 'invalid_scope', 70011])
  }
  const missing = await askForDevice({ tenant, client }, { client_id: reader.appId })
  assert.deepEqual([missing.status, codeOf(missing)], [400, 900144])
  assert.equal(codeOf(await askForDevice({ tenant, client }, { client_id: reader.appId, scope: 'x://y/z' })), 500011)
})

test('the answer to a device says where to go, what to enter and how often to ask', async () => {
  const { status, headers, body } = await askForDevice({ tenant, client }, { client_id: reader.appId, scope: 'openid' })
  const { device_code, user_code, message, ...rest } = body
  assert.equal(status, 200)
  assert.equal(headers['cache-control'], 'no-store, no-cache')
  const verification_uri = `${tenant.authority}/oauth2/deviceauth`
  assert.deepEqual(rest, { verification_uri, expires_in: 900, interval: 5 })
  assert.match(String(user_code), /^[A-Z2-9]{9}$/)
  assert.match(String(device_code), /^[\w-]{64}$/)
  assert.ok(String(message).includes(verification_uri) && String(message).includes(String(user_code)))
})

test('a confidential client proves itself at each poll', async () => {
  const web = tenant.apps.add({ displayName: 'web', secret: true })
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, web.appId, 'openid')
  tenant.users.signIn(dana.objectId, { deviceCode: userCode })
  const wrong = await pollAs({ tenant, client }, web.appId, deviceCode, { client_secret: 'wrong' })
  assert.equal(codeOf(wrong), 7000215)
  const right = await pollAs({ tenant, client }, web.appId, deviceCode, { client_secret: String(web.clientSecret) })
  assert.equal(claimsOf(right)['appidacr'], '1')
})

const accessToken = (reply: Reply) => text(reply.body, 'access_token')

async function signedIn(
  scope: string,
  more: Record<string, string> = {},
  user = dana.objectId,
  clientId = reader.appId,
): Promise<Reply> {
  const { deviceCode, userCode } = await deviceCodes({ tenant, client }, clientId, scope)
  tenant.users.signIn(user, { deviceCode: userCode })
  return pollAs({ tenant, client }, clientId, deviceCode, more)
}
