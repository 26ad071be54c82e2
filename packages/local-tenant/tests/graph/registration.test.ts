import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient } from '../graph-client.js'
import { connectTo, guidPattern, type HttpsClient, list, text } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'

const alice = { name: 'alice', displayName: 'Alice Meyer' }
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [alice, { name: 'bob', displayName: 'Bob' }] })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

test('the calls of the tutorial, in its order, end in a token with both roles and idtyp', async () => {
  const [user] = list(
    (await graph.get(filtered('users', 'userPrincipalName', 'ALICE@contoso.onmicrosoft.com')))['value'],
  )
  assert.equal(user?.['displayName'], 'Alice Meyer')
  const [organization] = list((await graph.get('organization'))['value'])
  assert.equal(organization?.['id'], tenant.tenantId)

  const newApi = { displayName: 'ciam-ToDoList-api', signInAudience: 'AzureADMyOrg', web: {} }
  const api = await graph.post('applications', { ...newApi, api: { requestedAccessTokenVersion: 2 } })
  const apiPath = `applications/${text(api, 'id')}`
  const apiAppId = text(api, 'appId')
  await graph.patch(apiPath, { identifierUris: [`api://${apiAppId}`] })
  const enterprise = { tags: ['WindowsAzureActiveDirectoryIntegratedApp'] }
  const apiPrincipal = await graph.post('servicePrincipals', { appId: apiAppId, ...enterprise })
  await graph.patch(apiPath, { optionalClaims: { accessToken: [{ name: 'idtyp', source: null, essential: false }] } })
  const roles = [appRole('ToDoList.Read.All'), appRole('ToDoList.ReadWrite.All')]
  await graph.patch(apiPath, { appRoles: roles })
  const scopes = [permissionScope('ToDoList.Read'), permissionScope('ToDoList.ReadWrite')]
  await graph.patch(apiPath, { api: { oauth2PermissionScopes: scopes } })

  const daemon = await graph.post('applications', {
    displayName: 'ciam-client-app',
    signInAudience: 'AzureADMyOrg',
    web: {},
  })
  const daemonPath = `applications/${text(daemon, 'id')}`
  const daemonPrincipal = await graph.post('servicePrincipals', { appId: daemon['appId'], ...enterprise })
  const secret = await graph.post(`${daemonPath}/addPassword`, { passwordCredential: { displayName: 'app secret' } })
  const resourceAccess = roles.map(({ id }) => ({ id, type: 'Role' }))
  await graph.patch(daemonPath, { requiredResourceAccess: [{ resourceAppId: apiAppId, resourceAccess }] })
  for (const { id: appRoleId } of roles) {
    const ends = { principalId: daemonPrincipal['id'], resourceId: apiPrincipal['id'] }
    await graph.post(`servicePrincipals/${text(apiPrincipal, 'id')}/appRoleAssignedTo`, { ...ends, appRoleId })
  }

  const kept = await graph.get(apiPath)
  assert.deepEqual(
    kept['appRoles'],
    roles.map((role) => ({ ...role, origin: 'Application' })),
  )
  // The version that an earlier call set is still there: `api` is merged member by member.
  assert.deepEqual(kept['api'], {
    acceptMappedClaims: null,
    knownClientApplications: [],
    requestedAccessTokenVersion: 2,
    oauth2PermissionScopes: scopes,
    preAuthorizedApplications: [],
  })
  assert.deepEqual((await graph.get(daemonPath))['requiredResourceAccess'], [
    { resourceAppId: apiAppId, resourceAccess },
  ])

  const credentials = { clientId: text(daemon, 'appId'), clientSecret: text(secret, 'secretText') }
  const claims = claimsOf(await requestToken(client, tenant, credentials, `api://${apiAppId}/.default`))
  assert.deepEqual(claims['roles'], ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
  assert.equal(claims['idtyp'], 'app')
})

test('users are listed and found by id and by name, with the members that Graph shows unasked', async () => {
  const users = list((await graph.get('users'))['value'])
  assert.deepEqual(
    users.map((user) => user['userPrincipalName']),
    ['alice', 'bob'].map((name) => `${name}@contoso.onmicrosoft.com`),
  )
  const [first] = users
  assert.ok(first)
  assert.match(text(first, 'id'), guidPattern)
  assert.deepEqual(first, {
    businessPhones: [],
    displayName: 'Alice Meyer',
    givenName: 'Alice',
    jobTitle: null,
    mail: 'alice@contoso.onmicrosoft.com',
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: 'Meyer',
    userPrincipalName: 'alice@contoso.onmicrosoft.com',
    id: first['id'],
  })
  for (const key of [
    `/${text(first, 'id')}`,
    '/Alice@contoso.onmicrosoft.com',
    "(userPrincipalName='alice@contoso.onmicrosoft.com')",
  ]) {
    assert.equal((await graph.get(`users${key}`))['id'], first['id'], key)
  }
  const other = await graph.send('GET', "users(displayName='Bob')")
  assert.equal(other.status, 400)
  const nobody = await graph.send('GET', 'users/carol@contoso.onmicrosoft.com')
  assert.equal(nobody.status, 404)
})

test('the organization is a customer tenant with its initial domain verified', async () => {
  const { value } = await graph.get('organization')
  const [organization, ...others] = list(value)
  assert.deepEqual(others, [])
  assert.equal(organization?.['tenantType'], 'CIAM')
  const [domain] = list(organization?.['verifiedDomains'])
  assert.equal(domain?.['name'], 'contoso.onmicrosoft.com')
  assert.equal(domain?.['isDefault'], true)
  assert.equal(domain?.['isInitial'], true)
})

function filtered(collection: string, property: string, value: string): string {
  return `${collection}?$filter=${encodeURIComponent(`${property} eq '${value}'`)}`
}

function permissionScope(value: string) {
  const { id } = appRole(value)
  return {
    id,
    value,
    type: 'Admin',
    isEnabled: true,
    adminConsentDisplayName: value,
    adminConsentDescription: value,
    userConsentDisplayName: null,
    userConsentDescription: null,
  }
}
