import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Tenant, TokenRequest } from '../../src/index.js'
import { type HttpsClient, type Json, list, object } from '../https-client.js'
import { claimsOf, type Jwt, verified } from '../token-client.js'
import { given } from './asking.js'

async function published({ tenantId }: Tenant, client: HttpsClient): Promise<Json[]> {
  return list((await client.send('GET', `/${tenantId}/discovery/v2.0/keys`)).body['keys'])
}

function parts(token: string): Jwt & { signature: string } {
  const [header = '', claims = '', signature = 'absent'] = token.split('.')
  const read = (segment: string) => object(JSON.parse(Buffer.from(segment, 'base64url').toString('utf8')))
  return { header: read(header), claims: read(claims), signature }
}

test('a token for a registered client is the one that the endpoint gives', async () => {
  await using here = await given()
  const { tenant, client, daemon, api, ask } = here
  const token = await tenant.tokens.issue({ client: daemon.clientId, resource: api.identifierUri })
  const { claims } = verified(token, await published(tenant, client))
  const real = claimsOf(await ask())
  assert.deepEqual(Object.keys(claims), Object.keys(real))
  for (const name of ['aud', 'iss', 'azp', 'azpacr', 'oid', 'sub', 'tid', 'ver', 'roles']) {
    assert.deepEqual(claims[name], real[name], name)
  }
})

test('roles, version and claims are as wished, also for clients and APIs that nobody registered', async () => {
  await using here = await given()
  const { tenant, client, daemon, api } = here
  const keys = await published(tenant, client)
  const issue = async (request: TokenRequest) => verified(await tenant.tokens.issue(request), keys)
  const known = { client: daemon.clientId, resource: api.appId }
  assert.deepEqual((await issue({ ...known, roles: ['Admin'] })).claims['roles'], ['Admin'])
  assert.ok(!('roles' in (await issue({ ...known, roles: [] })).claims))
  const v1 = await issue({ ...known, version: 1 })
  assert.deepEqual([v1.claims['ver'], v1.header['x5t']], ['1.0', v1.header['kid']])
  const changed = await issue({ ...known, claims: { scp: 'Read', azp: undefined, tid: 'x' } })
  assert.deepEqual([changed.claims['scp'], changed.claims['tid'], 'azp' in changed.claims], ['Read', 'x', false])
  const [stranger, resource] = [randomUUID(), randomUUID()]
  const { claims } = await issue({ client: stranger, resource, roles: ['Read'] })
  assert.deepEqual(
    [claims['azp'], claims['aud'], claims['ver'], claims['roles']],
    [stranger, resource, '2.0', ['Read']],
  )
  const byUri = await issue({ client: stranger, resource: 'api://made-up', version: 1 })
  assert.equal(byUri.claims['aud'], 'api://made-up')
})

test('a client that can be no client and a resource without a name are refused', async () => {
  await using here = await given()
  const { tenant, api } = here
  await assert.rejects(tenant.tokens.issue({ client: 'daemon', resource: api.appId }), {
    name: 'ControlRefusal',
    code: 'unknown_client',
    message: /has to be an appId/,
  })
  await assert.rejects(tenant.tokens.issue({ client: randomUUID(), resource: '' }), {
    name: 'ControlRefusal',
    code: 'unknown_resource',
  })
})

test('each broken token has its one defect', async () => {
  await using here = await given()
  const { tenant, client, daemon, api } = here
  tenant.clock.freeze()
  const now = Math.floor(tenant.clock.now().getTime() / 1_000)
  const keys = await published(tenant, client)
  const good = { client: daemon.clientId, resource: api.appId, version: 2 } as const
  const sound = parts(await tenant.tokens.issue(good))
  const issue = (broken: NonNullable<TokenRequest['broken']>, more = {}) =>
    tenant.tokens.issue({ ...good, ...more, broken })
  const differing = (claims: Json) =>
    ['aud', 'iss', 'azp', 'sub', 'tid', 'ver', 'nbf', 'iat'].filter((name) => claims[name] !== sound.claims[name])

  const expired = verified(await issue('expired'), keys).claims
  assert.deepEqual([differing(expired), Number(expired['exp']) < now], [['nbf', 'iat'], true])
  const early = verified(await issue('not-yet-valid'), keys).claims
  assert.deepEqual([differing(early), Number(early['nbf']) > now], [['nbf'], true])
  assert.ok(Number(early['exp']) > Number(early['nbf']))
  assert.deepEqual(differing(verified(await issue('wrong-audience'), keys).claims), ['aud'])
  assert.deepEqual(differing(verified(await issue('wrong-issuer'), keys).claims), ['iss'])
  const open = verified(await issue('no-exp'), keys).claims
  assert.deepEqual([differing(open), 'exp' in open], [[], false])
  const forged = await issue('wrong-signature')
  assert.throws(() => verified(forged, keys), /signature/)
  assert.deepEqual(differing(parts(forged).claims), [])
  const unknown = await issue('unknown-kid')
  assert.throws(() => verified(unknown, keys), /the key that signed is published/)
  assert.deepEqual(differing(parts(unknown).claims), [])
  const unknownV1 = parts(await issue('unknown-kid', { version: 1 })).header
  assert.equal(unknownV1['x5t'], unknownV1['kid'])
  const unsigned = parts(await issue('alg-none'))
  assert.deepEqual([unsigned.header['alg'], unsigned.signature, differing(unsigned.claims)], ['none', '', []])
  const id = verified(await issue('id-token'), keys).claims
  assert.deepEqual(
    [id['aud'], id['preferred_username'], 'roles' in id, 'azp' in id],
    [daemon.clientId, 'alex@example.com', false, false],
  )
})

test('the wishes about claims come last', async () => {
  await using here = await given()
  const { tenant, daemon, api } = here
  const request = { client: daemon.clientId, resource: api.appId, broken: 'expired', claims: { exp: 1 } } as const
  assert.equal(parts(await tenant.tokens.issue(request)).claims['exp'], 1)
})
