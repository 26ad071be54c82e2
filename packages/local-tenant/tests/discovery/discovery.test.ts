import assert from 'node:assert/strict'
import { createHash, createPublicKey, type JsonWebKey, X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { administer, registerTutorial, type Tutorial } from '../graph-client.js'
import { connectTo, type HttpsClient, list } from '../https-client.js'
import { claimsOf, requestToken, verifiedToken } from '../token-client.js'

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

const configuration = (segment: string, host?: string) =>
  client.send(
    'GET',
    `/${segment}/v2.0/.well-known/openid-configuration`,
    host === undefined ? {} : { headers: { host } },
  )

test('the metadata names the endpoints of this listener and has what MSAL insists on', async () => {
  const { status, headers, body } = await configuration(tenant.tenantId)
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(headers['cache-control'], 'max-age=86400, private')
  assert.equal(headers['access-control-allow-origin'], '*')
  assert.equal(body['issuer'], `${tenant.origin}/${tenant.tenantId}/v2.0`)
  assert.equal(body['token_endpoint'], `${tenant.authority}/oauth2/v2.0/token`)
  assert.equal(body['authorization_endpoint'], `${tenant.authority}/oauth2/v2.0/authorize`)
  assert.equal(body['jwks_uri'], `${tenant.authority}/discovery/v2.0/keys`)
  assert.deepEqual(body['id_token_signing_alg_values_supported'], ['RS256'])
  assert.deepEqual(body['subject_types_supported'], ['pairwise'])
  for (const absent of [
    'registration_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
    'grant_types_supported',
  ]) {
    assert.equal(body[absent], undefined, absent)
  }
})

test('the tenant is addressed by its id or its initial domain, in any letter case', async () => {
  const byId = await configuration(tenant.tenantId.toUpperCase())
  const byDomain = await configuration('Contoso.OnMicrosoft.com')
  assert.equal(byId.status, 200)
  assert.deepEqual(byDomain.body, byId.body)
})

const families: readonly [host: () => string, issuer: () => string][] = [
  [() => `localhost:${tenant.port}`, () => `https://localhost:${tenant.port}/${tenant.tenantId}/v2.0`],
  [() => `127.0.0.1:${tenant.port}`, () => `https://localhost:${tenant.port}/${tenant.tenantId}/v2.0`],
  [() => `[::1]:${tenant.port}`, () => `https://localhost:${tenant.port}/${tenant.tenantId}/v2.0`],
  [() => 'contoso.ciamlogin.com', () => `https://${tenant.tenantId}.ciamlogin.com/${tenant.tenantId}/v2.0`],
  [() => 'CONTOSO.ciamlogin.com:443', () => `https://${tenant.tenantId}.ciamlogin.com/${tenant.tenantId}/v2.0`],
  [() => `${tenant.tenantId}.ciamlogin.com`, () => `https://${tenant.tenantId}.ciamlogin.com/${tenant.tenantId}/v2.0`],
  [() => 'login.microsoftonline.com', () => `https://login.microsoftonline.com/${tenant.tenantId}/v2.0`],
]

test('the issuer follows the family of the host, alike in metadata, keys and tokens; the endpoints follow the host itself', async () => {
  for (const [hostOf, issuerOf] of families) {
    const [host, issuer] = [hostOf(), issuerOf()]
    const metadata = await configuration(tenant.tenantId, host)
    assert.equal(metadata.body['issuer'], issuer, host)
    assert.equal(metadata.body['token_endpoint'], `https://${host.toLowerCase()}/${tenant.tenantId}/oauth2/v2.0/token`)
    const keys = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`, { headers: { host } })
    for (const key of list(keys.body['keys'])) assert.equal(key['issuer'], issuer)
    const scope = `api://${tutorial.api.appId}/.default`
    const token = await requestToken(client, tenant, tutorial.daemon, scope, { headers: { host } })
    assert.equal(claimsOf(token)['iss'], issuer)
  }
})

test('only the hosts of others say Strict-Transport-Security: for localhost it would bind every server there', async () => {
  const ciam = await configuration(tenant.tenantId, 'contoso.ciamlogin.com')
  assert.equal(ciam.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
  for (const host of [undefined, `127.0.0.1:${tenant.port}`]) {
    const local = await configuration(tenant.tenantId, host)
    assert.equal(local.headers['strict-transport-security'], undefined)
    assert.equal(local.headers['x-content-type-options'], 'nosniff')
  }
})

test('another tenant is not found, by path or by host: invalid_tenant for metadata, invalid_request for tokens', async () => {
  const other = '11111111-2222-3333-4444-555555555555'
  const wrong = [
    await configuration(other),
    await configuration('fabrikam.onmicrosoft.com'),
    await configuration('common'),
    await configuration(tenant.tenantId, 'fabrikam.ciamlogin.com'),
    await configuration(tenant.tenantId, `${other}.ciamlogin.com`),
    await configuration('contoso.onmicrosoft.com', `${other}.ciamlogin.com`),
  ]
  for (const { status, body } of wrong) {
    assert.equal(status, 400)
    assert.equal(body['error'], 'invalid_tenant')
    assert.deepEqual(body['error_codes'], [90002])
  }
  const headers = { host: 'fabrikam.ciamlogin.com' }
  const token = await requestToken(client, tenant, tutorial.daemon, '.default', { headers })
  assert.equal(token.status, 400)
  assert.equal(token.body['error'], 'invalid_request')
  assert.deepEqual(token.body['error_codes'], [90002])
})

test('several keys are published, each as on the real service and with the certificate that names it', async () => {
  const { status, body } = await client.send('GET', `/${tenant.tenantId}/discovery/v2.0/keys`)
  assert.equal(status, 200)
  const keys = list(body['keys'])
  assert.ok(keys.length > 1)
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
  for (const key of keys) {
    assert.deepEqual(Object.keys(key), ['kty', 'use', 'kid', 'x5t', 'n', 'e', 'x5c', 'issuer'])
    assert.equal(key['kty'], 'RSA')
    assert.equal(key['use'], 'sig')
    assert.equal(key['e'], 'AQAB')
    assert.equal(Buffer.from(String(key['n']), 'base64url').length, 256)
    const [encoded, ...more] = key['x5c'] as string[]
    assert.deepEqual(more, [])
    const der = Buffer.from(encoded ?? '', 'base64')
    const certificate = new X509Certificate(der)
    assert.equal(key['kid'], createHash('sha1').update(der).digest('base64url'))
    assert.equal(key['x5t'], key['kid'])
    assert.equal(certificate.subject, 'CN=accounts.accesscontrol.windows.net')
    assert.ok(certificate.verify(certificate.publicKey), 'self-signed')
    const published = createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
    assert.ok(certificate.publicKey.equals(published))
  }
})

test('a token is verified with the published keys and nothing else', async () => {
  const reply = await requestToken(client, tenant, tutorial.daemon, `api://${tutorial.api.appId}/.default`)
  const { header } = await verifiedToken(reply, client, tenant)
  assert.equal(header['alg'], 'RS256')
})

test('a login path that is not there is 404 in the shape of the service', async () => {
  for (const path of [
    '/',
    `/${tenant.tenantId}`,
    `/${tenant.tenantId}/oauth2/v2.0/nothing`,
    '/__proto__/constructor',
  ]) {
    const { status, body } = await client.send('GET', path)
    assert.equal(status, 404, path)
    assert.deepEqual(body['error_codes'], [9002313], path)
  }
})
