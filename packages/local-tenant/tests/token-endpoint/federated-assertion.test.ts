import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import { openDevelopmentCa } from '../../src/tls/development-ca.js'
import { createFederation, type Federation, type FederationOptions } from '../../src/token-endpoint/federation.js'
import { assertionParameters, type ClientCertificate, makeCertificate, signedJwt } from '../assertions.js'
import { inProcess } from '../call.js'
import { addSecret, administer, register } from '../graph-client.js'
import { connectTo, form, type Json, object, text } from '../https-client.js'
import { claimsOf, requestToken } from '../token-client.js'

const audience = 'api://AzureADTokenExchange'
const subject = 'repo:contoso/daemon:ref:refs/heads/main'

/** A small issuer on this machine: `documents` by path, or a status, or raw text. */
let server: Server
let origin: string
let ca: string
let key: ClientCertificate
let asked: string[]
let documents: Record<string, unknown>
let time: Date
before(async () => {
  const authority = await openDevelopmentCa(null, () => new Date())
  const tls = await authority.certificateFor('issuer', ['localhost', '127.0.0.1'])
  ca = authority.root
  key = await makeCertificate()
  server = createServer({ cert: tls.chain, key: tls.key }, (request, response) => {
    asked.push(request.url ?? '')
    const document = documents[request.url ?? ''] ?? 404
    if (document === 'silence') response.write('{')
    else if (typeof document === 'number') response.writeHead(document, { location: `${origin}/elsewhere` }).end()
    else response.end(typeof document === 'string' ? document : JSON.stringify(document))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  origin = `https://localhost:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  time = new Date()
  asked = []
  documents = {
    '/.well-known/openid-configuration': { issuer: origin, jwks_uri: `${origin}/keys` },
    '/keys': { keys: [jwk('one', key)] },
  }
})
after(() => {
  server.closeAllConnections()
  server.close()
})

function jwk(kid: string, { privateKey }: ClientCertificate): Json {
  return { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, use: 'sig' }
}

const seconds = () => Math.floor(time.getTime() / 1000)
const federate = (options: FederationOptions = { allowedIssuers: [origin], ca }) =>
  createFederation(options, () => time)

/** An application that trusts `issuer`, and how to ask for its token with an assertion. */
async function workload(federation: Federation, issuer = origin) {
  const { send, directory, faults } = await inProcess({ now: () => time, federation })
  const { appId, objectId } = directory.applications.create({ displayName: 'workload' })
  directory.servicePrincipals.create(appId, {})
  directory.federatedCredentials.create(objectId, { name: 'main', issuer, subject, audience, description: null })
  const path = [directory.organization.tenantId, 'oauth2', 'v2.0', 'token']
  const present = async (jwt: string) => {
    const body = new URLSearchParams(assertionParameters(appId, jwt)).toString()
    const reply = await send({ method: 'POST', path, headers: form, body })
    assert.deepEqual(faults, [])
    return reply
  }
  return { directory, appId, objectId, present }
}

function assertion(claims: Json = {}, header: Json = {}, signer = key): string {
  return signedJwt(
    { alg: 'RS256', kid: 'one', ...header },
    { iss: origin, sub: subject, aud: audience, exp: seconds() + 300, ...claims },
    signer.privateKey,
  )
}

type Replied = Awaited<ReturnType<Awaited<ReturnType<typeof workload>>['present']>>

function assertRefused({ status, body }: Replied, expected: number, error: string, code: number, part = ''): void {
  assert.deepEqual([status, body['error'], body['error_codes']], [expected, error, [code]], JSON.stringify(body))
  assert.ok(String(body['error_description']).includes(part), String(body['error_description']))
}

test('a token of a trusted issuer is as good as a certificate', async () => {
  const { present, appId } = await workload(federate())
  const { status, body } = await present(assertion())
  assert.equal(status, 200, JSON.stringify(body))
  const [, claims = ''] = text(body, 'access_token').split('.')
  const { appid, appidacr } = object(JSON.parse(Buffer.from(claims, 'base64url').toString()))
  assert.deepEqual([appid, appidacr], [appId, '2'])
  assert.equal((await present(assertion({ aud: [audience, 'api://else'] }))).status, 200, 'one of several audiences')
  assert.equal((await present(assertion({}, { typ: 'at+jwt' }))).status, 200, 'whatever type it says it is')
})

test('the keys of an issuer are fetched once and kept for an hour', async () => {
  const { present } = await workload(federate())
  await Promise.all(Array.from({ length: 5 }, () => present(assertion())))
  assert.deepEqual(asked, ['/.well-known/openid-configuration', '/keys'])
  time = new Date(time.getTime() + 3_599_000)
  assert.equal((await present(assertion())).status, 200)
  assert.equal(asked.length, 2)
  time = new Date(time.getTime() + 1_000)
  assert.equal((await present(assertion())).status, 200)
  assert.equal(asked.length, 4)
})

test('an unknown kid is a reason to fetch the keys again, at most once in 30 s', async () => {
  const next = await makeCertificate()
  const { present } = await workload(federate())
  const rolled = () => present(assertion({}, { kid: 'two' }, next))
  assertRefused(
    await rolled(),
    401,
    'invalid_client',
    700027,
    "The key was not found., Thumbprint of key used by client: 'two'",
  )
  documents['/keys'] = { keys: [jwk('two', next)] }
  time = new Date(time.getTime() + 29_999)
  assertRefused(await rolled(), 401, 'invalid_client', 700027)
  assert.equal(asked.length, 2)
  time = new Date(time.getTime() + 1)
  assert.equal((await rolled()).status, 200)
  assertRefused(await present(assertion()), 401, 'invalid_client', 700027)
  assert.equal(asked.length, 4)
})

test('what fails to be fetched again is not asked for at will either, and does not spoil the keys that are known', async () => {
  const { present } = await workload(federate())
  assert.equal((await present(assertion())).status, 200)
  time = new Date(time.getTime() + 30_000)
  documents['/keys'] = 500
  assertRefused(await present(assertion({}, { kid: 'two' })), 400, 'invalid_request', 50166)
  assertRefused(await present(assertion({}, { kid: 'two' })), 401, 'invalid_client', 700027)
  assert.equal(asked.length, 4)
  assert.equal((await present(assertion())).status, 200)
})

const refusals: Record<string, [() => string, number, string, number, string?]> = {
  'a subject nobody trusts': [() => assertion({ sub: 'repo:x' }), 401, 'invalid_client', 700213, "subject 'repo:x'"],
  'no subject': [() => assertion({ sub: undefined }), 401, 'invalid_client', 700213, "subject ''"],
  'an audience nobody trusts': [() => assertion({ aud: 'x' }), 401, 'invalid_client', 700212, "audience 'x'"],
  'an issuer with a slash at its end': [() => assertion({ iss: `${origin}/` }), 401, 'invalid_client', 700211],
  'an issuer in capitals': [
    () => assertion({ iss: origin.replace('localhost', 'LOCALHOST') }),
    401,
    'invalid_client',
    7002138,
    'The issuer matches',
  ],
  'an audience in capitals': [
    () => assertion({ aud: audience.toUpperCase() }),
    401,
    'invalid_client',
    7002138,
    'The audience matches',
  ],
  'PS256, which only certificates may use': [
    () => assertion({}, { alg: 'PS256' }),
    401,
    'invalid_client',
    5002738,
    "'PS256' is not a supported signature algorithm. Supported signing algorithms are: 'RS256'",
  ],
  'no kid': [() => assertion({}, { kid: undefined }), 401, 'invalid_client', 5002723],
  'another signature': [
    () => `${assertion().slice(0, -10)}AAAAAAAAAA`,
    401,
    'invalid_client',
    700027,
    'Key was found, but',
  ],
  expired: [() => assertion({ exp: seconds() - 300 }), 401, 'invalid_client', 700024],
  'not valid yet': [() => assertion({ nbf: seconds() + 301 }), 401, 'invalid_client', 700024],
}
for (const [name, [make, ...answer]] of Object.entries(refusals)) {
  test(`a token of a trusted issuer is refused: ${name}`, async () => {
    const { present } = await workload(federate())
    assertRefused(await present(make()), ...answer)
  })
}

test('an issuer that no application trusts is never asked', async () => {
  const { present } = await workload(federate(), 'https://issuer.example.com')
  assertRefused(await present(assertion()), 401, 'invalid_client', 700211)
  assert.deepEqual(asked, [])
})

const nonsense: Record<string, Record<string, unknown>> = {
  'no metadata': { '/.well-known/openid-configuration': 404 },
  'a redirect': { '/.well-known/openid-configuration': 302 },
  'metadata that is no JSON': { '/.well-known/openid-configuration': '<html>' },
  'metadata of another issuer': { '/.well-known/openid-configuration': { issuer: 'https://x', jwks_uri: 'https://x' } },
  'keys in plain http': { '/.well-known/openid-configuration': { issuer: '$', jwks_uri: 'http://localhost/keys' } },
  'keys at a private address': { '/.well-known/openid-configuration': { issuer: '$', jwks_uri: 'https://10.0.0.1/' } },
  'no keys': { '/keys': { keys: 'none' } },
  'too many keys': { '/keys': { keys: Array(101).fill({}) } },
  'more than 512 KiB': { '/keys': `{"keys":[],"x":"${'x'.repeat(524_288)}"}` },
}
for (const [name, served] of Object.entries(nonsense)) {
  test(`an issuer cannot vouch for anybody when it serves ${name}`, async () => {
    const written = object(JSON.parse(JSON.stringify(served).replace('"$"', JSON.stringify(origin))))
    Object.assign(documents, written)
    const { present } = await workload(federate())
    assertRefused(
      await present(assertion()),
      400,
      'invalid_request',
      50166,
      'Request to External OIDC endpoint failed.',
    )
  })
}

test('an issuer that does not finish its answer is given up after 5 s', async () => {
  documents['/keys'] = 'silence'
  const { present } = await workload(federate())
  const started = performance.now()
  assertRefused(await present(assertion()), 400, 'invalid_request', 50166)
  const took = performance.now() - started
  assert.ok(took > 4_900 && took < 9_000, `${took} ms`)
})

test('keys that cannot verify are passed over', async () => {
  const usable = jwk('one', key)
  const odd = [null, 'x', { kty: 'EC', kid: 'one' }, { ...usable, use: 'enc' }, { ...usable, n: 'AQAB', kid: 'short' }]
  documents['/keys'] = { keys: [...odd, usable, { ...usable, kid: 7 }, { ...usable, n: 1 }] }
  const { present } = await workload(federate())
  assert.equal((await present(assertion())).status, 200)
  assertRefused(await present(assertion({}, { kid: 'short' })), 401, 'invalid_client', 700027)
})

test('an issuer on this machine is not asked unless it is allowed, whether named or numbered', async () => {
  const port = new URL(origin).port
  for (const issuer of [origin, `https://127.0.0.1:${port}`, `https://[::1]:${port}`, `https://2130706433:${port}`]) {
    const federation = federate({ allowedIssuers: [] })
    await assert.rejects(federation.keyOf(issuer, 'one'), {
      name: 'IssuerError',
      message: /not a public one; list https/,
    })
  }
  assert.deepEqual(asked, [])
})

test('an allowed issuer is allowed by its origin, port included', async () => {
  const other = federate({ allowedIssuers: ['https://localhost:1'], ca })
  await assert.rejects(other.keyOf(origin, 'one'), { name: 'IssuerError', message: /not a public one/ })
  const same = federate({ allowedIssuers: [`${origin}/some/path`], ca })
  assert.equal((await same.keyOf(origin, 'one'))?.type, 'public')
})

test('an allowed issuer still has to show a certificate of the authority that was handed in', async () => {
  const { root } = await openDevelopmentCa(null, () => new Date())
  const federation = federate({ allowedIssuers: [origin], ca: root })
  await assert.rejects(federation.keyOf(origin, 'one'), { name: 'IssuerError' })
  assert.deepEqual(asked, [])
})

test('an allowed issuer has to be an https URL', () => {
  for (const issuer of ['http://localhost', 'localhost', '']) {
    assert.throws(() => federate({ allowedIssuers: [issuer] }), {
      name: 'RangeError',
      message: `The allowed issuer '${issuer}' is not an https URL.`,
    })
  }
})

test('a tenant trusts the app-only tokens of another tenant, but no other tokens of it', async () => {
  const other: Tenant = await startTenant({ dataFolder: null, port: 0, subdomain: 'fabrikam' })
  const client = connectTo(other)
  try {
    const graph = await administer(client, other)
    const api = await register(graph, { displayName: 'api', api: { requestedAccessTokenVersion: 2 } })
    const clientSecret = await addSecret(graph, api.id)
    const credentials = { clientId: api.appId, clientSecret }
    const reply = await requestToken(client, other, credentials, `${api.appId}/.default`)
    const { iss, sub, aud } = claimsOf(reply)
    const federation = federate({ allowedIssuers: [String(iss)], ca: other.ca.root })
    const { directory, objectId, present } = await workload(federation)
    directory.federatedCredentials.create(objectId, {
      name: 'fabrikam',
      issuer: String(iss),
      subject: String(sub),
      audience: String(aud),
      description: null,
    })
    assert.equal((await present(text(reply.body, 'access_token'))).status, 200)
  } finally {
    client.close()
    await other.close()
  }
})

test('of an issuer that is Entra, only tokens of applications count', async () => {
  const tid = '0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'
  const issuer = `${origin}/${tid}/v2.0`
  documents[`/${tid}/v2.0/.well-known/openid-configuration`] = { issuer, jwks_uri: `${origin}/keys` }
  const { present } = await workload(federate(), issuer)
  const of = (claims: Json) => present(assertion({ iss: issuer, tid, ...claims }))
  assert.equal((await of({ oid: subject })).status, 200)
  assert.equal((await of({ oid: subject, idtyp: 'app' })).status, 200)
  for (const claims of [{ oid: subject, scp: 'x' }, { oid: 'another' }, { oid: subject, idtyp: 'user' }]) {
    assertRefused(await of(claims), 401, 'invalid_client', 700229)
  }
})
