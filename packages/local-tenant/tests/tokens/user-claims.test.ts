import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath } from '../browser.js'
import { administer, appRole, type GraphClient } from '../graph-client.js'
import { connectTo, form, type HttpsClient, type Json, list, text } from '../https-client.js'
import { claimsOf, verified } from '../token-client.js'

const callback = 'https://app.example.com/callback'
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let api: AddedApp
let app: AddedApp
let ada: AddedUser
const role = appRole('Write', { allowedMemberTypes: ['User', 'Application'] })

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  api = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read'] })
  await graph.patch(`applications/${api.objectId}`, { appRoles: [role] })
  const delegatedGrants = [{ api: api.appId, scopes: ['Notes.Read'] }]
  app = tenant.apps.add({ displayName: 'shop', secret: true, redirectUris: { web: [callback] }, delegatedGrants })
  ada = await tenant.users.add({ displayName: 'Ada Berg', email: 'ada@example.com' })
})
after(async () => {
  client.close()
  await tenant.close()
})

interface Signed {
  readonly access: Json
  readonly id: Json
}

/** What the tokens of a sign-in say. */
async function signIn(scope = `openid profile ${api.appId}/Notes.Read`): Promise<Signed> {
  const request = { client_id: app.appId, redirect_uri: callback, response_type: 'code', scope }
  const back = await tenant.users.authorize(ada.objectId, `${tenant.origin}${authorizePath(tenant, request)}`)
  const body = new URLSearchParams({
    client_id: app.appId,
    client_secret: app.clientSecret ?? '',
    redirect_uri: callback,
    grant_type: 'authorization_code',
    code: back.parameters['code'] ?? '',
  })
  const path = `/${tenant.tenantId}/oauth2/v2.0/token`
  const reply = await client.send('POST', path, { headers: form, body: body.toString() })
  assert.equal(reply.status, 200, reply.text)
  const keys = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  return { access: claimsOf(reply), id: verified(text(reply.body, 'id_token'), list(keys.body['keys'])).claims }
}

function textsOf(value: unknown): string[] {
  assert.ok(Array.isArray(value))
  return value.map(String)
}

async function newGroup(displayName: string, ...members: string[]): Promise<string> {
  const bind = members.map((id) => `directoryObjects/${id}`)
  const body = { displayName, mailNickname: displayName, mailEnabled: false, securityEnabled: true }
  return text(await graph.post('groups', { ...body, 'members@odata.bind': bind }), 'id')
}

const assign = (principalId: string, appRoleId = role.id) =>
  graph.post(`servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`, {
    principalId,
    resourceId: api.servicePrincipalId,
    appRoleId,
  })
const configure = (changes: Json, { objectId } = api) => graph.patch(`applications/${objectId}`, changes)

test('groups stand in tokens for the application that asks for them, groups within groups included', async () => {
  const inner = await newGroup('inner', ada.objectId)
  const outer = await newGroup('outer', inner)
  assert.equal('groups' in (await signIn()).access, false)
  await configure({ groupMembershipClaims: 'SecurityGroup' })
  const { access, id } = await signIn()
  assert.deepEqual(textsOf(access['groups']).toSorted(), [inner, outer].toSorted())
  assert.equal('groups' in id, false, 'the client has not asked')
  await configure({ groupMembershipClaims: 'All' }, app)
  assert.deepEqual(textsOf((await signIn()).id['groups']).toSorted(), [inner, outer].toSorted())
  await configure({ groupMembershipClaims: null }, app)
})

test('ApplicationGroup is for the groups that are assigned to the application, without those around them', async () => {
  const direct = await newGroup('direct', ada.objectId)
  const around = await newGroup('around', direct)
  for (const group of [direct, around]) await assign(group, '00000000-0000-0000-0000-000000000000')
  await configure({ groupMembershipClaims: 'ApplicationGroup' })
  assert.deepEqual((await signIn()).access['groups'], [direct])
})

test('an app role of a group is its direct members’ and nobody else’s', async () => {
  const writers = await newGroup('writers', ada.objectId, app.servicePrincipalId)
  await assign(writers)
  assert.deepEqual((await signIn()).access['roles'], ['Write'])
  const daemon = await tenant.tokens.issue({ client: app.appId, resource: api.appId })
  assert.equal(daemon.includes('roles'), false)
  const claims = JSON.parse(Buffer.from(daemon.split('.')[1] ?? '', 'base64url').toString('utf8')) as Json
  assert.equal('roles' in claims, false, 'a service principal gets nothing by a group')
  await graph.send('DELETE', `groups/${writers}/members/${ada.objectId}/$ref`)
  const outer = await newGroup('nested', ada.objectId)
  await graph.send('POST', `groups/${writers}/members/$ref`, { '@odata.id': `groups/${outer}` })
  assert.equal('roles' in (await signIn()).access, false, 'groups within groups give no role')
})

test('a required assignment is satisfied by a group', async () => {
  const path = `servicePrincipals/${api.servicePrincipalId}`
  const held = list((await graph.get(`${path}/appRoleAssignedTo`))['value'])
  for (const { id } of held) await graph.send('DELETE', `${path}/appRoleAssignedTo/${String(id)}`)
  await graph.patch(path, { appRoleAssignmentRequired: true })
  await assert.rejects(signIn(), /400|50105/)
  await assign(await newGroup('members', ada.objectId))
  assert.deepEqual((await signIn()).access['roles'], ['Write'])
  await graph.patch(path, { appRoleAssignmentRequired: false })
})

test('groups can be emitted as roles, in place of app roles', async () => {
  const groups = { name: 'groups', additionalProperties: ['emit_as_roles'] }
  await configure({ groupMembershipClaims: 'SecurityGroup', optionalClaims: { accessToken: [groups] } })
  const { access } = await signIn()
  const held = (await graph.post(`users/${ada.objectId}/getMemberObjects`, {}))['value']
  assert.deepEqual(access['roles'], held)
  assert.equal('groups' in access, false)
  await configure({ optionalClaims: null })
})

test('more than two hundred groups are a reference to Graph, more than five through a browser only a hint', async () => {
  await configure({ groupMembershipClaims: 'SecurityGroup' })
  await configure({ web: { implicitGrantSettings: { enableIdTokenIssuance: true } } }, app)
  await configure({ groupMembershipClaims: 'SecurityGroup' }, app)
  const more = Array.from({ length: 190 }, (_, index) => newGroup(`g${index}`, ada.objectId))
  await Promise.all(more)
  const count = async () => textsOf((await graph.post(`users/${ada.objectId}/getMemberObjects`, {}))['value']).length
  for (let index = await count(); index < 200; index += 1) await newGroup(`h${index}`, ada.objectId)
  assert.equal(textsOf((await signIn()).access['groups']).length, 200)
  await newGroup('one-too-many', ada.objectId)
  const { access } = await signIn()
  assert.equal('groups' in access, false)
  assert.deepEqual(access['_claim_names'], { groups: 'src1' })
  const endpoint = `${tenant.origin}/v1.0/users/${ada.objectId}/getMemberObjects`
  assert.deepEqual(access['_claim_sources'], { src1: { endpoint } })
  const reply = await graph.send('POST', new URL(endpoint).pathname.replace('/v1.0/', ''), {
    securityEnabledOnly: true,
  })
  assert.equal(textsOf(reply.body['value']).length, 201)

  const request = {
    client_id: app.appId,
    redirect_uri: callback,
    response_type: 'id_token',
    scope: 'openid',
    nonce: 'n',
  }
  const back = await tenant.users.authorize(ada.objectId, `${tenant.origin}${authorizePath(tenant, request)}`)
  const payload = Buffer.from(String(back.parameters['id_token']).split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = JSON.parse(payload) as Json
  assert.deepEqual([claims['hasgroups'], 'groups' in claims], [true, false])
  await configure({ groupMembershipClaims: null })
  await configure({ groupMembershipClaims: null }, app)
})

test('optional claims tell of the user what is configured, and custom attributes as extn', async () => {
  const attribute = text(await graph.post('identity/userFlowAttributes', { displayName: 'Hobby' }), 'id')
  const details = { givenName: 'Ada', surname: 'Berg', country: 'ch', city: 'Bern', [attribute]: 'chess' }
  await graph.patch(`users/${ada.objectId}`, details)
  const plain = (await signIn()).access
  const names = ['given_name', 'family_name', 'ctry', 'email', 'upn', 'acct', 'extn.Hobby']
  assert.deepEqual(
    names.filter((name) => name in plain),
    [],
  )
  const configured = [...names.slice(0, -1).map((name) => ({ name })), { name: attribute, source: 'user' }]
  await configure({ optionalClaims: { accessToken: configured } })
  await configure({ optionalClaims: { idToken: configured } }, app)
  const { access, id } = await signIn()
  for (const claims of [access, id]) {
    assert.deepEqual(
      names.map((name) => claims[name]),
      ['Ada', 'Berg', 'CH', 'ada@example.com', claims['upn'], 0, 'chess'],
    )
  }
  const bare = (await signIn(`openid ${api.appId}/Notes.Read`)).access
  assert.equal('given_name' in bare, false, 'names need the scope profile')
  await configure({ optionalClaims: null })
  await configure({ optionalClaims: null }, app)
})

test('directory roles stand in wids where groupMembershipClaims asks for them', async () => {
  const admin = await tenant.users.add({ displayName: 'Root', name: 'root', directoryRoles: ['userAdministrator'] })
  const customer = ada
  ada = admin
  assert.equal('wids' in (await signIn()).access, false)
  await configure({ groupMembershipClaims: 'DirectoryRole' })
  const { access } = await signIn()
  assert.deepEqual(access['wids'], ['fe930be7-5e62-47db-91af-98c3a49a38b1'])
  assert.equal('groups' in access, false)
  await configure({ groupMembershipClaims: null })
  ada = customer
})
