import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import {
  addSecret,
  administer,
  appRole,
  type GraphClient,
  grant,
  register,
  registerTutorial,
  type Tutorial,
} from '../graph-client.js'
import { connectTo, type HttpsClient, type Json } from '../https-client.js'
import { claimsOf, requestToken, verifiedToken } from '../token-client.js'

// Sets of names as recorded from the live service (2026) for app-only tokens.
const everyClaim = ['aud', 'iss', 'iat', 'nbf', 'exp', 'aio', 'oid', 'rh', 'sub', 'tid', 'uti', 'ver']
const claimsV2 = [...everyClaim, 'azp', 'azpacr', 'xms_ftd']
const claimsV1 = [...everyClaim, 'appid', 'appidacr', 'idp']

let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let tutorial: Tutorial
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  tutorial = await registerTutorial(graph)
})
after(async () => {
  client.close()
  await tenant.close()
})

test('success has exactly four members, and headers that forbid keeping it', async () => {
  const { api, daemon } = tutorial
  const { status, headers, body } = await requestToken(client, tenant, daemon, `api://${api.appId}/.default`)
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), ['token_type', 'expires_in', 'ext_expires_in', 'access_token'])
  assert.equal(body['token_type'], 'Bearer')
  assert.equal(body['ext_expires_in'], body['expires_in'])
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store, no-cache')
  assert.equal(headers['pragma'], 'no-cache')
  assert.equal(headers['expires'], '-1')
})

test('a v2.0 token has the recorded header and claims, plus idtyp and roles where they are configured and granted', async () => {
  const { api, daemon } = tutorial
  const reply = await requestToken(client, tenant, daemon, `api://${api.appId}/.default`)
  const { header, claims } = await verifiedToken(reply, client, tenant)
  assert.deepEqual(header, { typ: 'JWT', alg: 'RS256', kid: header['kid'] })
  assert.deepEqual(Object.keys(claims).toSorted(), [...claimsV2, 'idtyp', 'roles'].toSorted())
  assert.deepEqual(known(claims), {
    aud: api.appId,
    iss: `${tenant.origin}/${tenant.tenantId}/v2.0`,
    azp: daemon.appId,
    azpacr: '1',
    idtyp: 'app',
    oid: daemon.servicePrincipalId,
    roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
    sub: daemon.servicePrincipalId,
    tid: tenant.tenantId,
    ver: '2.0',
  })
})

test('a v1.0 token has x5t, the v1.0 names, the sts.windows.net issuer and the audience as it was asked for', async () => {
  const { api, daemon } = await registerTutorial(graph, 1)
  const asked = `api://${api.appId}`
  const reply = await requestToken(client, tenant, daemon, `${asked}/.default`)
  const { header, claims } = await verifiedToken(reply, client, tenant)
  assert.deepEqual(header, { typ: 'JWT', alg: 'RS256', x5t: header['kid'], kid: header['kid'] })
  assert.deepEqual(Object.keys(claims).toSorted(), [...claimsV1, 'idtyp', 'roles'].toSorted())
  const issuer = `https://sts.windows.net/${tenant.tenantId}/`
  assert.deepEqual(known(claims), {
    aud: asked,
    iss: issuer,
    appid: daemon.appId,
    appidacr: '1',
    idp: issuer,
    idtyp: 'app',
    oid: daemon.servicePrincipalId,
    roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
    sub: daemon.servicePrincipalId,
    tid: tenant.tenantId,
    ver: '1.0',
  })
})

test('a resource that states no token version gets v1.0', async () => {
  const { daemon } = tutorial
  const silent = await register(graph, { displayName: 'silent' })
  const claims = claimsOf(await requestToken(client, tenant, daemon, `${silent.appId}/.default`))
  assert.equal(claims['ver'], '1.0')
  assert.equal(claims['aud'], silent.appId)
})

test('without a grant there is no roles claim, and without the optional claim no idtyp', async () => {
  const { daemon } = tutorial
  const plain = await register(graph, { displayName: 'plain', api: { requestedAccessTokenVersion: 2 }, appRoles: [] })
  const reply = await requestToken(client, tenant, daemon, `${plain.appId}/.default`)
  const { claims } = await verifiedToken(reply, client, tenant)
  assert.deepEqual(Object.keys(claims).toSorted(), claimsV2.toSorted())
})

test('declared roles are not granted roles', async () => {
  const stranger = await register(graph, { displayName: 'stranger' })
  const clientSecret = await addSecret(graph, stranger.id)
  const credentials = { clientId: stranger.appId, clientSecret }
  const claims = claimsOf(await requestToken(client, tenant, credentials, `${tutorial.api.appId}/.default`))
  assert.equal(claims['roles'], undefined)
  assert.equal(claims['idtyp'], 'app')
})

test('the roles of one resource never appear in a token for another', async () => {
  const role = appRole('Other.Read')
  const other = await register(graph, { displayName: 'other', appRoles: [role] })
  await grant(graph, tutorial.daemon, other, role)
  const claims = claimsOf(await requestToken(client, tenant, tutorial.daemon, `${other.appId}/.default`))
  assert.deepEqual(claims['roles'], ['Other.Read'])
})

test('a role that is disabled later is dropped from new tokens, and returns when it is enabled again', async () => {
  const { api, daemon, roles } = await registerTutorial(graph)
  const ask = async () => claimsOf(await requestToken(client, tenant, daemon, `${api.appId}/.default`))['roles']
  const disabled = { ...roles[1], isEnabled: false }
  await graph.patch(`applications/${api.id}`, { appRoles: [roles[0], disabled] })
  assert.deepEqual(await ask(), ['ToDoList.Read.All'])
  await graph.patch(`applications/${api.id}`, { appRoles: [{ ...roles[0], isEnabled: false }, disabled] })
  assert.equal(await ask(), undefined)
  await graph.patch(`applications/${api.id}`, { appRoles: roles })
  assert.deepEqual(await ask(), ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
})

test('a grant that is taken back is gone from the next token', async () => {
  const { api, daemon, roles } = await registerTutorial(graph)
  const path = `servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`
  const { value } = await graph.get(path)
  assert.ok(Array.isArray(value))
  for (const assignment of value as Json[]) {
    const reply = await graph.send('DELETE', `${path}/${String(assignment['id'])}`)
    assert.equal(reply.status, 204)
  }
  const claims = claimsOf(await requestToken(client, tenant, daemon, `${api.appId}/.default`))
  assert.equal(claims['roles'], undefined)
  assert.equal(roles.length, value.length)
})

test('the default access that assigns without a role lets a client in where assignment is required, without a role', async () => {
  const { daemon } = tutorial
  const members = await register(graph, { displayName: 'members only' })
  await graph.patch(`servicePrincipals/${members.servicePrincipalId}`, { appRoleAssignmentRequired: true })
  await grant(graph, daemon, members, { id: '00000000-0000-0000-0000-000000000000' })
  const claims = claimsOf(await requestToken(client, tenant, daemon, `${members.appId}/.default`))
  assert.equal(claims['roles'], undefined)
})

test('lifetimes are random between 60 and 90 minutes, and tokens are backdated by five', async () => {
  const { api, daemon } = tutorial
  const lifetimes = new Set<unknown>()
  const ids = new Set<unknown>()
  for (let round = 0; round < 20; round += 1) {
    const asked = Math.floor(Date.now() / 1000)
    const reply = await requestToken(client, tenant, daemon, `${api.appId}/.default`)
    const { iat, nbf, exp, uti } = claimsOf(reply)
    const expiresIn = Number(reply.body['expires_in'])
    assert.ok(expiresIn >= 3_599 && expiresIn <= 5_400, String(expiresIn))
    assert.equal(nbf, iat)
    assert.equal(Number(exp) - Number(iat), expiresIn + 300)
    const issued = Number(exp) - expiresIn
    assert.ok(issued >= asked && issued <= Math.ceil(Date.now() / 1000))
    assert.match(String(uti), /^[A-Za-z0-9_-]{22}$/)
    lifetimes.add(expiresIn)
    ids.add(uti)
  }
  assert.ok(lifetimes.size > 1)
  assert.equal(ids.size, 20)
})

test('lifetime and backdating follow the options', async () => {
  const times = { lifetime: { atLeast: 120, atMost: 120 }, backdate: 0 }
  await using short = await startTenant({ dataFolder: null, port: 0, tokens: times })
  const there = connectTo(short)
  const reply = await requestToken(there, short, short.administrator, '.default')
  there.close()
  const { iat, exp } = claimsOf(reply)
  assert.equal(reply.body['expires_in'], 120)
  assert.equal(Number(exp) - Number(iat), 120)
})

/** The claims whose value does not change from token to token. */
function known(claims: Json): Json {
  const changing = new Set(['iat', 'nbf', 'exp', 'aio', 'rh', 'uti', 'xms_ftd'])
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !changing.has(name)))
}
