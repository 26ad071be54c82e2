import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, graphAs, type Registered, register } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, text } from '../https-client.js'
import { assertRefused } from './refused.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let ada: string
let app: Registered

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  ada = (await tenant.users.add({ displayName: 'Ada', email: 'ada@example.com' })).objectId
  app = await register(graph, { displayName: 'app' })
})
after(async () => {
  client.close()
  await tenant.close()
})

const newGroup = (displayName: string, more: Json = {}) =>
  graph.post('groups', { displayName, mailNickname: displayName, mailEnabled: false, securityEnabled: true, ...more })
const named = (members: readonly Json[]) => members.map(({ displayName }) => displayName)
const valuesOf = async (path: string) => list((await graph.get(path.replaceAll(' ', '%20')))['value'])
const refOf = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })

test('a security group is made with its members, read, filtered, changed and deleted for good', async () => {
  const bind = [`https://graph.microsoft.com/v1.0/users/${ada}`, `directoryObjects/${app.servicePrincipalId}`]
  const made = await newGroup('readers', { description: 'Who read', 'members@odata.bind': bind })
  const id = text(made, 'id')
  assert.deepEqual([made['securityEnabled'], made['groupTypes'], made['mailEnabled']], [true, [], false])
  assert.match(text(made, 'securityIdentifier'), /^S-1-12-1(-\d+){4}$/)
  assert.deepEqual(named(await valuesOf(`groups/${id}/members`)), ['Ada', 'app'])
  const [first] = await valuesOf(`groups/${id}/members?$top=1`)
  assert.equal(first?.['@odata.type'], '#microsoft.graph.user')
  await graph.patch(`groups/${id}`, { displayName: 'Readers' })
  assert.deepEqual(named(await valuesOf("groups?$filter=startswith(displayName,'read')")), ['Readers'])
  const [expanded] = await valuesOf(`groups?$filter=displayName eq 'Readers'&$expand=members($select=id)`)
  assert.equal(list(expanded?.['members']).length, 2)
  assert.equal((await graph.send('DELETE', `groups/${id}`)).status, 204)
  assert.equal((await graph.send('GET', `groups/${id}`)).status, 404)
  assert.deepEqual(await valuesOf(`users/${ada}/memberOf`), [])
})

test('members come and go by reference, once each, and nobody is in who does not exist', async () => {
  const id = text(await newGroup('club'), 'id')
  const add = (member: string) => graph.send('POST', `groups/${id}/members/$ref`, refOf(member))
  assert.equal((await add(ada)).status, 204)
  const again = "One or more added object references already exist for the following modified properties: 'members'."
  assertRefused(await add(ada), 400, 'Request_BadRequest', again)
  assertRefused(await add(id), 400, 'Request_BadRequest', 'A group cannot be a member of itself.')
  assert.equal((await add('00000000-0000-4000-8000-000000000000')).status, 400)
  assert.equal((await graph.send('DELETE', `groups/${id}/members/${ada}/$ref`)).status, 204)
  const gone = "One or more removed object references do not exist for the following modified properties: 'members'."
  assertRefused(await graph.send('DELETE', `groups/${id}/members/${ada}/$ref`), 400, 'Request_BadRequest', gone)
})

test('groups within groups count for transitive membership, and a circle of them ends', async () => {
  const [inner, outer] = [text(await newGroup('inner'), 'id'), text(await newGroup('outer'), 'id')]
  await graph.send('POST', `groups/${inner}/members/$ref`, refOf(ada))
  await graph.send('POST', `groups/${outer}/members/$ref`, refOf(inner))
  await graph.send('POST', `groups/${inner}/members/$ref`, refOf(outer))
  assert.deepEqual(named(await valuesOf(`users/${ada}/memberOf`)), ['inner'])
  assert.deepEqual(named(await valuesOf(`users/${ada}/transitiveMemberOf`)), ['inner', 'outer'])
  const transitive = named(await valuesOf(`groups/${outer}/transitiveMembers`))
  assert.deepEqual(transitive.map(String).toSorted(), ['Ada', 'inner', 'outer'])
  const ids = await graph.post(`users/${ada}/getMemberObjects`, { securityEnabledOnly: true })
  assert.deepEqual(ids['value'], [inner, outer])
  const checked = await graph.post(`users/${ada}/checkMemberGroups`, { groupIds: [outer, app.id] })
  assert.deepEqual(checked['value'], [outer])
})

test('an external tenant has security groups alone, with names that the service takes', async () => {
  const send = (more: Json) =>
    graph.send('POST', 'groups', {
      displayName: 'x',
      mailNickname: 'x',
      mailEnabled: false,
      securityEnabled: true,
      ...more,
    })
  for (const more of [{ mailEnabled: true }, { securityEnabled: false }, { groupTypes: ['Unified'] }]) {
    assert.match((await send(more)).text, /security groups alone/)
  }
  assert.match((await send({ mailNickname: 'with space' })).text, /mailNickname/)
  assert.match((await send({ displayName: '' })).text, /1 to 256/)
  assert.match((await send({ mailNickname: undefined })).text, /Property 'mailNickname' is required/)
})

test('a group is assigned to a role that users may hold, and seen from both sides', async () => {
  const [forUsers, forApps] = [appRole('Write', { allowedMemberTypes: ['User'] }), appRole('Sync')]
  const api = await register(graph, { displayName: 'api', appRoles: [forUsers, forApps] })
  const group = text(await newGroup('writers'), 'id')
  const assign = (appRoleId: string) => {
    const body = { principalId: group, resourceId: api.servicePrincipalId, appRoleId }
    return graph.send('POST', `groups/${group}/appRoleAssignments`, body)
  }
  const made = await assign(forUsers.id)
  assert.deepEqual(
    [made.status, made.body['principalType'], made.body['principalDisplayName']],
    [201, 'Group', 'writers'],
  )
  assert.equal((await assign(forApps.id)).status, 400)
  const seen = await valuesOf(`servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`)
  assert.deepEqual(
    seen.map(({ principalId }) => principalId),
    [group],
  )
  await graph.send('DELETE', `groups/${group}`)
  assert.deepEqual(await valuesOf(`servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`), [])
})

test('who is deleted leaves the groups, and is in them again when restored', async () => {
  const bob = (await tenant.users.add({ displayName: 'Bob', email: 'bob@example.com' })).objectId
  const id = text(await newGroup('team'), 'id')
  await graph.send('POST', `groups/${id}/members/$ref`, refOf(bob))
  await graph.send('DELETE', `users/${bob}`)
  assert.deepEqual(await valuesOf(`groups/${id}/members`), [])
  await graph.post(`directory/deletedItems/${bob}/restore`, {})
  assert.deepEqual(named(await valuesOf(`groups/${id}/members`)), ['Bob'])
})

test('a user asks for the own groups with User.Read, and an application cannot ask for its own', async () => {
  const claims = { scp: 'User.Read', oid: ada, wids: [], idtyp: 'user' }
  const token = await tenant.tokens.issue({ client: app.appId, resource: 'https://graph.microsoft.com', claims })
  const asAda = graphAs(client, token)
  const held = (await asAda.post('me/getMemberObjects', { securityEnabledOnly: false }))['value']
  assert.ok(Array.isArray(held) && held.length > 0)
  assert.equal((await asAda.send('GET', 'groups')).status, 403)
  assert.equal((await graph.send('GET', 'me/memberOf')).status, 400)
})

test('groups are exported, imported, and gone after a reset', async () => {
  const exported = tenant.export()
  assert.ok(exported.groups.some(({ displayName, members }) => displayName === 'inner' && members.includes(ada)))
  await using other = await startTenant({ dataFolder: null, port: 0 })
  other.import(exported)
  assert.deepEqual(other.export().groups, exported.groups)
  other.reset()
  assert.deepEqual(other.export().groups, [])
  const strange = { ...exported, groups: [{ ...exported.groups[0], members: [tenant.tenantId] }] }
  assert.throws(() => other.import(strange), /groups\[0\]\.members/)
})
