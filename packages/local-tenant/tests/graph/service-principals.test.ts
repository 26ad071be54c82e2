import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, graphToken, register } from '../graph-client.js'
import { connectTo, type HttpsClient, list, text } from '../https-client.js'
import { requestToken } from '../token-client.js'
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

const upsert = { prefer: 'create-if-missing' }

test('a service principal is created with the defaults of the service, under an id of its own', async () => {
  const application = await graph.post('applications', { displayName: 'todo' })
  const appId = text(application, 'appId')
  const reply = await graph.send('POST', 'servicePrincipals', { appId: appId.toUpperCase(), tags: ['a'] })
  assert.equal(reply.status, 201)
  const { id, createdDateTime, ...rest } = reply.body
  assert.equal(new Set([id, appId, application['id']]).size, 3)
  assert.ok(createdDateTime)
  assert.deepEqual(rest, {
    '@odata.context': `${tenant.graph}/$metadata#servicePrincipals/$entity`,
    deletedDateTime: null,
    accountEnabled: true,
    alternativeNames: [],
    appDisplayName: 'todo',
    appDescription: null,
    appId,
    applicationTemplateId: null,
    appOwnerOrganizationId: tenant.tenantId,
    appRoleAssignmentRequired: false,
    description: null,
    disabledByMicrosoftStatus: null,
    displayName: 'todo',
    homepage: null,
    loginUrl: null,
    logoutUrl: null,
    notes: null,
    notificationEmailAddresses: [],
    preferredSingleSignOnMode: null,
    preferredTokenSigningKeyThumbprint: null,
    replyUrls: [],
    samlSingleSignOnSettings: null,
    servicePrincipalNames: [appId],
    servicePrincipalType: 'Application',
    signInAudience: 'AzureADMyOrg',
    tags: ['a'],
    tokenEncryptionKeyId: null,
    addIns: [],
    appRoles: [],
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    oauth2PermissionScopes: [],
    passwordCredentials: [],
    resourceSpecificApplicationPermissions: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  })
  assert.equal(reply.headers.location, `${tenant.graph}/servicePrincipals/${String(id)}`)
  assert.deepEqual(await graph.get(`servicePrincipals/${String(id)}`), reply.body)
})

test('names, roles, scopes and reply URLs mirror the application', async () => {
  const app = await register(graph, { displayName: 'before' })
  const role = appRole('Files.Read')
  const uri = `api://${app.appId}`
  await graph.patch(`applications/${app.id}`, {
    displayName: 'after',
    identifierUris: [uri],
    appRoles: [role],
    web: { redirectUris: ['https://one.example/'] },
    publicClient: { redirectUris: ['http://localhost'] },
  })
  const shown = await graph.get(`servicePrincipals(appId='${app.appId}')`)
  assert.equal(shown['displayName'], 'after')
  assert.equal(shown['appDisplayName'], 'after')
  assert.deepEqual(shown['servicePrincipalNames'], [uri, app.appId])
  assert.deepEqual(shown['appRoles'], [{ ...role, origin: 'Application' }])
  assert.deepEqual(shown['replyUrls'], ['https://one.example/', 'http://localhost'])
})

test('a service principal needs an appId of this tenant, and an application has one only', async () => {
  const app = await register(graph, { displayName: 'single' })
  const message = 'Another object with the same value for property appId already exists.'
  const twice = await graph.send('POST', 'servicePrincipals', { appId: app.appId })
  assertRefused(twice, 400, 'Request_BadRequest', message, [{ code: 'ObjectConflict', message, target: 'appId' }])
  const unknown = randomUUID()
  const unknownMessage = `The appId '${unknown}' does not reference a valid application object.`
  assertRefused(
    await graph.send('POST', 'servicePrincipals', { appId: unknown }),
    400,
    'Request_BadRequest',
    unknownMessage,
  )
  const upserted = await graph.send('PATCH', `servicePrincipals(appId='${unknown}')`, {}, upsert)
  assertRefused(upserted, 400, 'Request_BadRequest', unknownMessage)
  assertRefused(
    await graph.send('POST', 'servicePrincipals', {}),
    400,
    'Request_BadRequest',
    "Property 'appId' is required.",
  )
  const mirrored = await graph.send('POST', 'servicePrincipals', { appId: app.appId, appRoles: [] })
  const readOnly = "Could not find a property named 'appRoles' on type 'microsoft.graph.servicePrincipal'."
  assertRefused(mirrored, 400, 'Request_BadRequest', readOnly)
})

test('the upsert by appId creates once, updates afterwards and is 404 without the preference', async () => {
  const { appId } = await graph.post('applications', { displayName: 'x' })
  const key = `servicePrincipals(appId='${String(appId)}')`
  assertRefused(await graph.send('PATCH', key, {}), 404, 'Request_ResourceNotFound', notFoundText(String(appId)))
  const made = await graph.send('PATCH', key, { tags: ['a'] }, upsert)
  assert.equal(made.status, 201)
  assert.equal(made.headers.location, `${tenant.graph}/servicePrincipals/${text(made.body, 'id')}`)
  assert.equal((await graph.send('PATCH', key, { appRoleAssignmentRequired: true }, upsert)).status, 204)
  const found = await graph.get(key)
  assert.equal(found['id'], made.body['id'])
  assert.deepEqual(found['tags'], ['a'])
  assert.equal(found['appRoleAssignmentRequired'], true)
})

test('a path by object id never creates, and a service principal has no uniqueName', async () => {
  const id = randomUUID()
  const byId = await graph.send('PATCH', `servicePrincipals/${id}`, {}, upsert)
  assertRefused(byId, 404, 'Request_ResourceNotFound', notFoundText(id))
  const byName = await graph.send('GET', "servicePrincipals(uniqueName='x')")
  assertRefused(byName, 400, 'Request_BadRequest', "A service principal has no key named 'uniqueName'.")
})

test('a disabled service principal gets no token, and does again when it is enabled', async () => {
  const app = await register(graph, { displayName: 'switch' })
  const { secretText } = await graph.post(`applications/${app.id}/addPassword`, {})
  const credentials = { clientId: app.appId, clientSecret: String(secretText) }
  const path = `servicePrincipals/${app.servicePrincipalId}`
  await graph.patch(path, { accountEnabled: false })
  const refused = await requestToken(client, tenant, credentials, '.default')
  assert.deepEqual(refused.body['error_codes'], [7000112])
  await graph.patch(path, { accountEnabled: true })
  assert.ok(await graphToken(client, tenant, credentials))
})

test('Microsoft Graph is a service principal of every tenant, with the ids its permissions have everywhere', async () => {
  const shown = await graph.get("servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  assert.equal(shown['displayName'], 'Microsoft Graph')
  assert.notEqual(shown['appOwnerOrganizationId'], tenant.tenantId)
  const roles = new Map(list(shown['appRoles']).map(({ value, id }) => [value, id]))
  assert.equal(roles.get('Application.ReadWrite.All'), '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9')
  assert.equal(roles.get('Application.Read.All'), '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30')
  assert.equal(roles.get('AppRoleAssignment.ReadWrite.All'), '06b708a9-e830-4db3-a914-8e69da51d44f')
})
