import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, graphToken } from '../graph-client.js'
import { connectTo, guidPattern, type HttpsClient, type Json, list, object, text } from '../https-client.js'
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

const create = (more: Json = {}) => graph.post('applications', { displayName: 'app', ...more })
const path = (application: Json) => `applications/${text(application, 'id')}`
const upsert = { prefer: 'create-if-missing' }
const enabledTwice = 'Permission (scope or role) cannot be deleted or updated unless disabled first.'

test('an application that has only a name is created with the defaults of the service', async () => {
  const reply = await graph.send('POST', 'applications', { displayName: 'only a name' })
  assert.equal(reply.status, 201)
  const { id, appId, createdDateTime, ...rest } = reply.body
  assert.match(String(id), guidPattern)
  assert.match(String(appId), guidPattern)
  assert.notEqual(id, appId)
  assert.match(String(createdDateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  assert.deepEqual(rest, {
    '@odata.context': `${tenant.graph}/$metadata#applications/$entity`,
    deletedDateTime: null,
    applicationTemplateId: null,
    publisherDomain: 'contoso.onmicrosoft.com',
    uniqueName: null,
    displayName: 'only a name',
    description: null,
    notes: null,
    signInAudience: 'AzureADMyOrg',
    identifierUris: [],
    tags: [],
    groupMembershipClaims: null,
    isFallbackPublicClient: null,
    isDeviceOnlyAuthSupported: null,
    api: {
      acceptMappedClaims: null,
      knownClientApplications: [],
      requestedAccessTokenVersion: null,
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
    },
    appRoles: [],
    optionalClaims: null,
    requiredResourceAccess: [],
    web: {
      homePageUrl: null,
      logoutUrl: null,
      redirectUris: [],
      implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
    },
    spa: { redirectUris: [] },
    publicClient: { redirectUris: [] },
    addIns: [],
    defaultRedirectUri: null,
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    passwordCredentials: [],
    samlMetadataUrl: null,
    serviceManagementReference: null,
    tokenEncryptionKeyId: null,
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  })
  const { location } = reply.headers
  assert.equal(location, `${tenant.graph}/applications/${String(id)}`)
  assert.equal(reply.headers['odata-version'], '4.0')
  assert.deepEqual(await graph.get(`applications/${String(id)}`), reply.body)
})

test('an application is found by object id and by appId, in any letter case; one is not the other', async () => {
  const { id, appId } = await create()
  for (const key of [`/${String(id).toUpperCase()}`, `('${String(id)}')`, `(appId='${String(appId).toUpperCase()}')`]) {
    assert.equal((await graph.get(`applications${key}`))['id'], id, key)
  }
  assertRefused(
    await graph.send('GET', `applications/${String(appId)}`),
    404,
    'Request_ResourceNotFound',
    notFoundText(String(appId)),
  )
  const byName = await graph.send('GET', "applications(displayName='app')")
  assertRefused(byName, 400, 'Request_BadRequest', "An application has no key named 'displayName'.")
})

test('an application does not create its service principal', async () => {
  const { appId } = await create()
  const reply = await graph.send('GET', `servicePrincipals(appId='${String(appId)}')`)
  assertRefused(reply, 404, 'Request_ResourceNotFound', notFoundText(String(appId)))
})

test('PATCH replaces lists whole, merges api and web, and leaves the rest', async () => {
  const application = await create({ tags: ['a', 'b'], web: { homePageUrl: 'https://x.example' }, notes: 'kept' })
  await graph.patch(path(application), { tags: ['c'], web: { redirectUris: ['https://x.example/back'] } })
  const kept = await graph.get(path(application))
  assert.deepEqual(kept['tags'], ['c'])
  assert.equal(kept['notes'], 'kept')
  assert.deepEqual(kept['web'], {
    homePageUrl: 'https://x.example',
    logoutUrl: null,
    redirectUris: ['https://x.example/back'],
    implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
  })
})

test('a PATCH of what is not there is 404, with and without a preference, unless it names a uniqueName', async () => {
  const id = randomUUID()
  for (const [key, headers] of [
    [`/${id}`, {}],
    [`/${id}`, upsert],
    [`(appId='${id}')`, upsert],
    [`(uniqueName='${id}')`, {}],
  ] as const) {
    const reply = await graph.send('PATCH', `applications${key}`, { displayName: 'x' }, headers)
    assertRefused(reply, 404, 'Request_ResourceNotFound', notFoundText(id))
  }
})

test('the upsert by uniqueName creates once and updates afterwards', async () => {
  const key = "applications(uniqueName='todo-list''s%20api')"
  const made = await graph.send('PATCH', key, { displayName: 'first' }, upsert)
  assert.equal(made.status, 201)
  assert.equal(made.body['uniqueName'], "todo-list's api")
  assert.equal(made.headers.location, `${tenant.graph}/applications/${text(made.body, 'id')}`)
  const again = await graph.send(
    'PATCH',
    key,
    { displayName: 'second' },
    { prefer: 'return=minimal, Create-If-Missing' },
  )
  assert.equal(again.status, 204)
  const found = await graph.get(key)
  assert.equal(found['displayName'], 'second')
  assert.equal(found['id'], made.body['id'])
})

test('an upsert that creates needs a displayName, and leaves nothing when it is refused', async () => {
  const key = "applications(uniqueName='nameless')"
  assertRefused(
    await graph.send('PATCH', key, {}, upsert),
    400,
    'Request_BadRequest',
    "Property 'displayName' is required.",
  )
  assertRefused(await graph.send('GET', key), 404, 'Request_ResourceNotFound', notFoundText('nameless'))
})

test('addPassword shows the secret once, and afterwards only its first three characters', async () => {
  const application = await create()
  const reply = await graph.send('POST', `${path(application)}/addPassword`, {
    passwordCredential: { displayName: 'one' },
  })
  assert.equal(reply.status, 200)
  assert.match(String(reply.headers['cache-control']), /no-store/)
  const { secretText, keyId, startDateTime, endDateTime, hint } = reply.body
  assert.match(String(secretText), /^[A-Za-z]{3}8Q~[A-Za-z0-9._~-]{34}$/)
  assert.equal(hint, String(secretText).slice(0, 3))
  assert.match(String(keyId), guidPattern)
  assert.equal(new Date(String(endDateTime)).getUTCFullYear(), new Date(String(startDateTime)).getUTCFullYear() + 2)
  const shown = { customKeyIdentifier: null, keyId, displayName: 'one', hint, startDateTime, endDateTime }
  assert.deepEqual(reply.body, {
    '@odata.context': `${tenant.graph}/$metadata#microsoft.graph.passwordCredential`,
    ...shown,
    secretText,
  })
  const read = await client.send('GET', `/v1.0/${path(application)}`, { headers: await authorization() })
  assert.deepEqual(read.body['passwordCredentials'], [{ ...shown, secretText: null }])
  assert.ok(!read.text.includes(String(secretText)))
})

test('a secret keeps the dates it is given, also with an offset and seven decimals', async () => {
  const application = await create()
  const passwordCredential = { startDateTime: '2026-11-23T12:00:00+02:00', endDateTime: '2027-05-23T10:00:00.1234567Z' }
  const added = await graph.post(`${path(application)}/addPassword`, { passwordCredential })
  assert.equal(added['startDateTime'], '2026-11-23T10:00:00.000Z')
  assert.equal(added['endDateTime'], '2027-05-23T10:00:00.123Z')
})

test('a secret that ends before it starts, or at a time without an offset, is refused', async () => {
  const add = async (passwordCredential: Json) =>
    graph.send('POST', `${path(application)}/addPassword`, { passwordCredential })
  const application = await create()
  const backwards = await add({ startDateTime: '2027-01-01T00:00:00Z', endDateTime: '2026-01-01T00:00:00Z' })
  assertRefused(backwards, 400, 'Request_BadRequest', 'endDateTime must be later than startDateTime.')
  const expected = 'a date and time such as 2027-01-31T12:00:00Z was expected.'
  for (const endDateTime of ['2027-01-01T00:00:00', '2027-01-01', '2027-13-01T00:00:00Z', 'soon', 7]) {
    const message = `Invalid value specified for property 'passwordCredential.endDateTime': ${expected}`
    assertRefused(await add({ endDateTime }), 400, 'Request_BadRequest', message)
  }
  assert.deepEqual((await graph.get(path(application)))['passwordCredentials'], [])
})

test('removePassword of an unknown keyId is refused, and of another application too', async () => {
  const [one, other] = [await create(), await create()]
  const { keyId } = await graph.post(`${path(one)}/addPassword`, {})
  for (const unknown of [randomUUID(), String(keyId)]) {
    const reply = await graph.send('POST', `${path(other)}/removePassword`, { keyId: unknown })
    assertRefused(reply, 400, 'Request_BadRequest', `No password credential found with keyId '${unknown}'.`)
  }
  const missing = await graph.send('POST', `${path(one)}/removePassword`, {})
  assertRefused(missing, 400, 'Request_BadRequest', "Property 'keyId' is required.")
  assert.equal(list((await graph.get(path(one)))['passwordCredentials']).length, 1)
})

test('identifierUris: api:// with an id of this tenant, or a verified domain', async () => {
  const application = await create()
  const [appId, domain] = [text(application, 'appId'), 'contoso.onmicrosoft.com']
  const good = [
    `api://${appId}`,
    `api://${tenant.tenantId}/${appId}`,
    `api://todo/${appId.toUpperCase()}`,
    `https://${domain}/x`,
    `https://todo.${domain}`,
  ]
  await graph.patch(path(application), { identifierUris: good })
  assert.deepEqual((await graph.get(path(application)))['identifierUris'], good)
  for (const uri of [
    'api://todo',
    'https://example.com/x',
    `https://not${domain}`,
    `javascript://${domain}/%0aalert(1)`,
    'urn:x',
    `https://${domain}.example.com`,
  ]) {
    const reply = await graph.send('PATCH', path(application), { identifierUris: [uri] })
    const message = `Values of identifierUris property must use a verified domain of the organization or its subdomain: '${uri}'`
    assertRefused(reply, 400, 'HostNameNotOnVerifiedDomain', message)
  }
  for (const uri of [
    '',
    'todo',
    ` api://${appId}`,
    `api://${appId}/ü`,
    `api://${appId}/\n`,
    `api://${appId}/${'x'.repeat(255)}`,
  ]) {
    const reply = await graph.send('PATCH', path(application), { identifierUris: [uri] })
    const message = `'${uri.slice(0, 255)}' is not an absolute URI of 1 to 255 characters.`
    assertRefused(reply, 400, 'Request_BadRequest', message)
  }
  assert.deepEqual((await graph.get(path(application)))['identifierUris'], good)
})

test('an identifierUri belongs to one application, letter case aside, and a refused PATCH changes nothing', async () => {
  const uri = 'https://contoso.onmicrosoft.com/taken'
  const owner = await create({ identifierUris: [uri] })
  const other = await create({ displayName: 'before' })
  const message = 'Another object with the same value for property identifierUris already exists.'
  const details = [{ code: 'ObjectConflict', message, target: 'identifierUris' }]
  const patch = {
    displayName: 'after',
    identifierUris: [`api://${text(other, 'appId')}`, uri.toUpperCase().replace('HTTPS', 'https')],
  }
  assertRefused(await graph.send('PATCH', path(other), patch), 400, 'Request_BadRequest', message, details)
  assert.deepEqual(await graph.get(path(other)), other)
  const count = async () => list((await graph.get('applications?$top=999'))['value']).length
  const earlier = await count()
  const refused = await graph.send('POST', 'applications', { displayName: 'twin', identifierUris: [uri] })
  assertRefused(refused, 400, 'Request_BadRequest', message, details)
  assert.equal(await count(), earlier)
  await graph.patch(path(owner), { identifierUris: [] })
  await graph.patch(path(other), patch)
})

test('an enabled role or scope can neither go away nor change its value; disabled first, it can', async () => {
  const role = appRole('Files.Read')
  const application = await create({ appRoles: [role] })
  const patch = (appRoles: Json[]) => graph.send('PATCH', path(application), { appRoles })
  for (const next of [[], [{ ...role, value: 'Files.Write' }], [{ ...appRole('Files.Read') }]]) {
    assertRefused(await patch(next), 400, 'CannotDeleteOrUpdateEnabledEntitlement', enabledTwice)
  }
  assert.equal((await patch([{ ...role, description: 'another text' }])).status, 204)
  assert.equal((await patch([{ ...role, isEnabled: false }])).status, 204)
  assert.equal((await patch([])).status, 204)

  const scope = { id: randomUUID(), value: 'Files.Read', adminConsentDisplayName: 'a', adminConsentDescription: 'b' }
  await graph.patch(path(application), { api: { oauth2PermissionScopes: [scope] } })
  const removal = await graph.send('PATCH', path(application), { api: { oauth2PermissionScopes: [] } })
  assertRefused(removal, 400, 'CannotDeleteOrUpdateEnabledEntitlement', enabledTwice)
})

test('ids and values of roles and scopes are unique in an application', async () => {
  const role = appRole('Files.Read')
  const sameId = await graph.send('POST', 'applications', {
    displayName: 'x',
    appRoles: [role, { ...appRole('Other'), id: role.id }],
  })
  assertRefused(sameId, 400, 'Request_BadRequest', `The id ${role.id} is used by more than one role or scope.`)
  const sameValue = await graph.send('POST', 'applications', {
    displayName: 'x',
    appRoles: [role, appRole('Files.Read')],
  })
  assertRefused(sameValue, 400, 'Request_BadRequest', "The value 'Files.Read' is used by more than one role or scope.")
  const blank = await graph.send('POST', 'applications', { displayName: 'x', appRoles: [appRole('Files Read')] })
  assertRefused(
    blank,
    400,
    'Request_BadRequest',
    "The value 'Files Read' must be 1 to 120 printable characters without spaces.",
  )
})

test('redirect URIs are https, or http for this machine; native applications may have schemes of their own', async () => {
  const application = await create()
  const good = {
    web: { redirectUris: ['https://app.example/back', 'http://localhost:3000/back'] },
    spa: { redirectUris: ['https://spa.example/', 'http://127.0.0.1:5173/'] },
    publicClient: { redirectUris: ['http://localhost', 'myapp://auth', 'https://native.example/back'] },
    isFallbackPublicClient: true,
  }
  await graph.patch(path(application), good)
  const kept = await graph.get(path(application))
  assert.deepEqual(kept['spa'], good.spa)
  assert.deepEqual(kept['publicClient'], good.publicClient)
  assert.equal(kept['isFallbackPublicClient'], true)
  const wrong: [string, string][] = [
    ['web', 'http://app.example/back'],
    ['web', 'myapp://auth'],
    ['web', '/back'],
    ['web', 'https://app.example/#back'],
    ['web', `https://app.example/${'x'.repeat(256)}`],
    ['spa', 'http://spa.example/'],
    ['publicClient', 'javascript:alert(1)'],
    ['publicClient', 'http://native.example/'],
    ['publicClient', 'https://native.example/a b'],
  ]
  for (const [platform, uri] of wrong) {
    const reply = await graph.send('PATCH', path(application), { [platform]: { redirectUris: [uri] } })
    const message = `The redirect URI '${uri.slice(0, 256)}' is not valid: https, or http for this machine, 1 to 256 characters, no fragment.`
    assertRefused(reply, 400, 'Request_BadRequest', message)
  }
})

test('an application has a limited number of URIs and permissions', async () => {
  const application = await create()
  const appId = text(application, 'appId')
  const uris = (count: number, uri: string) => Array.from({ length: count }, (_, index) => `${uri}/${index}`)
  const permissions = (count: number) =>
    Array.from({ length: count }, () => ({ id: randomUUID(), type: 'Role' as const }))
  const resources = (count: number, each: number) =>
    Array.from({ length: count }, () => ({ resourceAppId: randomUUID(), resourceAccess: permissions(each) }))
  const limits: [string, number, (count: number) => Json][] = [
    ['identifierUris', 50, (count) => ({ identifierUris: uris(count, `api://${appId}`) })],
    ['redirectUris', 256, (count) => ({ web: { redirectUris: uris(count, 'https://app.example') } })],
    ['requiredResourceAccess', 50, (count) => ({ requiredResourceAccess: resources(count, 1) })],
    [
      'requiredResourceAccess.resourceAccess',
      400,
      (count) => ({ requiredResourceAccess: [...resources(1, count - 200), ...resources(1, 200)] }),
    ],
  ]
  for (const [property, most, body] of limits) {
    assert.equal((await graph.send('PATCH', path(application), body(most))).status, 204, property)
    const reply = await graph.send('PATCH', path(application), body(most + 1))
    assertRefused(reply, 400, 'Request_BadRequest', `The property '${property}' takes at most ${most} values.`)
  }
  const long = await graph.send('PATCH', path(application), { description: 'x'.repeat(1_025) })
  assertRefused(long, 400, 'Request_BadRequest', 'description must have at most 1024 characters.')
})

test('group claims are of the known kinds, and only scopes of the application are authorised beforehand', async () => {
  const scope = { id: randomUUID(), value: 'Read', adminConsentDisplayName: 'a', adminConsentDescription: 'b' }
  const application = await create({ api: { oauth2PermissionScopes: [scope] }, groupMembershipClaims: 'SecurityGroup' })
  const friend = { appId: randomUUID(), delegatedPermissionIds: [scope.id] }
  const knownClientApplications = [randomUUID()]
  await graph.patch(path(application), { api: { preAuthorizedApplications: [friend], knownClientApplications } })
  const { api } = await graph.get(path(application))
  assert.deepEqual(object(api)['preAuthorizedApplications'], [friend])
  assert.deepEqual(object(api)['knownClientApplications'], knownClientApplications)
  const unknown = randomUUID()
  const foreign = { api: { preAuthorizedApplications: [{ ...friend, delegatedPermissionIds: [unknown] }] } }
  const message = `api.preAuthorizedApplications names the permission ${unknown}, which the application does not offer.`
  assertRefused(await graph.send('PATCH', path(application), foreign), 400, 'Request_BadRequest', message)
  const claims = await graph.send('PATCH', path(application), { groupMembershipClaims: 'Friends' })
  const kinds = 'groupMembershipClaims must be of None, SecurityGroup, ApplicationGroup, DirectoryRole, All.'
  assertRefused(claims, 400, 'Request_BadRequest', kinds)
})

test('what an application tells of itself is kept, its links one by one', async () => {
  const application = await create({ info: { supportUrl: 'https://help.example' }, serviceManagementReference: 'SM-7' })
  await graph.patch(path(application), { info: { marketingUrl: 'https://shop.example' } })
  const kept = await graph.get(path(application))
  assert.equal(kept['serviceManagementReference'], 'SM-7')
  assert.deepEqual(kept['info'], {
    logoUrl: null,
    marketingUrl: 'https://shop.example',
    privacyStatementUrl: null,
    supportUrl: 'https://help.example',
    termsOfServiceUrl: null,
  })
})

const wrongBodies: readonly [body: unknown, message: string][] = [
  [{}, "Property 'displayName' is required."],
  [{ displayName: '' }, 'displayName must have 1 to 256 characters.'],
  [{ displayName: 'x'.repeat(257) }, 'displayName must have 1 to 256 characters.'],
  [{ displayName: 7 }, "Invalid value specified for property 'displayName': a string was expected."],
  [{ displayName: 'x\0' }, "Invalid value specified for property 'displayName': a string was expected."],
  [{ displayName: null }, "Invalid value specified for property 'displayName': a string was expected."],
  [
    { displayName: 'x', shoeSize: 43 },
    "Could not find a property named 'shoeSize' on type 'microsoft.graph.application'.",
  ],
  [
    { displayName: 'x', passwordCredentials: [] },
    "Could not find a property named 'passwordCredentials' on type 'microsoft.graph.application'.",
  ],
  [
    { displayName: 'x', api: { shoeSize: 1 } },
    "Could not find a property named 'shoeSize' on type 'microsoft.graph.apiApplication'.",
  ],
  [
    { displayName: 'x', signInAudience: 'AzureADMultipleOrgs' },
    "Invalid value specified for property 'signInAudience': one of AzureADMyOrg was expected.",
  ],
  [
    { displayName: 'x', api: { requestedAccessTokenVersion: 3 } },
    "Invalid value specified for property 'api.requestedAccessTokenVersion': one of 1, 2 was expected.",
  ],
  [{ displayName: 'x', api: null }, "Invalid value specified for property 'api': an object was expected."],
  [{ displayName: 'x', tags: 'a' }, "Invalid value specified for property 'tags': a list was expected."],
  [{ displayName: 'x', tags: [1] }, "Invalid value specified for property 'tags[0]': a string was expected."],
  [
    { displayName: 'x', appRoles: [{ id: 'x' }] },
    "Invalid value specified for property 'appRoles[0].id': a GUID was expected.",
  ],
  [{ displayName: 'x', appRoles: [{ id: randomUUID() }] }, "Property 'appRoles[0].displayName' is required."],
  [
    { displayName: 'x', isFallbackPublicClient: 'yes' },
    "Invalid value specified for property 'isFallbackPublicClient': true or false was expected.",
  ],
  [[], 'Invalid request body: an object was expected.'],
  ['text', 'Invalid request body: an object was expected.'],
  [undefined, 'Invalid request body: an object was expected.'],
]

for (const [body, message] of wrongBodies) {
  test(`an application is refused: ${message} (${JSON.stringify(body)?.slice(0, 60)})`, async () => {
    assertRefused(await graph.send('POST', 'applications', body), 400, 'Request_BadRequest', message)
  })
}

test('a body that is no JSON, no UTF-8 or larger than 1 MiB is refused', async () => {
  const headers = { ...(await authorization()), 'content-type': 'application/json' }
  const post = (body: string | Uint8Array) => client.send('POST', '/v1.0/applications', { headers, body })
  const unreadable =
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.'
  assertRefused(await post('{"displayName": '), 400, 'BadRequest', unreadable)
  assertRefused(await post('['.repeat(100_000)), 400, 'BadRequest', unreadable)
  const latin1 = Buffer.from('{"displayName":"ü"}', 'latin1')
  assertRefused(await post(latin1), 400, 'Request_BadRequest', 'Unable to read the request payload.')
  const large = await post(`{"displayName":"${'x'.repeat(1_048_576)}"}`)
  assertRefused(large, 413, 'RequestEntityTooLarge', 'The request body is larger than 1 MiB.')
})

test('names that mean something to JavaScript or SQL are names like any other', async () => {
  const displayName = `'); DROP TABLE applications; -- ünï \u{1F600}`
  const made = await create({ displayName })
  assert.equal((await graph.get(path(made)))['displayName'], displayName)
  const proto = await client.send('POST', '/v1.0/applications', {
    headers: { ...(await authorization()), 'content-type': 'application/json' },
    body: '{"displayName":"x","__proto__":{"appRoles":[]}}',
  })
  const message = "Could not find a property named '__proto__' on type 'microsoft.graph.application'."
  assertRefused(proto, 400, 'Request_BadRequest', message)
})

async function authorization(): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await graphToken(client, tenant, tenant.administrator)}` }
}
