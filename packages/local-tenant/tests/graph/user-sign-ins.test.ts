import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type AddedApp, type AddedUser, startTenant, type Tenant } from '../../src/index.js'
import { authorizePath, type Browser, openBrowser, told } from '../browser.js'
import { deviceCodes, enterAtPage, pollAs } from '../device.js'
import { type GraphClient, graphAs, graphToken } from '../graph-client.js'
import { connectTo, form, type HttpsClient, type Json, list, object, type Reply, text } from '../https-client.js'
import { requestToken } from '../token-client.js'

const callback = 'https://app.example.com/callback'
const page = 'https://page.example.com/'
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let token: string
let notes: AddedApp
let shop: AddedApp
let cli: AddedApp
let cora: AddedUser

before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  token = await graphToken(client, tenant, tenant.administrator)
  graph = graphAs(client, token)
  notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read', 'Notes.Write'], appRoles: ['All'] })
  const delegatedGrants = [{ api: notes.appId, scopes: ['Notes.Read'] }]
  shop = tenant.apps.add({
    displayName: 'shop',
    secret: true,
    scopes: ['Use'],
    redirectUris: { web: [callback], spa: [page] },
    delegatedGrants,
  })
  cli = tenant.apps.add({
    displayName: 'cli',
    publicClient: true,
    delegatedGrants: [...delegatedGrants, { api: shop.appId, scopes: ['Use'] }],
  })
  cora = await tenant.users.add({ displayName: 'Cora Best', email: 'cora@example.com' })
})
beforeEach(() => tenant.signIns.clear())
after(async () => {
  client.close()
  await tenant.close()
})

test('a sign-in with a password is interactive, and what follows of itself is not', async () => {
  const browser = await opened()
  const { code = '' } = told(await browser.submit({ name: cora.signInName, password: cora.password }))
  const first = await post({ grant_type: 'authorization_code', code, redirect_uri: callback, ...asShop() })
  told(await browser.get(authorizePath(tenant, asked())))
  await post({ grant_type: 'refresh_token', refresh_token: text(first.body, 'refresh_token'), ...asShop() })

  const [interactive, ...others] = await signIns('interactiveUser')
  assert.deepEqual(others, [])
  const user = {
    userId: cora.objectId,
    userPrincipalName: cora.userPrincipalName.toLowerCase(),
    userDisplayName: 'Cora Best',
  }
  const common = { ...user, appId: shop.appId, appDisplayName: 'shop', resourceDisplayName: 'notes' }
  assertHas(interactive, {
    ...common,
    resourceId: notes.appId,
    signInEventTypes: ['interactiveUser'],
    isInteractive: true,
    clientAppUsed: 'Browser',
    authenticationProtocol: 'oAuth2',
    conditionalAccessStatus: 'notApplied',
    status: { errorCode: 0, failureReason: null, additionalDetails: null },
    servicePrincipalId: '',
  })
  const following = await signIns('nonInteractiveUser')
  assert.deepEqual(
    following.map(({ clientAppUsed }) => clientAppUsed),
    ['Mobile Apps and Desktop clients', 'Browser', 'Mobile Apps and Desktop clients'],
  )
  for (const entry of following) {
    assertHas(entry, { ...common, isInteractive: false, authenticationProtocol: 'oAuth2' })
  }
  assert.deepEqual(await signIns('servicePrincipal'), [])
})

test('who did not get in stands there with the code of the reason, and with no word of what was typed', async () => {
  const typed = 'Typed-into-the-wrong-field-1'
  const locked = await tenant.users.add({ displayName: 'Lock', name: 'lock' })
  const replaced = await graph.post('users', {
    displayName: 'Must',
    userPrincipalName: 'must@contoso.onmicrosoft.com',
    mailNickname: 'must',
    accountEnabled: true,
    passwordProfile: { password: 'Sunny-Day-7', forceChangePasswordNextSignIn: true },
  })
  const disabled = await tenant.users.add({ displayName: 'Off', name: 'off', enabled: false })
  const browser = await opened()
  const tries: [string, string, number, string | null][] = [
    [cora.signInName, typed, 50126, cora.objectId],
    [typed, 'x', 50126, null],
    ['must@contoso.onmicrosoft.com', 'Sunny-Day-7', 50055, text(replaced, 'id')],
    [disabled.signInName, disabled.password, 50057, disabled.objectId],
  ]
  for (const [name, password] of tries) await browser.submit({ name, password })
  for (let count = 0; count < 10; count += 1) await browser.submit({ name: locked.signInName, password: typed })
  await browser.submit({ name: locked.signInName, password: locked.password })
  const entries = (await signIns('interactiveUser')).toReversed()
  const wrong = Array.from({ length: 10 }, () => [50126, locked.objectId, false])
  assert.deepEqual(
    entries.map((entry) => [errorCode(entry), entry['userId'], entry['appId'] !== shop.appId]),
    [...tries.map(([, , code, id]) => [code, id, false]), ...wrong, [50053, locked.objectId, false]],
  )
  assert.ok(entries.every(({ isInteractive, resourceDisplayName: name }) => isInteractive === true && name === 'notes'))
  const log = JSON.stringify([tenant.signIns.list(), tenant.requests.list(), entries])
  for (const secret of [typed, cora.password, locked.password, 'Sunny-Day-7']) assert.ok(!log.includes(secret))
})

test('a user who may not have what the client asks for has failed to sign in, with the code that the client is told', async () => {
  const closed = tenant.apps.add({ displayName: 'closed', redirectUris: { web: [callback] } })
  const { value } = await graph.get(`servicePrincipals?$filter=appId eq '${closed.appId}'`.replaceAll(' ', '%20'))
  await graph.patch(`servicePrincipals/${text(list(value)[0] ?? {}, 'id')}`, { appRoleAssignmentRequired: true })
  const credentials = { name: cora.signInName, password: cora.password }
  const denied = await opened({ client_id: closed.appId, scope: 'openid' })
  assert.equal(told(await denied.submit(credentials))['error'], 'access_denied')
  const wanting = await opened({ scope: `${notes.identifierUri}/Notes.Write` })
  assert.equal(told(await wanting.submit(credentials))['error'], 'consent_required')
  const [consent, assignment, ...others] = await signIns('interactiveUser')
  assert.deepEqual(others, [])
  assert.deepEqual([errorCode(consent), errorCode(assignment)], [65001, 50105])
  assertHas(consent, { appId: shop.appId, userId: cora.objectId, resourceDisplayName: 'notes' })
  assertHas(assignment, { appId: closed.appId, userId: cora.objectId, resourceDisplayName: 'Microsoft Graph' })
})

test('a code by mail is as interactive as a password, and a wrong one as refused; a sign-up is a sign-in too', async () => {
  const browser = await opened()
  await browser.submit({ step: 'sign-in', name: cora.signInName })
  const code = tenant.outbox.list()[0]?.code ?? ''
  await browser.submit({ step: 'code', code: 'wrong' })
  assert.ok('code' in told(await browser.submit({ step: 'code', code })))
  const created = await opened({ prompt: 'create' })
  await created.submit({ step: 'sign-up', name: 'new@example.com' })
  const details = { step: 'code', attribute_displayName: 'New One', password: 'Sunny-Day-7' }
  await created.submit({ ...details, code: 'wrong' })
  assert.ok('code' in told(await created.submit({ ...details, code: tenant.outbox.list()[0]?.code ?? '' })))
  assert.deepEqual(
    (await signIns('interactiveUser')).map((entry) => [errorCode(entry), entry['userDisplayName']]),
    [
      [0, 'New One'],
      [0, 'Cora Best'],
      [50126, 'Cora Best'],
    ],
  )
})

test('a device is signed in to where its user enters the code, and fetches its tokens by itself', async () => {
  const here = { tenant, client }
  const scope = `${notes.identifierUri}/Notes.Read offline_access`
  const { deviceCode, userCode } = await deviceCodes(here, cli.appId, scope)
  await pollAs(here, cli.appId, deviceCode)
  const fields = { user_code: userCode, name: cora.signInName, decision: 'approve' }
  await enterAtPage(here, { ...fields, password: 'wrong' })
  await enterAtPage(here, { ...fields, password: cora.password })
  assert.equal((await pollAs(here, cli.appId, deviceCode)).status, 200)
  const asDevice = {
    appId: cli.appId,
    userId: cora.objectId,
    authenticationProtocol: 'deviceCode',
    originalTransferMethod: 'deviceCodeFlow',
    clientAppUsed: 'Mobile Apps and Desktop clients',
    resourceDisplayName: 'notes',
  }
  const interactive = await signIns('interactiveUser')
  assert.deepEqual(interactive.map(errorCode), [0, 50126])
  for (const entry of interactive) assertHas(entry, asDevice)
  const [fetched, ...others] = await signIns('nonInteractiveUser')
  assert.deepEqual(others, [], 'a device that waits has not tried to sign in')
  assertHas(fetched, { ...asDevice, isInteractive: false })

  // What stands in for a person at a browser is one to the log too.
  const second = await deviceCodes(here, cli.appId, `${notes.identifierUri}/Notes.Write`)
  tenant.users.signIn(cora.signInName, { deviceCode: second.userCode })
  assert.equal((await pollAs(here, cli.appId, second.deviceCode)).status, 400)
  assertHas((await signIns('interactiveUser'))[0], { ...asDevice, userDisplayName: 'Cora Best' })
  const [refused] = await signIns('nonInteractiveUser')
  assert.equal(errorCode(refused), 65001)
  assertHas(refused, asDevice)
})

test('tokens of users that are refused at the token endpoint are failures of the user, as far as that one is known', async () => {
  const returned = await tenant.users.authorize(
    cora.signInName,
    `https://x/?${new URLSearchParams(asked()).toString()}`,
  )
  const code = { grant_type: 'authorization_code', code: returned.parameters['code'] ?? '', redirect_uri: callback }
  await post({ ...code, ...asShop(), client_secret: 'wrong' })
  await post({ ...code, ...asShop(), code: 'unknown' })
  const tokens = await post({ ...code, ...asShop() })
  await graph.patch(`users/${cora.objectId}`, { accountEnabled: false })
  const refresh = { grant_type: 'refresh_token', refresh_token: text(tokens.body, 'refresh_token'), ...asShop() }
  assert.equal((await post(refresh)).status, 400)
  await graph.patch(`users/${cora.objectId}`, { accountEnabled: true })
  assert.deepEqual(
    (await signIns('nonInteractiveUser')).map((entry) => [errorCode(entry), entry['userId']]),
    [
      [50057, cora.objectId],
      [0, cora.objectId],
      [70000, null],
      [7000215, cora.objectId],
    ],
  )
  assert.equal((await signIns('interactiveUser')).length, 1)
})

test('a grant on behalf of a user is one to the log whatever became of it, before anything of its user was known too', async () => {
  const refresh = { grant_type: 'refresh_token', refresh_token: 'unknown', ...asShop() }
  tenant.faults.add({ where: 'token', status: 503, times: 1 })
  assert.equal((await post(refresh)).status, 503)
  await post({ ...refresh, scope: `${notes.identifierUri}/Notes.Read`, resource: 'https://graph.microsoft.com' })
  await post({ ...refresh, refresh_token: '', scope: 'openid' })
  await post({ ...refresh, client_assertion: 'one way to prove oneself too many' })
  assert.deepEqual(
    (await signIns('nonInteractiveUser')).map((entry) => [errorCode(entry), entry['resourceDisplayName']]),
    [
      [900144, null],
      [900144, 'Microsoft Graph'],
      [901002, 'notes'],
      [90033, null],
    ],
  )
  assert.deepEqual(await signIns('servicePrincipal'), [])
})

test('an API that acts on behalf of a user signs that user in without a word', async () => {
  const here = { tenant, client }
  const { deviceCode, userCode } = await deviceCodes(here, cli.appId, `${shop.identifierUri}/Use`)
  tenant.users.signIn(cora.signInName, { deviceCode: userCode })
  const assertion = text((await pollAs(here, cli.appId, deviceCode)).body, 'access_token')
  tenant.signIns.clear()
  const reply = await post({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    requested_token_use: 'on_behalf_of',
    assertion,
    scope: `${notes.identifierUri}/Notes.Read`,
    ...asShop(),
  })
  assert.equal(reply.status, 200, reply.text)
  const [entry, ...others] = await signIns('nonInteractiveUser')
  assert.deepEqual(others, [])
  assertHas(entry, { appId: shop.appId, userId: cora.objectId, resourceId: notes.appId, isInteractive: false })
})

test('v1.0 has interactive sign-ins alone, beta the others for who asks for them', async () => {
  const credentials = { clientId: shop.appId, clientSecret: String(shop.clientSecret) }
  await requestToken(client, tenant, credentials, `${notes.identifierUri}/.default`)
  await (await opened()).submit({ name: cora.signInName, password: cora.password })
  tenant.signIns.list()
  const { value } = await graph.get('auditLogs/signIns')
  assert.deepEqual(
    list(value).map((entry) => [entry['userId'], entry['isInteractive']]),
    [[cora.objectId, true]],
  )
  const beta = ['signInEventTypes', 'authenticationProtocol', 'servicePrincipalId', 'originalTransferMethod']
  assert.deepEqual(
    beta.filter((name) => name in (list(value)[0] ?? {})),
    [],
  )
  const refused = await graph.send('GET', `auditLogs/signIns?$filter=${kind('servicePrincipal')}`)
  assert.equal(refused.status, 400)
  assert.equal(object(refused.body['error'])['code'], 'BadRequest')
  assert.equal((await inBeta('')).length, 1)
  const [own] = await signIns('servicePrincipal')
  assertHas(own, {
    appId: shop.appId,
    userId: null,
    userPrincipalName: null,
    isInteractive: false,
    clientAppUsed: null,
  })
  const either = `${kind('servicePrincipal')}%20or%20${kind('interactiveUser')}`
  assert.equal((await inBeta(`?$filter=${either}`)).length, 2)
  const not = encodeURIComponent("not signInEventTypes/any(t:t eq 'interactiveUser')")
  assert.equal((await inBeta(`?$filter=${not}`, { consistencylevel: 'eventual' }, '&$count=true')).length, 1)
})

test('sign-ins are filtered by user, application, client and outcome, and keep the names of the time', async () => {
  const temp = await tenant.users.add({ displayName: 'Temp', name: 'temp' })
  const browser = await opened()
  await browser.submit({ name: temp.signInName, password: 'wrong' })
  await browser.submit({ name: cora.signInName, password: cora.password })
  await graph.send('DELETE', `users/${temp.objectId}`)
  tenant.signIns.list()
  const found = async (filter: string) =>
    list((await graph.get(`auditLogs/signIns?$filter=${encodeURIComponent(filter)}`))['value']).map(
      ({ userDisplayName }) => userDisplayName,
    )
  const both = ['Cora Best', 'Temp']
  const cases: [string, string[]][] = [
    [`userId eq '${temp.objectId.toUpperCase()}'`, ['Temp']],
    [`userPrincipalName eq 'TEMP@contoso.onmicrosoft.com'`, ['Temp']],
    ["startsWith(userPrincipalName,'temp@')", ['Temp']],
    ["userDisplayName eq 'Cora Best'", ['Cora Best']],
    ["startsWith(userDisplayName,'Co')", ['Cora Best']],
    ["appDisplayName eq 'shop'", both],
    ["startsWith(appDisplayName,'not')", []],
    ["clientAppUsed eq 'Browser'", both],
    ["clientAppUsed eq 'Mobile Apps and Desktop clients'", []],
    ['status/errorCode eq 50126', ['Temp']],
    [`appId eq '${shop.appId}' and status/errorCode eq 0`, ['Cora Best']],
  ]
  for (const [filter, expected] of cases) assert.deepEqual(await found(filter), expected, filter)
  const unknown = await graph.send('GET', `auditLogs/signIns?$filter=${encodeURIComponent("userName eq 'x'")}`)
  assert.equal(unknown.status, 400, unknown.text)
})

const errorCode = (entry: Json | undefined) => object(entry?.['status'])['errorCode']

function assertHas(entry: Json | undefined, expected: Json): void {
  assert.ok(entry)
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, entry[name]])), expected)
}

const kind = (name: string) => encodeURIComponent(`signInEventTypes/any(t: t eq '${name}')`)

/** Newest first. */
async function signIns(name: string): Promise<Json[]> {
  return inBeta(`?$filter=${kind(name)}`)
}

async function inBeta(query: string, headers: Readonly<Record<string, string>> = {}, more = ''): Promise<Json[]> {
  // Sign-ins are written a little later; whoever reads them in the process makes that happen now.
  tenant.signIns.list()
  const authorization = `Bearer ${token}`
  const path = `/beta/auditLogs/signIns${query}${more}`
  const reply = await client.send('GET', path, { headers: { authorization, ...headers } })
  assert.equal(reply.status, 200, reply.text)
  return list(reply.body['value'])
}

const asShop = () => ({ client_id: shop.appId, client_secret: String(shop.clientSecret) })

function asked(changed: Readonly<Record<string, string>> = {}): Record<string, string> {
  const scope = `openid profile offline_access ${notes.identifierUri}/Notes.Read`
  return { client_id: shop.appId, response_type: 'code', redirect_uri: callback, scope, ...changed }
}

async function opened(changed: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const browser = openBrowser(client)
  await browser.get(authorizePath(tenant, asked(changed)))
  return browser
}

function post(fields: Record<string, string>): Promise<Reply> {
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, {
    headers: form,
    body: new URLSearchParams(fields).toString(),
  })
}
