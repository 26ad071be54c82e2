import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, register } from '../graph-client.js'
import { connectTo, guidPattern, type HttpsClient, type Json, list, text } from '../https-client.js'
import { assertRefused, notFoundText } from './refused.js'

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

const domain = 'contoso.onmicrosoft.com'
const person = (name: string, more: Json = {}) => ({
  accountEnabled: true,
  displayName: name,
  mailNickname: name,
  userPrincipalName: `${name}@${domain}`,
  passwordProfile: { password: 'Tuesday-Piano-7', forceChangePasswordNextSignIn: false },
  ...more,
})
const post = (body: Json) => graph.send('POST', 'users', body)

test('a user is created, read, changed and deleted; its password is shown to nobody', async () => {
  const reply = await post(person('adele', { jobTitle: 'Manager', country: 'DE' }))
  assert.equal(reply.status, 201)
  const { id, ...rest } = reply.body
  assert.match(String(id), guidPattern)
  assert.deepEqual(rest, {
    '@odata.context': `${tenant.graph}/$metadata#users/$entity`,
    businessPhones: [],
    displayName: 'adele',
    givenName: null,
    jobTitle: 'Manager',
    mail: null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    userPrincipalName: `adele@${domain}`,
  })
  await graph.patch(`users/${String(id)}`, { department: 'Music', jobTitle: null, accountEnabled: false })
  const path = `users/${String(id)}?$select=department,jobTitle,accountEnabled,passwordProfile,country,userType`
  const { '@odata.context': _, ...changed } = await graph.get(path)
  assert.deepEqual(changed, {
    department: 'Music',
    jobTitle: null,
    accountEnabled: false,
    passwordProfile: null,
    country: 'DE',
    userType: 'Member',
  })
  assert.ok(!JSON.stringify(tenant.export()).includes('Tuesday-Piano-7'))
  assert.equal((await graph.send('DELETE', `users/${String(id)}`)).status, 204)
  const gone = await graph.send('GET', `users/${String(id)}`)
  assertRefused(gone, 404, 'Request_ResourceNotFound', notFoundText(String(id)))
})

test('a local account signs in by its email address, and gets its name from the service', async () => {
  const identities = [{ signInType: 'emailAddress', issuer: domain, issuerAssignedId: 'zoe@example.com' }]
  const { userPrincipalName: _, mailNickname: __, ...local } = person('zoe', { identities })
  const made = await graph.post('users', local)
  assert.equal(made['userPrincipalName'], `${text(made, 'id')}@${domain}`)
  const clause = `identities/any(c:c/issuerAssignedId eq 'ZOE@example.com' and c/issuer eq '${domain}')`
  const found = await graph.get(`users?$select=id,identities,creationType&$filter=${encodeURIComponent(clause)}`)
  const name = { signInType: 'userPrincipalName', issuer: domain, issuerAssignedId: made['userPrincipalName'] }
  assert.deepEqual(found['value'], [
    { id: made['id'], identities: [...identities, name], creationType: 'LocalAccount' },
  ])
  const twin = await post({ ...local, displayName: 'twin' })
  const message = 'Another object with the same value for property identities already exists.'
  const details = [{ code: 'ObjectConflict', message, target: 'identities' }]
  assertRefused(twin, 400, 'Request_BadRequest', message, details)
  assert.deepEqual((await graph.get("users?$filter=displayName%20eq%20'twin'"))['value'], [])
})

test('what a user needs is asked for, and a name is unique and of the domain of the tenant', async () => {
  for (const name of [
    'accountEnabled',
    'displayName',
    'mailNickname',
    'userPrincipalName',
    'passwordProfile',
  ] as const) {
    const { [name]: _, ...body } = person('incomplete')
    assertRefused(await post(body), 400, 'Request_BadRequest', `Property '${name}' is required.`)
  }
  await graph.post('users', person('unique'))
  const message = 'Another object with the same value for property userPrincipalName already exists.'
  const details = [{ code: 'ObjectConflict', message, target: 'userPrincipalName' }]
  const twin = await post(person('twin', { userPrincipalName: `UNIQUE@${domain}` }))
  assertRefused(twin, 400, 'Request_BadRequest', message, details)
  const foreign = await post(person('x', { userPrincipalName: 'x@example.com' }))
  const unverified =
    'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.'
  assertRefused(foreign, 400, 'Request_BadRequest', unverified)
  const unknown = await post(person('x', { shoeSize: 43 }))
  const property = "Could not find a property named 'shoeSize' on type 'microsoft.graph.user'."
  assertRefused(unknown, 400, 'Request_BadRequest', property)
  const blank = await post(person('a b'))
  assert.equal(blank.status, 400)
  for (const identity of [
    { signInType: 'emailAddress', issuer: 'example.com', issuerAssignedId: 'a@b.c' },
    { signInType: 'emailAddress', issuer: domain, issuerAssignedId: 'no address' },
    { signInType: 'fax', issuer: domain, issuerAssignedId: 'x' },
  ]) {
    const reply = await post(person('y', { identities: [identity] }))
    const why = `One of the identities is invalid: the issuer of a local account is ${domain}, its signInType emailAddress or userName.`
    assertRefused(reply, 400, 'Request_BadRequest', why)
  }
})

test('a password that is short, simple or holds the name is refused', async () => {
  const message =
    'The specified password does not comply with password complexity requirements. Please provide a different password.'
  for (const password of ['Aa1!', 'alllowercase1', 'x'.repeat(257), 'Benjamin-77', '']) {
    const reply = await post(person('benjamin', { passwordProfile: { password } }))
    assertRefused(reply, 400, 'Request_BadRequest', message)
  }
  assert.equal((await graph.send('GET', `users/benjamin@${domain}`)).status, 404)
})

test('a user gets a role of an application that offers it to users', async () => {
  const [forUsers, forApps] = [appRole('Tasks.Own', { allowedMemberTypes: ['User'] }), appRole('Tasks.All')]
  const api = await register(graph, { displayName: 'tasks', appRoles: [forUsers, forApps] })
  const user = await graph.post('users', person('mo'))
  const body = { principalId: user['id'], resourceId: api.servicePrincipalId, appRoleId: forUsers.id }
  const path = `users/${text(user, 'id')}/appRoleAssignments`
  const made = await graph.post(path, body)
  assert.equal(made['principalType'], 'User')
  assert.equal(made['principalDisplayName'], 'mo')
  assert.deepEqual(
    list((await graph.get(path))['value']).map(({ id }) => id),
    [made['id']],
  )
  const wrong = await graph.send('POST', path, { ...body, appRoleId: forApps.id })
  const message = 'Permission being assigned was not found on application'
  assertRefused(wrong, 400, 'Request_BadRequest', message)
  assert.equal((await graph.send('DELETE', `${path}/${text(made, 'id')}`)).status, 204)
  assert.deepEqual((await graph.get(path))['value'], [])
})
