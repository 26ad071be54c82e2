import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, grant, type Registered, register } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, text } from '../https-client.js'
import { assertRefused, notFoundText } from './refused.js'

const read = appRole('Files.Read')
const disabled = appRole('Files.Old', { isEnabled: false })
const forUsers = appRole('Files.Own', { allowedMemberTypes: ['User'] })
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let api: Registered
let daemon: Registered
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  api = await register(graph, { displayName: 'api', appRoles: [read, disabled, forUsers] })
  daemon = await register(graph, { displayName: 'daemon' })
})
after(async () => {
  client.close()
  await tenant.close()
})

const assignedTo = () => `servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`
const assignment = (more: Json = {}) => ({
  principalId: daemon.servicePrincipalId,
  resourceId: api.servicePrincipalId,
  appRoleId: read.id,
  ...more,
})

test('an assignment is created once, seen from both sides, and gone when it is deleted', async () => {
  const reply = await graph.send('POST', assignedTo(), assignment())
  assert.equal(reply.status, 201)
  const { id, createdDateTime } = reply.body
  assert.match(String(id), /^[A-Za-z0-9_-]{43}$/)
  const bytes = Buffer.from(String(id), 'base64url').subarray(0, 16)
  assert.equal(bytes.toString('hex'), daemon.servicePrincipalId.replaceAll('-', ''))
  const shown = {
    id,
    deletedDateTime: null,
    appRoleId: read.id,
    createdDateTime,
    principalDisplayName: 'daemon',
    principalId: daemon.servicePrincipalId,
    principalType: 'ServicePrincipal',
    resourceDisplayName: 'api',
    resourceId: api.servicePrincipalId,
  }
  assert.deepEqual(reply.body, { '@odata.context': `${tenant.graph}/$metadata#appRoleAssignments/$entity`, ...shown })
  assert.equal(reply.headers.location, `${tenant.graph}/${assignedTo()}/${String(id)}`)
  assert.deepEqual(await graph.get(`${assignedTo()}/${String(id)}`), reply.body)
  assert.deepEqual((await graph.get(assignedTo()))['value'], [shown])
  const ofClient = `servicePrincipals/${daemon.servicePrincipalId}/appRoleAssignments`
  assert.deepEqual((await graph.get(ofClient))['value'], [shown])

  const again = await graph.send('POST', ofClient, assignment({ appRoleId: read.id.toUpperCase() }))
  assertRefused(again, 400, 'Request_BadRequest', 'Permission being assigned already exists on the object')
  assert.equal(list((await graph.get(ofClient))['value']).length, 1)

  assert.equal((await graph.send('DELETE', `${assignedTo()}/${String(id)}`)).status, 204)
  assert.deepEqual((await graph.get(assignedTo()))['value'], [])
  const missing = await graph.send('DELETE', `${assignedTo()}/${String(id)}`)
  assertRefused(missing, 404, 'Request_ResourceNotFound', notFoundText(String(id)))
})

test('a role that the resource does not offer to applications cannot be assigned', async () => {
  for (const appRoleId of [randomUUID(), disabled.id, forUsers.id]) {
    const reply = await graph.send('POST', assignedTo(), assignment({ appRoleId }))
    assertRefused(reply, 400, 'Request_BadRequest', 'Permission being assigned was not found on application')
  }
})

test('principal and resource have to exist, and one of them has to be the object in the path', async () => {
  const stranger = await register(graph, { displayName: 'stranger', appRoles: [read] })
  const wrong = [
    { principalId: randomUUID() },
    { principalId: daemon.id },
    { principalId: daemon.appId },
    { resourceId: stranger.servicePrincipalId, principalId: stranger.servicePrincipalId },
  ]
  for (const ends of wrong) {
    const reply = await graph.send('POST', assignedTo(), assignment(ends))
    assertRefused(reply, 400, 'Request_BadRequest', 'Not a valid reference update')
  }
  const nobody = randomUUID()
  const reply = await graph.send('POST', `servicePrincipals/${nobody}/appRoleAssignedTo`, assignment())
  assertRefused(reply, 404, 'Request_ResourceNotFound', notFoundText(nobody))
  assert.deepEqual((await graph.get(assignedTo()))['value'], [])
})

test('a body without one of the three ids, or with more than them, is refused', async () => {
  const { principalId, resourceId } = assignment()
  const incomplete = await graph.send('POST', assignedTo(), { principalId, resourceId })
  assertRefused(incomplete, 400, 'Request_BadRequest', "Property 'appRoleId' is required.")
  const more = await graph.send('POST', assignedTo(), assignment({ principalType: 'User' }))
  const message = "Could not find a property named 'principalType' on type 'microsoft.graph.appRoleAssignment'."
  assertRefused(more, 400, 'Request_BadRequest', message)
})

test('an assignment is never changed, only made and deleted', async () => {
  const { id } = await grant(graph, daemon, api, read)
  const reply = await graph.send('PATCH', `${assignedTo()}/${String(id)}`, assignment())
  const message = 'Specified HTTP method is not allowed for the request target.'
  assertRefused(reply, 405, 'Request_BadRequest', message)
  const elsewhere = await graph.send(
    'DELETE',
    `servicePrincipals/${daemon.servicePrincipalId}/appRoleAssignedTo/${text({ id }, 'id')}`,
  )
  assertRefused(elsewhere, 404, 'Request_ResourceNotFound', notFoundText(String(id)))
})
