import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
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
import { connectTo, guidPattern, type HttpsClient, type Json, list, text } from '../https-client.js'
import { assertRefused, notFoundText } from './refused.js'

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let app: Registered
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
})
beforeEach(async () => {
  app = await register(graph, { displayName: 'client' })
})
after(async () => {
  client.close()
  await tenant.close()
})

const all = () => `applications/${app.id}/federatedIdentityCredentials`
const main: Json = {
  name: 'github-main',
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:contoso/daemon:ref:refs/heads/main',
  audiences: ['api://AzureADTokenExchange'],
}
const invalid = 'InvalidFederatedIdentityCredentialValue'

test('a federated credential is created, shown, changed and deleted', async () => {
  const reply = await graph.send('POST', all(), main)
  assert.equal(reply.status, 201, reply.text)
  const { '@odata.context': context, id, ...rest } = reply.body
  const metadata = `${tenant.graph}/$metadata#applications('${app.id}')/federatedIdentityCredentials`
  assert.equal(context, `${metadata}/$entity`)
  assert.match(String(id), guidPattern)
  assert.deepEqual(rest, { ...main, description: null })
  assert.equal(reply.headers.location, `${tenant.graph}/${all()}/${String(id)}`)

  const listed = await graph.get(all())
  assert.deepEqual(listed, { '@odata.context': metadata, value: [{ id, ...rest }] })
  for (const key of [`/${String(id)}`, '/github-main', "(name='github-main')"]) {
    const shown = await graph.get(`${all()}${key}`)
    assert.deepEqual(shown, { '@odata.context': `${metadata}/$entity`, id, ...rest }, key)
  }

  const changes = {
    subject: 'repo:contoso/daemon:environment:production',
    description: 'releases',
    name: 'github-main',
  }
  await graph.patch(`${all()}/${String(id)}`, changes)
  assert.equal((await graph.get(`${all()}/${String(id)}`))['subject'], changes.subject)

  assert.equal((await graph.send('DELETE', `${all()}/${String(id)}`)).status, 204)
  assert.deepEqual(list((await graph.get(all()))['value']), [])
  const again = await graph.send('DELETE', `${all()}/${String(id)}`)
  assertRefused(again, 404, 'Request_ResourceNotFound', notFoundText(String(id)))
})

test('PATCH by name creates what is missing when that is preferred, and changes what is there', async () => {
  const { name, ...others } = main
  const path = `${all()}(name='${String(name)}')`
  const prefer = { prefer: 'create-if-missing' }
  assertRefused(await graph.send('PATCH', path, others), 404, 'Request_ResourceNotFound', notFoundText('github-main'))
  const created = await graph.send('PATCH', path, others, prefer)
  assert.equal(created.status, 201, created.text)
  assert.equal(created.body['name'], name)
  const changed = await graph.send('PATCH', path, { description: 'again' }, prefer)
  assert.equal(changed.status, 204)
  assert.equal((await graph.get(path))['description'], 'again')
})

const longest = 'x'.repeat(600)
const bad: Record<string, [changes: Json, code: string, message: string]> = {
  'no name': [
    { name: undefined },
    'Request_BadRequest',
    "Properties 'name', 'issuer', 'subject' and 'audiences' are required.",
  ],
  'a short name': [
    { name: 'ab' },
    invalid,
    'name must have 3 to 120 characters, each a letter, a digit or one of - . _ ~',
  ],
  'a name for no URL': [
    { name: 'a/b c' },
    invalid,
    'name must have 3 to 120 characters, each a letter, a digit or one of - . _ ~',
  ],
  'no audience': [
    { audiences: [] },
    'Request_BadRequest',
    "Invalid value specified for property 'audiences': a list of exactly one audience was expected.",
  ],
  'two audiences': [
    { audiences: ['a', 'b'] },
    'Request_BadRequest',
    "Invalid value specified for property 'audiences': a list of exactly one audience was expected.",
  ],
  'an empty audience': [{ audiences: [''] }, invalid, 'audience must have 1 to 600 characters.'],
  'an empty subject': [{ subject: '' }, invalid, 'subject must have 1 to 600 characters.'],
  'a subject that is too long': [{ subject: `${longest}x` }, invalid, 'subject must have 1 to 600 characters.'],
  'a description that is too long': [
    { description: `${longest}x` },
    invalid,
    'description must have at most 600 characters.',
  ],
}
const noIssuers = [
  'http://x',
  'x',
  'https://',
  'https://u:p@x',
  'https://x?a',
  'https://x#',
  'https://x y',
  ' https://x',
]
for (const issuer of noIssuers) {
  const message = 'issuer must be an https URL without user, query or fragment: its keys are looked up below it.'
  bad[`the issuer '${issuer}'`] = [{ issuer }, invalid, message]
}
for (const [name, [changes, code, message]] of Object.entries(bad)) {
  test(`a federated credential is refused: ${name}`, async () => {
    assertRefused(await graph.send('POST', all(), { ...main, ...changes }), 400, code, message)
    assert.deepEqual(list((await graph.get(all()))['value']), [])
  })
}

test('fields may be 600 characters long', async () => {
  const { id } = await graph.post(all(), { ...main, subject: longest, description: longest, name: 'x'.repeat(120) })
  assert.ok(id)
})

test('issuer and subject together are unique in an application, and so is the name', async () => {
  const first = await graph.post(all(), main)
  const sameParty = await graph.send('POST', all(), { ...main, name: 'another' })
  const taken = `The combination of issuer and subject must be unique for the application. Issuer ${String(main['issuer'])} and Subject: ${String(main['subject'])} already exist.`
  assertRefused(sameParty, 400, invalid, taken)
  const sameName = await graph.send('POST', all(), { ...main, subject: 'another' })
  const named = 'FederatedIdentityCredential with name github-main already exists.'
  assertRefused(sameName, 409, 'Request_MultipleObjectsWithSameKeyValue', named)
  const second = await graph.post(all(), { ...main, name: 'second', subject: 'second' })
  const moved = await graph.send('PATCH', `${all()}/${text(second, 'id')}`, { subject: main['subject'] })
  assertRefused(moved, 400, invalid, taken)
  await graph.patch(`${all()}/${text(first, 'id')}`, { subject: main['subject'] })
  app = await register(graph, { displayName: 'another application may have the same' })
  assert.equal((await graph.send('POST', all(), main)).status, 201)
})

test('a name never changes', async () => {
  const { id } = await graph.post(all(), main)
  const renamed = await graph.send('PATCH', `${all()}/${String(id)}`, { name: 'renamed' })
  assertRefused(renamed, 400, invalid, 'Name is immutable and cannot be changed after creation.')
})

test('an application has at most 20 federated credentials', async () => {
  for (let count = 0; count < 20; count += 1) {
    await graph.post(all(), { ...main, name: `number-${count}`, subject: `subject ${count}` })
  }
  const message = 'An application can have at most 20 federated identity credentials: delete one first.'
  assertRefused(await graph.send('POST', all(), main), 400, 'Request_BadRequest', message)
})

test('only a caller who may change applications may change their federated credentials', async () => {
  const reader = await register(graph, { displayName: 'no permissions' })
  const clientSecret = await addSecret(graph, reader.id)
  const credentials = { clientId: reader.appId, clientSecret }
  const other = graphAs(client, await graphToken(client, tenant, credentials))
  const denied = 'Insufficient privileges to complete the operation.'
  for (const [method, path] of [
    ['GET', all()],
    ['POST', all()],
    ['GET', `${all()}/x`],
    ['PATCH', `${all()}/x`],
    ['DELETE', `${all()}/x`],
    ['POST', `applications/${app.id}/addKey`],
    ['POST', `applications/${app.id}/removeKey`],
  ] as const) {
    assertRefused(
      await other.send(method, path, method === 'GET' ? undefined : {}),
      403,
      'Authorization_RequestDenied',
      denied,
    )
  }
})

test('what is not there is not found, and no other key than the name is known', async () => {
  const id = randomUUID()
  assertRefused(await graph.send('GET', `${all()}/${id}`), 404, 'Request_ResourceNotFound', notFoundText(id))
  const unknown = await graph.send('GET', `applications/${id}/federatedIdentityCredentials`)
  assertRefused(unknown, 404, 'Request_ResourceNotFound', notFoundText(id))
  const odd = await graph.send('GET', `${all()}(subject='x')`)
  assertRefused(odd, 400, 'Request_BadRequest', "A federated identity credential has no key named 'subject'.")
})
