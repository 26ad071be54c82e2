import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type GraphRole, graphRoleId } from '../../src/directory/microsoft-graph.js'
import { startTenant, type Tenant } from '../../src/index.js'
import {
  addSecret,
  administer,
  type GraphClient,
  graphAs,
  graphToken,
  type Registered,
  register,
} from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, text } from '../https-client.js'
import { assertRefused } from './refused.js'

const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10'
const userAdministrator = 'fe930be7-5e62-47db-91af-98c3a49a38b1'
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let microsoftGraph: string
let alice: string
let target: Registered
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  const shown = await graph.get("servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  microsoftGraph = text(shown, 'id')
  alice = text(list((await graph.get('users'))['value'])[0] ?? {}, 'id')
  target = await register(graph, { displayName: 'target' })
})
after(async () => {
  client.close()
  await tenant.close()
})

interface App extends Registered {
  readonly graph: GraphClient
}

async function appWith(...permissions: GraphRole[]): Promise<App> {
  const app = await register(graph, { displayName: permissions.join(' ') })
  for (const permission of permissions) {
    const ends = { principalId: app.servicePrincipalId, resourceId: microsoftGraph }
    await graph.post(`servicePrincipals/${microsoftGraph}/appRoleAssignedTo`, {
      ...ends,
      appRoleId: graphRoleId(permission),
    })
  }
  const credentials = { clientId: app.appId, clientSecret: await addSecret(graph, app.id) }
  return { ...app, graph: graphAs(client, await graphToken(client, tenant, credentials)) }
}

/** A token as the tenant gives it to an app that a user signed in to: the claims are what Graph goes by. */
async function onBehalfOf(user: string, scopes: string, directoryRoles: readonly string[] = []): Promise<GraphClient> {
  const claims = { scp: scopes, oid: user, wids: directoryRoles, idtyp: 'user' }
  const request = { client: target.appId, resource: 'https://graph.microsoft.com', claims }
  return graphAs(client, await tenant.tokens.issue(request))
}

const assertDenied = async (caller: GraphClient, method: string, path: string, body?: Json) => {
  const reply = await caller.send(method, path, body)
  const message = 'Insufficient privileges to complete the operation.'
  assertRefused(reply, 403, 'Authorization_RequestDenied', message)
}

test('each permission lets an application do what it is for, and nothing else', async () => {
  const reads: readonly [GraphRole, string[]][] = [
    ['Application.Read.All', ['applications', 'servicePrincipals', `applications/${target.id}/owners`]],
    ['User.Read.All', ['users', `users/${alice}`]],
    ['Organization.Read.All', ['organization', `organization/${tenant.tenantId}`]],
    ['Domain.Read.All', ['domains', 'domains/contoso.onmicrosoft.com']],
    ['AuditLog.Read.All', ['auditLogs/signIns', 'auditLogs/directoryAudits']],
    ['DelegatedPermissionGrant.ReadWrite.All', ['oauth2PermissionGrants']],
  ]
  for (const [permission] of reads) {
    const app = await appWith(permission)
    for (const [other, theirs] of reads) {
      for (const path of theirs) {
        if (other === permission) assert.equal((await app.graph.send('GET', path)).status, 200, `${permission} ${path}`)
        else await assertDenied(app.graph, 'GET', path)
      }
    }
    await assertDenied(app.graph, 'POST', 'applications', { displayName: 'x' })
    await assertDenied(app.graph, 'POST', 'users', {})
    await assertDenied(app.graph, 'DELETE', `applications/${target.id}`)
  }
  const directory = await appWith('Directory.Read.All')
  for (const path of ['applications', 'users', 'organization', 'domains', 'oauth2PermissionGrants']) {
    assert.equal((await directory.graph.send('GET', path)).status, 200, path)
  }
  await assertDenied(directory.graph, 'PATCH', `users/${alice}`, {})
})

test('Application.ReadWrite.OwnedBy is enough for what the application made or owns, and for nothing else', async () => {
  const app = await appWith('Application.ReadWrite.OwnedBy')
  const made = await app.graph.post('applications', { displayName: 'mine' })
  const path = `applications/${text(made, 'id')}`
  const owners = list((await graph.get(`${path}/owners`))['value'])
  assert.deepEqual(
    owners.map(({ id }) => id),
    [app.servicePrincipalId],
  )
  await app.graph.patch(path, { notes: 'changed' })
  assert.equal((await app.graph.get(path))['notes'], 'changed')
  assert.ok((await app.graph.post(`${path}/addPassword`, {}))['secretText'])
  const principal = await app.graph.post('servicePrincipals', { appId: made['appId'] })
  await app.graph.patch(`servicePrincipals/${text(principal, 'id')}`, { notes: 'mine too' })
  const owned = await app.graph.send('GET', `servicePrincipals/${text(principal, 'id')}`)
  assert.equal(owned.status, 200)

  for (const set of ['applications', 'servicePrincipals']) assert.equal((await app.graph.send('GET', set)).status, 200)
  await assertDenied(app.graph, 'GET', `applications/${target.id}`)
  await assertDenied(app.graph, 'PATCH', `applications/${target.id}`, { notes: 'x' })
  await assertDenied(app.graph, 'POST', `applications/${target.id}/addPassword`, {})
  await assertDenied(app.graph, 'DELETE', `servicePrincipals/${target.servicePrincipalId}`)
  const { appId } = await graph.post('applications', { displayName: 'of another' })
  await assertDenied(app.graph, 'POST', 'servicePrincipals', { appId })
  assert.equal((await app.graph.send('DELETE', path)).status, 204)
})

test('a scope is worth no more than the user: who administers nothing writes only what is theirs', async () => {
  const scopes = 'Application.ReadWrite.All User.ReadWrite.All AppRoleAssignment.ReadWrite.All AuditLog.Read.All'
  const user = await onBehalfOf(alice, scopes)
  assert.equal((await user.send('GET', 'applications')).status, 200)
  await assertDenied(user, 'PATCH', `applications/${target.id}`, { notes: 'x' })
  await assertDenied(user, 'PATCH', `users/${alice}`, { jobTitle: 'Boss' })
  await assertDenied(user, 'GET', 'auditLogs/signIns')
  await assertDenied(user, 'POST', `servicePrincipals/${target.servicePrincipalId}/appRoleAssignedTo`, {})
  const made = await user.post('applications', { displayName: "Alice's" })
  await user.patch(`applications/${text(made, 'id')}`, { notes: 'mine' })
  const owners = list((await graph.get(`applications/${text(made, 'id')}/owners`))['value'])
  assert.deepEqual(
    owners.map(({ id }) => id),
    [alice],
  )
})

test('an administrator needs the scope, and the scope the administrator', async () => {
  const administrator = await onBehalfOf(alice, 'Application.ReadWrite.All AuditLog.Read.All', [globalAdministrator])
  await administrator.patch(`applications/${target.id}`, { notes: 'by an administrator' })
  const audits = list((await administrator.get('auditLogs/directoryAudits?$top=1'))['value'])
  assert.deepEqual(audits[0]?.['initiatedBy'], {
    app: null,
    user: { id: alice, displayName: 'Alice Meyer', userPrincipalName: 'alice@contoso.onmicrosoft.com' },
  })
  await assertDenied(administrator, 'PATCH', `users/${alice}`, { jobTitle: 'Boss' })
  const helpDesk = await onBehalfOf(alice, 'Application.ReadWrite.All User.ReadWrite.All', [userAdministrator])
  await helpDesk.patch(`users/${alice}`, { jobTitle: 'Singer' })
  await assertDenied(helpDesk, 'PATCH', `applications/${target.id}`, { notes: 'x' })
  const reader = await onBehalfOf(alice, 'Application.Read.All', [globalAdministrator])
  await assertDenied(reader, 'PATCH', `applications/${target.id}`, { notes: 'x' })
})

test('/me is the signed-in user, and means nothing for an application', async () => {
  const user = await onBehalfOf(alice, 'User.Read')
  assert.equal((await user.get('me'))['displayName'], 'Alice Meyer')
  assert.deepEqual(Object.keys(await user.get('me?$select=id')), ['@odata.context', 'id'])
  const reply = await graph.send('GET', 'me')
  assertRefused(reply, 400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  const nobody = await onBehalfOf(randomUUID(), 'User.Read')
  assert.equal((await nobody.send('GET', 'me')).status, 404)
  const unasked = await onBehalfOf(alice, 'openid profile')
  await assertDenied(unasked, 'GET', 'me')
})
