import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient, graphToken, registerTutorial } from '../graph-client.js'
import { connectTo, guidPattern, type HttpsClient, type Json, list, object, text } from '../https-client.js'
import { requestToken } from '../token-client.js'
import { assertRefused } from './refused.js'

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

const audits = async (more = '') => list((await graph.get(`auditLogs/directoryAudits${more}`))['value'])

test('every change leaves an entry that says who changed what, and a refused one leaves none', async () => {
  const correlation = '0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'
  const headers = { 'client-request-id': correlation }
  const made = await graph.send('POST', 'applications', { displayName: 'audited' }, headers)
  const id = text(made.body, 'id')
  const [entry] = await audits()
  assert.ok(entry)
  assert.match(text(entry, 'id'), guidPattern)
  const { app, user } = object(entry['initiatedBy'])
  assert.equal(object(app)['appId'], tenant.administrator.clientId)
  assert.equal(user, null)
  const { activityDisplayName, operationType, category, correlationId, result } = entry
  assert.deepEqual(
    { activityDisplayName, operationType, category, correlationId, result },
    {
      activityDisplayName: 'Add application',
      operationType: 'Add',
      category: 'ApplicationManagement',
      correlationId: correlation,
      result: 'success',
    },
  )
  const [target] = list(entry['targetResources'])
  assert.deepEqual([target?.['id'], target?.['displayName'], target?.['type']], [id, 'audited', 'Application'])
  assert.equal((await graph.get(`auditLogs/directoryAudits/${text(entry, 'id')}`))['id'], entry['id'])

  await graph.send('PATCH', `applications/${id}`, { displayName: '' })
  assert.equal((await audits())[0]?.['id'], entry['id'])
  await graph.patch(`applications/${id}`, { displayName: 'changed' })
  await graph.send('DELETE', `applications/${id}`)
  await graph.send('POST', `directory/deletedItems/${id}/restore`)
  const clause = encodeURIComponent(`targetResources/any(t:t/id eq '${id}')`)
  assert.deepEqual(
    (await audits(`?$filter=${clause}`)).map((audit) => audit['activityDisplayName']),
    ['Restore application', 'Delete application', 'Update application', 'Add application'],
  )
})

test('the log is newest first, turns pages, and is filtered by time and activity', async () => {
  await registerTutorial(graph)
  const first = await graph.get('auditLogs/directoryAudits?$top=3')
  const next = await graph.get(text(first, '@odata.nextLink').replace(`${tenant.graph}/`, ''))
  const times = [...list(first['value']), ...list(next['value'])].map((entry) => text(entry, 'activityDateTime'))
  assert.ok(times.length > 3)
  assert.deepEqual(times, times.toSorted().toReversed())
  const [kind, since] = ["activityDisplayName eq 'Add service principal'", 'activityDateTime ge 2020-01-01T00:00:00Z']
  assert.equal((await audits(`?$filter=${encodeURIComponent(`${kind} and ${since}`)}`)).length, 2)
  assert.deepEqual(await audits(`?$filter=${encodeURIComponent('activityDateTime lt 2020-01-01T00:00:00Z')}`), [])
  const missing = await graph.send('GET', 'auditLogs/directoryAudits/x')
  assert.equal(missing.status, 404)
})

test('sign-ins of applications are told with what they asked for and how it ended', async () => {
  const { daemon, api } = await registerTutorial(graph)
  const scope = `api://${api.appId}/.default`
  await requestToken(client, tenant, daemon, scope)
  await requestToken(client, tenant, { ...daemon, clientSecret: 'wrong' }, scope)
  // Sign-ins are written a little later; whoever reads them in the process makes that happen now.
  tenant.signIns.list()
  const ofKind = "signInEventTypes/any(t:t eq 'servicePrincipal')"
  const [refused, granted] = await signInsInBeta(`${ofKind} and appId eq '${daemon.appId}'`)
  assert.equal(object(refused?.['status'])['errorCode'], 7000215)
  assert.equal(object(granted?.['status'])['errorCode'], 0)
  assert.equal(granted?.['servicePrincipalId'], daemon.servicePrincipalId)
  assert.equal(granted?.['resourceDisplayName'], 'ciam-ToDoList-api')
  assert.equal(granted?.['resourceId'], api.appId)
  assert.deepEqual(granted['signInEventTypes'], ['servicePrincipal'])
  assert.equal((await signInsInBeta(`${ofKind} and status/errorCode eq 7000215`)).length, 1)
  assert.deepEqual(await signInsInBeta("signInEventTypes/any(t:t eq 'interactiveUser')"), [])
})

async function signInsInBeta(filter: string): Promise<Json[]> {
  const authorization = `Bearer ${await graphToken(client, tenant, tenant.administrator)}`
  const path = `/beta/auditLogs/signIns?$filter=${encodeURIComponent(filter)}`
  const reply = await client.send('GET', path, { headers: { authorization } })
  assert.equal(reply.status, 200, reply.text)
  return list(reply.body['value'])
}

test('the logs are for readers of logs', async () => {
  const { daemon } = await registerTutorial(graph)
  const reply = await requestToken(client, tenant, daemon, 'https://graph.microsoft.com/.default')
  const authorization = `Bearer ${text(reply.body, 'access_token')}`
  for (const log of ['signIns', 'directoryAudits']) {
    const refused = await client.send('GET', `/v1.0/auditLogs/${log}`, { headers: { authorization } })
    const message = 'Insufficient privileges to complete the operation.'
    assertRefused(refused, 403, 'Authorization_RequestDenied', message)
  }
})
