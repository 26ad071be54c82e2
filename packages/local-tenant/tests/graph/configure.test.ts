import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, text } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

const named = (set: string, name: string) => `${set}?$filter=${encodeURIComponent(`displayName eq '${name}'`)}`
const [apiName, daemonName] = ['ciam-msal-dotnet-api', 'ciam-msal-node-daemon']
const enterprise = { tags: ['WindowsAzureActiveDirectoryIntegratedApp'] }

async function ownedBy(user: string, path: string): Promise<void> {
  assert.deepEqual((await graph.get(`${path}/owners`))['value'], [])
  const reference = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${user}` }
  assert.equal((await graph.send('POST', `${path}/owners/$ref`, reference)).status, 204)
  assert.equal(list((await graph.get(`${path}/owners`))['value']).length, 1)
}

const role = (value: string) => ({
  id: randomUUID(),
  allowedMemberTypes: ['Application'],
  displayName: value,
  value,
  description: value,
  isEnabled: true,
})
const scope = (value: string, isEnabled = true) => ({
  id: randomUUID(),
  adminConsentDisplayName: value,
  adminConsentDescription: value,
  userConsentDisplayName: value,
  userConsentDescription: value,
  isEnabled,
  type: 'Admin',
  value,
})

test("the calls of Microsoft's Configure script, in its order, have the documented answers", async () => {
  const byName = encodeURIComponent("userPrincipalName eq 'alice@contoso.onmicrosoft.com'")
  const [user] = list((await graph.get(`users?$filter=${byName}`))['value'])
  const alice = text(user ?? {}, 'id')
  const [organization] = list((await graph.get('organization'))['value'])
  assert.equal(organization?.['id'], tenant.tenantId)
  assert.equal(list(organization['verifiedDomains'])[0]?.['isDefault'], true)

  const api = await graph.post('applications', {
    displayName: apiName,
    web: {},
    api: { requestedAccessTokenVersion: 2 },
    signInAudience: 'AzureADMyOrg',
  })
  const apiPath = `applications/${text(api, 'id')}`
  await graph.patch(apiPath, { identifierUris: [`api://${text(api, 'appId')}`] })
  await graph.post('servicePrincipals', { appId: api['appId'], ...enterprise })
  await ownedBy(alice, apiPath)
  await graph.patch(apiPath, { optionalClaims: { accessToken: [{ name: 'idtyp', source: null, essential: false }] } })
  const roles = [role('ToDoList.Read.All'), role('ToDoList.ReadWrite.All')]
  await graph.patch(apiPath, { appRoles: roles })
  // A default scope goes in two steps: disabled first, then left out.
  const unwanted = scope('user_impersonation')
  await graph.patch(apiPath, { api: { oauth2PermissionScopes: [unwanted] } })
  await graph.patch(apiPath, { api: { oauth2PermissionScopes: [{ ...unwanted, isEnabled: false }] } })
  await graph.patch(apiPath, { api: { oauth2PermissionScopes: [] } })
  const scopes = [scope('ToDoList.Read'), scope('ToDoList.ReadWrite')]
  await graph.patch(apiPath, { api: { oauth2PermissionScopes: scopes } })

  const daemon = await graph.post('applications', { displayName: daemonName, web: {}, signInAudience: 'AzureADMyOrg' })
  const daemonPath = `applications/${text(daemon, 'id')}`
  const startDateTime = new Date()
  const endDateTime = new Date(startDateTime)
  endDateTime.setUTCMonth(endDateTime.getUTCMonth() + 6)
  const passwordCredential = { displayName: 'app secret', startDateTime, endDateTime }
  const secret = await graph.post(`${daemonPath}/addPassword`, { passwordCredential })
  assert.equal((await graph.get(daemonPath))['publisherDomain'], 'contoso.onmicrosoft.com')
  await graph.post('servicePrincipals', { appId: daemon['appId'], ...enterprise })
  await ownedBy(alice, daemonPath)
  const [resource] = list((await graph.get(named('servicePrincipals', apiName)))['value'])
  const offered = new Map(list(resource?.['appRoles']).map(({ value, id }) => [value, id]))
  const resourceAccess = roles.map(({ value }) => ({ id: offered.get(value), type: 'Role' }))
  await graph.patch(daemonPath, { requiredResourceAccess: [{ resourceAppId: api['appId'], resourceAccess }] })

  // The script grants nothing, so its token has no roles; what it leaves to be done by hand gives them.
  const credentials = { clientId: text(daemon, 'appId'), clientSecret: text(secret, 'secretText') }
  const resourceName = `api://${text(api, 'appId')}/.default`
  const ungranted = claimsOf(await requestToken(client, tenant, credentials, resourceName))
  assert.equal(ungranted['idtyp'], 'app')
  assert.ok(!Object.hasOwn(ungranted, 'roles'))
  await consent(text(daemon, 'appId'), resource ?? {}, roles)
  const granted = claimsOf(await requestToken(client, tenant, credentials, resourceName))
  assert.deepEqual(granted['roles'], ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
})

async function consent(appId: string, resource: Json, roles: readonly { id: string }[]): Promise<void> {
  const principal = await graph.get(`servicePrincipals(appId='${appId}')`)
  for (const { id: appRoleId } of roles) {
    const ends = { principalId: principal['id'], resourceId: resource['id'] }
    await graph.post(`servicePrincipals/${text(resource, 'id')}/appRoleAssignedTo`, { ...ends, appRoleId })
  }
}

test("the calls of Microsoft's Cleanup script leave nothing but deleted items", async () => {
  for (const name of [apiName, daemonName]) {
    for (const { id } of list((await graph.get(named('applications', name)))['value'])) {
      assert.equal((await graph.send('DELETE', `applications/${String(id)}`)).status, 204)
    }
    assert.deepEqual((await graph.get(named('applications', name)))['value'], [])
    // The script deletes service principals as well; they went with their applications.
    assert.deepEqual((await graph.get(named('servicePrincipals', name)))['value'], [])
  }
  const deleted = list((await graph.get('directory/deletedItems/microsoft.graph.application'))['value'])
  assert.deepEqual(
    deleted.map(({ displayName }) => displayName),
    [apiName, daemonName],
  )
})
