import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '../../src/index.js'
import { addCertificate, makeCertificate } from '../assertions.js'
import { administer, appRole } from '../graph-client.js'
import { connectTo, list, object } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'
import { codeOf, given } from './asking.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-export-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const users = [{ name: 'alice', displayName: 'Alice Meyer' }]

test('an empty tenant turns into the exported one: same applications, users, secrets and grants', async () => {
  await using source = await given({ users })
  const { tenant, client, api, daemon } = source
  const graph = await administer(client, tenant)
  await addCertificate(graph, daemon.objectId, await makeCertificate())
  await graph.post(`applications/${daemon.objectId}/federatedIdentityCredentials`, {
    name: 'ci-main',
    issuer: 'https://issuer.example.com',
    subject: 'main',
    audiences: ['api://AzureADTokenExchange'],
  })
  const ownUri = `api://${tenant.tenantId}/orders`
  await graph.patch(`applications(appId='${api.appId}')`, { identifierUris: [api.identifierUri, ownUri] })
  const principal = await graph.get(`servicePrincipals(appId='${daemon.clientId}')`)
  const resource = await graph.get(`servicePrincipals(appId='${api.appId}')`)
  const identity = {
    signInType: 'emailAddress',
    issuer: 'contoso.onmicrosoft.com',
    issuerAssignedId: 'zoe@example.com',
  }
  const passwordProfile = { password: 'Tuesday-Piano-7' }
  const zoe = { displayName: 'Zoe', accountEnabled: true, identities: [identity], passwordProfile }
  const { id: zoeId } = await graph.post('users', zoe)
  await graph.send('POST', `applications/${daemon.objectId}/owners/$ref`, { '@odata.id': `users/${String(zoeId)}` })
  const ends = { clientId: principal['id'], resourceId: resource['id'], scope: 'Read' }
  await graph.post('oauth2PermissionGrants', { ...ends, consentType: 'Principal', principalId: zoeId })
  const file = JSON.stringify(tenant.export())
  assert.ok(!file.includes('Tuesday-Piano-7'))
  assert.ok(!file.includes(daemon.clientSecret) && !file.includes(tenant.administrator.clientId))
  assert.doesNotMatch(file, /PRIVATE|private_?key/i)

  await using target = await startTenant({ dataFolder: folder, port: 0, subdomain: 'fabrikam' })
  target.import(JSON.parse(file))
  const moved = file
    .replaceAll(tenant.tenantId, target.tenantId)
    .replaceAll('contoso.onmicrosoft.com', 'fabrikam.onmicrosoft.com')
    .replace('"subdomain":"contoso","displayName":"Contoso"', '"subdomain":"fabrikam","displayName":"Fabrikam"')
  assert.deepEqual(target.export(), JSON.parse(moved))
  const { send, close } = connectTo(target)
  const scope = `api://${target.tenantId}/orders/.default`
  const reply = await requestToken({ send, close }, target, daemon, scope)
  assert.deepEqual(claimsOf(reply)['roles'], ['Read'])
  // Its own administrator goes on administering, also across a restart.
  const names = await (await administer({ send, close }, target)).get('users?$select=userPrincipalName')
  assert.deepEqual(names['value'], [
    { userPrincipalName: 'alice@fabrikam.onmicrosoft.com' },
    { userPrincipalName: `${String(zoeId)}@fabrikam.onmicrosoft.com` },
  ])
  close()
  await target.close()
  await using again = await startTenant({ dataFolder: folder, port: 0, subdomain: 'fabrikam' })
  assert.deepEqual(again.export(), JSON.parse(moved))
})

test('an application registered through Graph is imported as it was exported, also from when the origin of a role was kept', async () => {
  await using source = await given()
  const graph = await administer(source.client, source.tenant)
  const role = appRole('Orders.Read')
  const { id: objectId } = await graph.post('applications', {
    displayName: 'orders',
    appRoles: [role, appRole('Orders.Write', { origin: 'Application' })],
  })
  // Sent back as it was read, origins and all.
  const { appRoles } = await graph.get(`applications/${String(objectId)}?$select=appRoles`)
  assert.deepEqual(list(appRoles)[0], { ...role, origin: 'Application' })
  await graph.patch(`applications/${String(objectId)}`, { appRoles })
  assert.deepEqual((await graph.get(`applications/${String(objectId)}?$select=appRoles`))['appRoles'], appRoles)
  const file = JSON.stringify(source.tenant.export())
  assert.ok(!file.includes('"origin"'))

  await using target = await startTenant({ dataFolder: null, port: 0 })
  const moved = file.replaceAll(source.tenant.tenantId, target.tenantId)
  target.import(JSON.parse(file))
  assert.deepEqual(target.export(), JSON.parse(moved))
  target.reset()
  target.import(JSON.parse(file.replaceAll('"allowedMemberTypes"', '"origin":"Application","allowedMemberTypes"')))
  assert.deepEqual(target.export(), JSON.parse(moved))
})

test('an export from before users had more than a name is filled up with what a new user has', async () => {
  await using source = await given({ users })
  const older = JSON.parse(JSON.stringify(source.tenant.export())) as Record<string, unknown>
  for (const name of ['owners', 'oauth2PermissionGrants']) delete older[name]
  const without = (collection: string, ...names: string[]) => {
    for (const item of list(older[collection])) {
      const part = collection === 'users' ? item : object(item['properties'])
      for (const name of names) delete (part as Record<string, unknown>)[name]
    }
  }
  without('users', 'identities', 'userType', 'password')
  without('applications', 'info', 'samlMetadataUrl')
  without('servicePrincipals', 'notes')
  await using target = await startTenant({ dataFolder: null, port: 0 })
  target.import(older)
  const [alice] = target.export().users
  assert.deepEqual([alice?.identities, alice?.userType, alice?.password], [[], 'Member', null])
})

test('owners and grants have to name objects of the document', async () => {
  await using source = await given({ users })
  await using target = await startTenant({ dataFolder: null, port: 0 })
  const document = source.tenant.export()
  const [someone = '', nobody] = [document.users[0]?.objectId, document.tenant.tenantId]
  const grant = {
    id: 'x',
    clientId: nobody,
    consentType: 'AllPrincipals',
    principalId: null,
    resourceId: nobody,
    scope: '',
  }
  const wrong: [object, RegExp][] = [
    [
      { owners: [{ objectId: nobody, ownerId: someone }] },
      /^'owners\[0\]' names an object that is not in the document\.$/,
    ],
    [
      { oauth2PermissionGrants: [grant] },
      /^'oauth2PermissionGrants\[0\]' names an object that is not in the document\.$/,
    ],
  ]
  for (const [more, message] of wrong) {
    assert.throws(() => target.import({ ...document, ...more }), { code: 'invalid_export', message })
  }
})

test('what is foreign or damaged is refused whole, with what is wrong and where', async () => {
  await using source = await given({ users })
  const file = JSON.stringify(source.tenant.export())
  await using target = await startTenant({ dataFolder: null, port: 0 })
  const before = target.export()
  const refused = (document: unknown, message: RegExp) => {
    assert.throws(() => target.import(document), { name: 'ControlRefusal', code: 'invalid_export', message })
    assert.deepEqual(target.export(), before)
  }
  for (const foreign of [null, 7, [], 'x']) refused(foreign, /^The document has to be an object\.$|'format' has to be/)
  refused({}, /^'format' has to be one of tenantry-export\.$/)
  refused({ format: 'tenantry-export', version: 2 }, /^'version' has to be one of 1\.$/)
  refused({ format: 'tenantry-export', version: 1 }, /^'tenant' has to be there\.$/)
  const damaged = (change: (copy: Document) => void) => {
    const copy = JSON.parse(file) as Document
    // The API first, then the daemon: both were made in one millisecond.
    copy.applications.sort((one, other) =>
      JSON.stringify(one['properties']).localeCompare(JSON.stringify(other['properties'])),
    )
    change(copy)
    return copy
  }
  const wrong: [(copy: Document) => unknown, RegExp][] = [
    [(c) => delete at(c.applications, 0)['created'], /^'applications\[0\]\.created' has to be there\.$/],
    [(c) => (at(c.applications, 1)['secret'] = 1), /^'applications\[1\]\.secret' has to be left out/],
    [(c) => (at(c.applications, 0)['appId'] = 'X'), /^'applications\[0\]\.appId' has to be a GUID in lower case\.$/],
    [(c) => (at(c.applications, 0)['created'] = '1999'), /^'applications\[0\]\.created' has to be a time such as/],
    [
      (c) => (at(c.applications, 0)['properties'] = {}),
      /^'applications\[0\]\.properties\.displayName' has to be there\.$/,
    ],
    [
      (c) => (propertiesOf(c)['displayName'] = ''),
      /^'applications\[0\]\.properties' breaks a rule: displayName must have/,
    ],
    [(c) => (propertiesOf(c)['identifierUris'] = ['api://x']), /breaks a rule: an identifier URI is of a domain/],
    [(c) => c.applications.push(at(c.applications, 0)), /^'applications\[2\]' repeats /],
    [
      (c) => (at(c.servicePrincipals, 1)['appId'] = c.tenant.tenantId),
      /^'servicePrincipals\[1\]\.appId' names no application/,
    ],
    [(c) => c.servicePrincipals.shift(), /has to hold the one of Microsoft Graph/],
    [
      (c) => (at(c.appRoleAssignments, 0)['resourceId'] = c.tenant.tenantId),
      /^'appRoleAssignments\[0\]' names a service principal/,
    ],
    [(c) => (at(c.users, 0)['accountEnabled'] = 'yes'), /^'users\[0\]\.accountEnabled' has to be true or false\.$/],
    [
      (c) => (at(secretsOf(c), 0)['hash'] = 'AAAA'),
      /^'applications\[1\]\.secrets' has a hash or a salt of the wrong length\.$/,
    ],
    [(c) => (at(secretsOf(c), 0)['salt'] = '%'), /^'applications\[1\]\.secrets\[0\]\.salt' has to be base64\.$/],
    [
      (c) => (at(c.applications, 0)['certificates'] = [certificate]),
      /certificates\[0\]\.certificate' has to be an X\.509/,
    ],
  ]
  for (const [change, message] of wrong) refused(damaged(change), message)
})

test('a tenant with applications imports nothing', async () => {
  await using here = await given()
  assert.throws(() => here.tenant.import(here.tenant.export()), {
    name: 'ControlRefusal',
    code: 'not_empty',
    message: 'The tenant has applications already: reset it first, or import into a new one.',
  })
  assert.equal((await here.ask()).status, 200)
})

test('a snapshot brings back what was there, and only in its own tenant', async () => {
  await using here = await given()
  await using other = await startTenant({ dataFolder: null, port: 0 })
  const { tenant, ask } = here
  const snapshot = tenant.snapshot()
  tenant.apps.add({ displayName: 'later' })
  tenant.restore(snapshot)
  assert.deepEqual(tenant.export(), snapshot)
  assert.equal((await ask()).status, 200)
  assert.throws(() => other.restore(snapshot), { name: 'ControlRefusal', code: 'invalid_snapshot' })
})

test('reset leaves a new tenant with its ids, keys, administrator and first users', async () => {
  await using here = await given({ users })
  const { tenant, client, ask } = here
  const keys = tenant.keys.list()
  const people = tenant.export().users
  const graph = await administer(client, tenant)
  tenant.faults.add({ where: 'keys', status: 500 })
  tenant.clock.advance({ days: 1 })
  await ask()
  tenant.reset()
  assert.deepEqual(tenant.export().applications, [])
  assert.deepEqual(tenant.export().appRoleAssignments, [])
  assert.deepEqual(tenant.export().users, people)
  assert.deepEqual(tenant.keys.list(), keys)
  assert.deepEqual([tenant.faults.list(), tenant.requests.count(), tenant.signIns.list()], [[], 0, []])
  assert.ok(Math.abs(tenant.clock.now().getTime() - Date.now()) < 60_000)
  assert.equal(codeOf(await ask()), 700016)
  assert.equal((await graph.send('GET', 'organization')).status, 200)
  tenant.reset()
})

type Item = Record<string, unknown>
interface Document {
  tenant: { tenantId: string }
  applications: Item[]
  servicePrincipals: Item[]
  appRoleAssignments: Item[]
  users: Item[]
}

function at(items: readonly Item[], index: number): Item {
  const item = items[index]
  assert.ok(item)
  return item
}

const propertiesOf = (document: Document) => at(document.applications, 0)['properties'] as Item
const secretsOf = (document: Document) => at(document.applications, 1)['secrets'] as Item[]

const certificate = {
  keyId: '11111111-2222-3333-4444-555555555555',
  displayName: null,
  startDateTime: '2026-01-01T00:00:00.000Z',
  endDateTime: '2027-01-01T00:00:00.000Z',
  customKeyIdentifier: 'AAAA',
  certificate: 'AAAA',
}
