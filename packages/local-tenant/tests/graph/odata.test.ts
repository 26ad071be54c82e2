import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, grant, graphToken, type Registered, register } from '../graph-client.js'
import { connectTo, type HttpsClient, list, text } from '../https-client.js'
import { assertRefused } from './refused.js'

const roles = ['A', 'B', 'C'].map((value) => appRole(value))
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let api: Registered
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  api = await register(graph, { displayName: "it's the api", appRoles: roles, tags: ['one'] })
  for (const name of ['one', 'two', 'three', 'four'])
    await graph.post('applications', { displayName: name, notes: 'many' })
  for (const role of roles) await grant(graph, api, api, role)
})
after(async () => {
  client.close()
  await tenant.close()
})

const filter = (clause: string) => `applications?$select=displayName&$filter=${encodeURIComponent(clause)}`
const namesFor = async (clause: string) =>
  list((await graph.get(filter(clause)))['value']).map(({ displayName }) => displayName)

test('$filter compares texts, without regard to letter case, with doubled quotes, joined by and', async () => {
  assert.deepEqual(await namesFor("displayName eq 'IT''S the api'"), ["it's the api"])
  assert.deepEqual(await namesFor(`appId eq '${api.appId.toUpperCase()}'`), ["it's the api"])
  assert.deepEqual(await namesFor("notes eq 'many' and displayName eq 'two'"), ['two'])
  assert.deepEqual(await namesFor("notes eq 'many' AND displayName eq 'it'"), [])
  assert.deepEqual(await namesFor("displayName eq 'x'' or displayName eq ''two'"), [])
})

test('a $filter that this tenant cannot read is refused rather than misread', async () => {
  const unreadable = [
    "displayName ne 'x'",
    'displayName',
    '',
    "displayName eq 'x' and",
    "displayName eq 'x' or notes eq 'y'",
    "tags/any(t:t eq 'one')",
    "displayName eq 'x",
    "startswith(displayName,'x')",
  ]
  for (const clause of unreadable) {
    const message = `Invalid filter clause: this tenant reads property eq 'value', joined by and; it cannot read: ${clause}`
    assertRefused(await graph.send('GET', filter(clause)), 400, 'BadRequest', message)
  }
  const unknown = await graph.send('GET', filter("shoeSize eq '43'"))
  const message = "Could not find a property named 'shoeSize' on type 'microsoft.graph.application'."
  assertRefused(unknown, 400, 'Request_BadRequest', message)
})

test('$select keeps what it names, on one object and on a list', async () => {
  const one = await graph.get(`applications/${api.id}?$select=id,%20appId`)
  assert.deepEqual(one, {
    '@odata.context': `${tenant.graph}/$metadata#applications/$entity`,
    id: api.id,
    appId: api.appId,
  })
  const [first] = list((await graph.get('applications?$select=id&$top=1'))['value'])
  assert.deepEqual(Object.keys(first ?? {}), ['id'])
  const message = "Could not find a property named 'shoeSize' on type 'microsoft.graph.application'."
  for (const path of [`applications/${api.id}?$select=shoeSize`, 'applications?$select=id,shoeSize']) {
    assertRefused(await graph.send('GET', path), 400, 'Request_BadRequest', message)
  }
})

test('pages of $top follow each other by nextLink and show every object once', async () => {
  const all = list((await graph.get('applications'))['value']).map(({ id }) => id)
  assert.equal(all.length, 6)
  assert.deepEqual(await pages('applications?$select=id&$top=4'), [all.slice(0, 4), all.slice(4)])
  assert.deepEqual(await pages('applications?$top=6'), [all])
  const filtered = await pages(`applications?$top=3&$filter=${encodeURIComponent("notes eq 'many'")}`)
  assert.deepEqual(
    filtered.map((page) => page.length),
    [3, 1],
  )
})

test('pages of a collection below another object follow each other too', async () => {
  const byKey = `servicePrincipals(appId='${api.appId}')/appRoleAssignedTo?$top=2`
  assert.deepEqual(
    (await pages(byKey)).map((page) => page.length),
    [2, 1],
  )
})

test('$top and $skiptoken out of range are refused', async () => {
  for (const top of ['0', '1000', '-1', 'x', '']) {
    const reply = await graph.send('GET', `applications?$top=${top}`)
    assertRefused(reply, 400, 'BadRequest', "Invalid value for the query option '$top': 1 to 999 was expected.")
  }
  const token = await graph.send('GET', 'applications?$skiptoken=x')
  assertRefused(token, 400, 'Directory_ExpiredPageToken', 'The specified page token value is not valid.')
})

test('a query option that would be ignored is refused, one without a dollar sign is not', async () => {
  const reply = await graph.send('GET', 'applications?$expand=owners')
  assertRefused(reply, 400, 'BadRequest', 'The query option $expand is not offered by this tenant.')
  assert.equal((await graph.send('GET', 'applications?trace=1')).status, 200)
})

test('a key that is not quoted is refused', async () => {
  for (const key of ['(appId=1)', '()', "(appId='a'b')"]) {
    const reply = await graph.send('GET', `applications${key}`)
    assertRefused(reply, 400, 'BadRequest', 'The key in the URL is not valid.')
  }
})

test('beta answers as v1.0 does', async () => {
  const { authorization } = await bearer()
  const reply = await client.send('GET', `/beta/applications/${api.id}?$select=id`, { headers: { authorization } })
  const context = `${tenant.origin}/beta/$metadata#applications/$entity`
  assert.deepEqual(reply.body, { '@odata.context': context, id: api.id })
})

test('Graph has a host of its own, under which login paths mean nothing', async () => {
  const host = { host: 'graph.microsoft.com' }
  const reply = await client.send('GET', '/v1.0/applications?$top=1', { headers: { ...host, ...(await bearer()) } })
  assert.equal(reply.status, 200)
  assert.ok(text(reply.body, '@odata.nextLink').startsWith('https://graph.microsoft.com/v1.0/applications?'))
  const login = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`, { headers: host })
  assertRefused(login, 404, 'ResourceNotFound', "Resource not found for the segment 'keys'.")
})

async function bearer(): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await graphToken(client, tenant, tenant.administrator)}` }
}

/** The ids on each page, from the first to the one without a nextLink. */
async function pages(path: string): Promise<unknown[][]> {
  const found: unknown[][] = []
  let next: string | undefined = path
  while (next !== undefined) {
    const page = await graph.get(next)
    found.push(list(page['value']).map(({ id }) => id))
    const link: unknown = page['@odata.nextLink']
    next = typeof link === 'string' ? link.replace(`${tenant.graph}/`, '') : undefined
  }
  return found
}
