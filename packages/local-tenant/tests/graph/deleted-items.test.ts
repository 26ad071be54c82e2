import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import {
  administer,
  appRole,
  type GraphClient,
  grant,
  graphToken,
  register,
  registerTutorial,
} from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, text } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'
import { assertRefused, notFoundText } from './refused.js'

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

const deleted = async (type: string, more = '') =>
  list((await graph.get(`directory/deletedItems/microsoft.graph.${type}${more}`))['value'])
const remove = async (path: string) => {
  const reply = await graph.send('DELETE', path)
  assert.equal(reply.status, 204, reply.text)
  assert.equal(reply.text, '')
}
const restore = (id: string) => graph.send('POST', `directory/deletedItems/${id}/restore`)

test('a deleted application is gone with its service principal, and comes back with its secrets and certificates', async () => {
  const { daemon, api } = await registerTutorial(graph)
  const scope = `api://${api.appId}/.default`
  const shown = await graph.get(`applications/${daemon.id}`)
  await remove(`applications(appId='${daemon.appId}')`)
  assertRefused(
    await graph.send('GET', `applications/${daemon.id}`),
    404,
    'Request_ResourceNotFound',
    notFoundText(daemon.id),
  )
  assert.equal((await graph.send('GET', `servicePrincipals/${daemon.servicePrincipalId}`)).status, 404)
  const refused = await requestToken(client, tenant, daemon, scope)
  assert.deepEqual(refused.body['error_codes'], [700016])

  const [item] = await deleted('application', `?$filter=appId%20eq%20'${daemon.appId}'`)
  assert.equal(item?.['id'], daemon.id)
  // By the alias of the namespace, as clients that Kiota generated write it.
  const byAlias = list((await graph.get('directory/deletedItems/graph.application'))['value'])
  assert.ok(byAlias.some(({ id }) => id === daemon.id))
  assert.match(String(item?.['deletedDateTime']), /^\d{4}-\d\d-\d\dT/)
  assert.equal((await graph.get(`directory/deletedItems/${daemon.id}`))['@odata.type'], '#microsoft.graph.application')
  assert.ok((await deleted('servicePrincipal')).some(({ id }) => id === daemon.servicePrincipalId))

  const back = await restore(daemon.id)
  assert.equal(back.status, 200)
  assert.equal(back.body['id'], daemon.id)
  assert.deepEqual(await graph.get(`applications/${daemon.id}`), shown)
  // The service principal is another object, and is restored by another call.
  assert.equal((await graph.send('GET', `servicePrincipals/${daemon.servicePrincipalId}`)).status, 404)
  assert.equal((await restore(daemon.servicePrincipalId)).status, 200)
  const claims = claimsOf(await requestToken(client, tenant, daemon, scope))
  assert.equal(claims['oid'], daemon.servicePrincipalId)
  assert.deepEqual(claims['roles'], ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
})

test('a service principal takes its assignments along, those of others on it too, and brings them back', async () => {
  const role = appRole('Files.Read')
  const api = await register(graph, { displayName: 'files', appRoles: [role] })
  const reader = await register(graph, { displayName: 'reader' })
  await grant(graph, reader, api, role)
  await remove(`servicePrincipals/${api.servicePrincipalId}`)
  const held = await graph.get(`servicePrincipals/${reader.servicePrincipalId}/appRoleAssignments`)
  assert.deepEqual(held['value'], [])
  assert.equal((await graph.get(`applications/${api.id}`))['id'], api.id)
  assert.equal((await restore(api.servicePrincipalId)).status, 200)
  assert.deepEqual(await rolesOf(reader), [role.id])
})

const valuesOf = async (path: string) => list((await graph.get(path))['value'])
const rolesOf = async ({ servicePrincipalId }: { servicePrincipalId: string }) =>
  (await valuesOf(`servicePrincipals/${servicePrincipalId}/appRoleAssignments`)).map(({ appRoleId }) => appRoleId)
const refOf = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })
const newGroup = async (displayName: string) =>
  text(
    await graph.post('groups', { displayName, mailNickname: displayName, mailEnabled: false, securityEnabled: true }),
    'id',
  )

test('what two deleted objects had together comes back with the second of them, in either order', async () => {
  const role = appRole('Files.Read')
  const api = await register(graph, { displayName: 'files', appRoles: [role] })
  const reader = await register(graph, { displayName: 'reader' })
  const [one, other] = [api.servicePrincipalId, reader.servicePrincipalId]
  await graph.post('oauth2PermissionGrants', {
    clientId: other,
    consentType: 'AllPrincipals',
    resourceId: one,
    scope: 'Files.Read',
  })
  await grant(graph, reader, api, role)
  const grantsOf = async (id: string) =>
    (await valuesOf(`servicePrincipals/${id}/oauth2PermissionGrants`)).map(({ scope }) => scope)
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const id of [one, other]) await remove(`servicePrincipals/${id}`)
    assert.equal((await restore(first)).status, 200)
    if (first === other) assert.deepEqual(await rolesOf(reader), [])
    assert.equal((await restore(second)).status, 200)
    assert.deepEqual(await rolesOf(reader), [role.id])
    assert.deepEqual(await grantsOf(other), ['Files.Read'])
  }
})

test('a deleted user comes back into its groups, to its roles, consents and possessions, but for what is gone meanwhile', async () => {
  const { objectId: id } = await tenant.users.add({ displayName: 'Vera', email: 'vera@example.com' })
  const role = appRole('Vault.Open', { allowedMemberTypes: ['User'] })
  const vault = await register(graph, { displayName: 'vault', appRoles: [role] })
  const resourceId = vault.servicePrincipalId
  const [team, closed] = [await newGroup('team'), await newGroup('closed')]
  for (const group of [team, closed]) await graph.send('POST', `groups/${group}/members/$ref`, refOf(id))
  await graph.send('POST', `applications/${vault.id}/owners/$ref`, refOf(id))
  await graph.post(`users/${id}/appRoleAssignments`, { principalId: id, resourceId, appRoleId: role.id })
  const clientId = (await register(graph, { displayName: 'safe' })).servicePrincipalId
  await graph.post('oauth2PermissionGrants', {
    clientId,
    consentType: 'Principal',
    principalId: id,
    resourceId,
    scope: 'Vault.See',
  })
  await remove(`users/${id}`)
  for (const path of [`groups/${team}/members`, `applications/${vault.id}/owners`]) {
    assert.ok((await valuesOf(path)).every((object) => object['id'] !== id))
  }
  await remove(`groups/${closed}`)
  assert.equal((await restore(id)).status, 200)
  assert.deepEqual(
    (await valuesOf(`users/${id}/memberOf`)).map((group) => group['id']),
    [team],
  )
  assert.deepEqual(
    (await valuesOf(`users/${id}/appRoleAssignments`)).map(({ appRoleId }) => appRoleId),
    [role.id],
  )
  assert.ok((await valuesOf(`applications/${vault.id}/owners`)).some((owner) => owner['id'] === id))
  const grants = await valuesOf(`servicePrincipals/${clientId}/oauth2PermissionGrants`)
  assert.deepEqual(
    grants.map(({ principalId }) => principalId),
    [id],
  )
  await remove(`users/${id}`)
  await remove(`directory/deletedItems/${id}`)
})

test('a deleted application comes back to its user flow, as long as there is the flow', async () => {
  const app = await register(graph, { displayName: 'shop' })
  const flows = 'identity/authenticationEventsFlows'
  const forSignUp = (handler: string) => ({
    '@odata.type': `#microsoft.graph.${handler}ExternalUsersSelfServiceSignUp`,
  })
  const flow = await graph.post(flows, {
    '@odata.type': '#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow',
    displayName: 'Shop',
    onAuthenticationMethodLoadStart: {
      ...forSignUp('onAuthenticationMethodLoadStart'),
      identityProviders: [{ id: 'EmailPassword-OAUTH' }],
    },
    onInteractiveAuthFlowStart: { ...forSignUp('onInteractiveAuthFlowStart'), isSignUpAllowed: true },
    conditions: { applications: { includeApplications: [{ appId: app.appId }] } },
  })
  const linked = async () =>
    (await valuesOf(`${flows}/${text(flow, 'id')}/conditions/applications/includeApplications`)).map(
      ({ appId }) => appId,
    )
  await remove(`applications/${app.id}`)
  assert.deepEqual(await linked(), [])
  assert.equal((await restore(app.id)).status, 200)
  assert.deepEqual(await linked(), [app.appId])
  await remove(`applications/${app.id}`)
  await remove(`${flows}/${text(flow, 'id')}`)
  assert.equal((await restore(app.id)).status, 200)
})

test('a service principal whose application is deleted cannot come back before it', async () => {
  const app = await register(graph, { displayName: 'both' })
  await remove(`applications/${app.id}`)
  const reply = await restore(app.servicePrincipalId)
  const message = `The appId '${app.appId}' does not reference a valid application object.`
  assertRefused(reply, 400, 'Request_BadRequest', message)
  assert.equal((await restore(app.id)).status, 200)
  assert.equal((await restore(app.servicePrincipalId)).status, 200)
})

test('what another object has taken meanwhile stands in the way of a restore, which then changes nothing', async () => {
  const uri = 'https://contoso.onmicrosoft.com/claimed'
  const first = await graph.post('applications', { displayName: 'first', uniqueName: 'claimed', identifierUris: [uri] })
  await remove(`applications/${text(first, 'id')}`)
  const second = await graph.post('applications', { displayName: 'second', identifierUris: [uri] })
  const conflict = (property: string): [string, Json[]] => {
    const message = `Another object with the same value for property ${property} already exists.`
    return [message, [{ code: 'ObjectConflict', message, target: property }]]
  }
  const [message, details] = conflict('identifierUris')
  assertRefused(await restore(text(first, 'id')), 400, 'Request_BadRequest', message, details)
  assert.equal((await graph.send('GET', `applications/${text(first, 'id')}`)).status, 404)
  await graph.patch(`applications/${text(second, 'id')}`, { identifierUris: [] })
  const third = await graph.post('applications', { displayName: 'third', uniqueName: 'claimed' })
  const [byName, namedDetails] = conflict('uniqueName')
  assertRefused(await restore(text(first, 'id')), 400, 'Request_BadRequest', byName, namedDetails)
  await remove(`applications/${text(third, 'id')}`)
  assert.equal((await restore(text(first, 'id'))).status, 200)
})

test('what is purged is gone for good, and so is what was deleted thirty days ago', async () => {
  const [one, other] = [
    await graph.post('applications', { displayName: 'one' }),
    await graph.post('applications', { displayName: 'other' }),
  ]
  for (const { id } of [one, other]) await remove(`applications/${String(id)}`)
  await remove(`directory/deletedItems/${text(one, 'id')}`)
  const gone = async (id: string) => {
    assertRefused(await restore(id), 404, 'Request_ResourceNotFound', notFoundText(id))
    const again = await graph.send('DELETE', `directory/deletedItems/${id}`)
    assertRefused(again, 404, 'Request_ResourceNotFound', notFoundText(id))
  }
  await gone(text(one, 'id'))
  assert.equal((await graph.get(`directory/deletedItems/${text(other, 'id')}`))['displayName'], 'other')
  tenant.clock.advance({ days: 30 })
  try {
    const later = await administer(client, tenant)
    const id = text(other, 'id')
    assertRefused(
      await later.send('GET', `directory/deletedItems/${id}`),
      404,
      'Request_ResourceNotFound',
      notFoundText(id),
    )
    const { value } = await later.get('directory/deletedItems/microsoft.graph.application')
    assert.deepEqual(value, [])
    assertRefused(
      await later.send('POST', `directory/deletedItems/${id}/restore`),
      404,
      'Request_ResourceNotFound',
      notFoundText(id),
    )
  } finally {
    tenant.clock.release()
  }
})

test('a deleted user comes back with name and password', async () => {
  const [alice] = list((await graph.get('users'))['value'])
  const id = text(alice ?? {}, 'id')
  await remove(`users/${id}`)
  assert.deepEqual((await graph.get('users'))['value'], [])
  assert.deepEqual(
    (await deleted('user')).map((user) => user['id']),
    [id],
  )
  assert.equal((await restore(id)).status, 200)
  assert.equal((await graph.get('users/alice@contoso.onmicrosoft.com'))['id'], id)
})

test('names in a path are read in any case of letters, keys and what is unknown as they are', async () => {
  const made = await register(graph, { displayName: 'case', uniqueName: 'Case' })
  assert.equal((await graph.get(`APPLICATIONS/${made.id}`))['id'], made.id)
  assert.equal((await graph.get("Applications(uniqueName='Case')"))['id'], made.id)
  const other = await graph.send('GET', "applications(uniqueName='case')")
  assertRefused(other, 404, 'Request_ResourceNotFound', notFoundText('case'))
  await remove(`applications/${made.id}`)
  const deletedNow = list((await graph.get('directory/deleteditems/microsoft.graph.application'))['value'])
  assert.ok(deletedNow.some(({ id }) => id === made.id))
  assert.equal((await graph.get(`directory/deleteditems/${made.id}`))['id'], made.id)
  assert.equal((await graph.send('POST', `Directory/DeletedItems/${made.id}/Restore`)).status, 200)
  const unknown = await graph.send('GET', 'directory/DeletedThings')
  assertRefused(unknown, 404, 'ResourceNotFound', "Resource not found for the segment 'DeletedThings'.")
  const wrongVerb = await graph.send('PUT', 'directory/deleteditems/microsoft.graph.user')
  assertRefused(wrongVerb, 405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
  assert.equal((await client.send('GET', '/v1.0/directory/deleteditems/microsoft.graph.application')).status, 401)
})

test('the administrator and Microsoft Graph stay', async () => {
  const { clientId } = tenant.administrator
  const own = `servicePrincipals(appId='${clientId}')`
  const ofGraph = "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')"
  const off = { accountEnabled: false }
  const application = 'The application that administers this tenant cannot be deleted.'
  const administrator = 'The service principal of the application that administers this tenant cannot be'
  const microsoftGraph = 'The service principal of Microsoft Graph cannot be'
  const refused: [string, string, object | undefined, string][] = [
    ['DELETE', "applications(uniqueName='tenantry-administrator')", undefined, application],
    ['DELETE', `applications(appId='${clientId}')`, undefined, application],
    ['DELETE', own, undefined, `${administrator} deleted.`],
    ['PATCH', own, off, `${administrator} disabled.`],
    ['DELETE', ofGraph, undefined, `${microsoftGraph} deleted: every tenant has it.`],
    ['PATCH', ofGraph, off, `${microsoftGraph} disabled: every tenant has it.`],
  ]
  for (const [method, path, body, message] of refused) {
    assertRefused(await graph.send(method, path, body), 400, 'Request_BadRequest', message)
  }
  await graph.patch(own, { notes: 'of this machine' })
  assert.ok(await graphToken(client, tenant, tenant.administrator))
})
