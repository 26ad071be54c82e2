import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { administer } from '../graph-client.js'
import { form, type Reply } from '../https-client.js'
import { codeOf, given } from './asking.js'

function assertDiagnosed(reply: Reply, code: number, sentence: RegExp): void {
  assert.equal(codeOf(reply), code, reply.text)
  const diagnosis = String(reply.headers['x-tenantry-diagnosis'])
  assert.match(diagnosis, sentence)
  assert.match(diagnosis, /^[\x20-\x7e]{1,299}$/)
  assert.ok(!reply.text.includes(diagnosis), 'the body is as the real one')
}

test('a good token carries no diagnosis, one without roles says how to get them', async () => {
  await using here = await given()
  const { tenant, api, ask } = here
  assert.equal((await ask()).headers['x-tenantry-diagnosis'], undefined)
  const { appId, clientSecret } = tenant.apps.add({ displayName: 'löner', secret: true })
  const loner = { clientId: appId, clientSecret: String(clientSecret) }
  assertDiagnosed(
    await ask(loner),
    0,
    /^l\?ner has no app role assignment on api: run tenantry up, or grant admin consent/,
  )
  // An API without roles has none to grant.
  const plain = tenant.apps.add({ displayName: 'plain' })
  assert.equal((await ask({ ...loner, scope: `${plain.appId}/.default` })).headers['x-tenantry-diagnosis'], undefined)
  const graph = await administer(here.client, tenant)
  await graph.patch(`servicePrincipals(appId='${api.appId}')`, { appRoleAssignmentRequired: true })
  assertDiagnosed(await ask(loner), 501051, /requires an assignment and l\?ner has none: run tenantry up/)
})

test('a wrong secret is told apart from a secret id and from none, and never repeated', async () => {
  await using here = await given()
  const { tenant, daemon, ask } = here
  assertDiagnosed(await ask({ clientSecret: 'wrong' }), 7000215, /is not the one of daemon: take the value shown/)
  const id = randomUUID()
  const byId = await ask({ clientSecret: id })
  assertDiagnosed(byId, 7000215, /it was the secret id \(a GUID\)/)
  assert.ok(!String(byId.headers['x-tenantry-diagnosis']).includes(id))
  const graph = await administer(here.client, tenant)
  await graph.post(`applications/${daemon.objectId}/addPassword`, {})
  assertDiagnosed(await ask({ clientSecret: 'wrong' }), 7000215, /is none of the 2 of daemon/)
  const { appId } = tenant.apps.add({ displayName: 'bare' })
  assertDiagnosed(await ask({ clientId: appId }), 7000215, /bare has no secret: add one/)
  tenant.clock.advance({ days: 1_000 })
  assertDiagnosed(await ask(), 7000222, /is over by this tenant's clock: add another one to daemon/)
})

test('a client that is not found is looked for under its other ids', async () => {
  await using here = await given()
  const { tenant, daemon, ask } = here
  assertDiagnosed(
    await ask({ clientId: daemon.objectId }),
    700016,
    new RegExp(`object id of daemon; its client id is ${daemon.clientId}`),
  )
  const added = tenant.apps.add({ displayName: 'other' })
  const byPrincipal = await ask({ clientId: added.servicePrincipalId })
  assertDiagnosed(
    byPrincipal,
    700016,
    new RegExp(`object id of the service principal of other; its client id is ${added.appId}`),
  )
  assertDiagnosed(await ask({ clientId: randomUUID() }), 700016, /No application of this tenant has that client id/)
  assertDiagnosed(await ask({ clientId: 'daemon' }), 700038, /which is a GUID/)
  const graph = await administer(here.client, tenant)
  const bare = await graph.post('applications', { displayName: 'bare' })
  assertDiagnosed(
    await ask({ clientId: String(bare['appId']) }),
    7000229,
    /bare is registered but has no service principal/,
  )
  await graph.patch(`servicePrincipals(appId='${daemon.clientId}')`, { accountEnabled: false })
  assertDiagnosed(await ask(), 7000112, /service principal of daemon is switched off/)
})

test('an API that is not found is looked for under names like it', async () => {
  await using here = await given()
  const { tenant, api, ask } = here
  const graph = await administer(here.client, tenant)
  const scope = (name: string) => ask({ scope: `${name}/.default` })
  assertDiagnosed(
    await scope(`${api.identifierUri}/`),
    500011,
    new RegExp(`Only nearly the identifier URI of api: ask for ${api.identifierUri}/\\.default`),
  )
  const bare = await graph.post('applications', { displayName: 'bare' })
  assertDiagnosed(await scope(String(bare['appId'])), 500011, /bare is registered but has no service principal/)
  assertDiagnosed(
    await scope(String(bare['id'])),
    500011,
    new RegExp(`object id of bare; its app id is ${String(bare['appId'])}`),
  )
  const plain = tenant.apps.add({ displayName: 'plain' })
  assertDiagnosed(await scope(`api://${plain.appId}`), 500011, /plain has another identifier URI or none: ask for/)
  assertDiagnosed(await scope('api://nothing'), 500011, /No API of this tenant has that identifier URI/)
  assertDiagnosed(await ask({ scope: api.identifierUri }), 1002012, /exactly one scope/)
  await graph.patch(`servicePrincipals(appId='${api.appId}')`, { accountEnabled: false })
  assertDiagnosed(await ask(), 500014, /API's service principal is switched off/)
})

test('a request without its form or its credential is told what to send', async () => {
  await using here = await given()
  const { tenant, client, daemon, api } = here
  const path = `/${tenant.tenantId}/oauth2/v2.0/token`
  assertDiagnosed(await client.send('POST', path, { body: '{}' }), 900144, /x-www-form-urlencoded/)
  const body = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString()
  const bare = { grant_type: 'client_credentials', client_id: daemon.clientId }
  const withScope = { ...bare, scope: `${api.appId}/.default` }
  assertDiagnosed(await client.send('POST', path, { headers: form, body: body(bare) }), 90014, /scope=<identifier URI>/)
  assertDiagnosed(
    await client.send('POST', path, { headers: form, body: body(withScope) }),
    7000216,
    /Send client_secret/,
  )
  const both = body({ ...withScope, resource: api.appId })
  assertDiagnosed(await client.send('POST', path, { headers: form, body: both }), 901002, /belongs to \/oauth2\/token/)
})
