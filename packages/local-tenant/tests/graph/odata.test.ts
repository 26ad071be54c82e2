import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, appRole, type GraphClient, grant, graphToken, type Registered, register } from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, object, text } from '../https-client.js'
import { assertRefused } from './refused.js'

const roles = ['A', 'B', 'C'].map((value) => appRole(value))
const eventual = { consistencylevel: 'eventual' }
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let api: Registered
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, users: [{ name: 'alice', displayName: 'Alice Meyer' }] })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  api = await register(graph, { displayName: "it's the api", appRoles: roles, tags: ['one', 'Blue'] })
  await graph.patch(`applications/${api.id}`, { identifierUris: [`api://${api.appId}`, `api://${api.appId}/two`] })
  for (const name of ['one', 'two', 'three', 'four']) {
    await graph.post('applications', { displayName: name, description: 'many', tags: name === 'one' ? ['one'] : [] })
  }
  for (const role of roles) await grant(graph, api, api, role)
})
after(async () => {
  client.close()
  await tenant.close()
})

const filter = (clause: string, more = '') =>
  `applications?$select=displayName&$filter=${encodeURIComponent(clause)}${more}`
const names = (reply: Json) => list(reply['value']).map(({ displayName }) => displayName)
const namesFor = async (clause: string) => names(await graph.get(filter(clause)))
const advanced = async (clause: string) => names(await graph.get(filter(clause, '&$count=true'), eventual))
const own = 'Tenantry administrator'

test('$filter compares texts, without regard to letter case, with doubled quotes, joined by and, or and parentheses', async () => {
  assert.deepEqual(await namesFor("displayName eq 'IT''S the api'"), ["it's the api"])
  assert.deepEqual(await namesFor(`appId eq '${api.appId.toUpperCase()}'`), ["it's the api"])
  assert.deepEqual(await namesFor(`id eq '${api.id}' or appId eq '${api.appId}'`), ["it's the api"])
  assert.deepEqual(await namesFor("description eq 'many' and displayName eq 'two'"), ['two'])
  assert.deepEqual(await namesFor("description eq 'many' AND displayName eq 'it'"), [])
  assert.deepEqual(await namesFor("displayName eq 'x'' or displayName eq ''two'"), [])
  const grouped = "description eq 'many' and (displayName eq 'two' or displayName eq 'three')"
  assert.deepEqual(await namesFor(grouped), ['two', 'three'])
  // Without parentheses, and binds before or.
  assert.deepEqual(await namesFor("displayName eq 'two' or displayName eq 'one' and description eq 'x'"), ['two'])
})

test('$filter knows startswith, in, null, times and booleans', async () => {
  assert.deepEqual(await namesFor("startswith(displayName,'T')"), [own, 'two', 'three'])
  assert.deepEqual(await namesFor("startswith(displayName,'_') or startsWith(displayName,'%')"), [])
  assert.deepEqual(await namesFor("displayName in ('four', 'ONE')"), ['one', 'four'])
  assert.deepEqual(await namesFor('description eq null'), [own, "it's the api"])
  assert.deepEqual((await namesFor('createdDateTime le 2199-01-01T00:00:00Z')).length, 6)
  assert.deepEqual(await namesFor('createdDateTime ge 2199-01-01T00:00:00+02:00'), [])
  const enabled = await graph.get(`servicePrincipals?$select=displayName&$filter=accountEnabled%20eq%20false`)
  assert.deepEqual(enabled['value'], [])
})

test('$filter looks into collections with any(), of texts and of objects, empty and not', async () => {
  assert.deepEqual(await namesFor("tags/any(t:t eq 'ONE')"), ["it's the api", 'one'])
  assert.deepEqual(await namesFor("tags/any(t:startswith(t,'bl'))"), ["it's the api"])
  assert.deepEqual(await namesFor('tags/any()'), ["it's the api", 'one'])
  assert.deepEqual(await namesFor(`identifierUris/any(uri:uri eq 'API://${api.appId}')`), ["it's the api"])
  assert.deepEqual(await namesFor(`identifierUris/any(u:startswith(u,'api://${api.appId.slice(0, 9)}'))`), [
    "it's the api",
  ])
  assert.deepEqual(await namesFor("appRoles/any(r:r/value eq 'B' and r/isEnabled eq true)"), ["it's the api"])
  assert.deepEqual(await namesFor("appRoles/any(r:r/value eq 'B' and r/isEnabled eq false)"), [])
})

test('a service principal is found by what it has of its own and by what mirrors its application', async () => {
  const find = async (clause: string) =>
    names(await graph.get(`servicePrincipals?$filter=${encodeURIComponent(clause)}`))
  for (const clause of [
    "displayName eq 'IT''S the api'",
    "startswith(displayName,'it')",
    `appId eq '${api.appId}'`,
    `servicePrincipalNames/any(n:n eq 'api://${api.appId}/TWO')`,
    `servicePrincipalNames/any(n:n eq '${api.appId}')`,
    `id in ('${api.servicePrincipalId}')`,
  ]) {
    assert.deepEqual(await find(clause), ["it's the api"], clause)
  }
  const microsoft = ['Microsoft Graph']
  assert.deepEqual(await find("displayName eq 'microsoft graph'"), microsoft)
  assert.deepEqual(await find("servicePrincipalNames/any(n:n eq 'https://graph.microsoft.com')"), microsoft)
  await graph.patch(`servicePrincipals/${api.servicePrincipalId}`, { displayName: 'a name of its own' })
  assert.deepEqual(await find("displayName eq 'a name of its own'"), ['a name of its own'])
  assert.deepEqual(await find("displayName eq 'it''s the api'"), [])
  await graph.patch(`servicePrincipals/${api.servicePrincipalId}`, { displayName: "it's the api" })
})

test('ne, not, endsWith and $count in a filter are advanced queries: with the header and $count=true, and else refused', async () => {
  assert.deepEqual(await advanced("description ne 'many'"), [own, "it's the api"])
  assert.deepEqual(await advanced("not startswith(displayName,'t')"), ["it's the api", 'one', 'four'])
  assert.deepEqual(await advanced("not (description eq 'many')"), [own, "it's the api"])
  assert.deepEqual(await advanced("endsWith(displayName,'E')"), ['one', 'three'])
  assert.deepEqual(await advanced('tags/$count eq 0'), [own, 'two', 'three', 'four'])
  assert.deepEqual(await advanced("NOT tags/any(t:t eq 'one')"), [own, 'two', 'three', 'four'])
  const refusals: [string, string][] = [
    ["displayName ne 'x'", 'NotEquals'],
    ["not startswith(displayName,'x')", 'Not'],
    ["endswith(displayName,'x')", 'EndsWith'],
    ['tags/$count eq 0', 'Count'],
  ]
  for (const [clause, operator] of refusals) {
    const message = `Operator: '${operator}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information`
    assertRefused(await graph.send('GET', filter(clause)), 400, 'Request_UnsupportedQuery', message)
    const halfway = await graph.send('GET', filter(clause), undefined, eventual)
    assertRefused(halfway, 400, 'Request_UnsupportedQuery', message)
  }
})

test('a $filter that cannot be read is refused with the place where it goes wrong', async () => {
  const unreadable: [string, string][] = [
    ['displayName', "Syntax error at position 11 in 'displayName'."],
    ['', "Syntax error at position 0 in ''."],
    ["displayName eq 'x' and", "Syntax error at position 22 in 'displayName eq 'x' and'."],
    ["displayName eq 'x' displayName", "Syntax error at position 19 in 'displayName eq 'x' displayName'."],
    ["displayName eq 'x", "There is an unterminated string literal at position 17 in 'displayName eq 'x'."],
    ["displayName = 'x'", "Syntax error: character '=' is not valid at position 12 in 'displayName = 'x''."],
    ["contains(displayName,'x')", "An unknown function with name 'contains' was found."],
    [
      'displayName eq 7',
      "A binary operator with incompatible types was detected at 'displayName': the value '7' is not of its type.",
    ],
    ["shoeSize eq '43'", "Could not find a property named 'shoeSize' on type 'microsoft.graph.application'."],
    ["tags/any(t:x eq 'one')", "Could not find a property named 'x' in this scope: use t."],
    ["tags/any(t:t eq 'one'", "Syntax error at position 21 in 'tags/any(t:t eq 'one''."],
    [`${'('.repeat(30)}displayName eq 'x'${')'.repeat(30)}`, 'The clause is nested more than 20 levels deep.'],
    [`displayName in (${"'x',".repeat(400)}'x')`, 'There are more than 500 words in the clause.'],
  ]
  for (const [clause, why] of unreadable) {
    assertRefused(await graph.send('GET', filter(clause)), 400, 'BadRequest', `Invalid filter clause: ${why}`)
  }
})

test('a property that Graph does not filter by, and more than fifteen choices, are unsupported queries', async () => {
  const unsupported = (property: string) =>
    `Unsupported or invalid query filter clause specified for property '${property}' of resource 'Application'.`
  for (const [clause, property] of [
    ["notes eq 'x'", 'notes'],
    ["api/acceptMappedClaims eq 'x'", 'api/acceptMappedClaims'],
    ["tags eq 'x'", 'tags'],
    ["displayName/any(d:d eq 'x')", 'displayName'],
    ["appRoles/any(r:r eq 'x')", ''],
  ] as const) {
    assertRefused(await graph.send('GET', filter(clause)), 400, 'Request_UnsupportedQuery', unsupported(property))
  }
  const choices = Array.from({ length: 16 }, (_, index) => `'${index}'`).join(',')
  const many = await graph.send('GET', filter(`displayName in (${choices})`))
  const message =
    "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15."
  assertRefused(many, 400, 'Request_UnsupportedQuery', message)
  assert.deepEqual(await advanced(`displayName in (${choices})`), [])
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
  const message =
    "Parsing OData Select and Expand failed: Could not find a property named 'shoeSize' on type 'microsoft.graph.application'."
  const nobody = encodeURIComponent("displayName eq 'nobody'")
  for (const path of [
    `applications/${api.id}?$select=shoeSize`,
    'applications?$select=id,shoeSize',
    `applications?$select=shoeSize&$filter=${nobody}`,
    'applications?$expand=shoeSize',
  ]) {
    assertRefused(await graph.send('GET', path), 400, 'BadRequest', message)
  }
})

test('$expand brings owners and assignments along, with a $select of their own', async () => {
  const [alice] = list((await graph.get('users'))['value'])
  assert.ok(alice)
  await graph.send('POST', `applications/${api.id}/owners/$ref`, {
    '@odata.id': `${tenant.graph}/directoryObjects/${text(alice, 'id')}`,
  })
  const one = await graph.get(`applications/${api.id}?$select=id&$expand=owners($select=id,displayName)`)
  assert.deepEqual(one['owners'], [
    { '@odata.type': '#microsoft.graph.user', id: alice['id'], displayName: 'Alice Meyer' },
  ])
  assert.deepEqual(Object.keys(one), ['@odata.context', 'id', 'owners'])
  const clause = encodeURIComponent(`appId eq '${api.appId}'`)
  const found = await graph.get(`servicePrincipals?$filter=${clause}&$select=id&$expand=appRoleAssignedTo,owners`)
  const [principal] = list(found['value'])
  assert.deepEqual(
    list(principal?.['appRoleAssignedTo']).map(({ appRoleId }) => appRoleId),
    roles.map(({ id }) => id),
  )
  assert.deepEqual(principal?.['owners'], [])
  const reply = await graph.send('GET', `applications/${api.id}?$expand=owners($top=1)`)
  const message = "Parsing OData Select and Expand failed: Syntax error in 'owners($top=1)'."
  assertRefused(reply, 400, 'BadRequest', message)
})

test('$orderby sorts, with $filter only as an advanced query, and its pages follow each other', async () => {
  const sorted = ['four', "it's the api", 'one', own, 'three', 'two']
  assert.deepEqual(names(await graph.get('applications?$orderby=displayName')), sorted)
  assert.deepEqual(names(await graph.get('applications?$orderby=displayName%20desc')), sorted.toReversed())
  assert.deepEqual(
    (await pages('applications?$select=displayName&$orderby=displayName%20desc&$top=4', 'displayName')).flat(),
    sorted.toReversed(),
  )
  const both = filter("description eq 'many'", '&$orderby=displayName')
  const refused = await graph.send('GET', both)
  assertRefused(refused, 400, 'Request_UnsupportedQuery', 'Sorting not supported for current query.')
  assert.deepEqual(names(await graph.get(`${both}&$count=true`, eventual)), ['four', 'one', 'three', 'two'])
  const unsortable = await graph.send('GET', 'applications?$orderby=description')
  const message = "Unsupported sort property 'description' for 'Application'."
  assertRefused(unsortable, 400, 'Request_UnsupportedQuery', message)
})

test('$count counts all that is found, on the first page, and only with the header', async () => {
  const first = await graph.get('applications?$count=true&$top=4', eventual)
  assert.equal(first['@odata.count'], 6)
  const next = await graph.get(text(first, '@odata.nextLink').replace(`${tenant.graph}/`, ''), eventual)
  assert.ok(!Object.hasOwn(next, '@odata.count'))
  assert.ok(!Object.hasOwn(await graph.get('applications?$count=true'), '@odata.count'))
  const number = await graph.send(
    'GET',
    `applications/$count?$filter=${encodeURIComponent("description eq 'many'")}`,
    undefined,
    eventual,
  )
  assert.equal(number.text, '4')
  const without = await graph.send('GET', 'applications/$count')
  assert.equal(object(without.body['error'])['code'], 'Request_UnsupportedQuery')
})

test('$search finds the beginnings of words, joined by AND and OR, and needs the header', async () => {
  const search = (clause: string) => `applications?$select=displayName&$search=${encodeURIComponent(clause)}`
  const found = async (clause: string) => names(await graph.get(search(clause), eventual))
  assert.deepEqual(await found('"displayName:api it"'), ["it's the api"])
  assert.deepEqual(await found('"displayName:pi"'), [])
  assert.deepEqual(await found('"displayName:TW" OR "displayName:fo" AND "description:many"'), ['two', 'four'])
  assertRefused(
    await graph.send('GET', search('"displayName:x"')),
    400,
    'Request_UnsupportedQuery',
    "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
  )
  for (const clause of [
    'displayName:x',
    '"x"',
    '"notes:x"',
    '"displayName:x" XOR "displayName:y"',
    '"displayName: "',
  ]) {
    const reply = await graph.send('GET', search(clause), undefined, eventual)
    const message = `Invalid $search query: clauses such as "displayName:todo", joined by AND or OR, were expected in ${clause}`
    assertRefused(reply, 400, 'Request_BadRequest', message)
  }
})

test('pages of $top follow each other by nextLink and show every object once', async () => {
  const all = list((await graph.get('applications'))['value']).map(({ id }) => id)
  assert.equal(all.length, 6)
  assert.deepEqual(await pages('applications?$select=id&$top=4'), [all.slice(0, 4), all.slice(4)])
  assert.deepEqual(await pages('applications?$top=6'), [all])
  const filtered = await pages(`applications?$top=3&$filter=${encodeURIComponent("description eq 'many'")}`)
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

test('a page token belongs to its query: with another one, or made up, it is refused', async () => {
  const first = await graph.get('applications?$top=2')
  const token = new URL(text(first, '@odata.nextLink')).searchParams.get('$skiptoken') ?? ''
  const foreign = Buffer.from('["x",1]').toString('base64url')
  for (const query of [
    `$skiptoken=${token}&$filter=${encodeURIComponent("description eq 'many'")}`,
    `$skiptoken=${token}&$orderby=displayName`,
    '$skiptoken=x',
    '$skiptoken=2',
    `$skiptoken=${foreign}`,
  ]) {
    const reply = await graph.send('GET', `applications?${query}`)
    assertRefused(reply, 400, 'Directory_ExpiredPageToken', 'The specified page token value is not valid.')
  }
})

test('$top and $count out of range are refused, and list options on a single object', async () => {
  for (const top of ['0', '1000', '-1', 'x', '']) {
    const reply = await graph.send('GET', `applications?$top=${top}`)
    assertRefused(reply, 400, 'BadRequest', "Invalid value for the query option '$top': 1 to 999 was expected.")
  }
  const count = await graph.send('GET', 'applications?$count=yes')
  assertRefused(count, 400, 'BadRequest', "Invalid value for the query option '$count': true or false was expected.")
  const one = await graph.send('GET', `applications/${api.id}?$top=1`)
  const message = "Query option '$top' was not found or cannot be applied to a single object."
  assertRefused(one, 400, 'BadRequest', message)
})

test('a query option that would be ignored is refused, one without a dollar sign is not', async () => {
  const reply = await graph.send('GET', 'applications?$apply=x')
  assertRefused(reply, 400, 'BadRequest', 'The query option $apply is not offered by this tenant.')
  assert.equal((await graph.send('GET', 'applications?trace=1')).status, 200)
})

test('the metadata level decides how much an answer says of itself', async () => {
  const path = `applications/${api.id}?$select=appId`
  const at = (level: string) => graph.get(path, { accept: `application/json;odata.metadata=${level}` })
  assert.deepEqual(await at('none'), { appId: api.appId })
  const minimal = await at('minimal')
  assert.deepEqual(Object.keys(minimal), ['@odata.context', 'appId'])
  const full = await at('full')
  assert.deepEqual(full, {
    '@odata.context': `${tenant.graph}/$metadata#applications/$entity`,
    '@odata.type': '#microsoft.graph.application',
    '@odata.id': `${tenant.graph}/applications/${api.id}`,
    '@odata.editLink': `applications/${api.id}`,
    appId: api.appId,
  })
})

test('a key that is not quoted is refused', async () => {
  for (const key of ['(appId=1)', '()', "(appId='a'b')"]) {
    const reply = await graph.send('GET', `applications${key}`)
    assertRefused(reply, 400, 'BadRequest', 'The key in the URL is not valid.')
  }
})

test('beta answers as v1.0 does, and so does the old myorganization', async () => {
  const { authorization } = await bearer()
  const reply = await client.send('GET', `/beta/applications/${api.id}?$select=id`, { headers: { authorization } })
  const context = `${tenant.origin}/beta/$metadata#applications/$entity`
  assert.deepEqual(reply.body, { '@odata.context': context, id: api.id })
  assert.equal((await graph.get(`myorganization/applications/${api.id}`))['id'], api.id)
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

/** One member of the objects on each page, from the first to the one without a nextLink. */
async function pages(path: string, member = 'id'): Promise<unknown[][]> {
  const found: unknown[][] = []
  let next: string | undefined = path
  while (next !== undefined) {
    const page = await graph.get(next)
    found.push(list(page['value']).map((item) => item[member]))
    const link: unknown = page['@odata.nextLink']
    next = typeof link === 'string' ? link.replace(`${tenant.graph}/`, '') : undefined
  }
  return found
}
