import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import {
  addSecret,
  administer,
  type GraphClient,
  grant,
  graphAs,
  graphToken,
  register,
  registerTutorial,
} from '../graph-client.js'
import { connectTo, type HttpsClient, type Json, list, object, type Reply, text } from '../https-client.js'
import { requestToken } from '../token-client.js'
import { assertRefused } from './refused.js'

let time = new Date()
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let token: string
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0, now: () => time })
  client = connectTo(tenant)
  token = await graphToken(client, tenant, tenant.administrator)
  graph = await administer(client, tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

const unreadable = 'CompactToken parsing failed with error code: 80049217'
const call = (authorization?: string): Promise<Reply> =>
  client.send('GET', '/v1.0/applications', { headers: authorization === undefined ? {} : { authorization } })

test('without a token the answer is 401, and names the scheme', async () => {
  for (const header of [undefined, '', 'Bearer', 'Bearer  ', 'Basic YTpi', token]) {
    const reply = await call(header)
    assertRefused(reply, 401, 'InvalidAuthenticationToken', 'Access token is empty.')
    assert.equal(reply.headers['www-authenticate'], 'Bearer')
  }
})

test('a text that is no token of this tenant is 401', async () => {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const none = encode({ typ: 'JWT', alg: 'none' })
  const forged = [
    'x',
    'a.b.c',
    `${header}.${claims}`,
    `${header}.${claims}.${signature}.`,
    `${header}.${claims}.`,
    `${header}.${claims}.${flipped(signature)}`,
    `${header}.${encode({ ...decode(claims), roles: ['Directory.ReadWrite.All'] })}.${signature}`,
    `${none}.${claims}.`,
    `${none}.${claims}.${signature}`,
    `${encode({ ...decode(header), kid: '__proto__' })}.${claims}.${signature}`,
    `${'['.repeat(1000)}.${claims}.${signature}`,
  ]
  for (const forgery of forged) {
    assertRefused(await call(`Bearer ${forgery}`), 401, 'InvalidAuthenticationToken', unreadable)
  }
})

test('a token signed by somebody else under the kid of this tenant, or with its public key as a secret, is 401', async () => {
  const [header = '', claims = ''] = token.split('.')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const input = `${header}.${claims}`
  const stranger = sign('sha256', Buffer.from(input), privateKey).toString('base64url')
  assertRefused(await call(`Bearer ${input}.${stranger}`), 401, 'InvalidAuthenticationToken', unreadable)

  const keys = list((await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)).body['keys'])
  const jwk = keys.find(({ kid }) => kid === decode(header)['kid'])
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
  const symmetric = `${encode({ ...decode(header), alg: 'HS256' })}.${claims}`
  const mac = createHmac('sha256', pem).update(symmetric).digest('base64url')
  assertRefused(await call(`Bearer ${symmetric}.${mac}`), 401, 'InvalidAuthenticationToken', unreadable)
})

test('a token of this tenant for another audience is 401', async () => {
  const v1 = await registerTutorial(graph, 1)
  const other = await requestToken(client, tenant, v1.daemon, `api://${v1.api.appId}/.default`)
  const audience = 'Access token validation failure. Invalid audience.'
  assertRefused(await call(`Bearer ${text(other.body, 'access_token')}`), 401, 'InvalidAuthenticationToken', audience)
  const v2 = await registerTutorial(graph, 2)
  const newer = await requestToken(client, tenant, v2.daemon, `api://${v2.api.appId}/.default`)
  const issuer = 'Access token validation failure. Invalid issuer.'
  assertRefused(await call(`Bearer ${text(newer.body, 'access_token')}`), 401, 'InvalidAuthenticationToken', issuer)
})

test('a token of another tenant on the same machine is 401', async () => {
  await using other = await startTenant({ dataFolder: null, port: 0 })
  const there = connectTo(other)
  const foreign = await graphToken(there, other, other.administrator)
  there.close()
  assertRefused(await call(`Bearer ${foreign}`), 401, 'InvalidAuthenticationToken', unreadable)
})

test('a token is dead from the second that exp names', async () => {
  const exp = Number(decode(token.split('.')[1] ?? '')['exp'])
  try {
    time = new Date(exp * 1000 - 1)
    assert.equal((await call(`Bearer ${token}`)).status, 200)
    time = new Date(exp * 1000)
    const expired = 'Lifetime validation failed, the token is expired.'
    assertRefused(await call(`Bearer ${token}`), 401, 'InvalidAuthenticationToken', expired)
  } finally {
    time = new Date()
  }
})

test('the audience may be the id of Graph or its name, in any letter case and with a slash', async () => {
  const scopes = ['00000003-0000-0000-C000-000000000000', 'HTTPS://Graph.Microsoft.com', 'https://graph.microsoft.com/']
  for (const scope of scopes) {
    const reply = await requestToken(client, tenant, tenant.administrator, `${scope}/.default`)
    assert.equal((await call(`Bearer ${text(reply.body, 'access_token')}`)).status, 200, scope)
  }
})

const withoutPermission = 'Insufficient privileges to complete the operation.'

test('a token without the permission of the call is 403, on every route', async () => {
  const app = await register(graph, { displayName: 'nobody' })
  const credentials = { clientId: app.appId, clientSecret: await addSecret(graph, app.id) }
  const nobody = graphAs(client, await graphToken(client, tenant, credentials))
  const calls: [string, string][] = [
    ['GET', 'applications'],
    ['POST', 'applications'],
    ['GET', `applications/${app.id}`],
    ['PATCH', `applications/${app.id}`],
    ['POST', `applications/${app.id}/addPassword`],
    ['POST', `applications/${app.id}/removePassword`],
    ['GET', 'servicePrincipals'],
    ['POST', 'servicePrincipals'],
    ['GET', `servicePrincipals/${app.servicePrincipalId}`],
    ['PATCH', `servicePrincipals/${app.servicePrincipalId}`],
    ['GET', `servicePrincipals/${app.servicePrincipalId}/appRoleAssignments`],
    ['POST', `servicePrincipals/${app.servicePrincipalId}/appRoleAssignments`],
    ['GET', `servicePrincipals/${app.servicePrincipalId}/appRoleAssignedTo`],
    ['POST', `servicePrincipals/${app.servicePrincipalId}/appRoleAssignedTo`],
    ['GET', `servicePrincipals/${app.servicePrincipalId}/appRoleAssignedTo/x`],
    ['DELETE', `servicePrincipals/${app.servicePrincipalId}/appRoleAssignedTo/x`],
    ['GET', 'users'],
    ['GET', 'users/x'],
    ['GET', 'organization'],
    ['GET', 'groups'],
    ['POST', 'groups'],
    ['GET', 'groups/x'],
    ['PATCH', 'groups/x'],
    ['DELETE', 'groups/x'],
    ['GET', 'groups/x/members'],
    ['POST', 'groups/x/members/$ref'],
    ['DELETE', 'groups/x/members/y/$ref'],
    ['POST', 'groups/x/appRoleAssignments'],
    ['GET', 'users/x/memberOf'],
    ['POST', 'users/x/getMemberObjects'],
    ['GET', 'identity/authenticationEventsFlows'],
    ['POST', 'identity/authenticationEventsFlows'],
    ['PATCH', 'identity/authenticationEventsFlows/x'],
    ['DELETE', 'identity/authenticationEventsFlows/x'],
    ['POST', 'identity/authenticationEventsFlows/x/conditions/applications/includeApplications'],
    ['GET', 'identity/userFlowAttributes'],
    ['POST', 'identity/userFlowAttributes'],
    ['DELETE', 'identity/userFlowAttributes/x'],
  ]
  for (const [method, path] of calls) {
    const reply = await nobody.send(method, path, method === 'GET' ? undefined : {})
    assertRefused(reply, 403, 'Authorization_RequestDenied', withoutPermission)
  }
})

test('reading applications is no permission to write them, nor to give permissions away', async () => {
  const app = await register(graph, { displayName: 'reader' })
  const microsoftGraph = await graph.get("servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  const resource = { id: '', appId: '', servicePrincipalId: text(microsoftGraph, 'id') }
  await grant(graph, app, resource, { id: '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30' })
  const credentials = { clientId: app.appId, clientSecret: await addSecret(graph, app.id) }
  const reader = graphAs(client, await graphToken(client, tenant, credentials))
  assert.equal((await reader.send('GET', 'applications')).status, 200)
  const write = await reader.send('POST', 'applications', { displayName: 'x' })
  assertRefused(write, 403, 'Authorization_RequestDenied', withoutPermission)
  const path = `servicePrincipals/${app.servicePrincipalId}/appRoleAssignments`
  const escalation = await reader.send('POST', path, {})
  assertRefused(escalation, 403, 'Authorization_RequestDenied', withoutPermission)
})

test('unknown paths are 404 and verbs that a path does not have 405', async () => {
  const unknown = await graph.send('GET', 'devices')
  assertRefused(unknown, 404, 'ResourceNotFound', "Resource not found for the segment 'devices'.")
  const inherited = await graph.send('GET', '__proto__')
  assertRefused(inherited, 404, 'ResourceNotFound', "Resource not found for the segment '__proto__'.")
  const notAllowed = 'Specified HTTP method is not allowed for the request target.'
  for (const [method, path] of [
    ['DELETE', 'applications'],
    ['PUT', 'organization'],
    ['GET', 'applications/x/addPassword'],
  ] as const) {
    assertRefused(await graph.send(method, path), 405, 'Request_BadRequest', notAllowed)
  }
})

test('client-request-id comes back in header and body', async () => {
  const id = '0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'
  const headers = { 'client-request-id': id }
  const refused = await client.send('GET', '/v1.0/applications', { headers })
  assert.equal(object(object(refused.body['error'])['innerError'])['client-request-id'], id)
  const served = await graph.send('GET', 'applications', undefined, headers)
  assert.equal(served.headers['client-request-id'], id)
})

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(segment: string): Json {
  return object(JSON.parse(Buffer.from(segment, 'base64url').toString('utf8')))
}

function flipped(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] = (bytes[10] ?? 0) ^ 1
  return bytes.toString('base64url')
}
