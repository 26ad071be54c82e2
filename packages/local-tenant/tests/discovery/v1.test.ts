import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, registerTutorial, type Tutorial } from '../graph-client.js'
import { connectTo, form, type HttpsClient, list } from '../https-client.js'
import { verifiedToken } from '../token-client.js'

let tenant: Tenant
let client: HttpsClient
let tutorial: Tutorial
before(async () => {
  tenant = await startTenant({ dataFolder: null, port: 0 })
  client = connectTo(tenant)
  tutorial = await registerTutorial(await administer(client, tenant))
})
after(async () => {
  client.close()
  await tenant.close()
})

const post = (parameters: Record<string, string>) => {
  const { clientId, clientSecret } = tutorial.daemon
  const credentials = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
  const body = new URLSearchParams({ ...credentials, ...parameters }).toString()
  return client.send('POST', `/${tenant.tenantId}/oauth2/token`, { headers: form, body })
}

test('the v1.0 metadata names the v1.0 endpoints and the issuer of v1.0 tokens', async () => {
  const { status, body } = await client.send('GET', `/${tenant.tenantId}/.well-known/openid-configuration`)
  assert.equal(status, 200)
  assert.equal(body['issuer'], `https://sts.windows.net/${tenant.tenantId}/`)
  assert.equal(body['token_endpoint'], `${tenant.authority}/oauth2/token`)
  assert.equal(body['jwks_uri'], `${tenant.authority}/discovery/keys`)
  assert.equal(body['microsoft_multi_refresh_token'], true)
  assert.deepEqual(body['scopes_supported'], ['openid'])
})

test('the v1.0 key set lists the same keys as the v2.0 one, without an issuer', async () => {
  const v1 = await client.send('GET', `/${tenant.tenantId}/discovery/keys`)
  const v2 = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  assert.deepEqual(
    list(v1.body['keys']),
    list(v2.body['keys']).map((key) => Object.fromEntries(Object.entries(key).filter(([name]) => name !== 'issuer'))),
  )
})

test('the v1.0 endpoint takes `resource` and answers with numbers as text; the token has the version of its API', async () => {
  const resource = `api://${tutorial.api.appId}`
  const reply = await post({ resource })
  assert.deepEqual(Object.keys(reply.body), [
    'token_type',
    'expires_in',
    'ext_expires_in',
    'expires_on',
    'not_before',
    'resource',
    'access_token',
  ])
  const { claims } = await verifiedToken(reply, client, tenant)
  assert.equal(reply.body['resource'], resource)
  assert.equal(reply.body['expires_on'], String(claims['exp']))
  assert.equal(reply.body['not_before'], String(claims['nbf']))
  assert.match(String(reply.body['expires_in']), /^\d{4}$/)
  assert.equal(claims['ver'], '2.0')
  assert.equal(claims['aud'], tutorial.api.appId)
})

test('without `resource` the v1.0 endpoint names what is missing', async () => {
  const { status, body } = await post({ scope: `api://${tutorial.api.appId}/.default` })
  assert.equal(status, 400)
  assert.deepEqual(body['error_codes'], [900144])
})
