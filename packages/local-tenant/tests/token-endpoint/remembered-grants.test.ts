import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { addCertificate, assertionOf, makeCertificate, requestByAssertion } from '../assertions.js'
import {
  addSecret,
  administer,
  appRole,
  type GraphClient,
  grant,
  type Registered,
  register,
  registerTutorial,
  type Tutorial,
} from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, type Reply } from '../https-client.js'
import { type Credentials, claimsOf, requestToken, verifiedToken } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let tutorial: Tutorial
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
})
beforeEach(async () => {
  tenant.clock.release()
  graph = await administer(client, tenant)
  tutorial = await registerTutorial(graph)
  // From here on the grant is remembered: what each test then changes has to be seen all the same.
  for (const reply of [await ask(), await ask()]) {
    assert.deepEqual(claimsOf(reply)['roles'], ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
  }
})
after(async () => {
  client.close()
  await tenant.close()
})

const ask = (credentials: Credentials = tutorial.daemon, scope = `api://${tutorial.api.appId}/.default`) =>
  requestToken(client, tenant, credentials, scope)

function refused(reply: Reply, status: number, code: number): void {
  assert.equal(reply.status, status, reply.text)
  assert.deepEqual(reply.body['error_codes'], [code])
  assert.equal(reply.body['access_token'], undefined)
}

/** For a clock that goes where no assertion would be good any more. */
const inTenYears = { claims: { exp: Math.floor(Date.now() / 1_000) + 315_360_000 } }

const assignments = async ({ servicePrincipalId }: Registered): Promise<Json[]> =>
  list((await graph.get(`servicePrincipals/${servicePrincipalId}/appRoleAssignedTo`))['value'])

async function takeBack(resource: Registered, roleId: string): Promise<void> {
  const assignment = (await assignments(resource)).find(({ appRoleId }) => appRoleId === roleId)
  const path = `servicePrincipals/${resource.servicePrincipalId}/appRoleAssignedTo/${String(assignment?.['id'])}`
  assert.equal((await graph.send('DELETE', path)).status, 204)
}

test('a role that is taken back is gone from the next token, and one that is given is in it', async () => {
  const { api, daemon, roles } = tutorial
  await takeBack(api, roles[1].id)
  assert.deepEqual(claimsOf(await ask())['roles'], ['ToDoList.Read.All'])
  await takeBack(api, roles[0].id)
  assert.equal(claimsOf(await ask())['roles'], undefined)
  await grant(graph, daemon, api, roles[1])
  assert.deepEqual(claimsOf(await ask())['roles'], ['ToDoList.ReadWrite.All'])
})

test('where assignment is required, the last role that is taken back ends the grant', async () => {
  const { api, roles } = tutorial
  await graph.patch(`servicePrincipals/${api.servicePrincipalId}`, { appRoleAssignmentRequired: true })
  assert.equal((await ask()).status, 200)
  for (const { id } of roles) await takeBack(api, id)
  refused(await ask(), 400, 501051)
})

test('a secret that is removed is refused at once, while another one of the client still works', async () => {
  const { daemon } = tutorial
  const other = await addSecret(graph, daemon.id)
  const [first] = list((await graph.get(`applications/${daemon.id}`))['passwordCredentials'])
  const removed = await graph.send('POST', `applications/${daemon.id}/removePassword`, { keyId: first?.['keyId'] })
  assert.equal(removed.status, 204, removed.text)
  refused(await ask(), 401, 7000215)
  assert.equal((await ask({ ...daemon, clientSecret: other })).status, 200)
})

test("a secret ends with the tenant's clock, though nothing was written since its last token", async () => {
  const { daemon } = tutorial
  const inAnHour = new Date(tenant.clock.now().getTime() + 3_600_000).toISOString()
  const clientSecret = await addSecret(graph, daemon.id, { endDateTime: inAnHour })
  const credentials = { ...daemon, clientSecret }
  assert.equal((await ask(credentials)).status, 200)
  tenant.clock.advance({ hours: 1 })
  refused(await ask(credentials), 401, 7000222)
  tenant.clock.advance({ hours: -1 })
  assert.equal((await ask(credentials)).status, 200)
})

test("a certificate is refused once it is removed or over by the tenant's clock", async () => {
  const { daemon } = tutorial
  const [certificate, other] = [await makeCertificate(), await makeCertificate()]
  const present = () =>
    requestByAssertion(client, tenant, daemon.appId, assertionOf(tenant, daemon.appId, certificate, inTenYears))
  await addCertificate(graph, daemon.id, certificate)
  assert.deepEqual([(await present()).status, (await present()).status], [200, 200])
  tenant.clock.advance({ days: 5 * 365 + 2 })
  refused(await present(), 401, 700027)
  tenant.clock.release()
  assert.equal((await present()).status, 200)
  await addCertificate(graph, daemon.id, other)
  refused(await present(), 401, 700027)
})

test("the times of a token are of the tenant's clock, not of the moment its grant was remembered", async () => {
  const first = claimsOf(await ask())
  tenant.clock.advance({ days: 3 })
  const second = claimsOf(await ask())
  assert.ok(Number(second['iat']) - Number(first['iat']) >= 3 * 86_400)
  assert.ok(Number(second['exp']) - Number(second['iat']) >= 3_600)
  for (const claim of ['uti', 'aio', 'rh', 'xms_ftd']) assert.notEqual(second[claim], first[claim], claim)
})

test('a client whose service principal is switched off gets nothing more, until it is switched on', async () => {
  const path = `servicePrincipals/${tutorial.daemon.servicePrincipalId}`
  await graph.patch(path, { accountEnabled: false })
  refused(await ask(), 400, 7000112)
  await graph.patch(path, { accountEnabled: true })
  assert.equal((await ask()).status, 200)
})

test('an API whose service principal is switched off gets no more tokens made for it', async () => {
  const path = `servicePrincipals/${tutorial.api.servicePrincipalId}`
  await graph.patch(path, { accountEnabled: false })
  const reply = await ask()
  assert.ok(reply.status >= 400, reply.text)
  assert.equal(reply.body['access_token'], undefined)
  await graph.patch(path, { accountEnabled: true })
  assert.equal((await ask()).status, 200)
})

test('an identifier URI that moves to another API names that one from then on', async () => {
  const { api } = tutorial
  const uri = `api://${tenant.tenantId}/${api.appId}`
  await graph.patch(`applications/${api.id}`, { identifierUris: [uri] })
  const scope = `${uri}/.default`
  assert.equal(claimsOf(await ask(tutorial.daemon, scope))['aud'], api.appId)
  await graph.patch(`applications/${api.id}`, { identifierUris: [] })
  refused(await ask(tutorial.daemon, scope), 400, 500011)
  const heir = await register(graph, { displayName: 'heir', api: { requestedAccessTokenVersion: 2 } })
  await graph.patch(`applications/${heir.id}`, { identifierUris: [uri] })
  const claims = claimsOf(await ask(tutorial.daemon, scope))
  assert.equal(claims['aud'], heir.appId)
  assert.equal(claims['roles'], undefined)
})

test("what the API's registration says of its tokens counts for the next one", async () => {
  const { api, roles } = tutorial
  await graph.patch(`applications/${api.id}`, { optionalClaims: null })
  assert.equal(claimsOf(await ask())['idtyp'], undefined)
  await graph.patch(`applications/${api.id}`, { api: { requestedAccessTokenVersion: 1 } })
  assert.equal(claimsOf(await ask())['ver'], '1.0')
  for (const role of [
    { ...roles[0], isEnabled: false },
    { ...roles[0], value: 'Renamed' },
  ]) {
    await graph.patch(`applications/${api.id}`, { appRoles: [role, roles[1]] })
  }
  assert.deepEqual(claimsOf(await ask())['roles'], ['Renamed', 'ToDoList.ReadWrite.All'])
})

test('a snapshot that is restored takes back what came after it, and a reset takes everything', async () => {
  const { api, daemon } = tutorial
  const snapshot = tenant.snapshot()
  const role = appRole('Later')
  await graph.patch(`applications/${api.id}`, { appRoles: [...tutorial.roles, role] })
  await grant(graph, daemon, api, role)
  const latecomer = await register(graph, { displayName: 'latecomer' })
  const credentials = { clientId: latecomer.appId, clientSecret: await addSecret(graph, latecomer.id) }
  assert.ok(JSON.stringify(claimsOf(await ask())['roles']).includes('Later'))
  assert.equal((await ask(credentials)).status, 200)
  tenant.restore(snapshot)
  assert.deepEqual(claimsOf(await ask())['roles'], ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
  refused(await ask(credentials), 400, 700016)
  tenant.reset()
  refused(await ask(), 400, 700016)
})

test('what an import brings counts for the next token', async () => {
  tenant.reset()
  refused(await ask(), 400, 700016)
  const { appId: api } = tenant.apps.add({ displayName: 'api', appRoles: ['Read'] })
  const grants = [{ api, roles: ['Read'] }]
  const { appId: clientId, clientSecret } = tenant.apps.add({ displayName: 'app', secret: true, grants })
  assert.ok(clientSecret)
  const askAgain = async () => claimsOf(await ask({ clientId, clientSecret }, `${api}/.default`))['roles']
  assert.deepEqual(await askAgain(), ['Read'])
  const exported = tenant.export()
  tenant.reset()
  tenant.import({ ...exported, appRoleAssignments: [] })
  assert.equal(await askAgain(), undefined)
})

test('after a rotation the next token is signed with the new key and names it', async () => {
  const { header: former } = await verifiedToken(await ask(), client, tenant)
  const { kid } = await tenant.keys.rotate()
  const { header } = await verifiedToken(await ask(), client, tenant)
  assert.equal(header['kid'], kid)
  assert.notEqual(kid, former['kid'])
  const [{ kid: replacement } = { kid: '' }] = (await tenant.keys.replaceAll()).filter(
    ({ state }) => state === 'current',
  )
  const { header: last } = await verifiedToken(await ask(), client, tenant)
  assert.equal(last['kid'], replacement)
})

test('a remembered grant proves nothing: a wrong secret is refused, and another client gets its own token', async () => {
  const { daemon, api } = tutorial
  refused(await ask({ ...daemon, clientSecret: 'wrong' }), 401, 7000215)
  const other = await register(graph, { displayName: 'other' })
  const claims = claimsOf(await ask({ clientId: other.appId, clientSecret: await addSecret(graph, other.id) }))
  assert.equal(claims['azp'], other.appId)
  assert.equal(claims['oid'], other.servicePrincipalId)
  assert.equal(claims['aud'], api.appId)
  assert.equal(claims['roles'], undefined)
})

test('the issuer of a token is that of its own request, whatever host was asked first', async () => {
  const { tenantId } = tenant
  const issuer = async (host: string) => {
    const scope = `${tutorial.api.appId}/.default`
    return claimsOf(await requestToken(client, tenant, tutorial.daemon, scope, { headers: { host } }))['iss']
  }
  const local = `localhost:${tenant.port}`
  const named = `${tenant.subdomain}.ciamlogin.com`
  assert.equal(await issuer(local), `https://${local}/${tenantId}/v2.0`)
  assert.equal(await issuer(named), `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`)
  assert.equal(await issuer(local), `https://${local}/${tenantId}/v2.0`)
})

test('a token states how its own request was proved, whatever proof came first', async () => {
  const { daemon } = tutorial
  const certificate = await makeCertificate()
  await addCertificate(graph, daemon.id, certificate)
  const bySecret = async () => claimsOf(await ask(daemon, '.default'))['appidacr']
  const byAssertion = async () => {
    const assertion = assertionOf(tenant, daemon.appId, certificate)
    return claimsOf(await requestByAssertion(client, tenant, daemon.appId, assertion))['appidacr']
  }
  assert.deepEqual([await bySecret(), await byAssertion(), await bySecret()], ['1', '2', '1'])
})
