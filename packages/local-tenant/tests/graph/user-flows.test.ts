import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, type GraphClient, register } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, object, text } from '../https-client.js'

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

const flows = 'identity/authenticationEventsFlows'
const forSignUp = (handler: string) => ({ '@odata.type': `#microsoft.graph.${handler}ExternalUsersSelfServiceSignUp` })
const input = (attribute: string, more: Json = {}) => ({
  attribute,
  label: attribute,
  inputType: 'Text',
  hidden: false,
  editable: true,
  writeToDirectory: true,
  required: false,
  ...more,
})

/** A user flow as the documentation's examples make one. */
const flowNamed = (displayName: string, more: Json = {}): Json => ({
  '@odata.type': '#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow',
  displayName,
  onAuthenticationMethodLoadStart: {
    ...forSignUp('onAuthenticationMethodLoadStart'),
    identityProviders: [{ id: 'EmailPassword-OAUTH' }],
  },
  onInteractiveAuthFlowStart: { ...forSignUp('onInteractiveAuthFlowStart'), isSignUpAllowed: true },
  onAttributeCollection: {
    ...forSignUp('onAttributeCollection'),
    attributes: [
      { id: 'email', displayName: 'Email Address', userFlowAttributeType: 'builtIn', dataType: 'string' },
      { id: 'displayName', displayName: 'Display Name', userFlowAttributeType: 'builtIn', dataType: 'string' },
    ],
    attributeCollectionPage: {
      views: [{ inputs: [input('email', { hidden: true, editable: false, required: true }), input('displayName')] }],
    },
  },
  ...more,
})
const valuesOf = async (path: string) => list((await graph.get(path))['value'])

test('a user flow is made as documented, read, found by its application, changed and deleted', async () => {
  const app = await register(graph, { displayName: 'shop' })
  const includeApplications = [{ appId: app.appId }]
  const made = await graph.send(
    'POST',
    flows,
    flowNamed('Shop', { conditions: { applications: { includeApplications } } }),
  )
  assert.equal(made.status, 201, made.text)
  const id = text(made.body, 'id')
  assert.ok(String(made.headers.location).endsWith(`/v1.0/${flows}/${id}`))
  assert.equal(made.body['@odata.type'], '#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow')
  assert.deepEqual([made.body['priority'], made.body['description']], [500, null])
  assert.deepEqual(made.body['conditions'], { applications: { includeAllApplications: false } })
  const page = object(object(made.body['onAttributeCollection'])['attributeCollectionPage'])
  const [view] = list(page['views'])
  assert.deepEqual(list(view?.['inputs'])[1], {
    ...input('displayName', { inputType: 'text' }),
    defaultValue: null,
    validationRegEx: null,
    options: [],
  })
  const filter = `microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/conditions/applications/includeApplications/any(appId:appId/appId eq '${app.appId}')`
  const found = await valuesOf(`${flows}?$filter=${encodeURIComponent(filter)}`)
  assert.deepEqual(
    found.map((flow) => flow['id']),
    [id],
  )
  await graph.patch(`${flows}/${id}`, { displayName: 'The shop', priority: 100 })
  assert.equal((await graph.get(`${flows}/${id}`))['displayName'], 'The shop')
  assert.equal((await graph.send('DELETE', `${flows}/${id}`)).status, 204)
  assert.equal((await graph.send('GET', `${flows}/${id}`)).status, 404)
})

test('an application is linked to one user flow at most, and goes with its registration', async () => {
  const app = await register(graph, { displayName: 'one' })
  const [first, second] = [
    text(await graph.post(flows, flowNamed('a')), 'id'),
    text(await graph.post(flows, flowNamed('b')), 'id'),
  ]
  const linked = (id: string) => `${flows}/${id}/conditions/applications/includeApplications`
  assert.equal((await graph.send('POST', linked(first), { appId: app.appId })).status, 201)
  const twice = await graph.send('POST', linked(second), { appId: app.appId })
  assert.match(twice.text, /is linked to a user flow already/)
  assert.deepEqual(await valuesOf(linked(first)), [{ appId: app.appId }])
  assert.equal((await graph.send('DELETE', `${linked(first)}/${app.appId}`)).status, 204)
  assert.equal((await graph.send('POST', linked(second), { appId: app.appId })).status, 201)
  await graph.send('DELETE', `applications/${app.id}`)
  assert.deepEqual(await valuesOf(linked(second)), [])
})

test('the way to sign in and the attributes are changed by reference', async () => {
  const id = text(await graph.post(flows, flowNamed('by reference')), 'id')
  const base = `${flows}/${id}/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow`
  const providers = `${base}/onAuthenticationMethodLoadStart/microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders`
  const attributes = `${base}/onAttributeCollection/microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes`
  const otp = { '@odata.id': 'https://graph.microsoft.com/v1.0/identityProviders/EmailOtpSignup-OAUTH' }
  assert.equal((await graph.send('POST', `${providers}/$ref`, otp)).status, 204)
  assert.deepEqual(
    (await valuesOf(providers)).map((provider) => provider['id']),
    ['EmailOtpSignup-OAUTH'],
  )
  const city = { '@odata.id': 'https://graph.microsoft.com/v1.0/identity/userFlowAttributes/city' }
  assert.equal((await graph.send('POST', `${attributes}/$ref`, city)).status, 204)
  assert.deepEqual(
    (await valuesOf(attributes)).map((attribute) => attribute['id']),
    ['email', 'displayName', 'city'],
  )
  assert.equal((await graph.send('DELETE', `${attributes}/city/$ref`)).status, 204)
  assert.equal((await graph.send('DELETE', `${attributes}/city/$ref`)).status, 404)
})

test('what a user flow cannot be is refused with what is wrong', async () => {
  const refused = async (more: Json, says: RegExp) => {
    const reply = await graph.send('POST', flows, flowNamed(`refused ${Math.random()}`, more))
    assert.equal(reply.status, 400, reply.text)
    assert.match(reply.text, says)
  }
  const providers = (...ids: string[]) => ({
    onAuthenticationMethodLoadStart: { identityProviders: ids.map((id) => ({ id })) },
  })
  await refused({ displayName: '' }, /1 to 256/)
  await refused(providers(), /at least one identity provider/)
  await refused(providers('Google-OAUTH'), /'Google-OAUTH' is not one of this tenant/)
  await refused(providers('EmailPassword-OAUTH', 'EmailOtpSignup-OAUTH'), /one way to sign in/)
  const views = (...inputs: Json[]) => ({ onAttributeCollection: { attributeCollectionPage: { views: [{ inputs }] } } })
  await refused(views(input('shoeSize')), /no user flow attribute 'shoeSize'/)
  await refused(views(input('city'), input('city')), /each attribute once/)
  await refused(views(input('city', { validationRegEx: '(' })), /no regular expression/)
  await refused(views(input('city', { inputType: 'radioSingleSelect' })), /needs options/)
  await refused(views(input('city', { inputType: 'boolean' })), /of the type string/)
  await refused({ conditions: { applications: { includeAllApplications: true } } }, /link each application/)
  await refused({ onAttributeCollectionStart: {} }, /calls no custom authentication extensions/)
  await refused({ priority: -1 }, /0 to 1000/)
  await refused({ priority: '1' }, /0 to 1000/)
  const unknown = { conditions: { applications: { includeApplications: [{ appId: tenant.tenantId }] } } }
  await refused(unknown, /does not reference a valid application object/)
  const [incomplete, taken] = [{ displayName: 'x' }, flowNamed('A')]
  assert.match((await graph.send('POST', flows, incomplete)).text, /'onInteractiveAuthFlowStart' is required/)
  assert.match((await graph.send('POST', flows, taken)).text, /same value for property displayName/)
  assert.equal((await graph.send('GET', `${flows}?$filter=priority%20eq%201`)).status, 400)
})

test('every tenant has the built-in attributes; custom ones are properties of its users', async () => {
  const builtIn = await valuesOf('identity/userFlowAttributes')
  assert.deepEqual(
    builtIn.map(({ id }) => id),
    [
      'city',
      'country',
      'displayName',
      'email',
      'givenName',
      'jobTitle',
      'postalCode',
      'state',
      'streetAddress',
      'surname',
    ],
  )
  const made = await graph.post('identity/userFlowAttributes', { displayName: 'Shoe Size', dataType: 'int64' })
  const id = text(made, 'id')
  assert.match(id, /^extension_[0-9a-f]{32}_ShoeSize$/)
  const appId = id.slice(10, 42).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  assert.match(text(await graph.get(`applications(appId='${appId}')`), 'displayName'), /^b2c-extensions-app/)
  const user = await tenant.users.add({ displayName: 'Ada', email: 'ada@example.com' })
  await graph.patch(`users/${user.objectId}`, { [id]: 41 })
  assert.equal((await graph.get(`users/${user.objectId}?$select=displayName,${id}`))[id], 41)
  assert.equal(id in (await graph.get(`users/${user.objectId}`)), false)
  assert.equal((await graph.send('PATCH', `users/${user.objectId}`, { [id]: 'large' })).status, 400)
  const other = { [`${id}x`]: 1 }
  assert.match((await graph.send('PATCH', `users/${user.objectId}`, other)).text, /not available/)
  await graph.patch(`users/${user.objectId}`, { [id]: null })
  assert.equal(id in (await graph.get(`users/${user.objectId}?$select=${id}`)), false)
})

test('an attribute cannot be taken from under a user flow, and a built-in one not at all', async () => {
  const id = text(await graph.post('identity/userFlowAttributes', { displayName: 'Hobby' }), 'id')
  const collection = { attributeCollectionPage: { views: [{ inputs: [input(id)] }] } }
  const flow = text(await graph.post(flows, flowNamed('hobbies', { onAttributeCollection: collection })), 'id')
  const remove = () => graph.send('DELETE', `identity/userFlowAttributes/${id}`)
  assert.match((await remove()).text, /used by the user flow 'hobbies'/)
  await graph.send('DELETE', `${flows}/${flow}`)
  assert.equal((await remove()).status, 204)
  assert.match((await graph.send('DELETE', 'identity/userFlowAttributes/city')).text, /built-in attribute 'city'/)
  for (const displayName of ['', '1st', 'a-b', 'a  b']) {
    assert.equal((await graph.send('POST', 'identity/userFlowAttributes', { displayName })).status, 400, displayName)
  }
})

test('user flows and attributes are exported, imported, and gone after a reset', async () => {
  const exported = tenant.export()
  assert.ok(exported.userFlows.length > 0 && exported.userAttributes.length > 0)
  await using other = await startTenant({ dataFolder: null, port: 0 })
  other.import(exported)
  assert.deepEqual(other.export().userFlows, exported.userFlows)
  assert.deepEqual(other.export().userAttributes, exported.userAttributes)
  other.reset()
  assert.deepEqual([other.export().userFlows, other.export().userAttributes], [[], []])
  const strange = { ...exported, userFlows: [{ ...exported.userFlows[0], applications: [tenant.tenantId] }] }
  assert.throws(() => other.import(strange), /userFlows\[0\]/)
})

test('an import is held to the rules that Graph holds user flows and attributes to', async () => {
  const exported = tenant.export()
  const [flow] = exported.userFlows
  const [attribute] = exported.userAttributes
  assert.ok(flow !== undefined && attribute !== undefined)
  const city = {
    attribute: 'city',
    label: 'City',
    inputType: 'text',
    defaultValue: null,
    hidden: false,
    editable: true,
    writeToDirectory: true,
    required: false,
    validationRegEx: null,
    options: [],
  }
  const withInputs = (...inputs: Json[]) => ({ userFlows: [{ ...flow, inputs }] })
  const wrong: [object, RegExp][] = [
    [withInputs({ ...city, validationRegEx: '(' }), /^'userFlows\[0\]' is refused: .* is no regular expression\.$/],
    [withInputs({ ...city, inputType: 'radioSingleSelect' }), /needs options to choose from/],
    [withInputs({ ...city, inputType: 'boolean' }), /is of the type string/],
    [withInputs({ ...city, attribute: 'shoeSize' }), /names an application or attribute that is not in the document/],
    [withInputs(city, city), /asks for each attribute once/],
    [{ userFlows: [{ ...flow, displayName: '' }] }, /displayName must have 1 to 256 characters/],
    [{ userFlows: [{ ...flow, priority: 1001 }] }, /priority/],
    [{ userAttributes: [{ ...attribute, displayName: '<b>' }], userFlows: [] }, /^'userAttributes\[0\]' is refused: /],
    [
      { userAttributes: [{ ...attribute, id: 'city' }], userFlows: [] },
      /'userAttributes\[0\]\.id' has to be extension_/,
    ],
  ]
  await using other = await startTenant({ dataFolder: null, port: 0 })
  const untouched = other.export()
  for (const [more, message] of wrong) {
    assert.throws(() => other.import({ ...exported, ...more }), { code: 'invalid_export', message })
  }
  assert.deepEqual(other.export(), untouched)
  other.import({ ...exported, ...withInputs({ ...city, validationRegEx: '^\\w+$' }) })
})
