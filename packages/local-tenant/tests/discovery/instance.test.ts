import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { connectTo, type HttpsClient } from '../https-client.js'

let tenant: Tenant
let client: HttpsClient
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
})
after(async () => {
  client.close()
  await tenant.close()
})

const ask = (authority: string, version = '1.1', host?: string) => {
  const endpoint = encodeURIComponent(`${authority}/oauth2/v2.0/authorize`)
  const path = `/common/discovery/instance?api-version=${version}&authorization_endpoint=${endpoint}`
  return client.send('GET', path, host === undefined ? {} : { headers: { host } })
}

test('instance discovery leads back to the authority that was asked about, tenant included', async () => {
  for (const authority of [
    `${tenant.origin}/${tenant.tenantId}`,
    `https://contoso.ciamlogin.com/contoso.onmicrosoft.com`,
    `https://login.microsoftonline.com/${tenant.tenantId}`,
  ]) {
    const { status, body } = await ask(authority, '1.1', 'login.microsoftonline.com')
    assert.equal(status, 200)
    assert.equal(body['tenant_discovery_endpoint'], `${authority}/v2.0/.well-known/openid-configuration`)
    assert.equal(body['api-version'], '1.1')
  }
})

test("Microsoft's names are aliases of each other, any other host is alone", async () => {
  const cloud = ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net']
  for (const host of cloud) {
    const { body } = await ask(`https://${host}/common`, '1.0')
    assert.equal(body['api-version'], '1.0')
    assert.deepEqual(body['metadata'], [
      { preferred_network: 'login.microsoftonline.com', preferred_cache: 'login.windows.net', aliases: cloud },
    ])
  }
  const host = `localhost:${tenant.port}`
  const { body } = await ask(`https://${host}/${tenant.tenantId}`)
  assert.deepEqual(body['metadata'], [{ preferred_network: host, preferred_cache: host, aliases: [host] }])
})

test('an authority that is none of ours, or no authority, is an invalid instance', async () => {
  const strangers = [
    'https://login.microsoftonline.us/common',
    'https://graph.microsoft.com/common',
    'http://localhost/common',
    'https://evil.example/https://login.microsoftonline.com/common',
    'nonsense',
    `https://contoso.ciamlogin.com.evil.example/${tenant.tenantId}`,
  ]
  for (const stranger of strangers) {
    const { status, body } = await ask(stranger)
    assert.equal(status, 400, stranger)
    assert.equal(body['error'], 'invalid_instance')
    assert.deepEqual(body['error_codes'], [50049])
  }
  assert.equal((await client.send('GET', '/common/discovery/instance')).status, 400)
})
