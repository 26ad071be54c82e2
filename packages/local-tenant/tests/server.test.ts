import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant, startTenants } from '../src/index.js'
import { administer, registerTutorial } from './graph-client.js'
import { connectTo, list } from './https-client.js'
import { claimsOf, requestToken, verifiedToken } from './token-client.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-server-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('several tenants behind one listener have keys, applications and administrators of their own', async () => {
  const [contoso, fabrikam] = await startTenants([{}, { subdomain: 'fabrikam' }], { dataFolder: folder, port: 0 })
  assert.ok(contoso && fabrikam)
  await using _ = contoso
  const client = connectTo(contoso)
  assert.deepEqual([contoso.subdomain, fabrikam.subdomain], ['contoso', 'fabrikam'])
  assert.equal(contoso.port, fabrikam.port)
  const ours = await registerTutorial(await administer(client, contoso))
  const scope = `api://${ours.api.appId}/.default`
  const token = await verifiedToken(await requestToken(client, contoso, ours.daemon, scope), client, contoso)
  assert.equal(token.claims['tid'], contoso.tenantId)
  const elsewhere = await requestToken(client, fabrikam, ours.daemon, scope)
  assert.deepEqual(elsewhere.body['error_codes'], [700016])
  const kids = await Promise.all(
    [contoso, fabrikam].map(async ({ tenantId }) => {
      const { body } = await client.send('GET', `/${tenantId}/discovery/v2.0/keys`)
      return list(body['keys']).map(({ kid }) => kid)
    }),
  )
  assert.equal(new Set(kids.flat()).size, 4)
  const applications = await Promise.all(
    [contoso, fabrikam].map(async (tenant) => {
      const graph = await administer(client, tenant)
      return list((await graph.send('GET', 'applications')).body['value']).length
    }),
  )
  assert.deepEqual(applications, [3, 1])
  client.close()
  assert.ok(['contoso.db', 'fabrikam.db'].every((name) => readdirSync(folder).includes(name)))
})

test('the host names the tenant too: another one of the same server does not answer under it', async () => {
  const [contoso, fabrikam] = await startTenants([{}, { subdomain: 'fabrikam' }], { dataFolder: folder, port: 0 })
  assert.ok(contoso && fabrikam)
  await using _ = contoso
  const client = connectTo(contoso)
  const metadata = (host: string, tenant: string) =>
    client.send('GET', `/${tenant}/v2.0/.well-known/openid-configuration`, { headers: { host } })
  assert.equal((await metadata('fabrikam.ciamlogin.com', fabrikam.tenantId)).status, 200)
  assert.equal((await metadata('contoso.ciamlogin.com', fabrikam.tenantId)).status, 400)
  assert.equal((await metadata('login.microsoftonline.com', 'fabrikam.onmicrosoft.com')).status, 200)
  client.close()
})

test('a lenient tenant names the host that the client used in the issuer', async () => {
  await using tenant = await startTenant({ dataFolder: null, port: 0, issuerHost: 'as-asked' })
  const client = connectTo(tenant)
  const headers = { host: 'contoso.ciamlogin.com' }
  const path = '/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration'
  const { body } = await client.send('GET', path, { headers })
  assert.equal(body['issuer'], `https://contoso.ciamlogin.com/${tenant.tenantId}/v2.0`)
  const { api, daemon } = await registerTutorial(await administer(client, tenant))
  const reply = await requestToken(client, tenant, daemon, `${api.appId}/.default`, { headers })
  assert.equal(claimsOf(reply)['iss'], body['issuer'])
  client.close()
})

test('a server without tenants, or with two of one name, is refused and leaves nothing open', async () => {
  await assert.rejects(startTenants([], { dataFolder: null, port: 0 }), RangeError)
  await assert.rejects(startTenants([{}, { subdomain: 'contoso' }], { dataFolder: null, port: 0 }), RangeError)
})

test('a new tenant takes the id it is given, one that exists keeps its own, and no two tenants have one', async () => {
  const tenantId = 'cccccccc-1111-4222-8333-dddddddddddd'
  const own = join(folder, 'given id')
  const first = await startTenant({ dataFolder: own, port: 0, tenantId })
  assert.equal(first.tenantId, tenantId)
  await first.close()
  const again = await startTenant({ dataFolder: own, port: 0, tenantId: tenantId.replace('c', 'e') })
  assert.equal(again.tenantId, tenantId)
  await again.close()
  const both = [{ tenantId }, { tenantId, subdomain: 'fabrikam' }]
  await assert.rejects(startTenants(both, { dataFolder: null, port: 0 }), RangeError)
  await assert.rejects(startTenant({ dataFolder: null, port: 0, tenantId: tenantId.toUpperCase() }), RangeError)
})

test('twenty tenants in one process know nothing of each other', async () => {
  const tenants = await Promise.all(Array.from({ length: 20 }, () => startTenant({ dataFolder: null, port: 0 })))
  try {
    assert.equal(new Set(tenants.flatMap(({ keys }) => keys.list().map(({ kid }) => kid))).size, 40)
    const [one, two] = tenants
    assert.ok(one && two)
    one.apps.add({ displayName: 'mine' })
    one.clock.advance({ days: 1 })
    one.faults.add({ where: 'token', status: 500 })
    await one.keys.rotate()
    assert.deepEqual(two.export().applications, [])
    assert.ok(one.clock.now().getTime() - two.clock.now().getTime() > 86_000_000)
    assert.deepEqual(two.faults.list(), [])
    assert.deepEqual(
      two.keys.list().map(({ state }) => state),
      ['current', 'next'],
    )
  } finally {
    await Promise.all(tenants.map((tenant) => tenant.close()))
  }
})
