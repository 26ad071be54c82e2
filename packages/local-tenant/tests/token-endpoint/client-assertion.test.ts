import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../../src/index.js'
import {
  addCertificate,
  assertionOf,
  assertionParameters,
  type Changes,
  type ClientCertificate,
  keyCredential,
  makeCertificate,
  requestByAssertion,
} from '../assertions.js'
import { addSecret, administer, type GraphClient, type Registered, register } from '../graph-client.js'
import { connectTo, form, type HttpsClient, type Reply } from '../https-client.js'
import { claimsOf } from '../token-client.js'

let time: Date
const faults: unknown[] = []
let tenant: Tenant
let client: HttpsClient
let graph: GraphClient
let app: Registered
let keyId: string
let certificate: ClientCertificate
let other: ClientCertificate
before(async () => {
  time = new Date()
  tenant = await startTenant({ dataFolder: null, port: 0, now: () => time, onFault: (error) => faults.push(error) })
  client = connectTo(tenant)
  graph = await administer(client, tenant)
  app = await register(graph, { displayName: 'client' })
  certificate = await makeCertificate()
  other = await makeCertificate()
  keyId = await addCertificate(graph, app.id, certificate)
})
after(async () => {
  client.close()
  await tenant.close()
  assert.deepEqual(faults, [])
})

const present = (changes?: Changes) =>
  requestByAssertion(client, tenant, app.appId, assertionOf(tenant, app.appId, certificate, changes))
const seconds = () => Math.floor(time.getTime() / 1000)

function assertRefused(reply: Reply, status: number, error: string, code: number, text?: string): void {
  const { error_codes: codes, error_description: description } = reply.body
  assert.deepEqual([reply.status, reply.body['error'], codes], [status, error, [code]], reply.text)
  if (text !== undefined) assert.ok(String(description).includes(text), String(description))
}

const hex = (thumbprint: string) => Buffer.from(thumbprint, 'base64url').toString('hex')
const named = { 'x5t#S256': undefined }
const accepted: Record<string, () => Changes> = {
  'as MSAL Node makes it, PS256 and x5t#S256': () => ({}),
  'x5t#S256 in the standard alphabet with padding, as MSAL for Go writes it': () => ({
    header: { 'x5t#S256': Buffer.from(certificate.sha256, 'base64url').toString('base64') },
  }),
  'RS256 and a padded x5t, as MSAL for Python writes it': () => ({
    header: { ...named, alg: 'RS256', x5t: `${certificate.sha1}=` },
  }),
  'RS256 and x5t, as with a SHA-1 thumbprint': () => ({ header: { ...named, alg: 'RS256', x5t: certificate.sha1 } }),
  RS384: () => ({ header: { alg: 'RS384' } }),
  RS512: () => ({ header: { alg: 'RS512' } }),
  'kid with the SHA-1 thumbprint in hex': () => ({ header: { ...named, kid: hex(certificate.sha1).toUpperCase() } }),
  'kid with the SHA-256 thumbprint in hex': () => ({ header: { ...named, kid: hex(certificate.sha256) } }),
  'kid with a thumbprint in base64url': () => ({ header: { ...named, kid: certificate.sha1 } }),
  'kid with the keyId': () => ({ header: { ...named, kid: keyId.toUpperCase() } }),
  'exp and nbf as strings, as MSAL.NET writes them, without iat': () => ({
    claims: { nbf: String(seconds()), exp: String(seconds() + 600) },
  }),
  'x5c as one string': () => ({ header: { x5c: certificate.der.toString('base64') } }),
  'x5c as a list': () => ({ header: { x5c: [certificate.der.toString('base64')] } }),
  'without typ and nbf': () => ({ header: { typ: undefined }, claims: { nbf: undefined } }),
  'with the other typ': () => ({ header: { typ: 'http://openid.net/specs/jwt/1.0' } }),
  'a client id in capitals': () => ({ claims: { iss: app.appId.toUpperCase(), sub: app.appId.toUpperCase() } }),
  'valid for ten years': () => ({ claims: { exp: seconds() + 315_360_000 } }),
  'the endpoint by its domain': () => ({
    claims: { aud: `${tenant.origin}/contoso.onmicrosoft.com/oauth2/v2.0/token` },
  }),
  'the v1.0 endpoint': () => ({ claims: { aud: `${tenant.authority}/oauth2/token` } }),
  'the issuer': () => ({ claims: { aud: `${tenant.authority}/v2.0` } }),
  'the issuer of v1.0 tokens': () => ({ claims: { aud: `https://sts.windows.net/${tenant.tenantId}/` } }),
  'one of several audiences': () => ({ claims: { aud: ['https://elsewhere', `${tenant.authority}/v2.0`] } }),
  'begun 299 s in the future': () => ({ claims: { nbf: seconds() + 299 } }),
  'ended 299 s ago': () => ({ claims: { nbf: seconds() - 900, exp: seconds() - 299 } }),
}
for (const [name, changes] of Object.entries(accepted)) {
  test(`an assertion is accepted: ${name}`, async () => {
    const reply = await present(changes())
    assert.equal(reply.status, 200, reply.text)
  })
}

test('a token that was got with a certificate says so in azpacr and appidacr', async () => {
  assert.equal(claimsOf(await present())['appidacr'], '2')
  await graph.patch(`applications/${app.id}`, { api: { requestedAccessTokenVersion: 2 } })
  const body = new URLSearchParams(
    assertionParameters(app.appId, assertionOf(tenant, app.appId, certificate), { scope: `${app.appId}/.default` }),
  )
  const reply = await client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, {
    headers: form,
    body: body.toString(),
  })
  assert.equal(claimsOf(reply)['azpacr'], '2')
})

test('the same assertion is good again: clients keep one until it expires', async () => {
  const assertion = assertionOf(tenant, app.appId, certificate)
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await requestByAssertion(client, tenant, app.appId, assertion)).status, 200)
  }
})

test('the endpoint that an assertion is made out to stands on the host that the client used', async () => {
  const path = `/${tenant.tenantId}/oauth2/v2.0/token`
  const host = `contoso.ciamlogin.com:${tenant.port}`
  const made = (aud: string) => assertionOf(tenant, app.appId, certificate, { claims: { aud } })
  const ask = (aud: string) => requestByAssertion(client, tenant, app.appId, made(aud), { path, host })
  assert.equal((await ask(`https://${host}${path}`)).status, 200)
  assert.equal((await ask(`https://${tenant.tenantId}.ciamlogin.com/${tenant.tenantId}/v2.0`)).status, 200)
  assertRefused(await ask(`${tenant.origin}${path}`), 401, 'invalid_client', 700023)
})

const keyNotFound = 'Reason - The key was not found., Thumbprint of key used by client:'
const keyFailed = 'Reason - Key was found, but use of the key to verify the signature failed., Thumbprint of key'
const refused: Record<string, { changes(): Changes; answer: [number, string, number, string?] }> = {
  'alg none': {
    changes: () => ({ header: { alg: 'none' } }),
    answer: [401, 'invalid_client', 5002738, "'none' is not a supported"],
  },
  PS512: { changes: () => ({ header: { alg: 'PS512' } }), answer: [401, 'invalid_client', 5002738] },
  'no alg': { changes: () => ({ header: { alg: undefined } }), answer: [400, 'invalid_request', 50027] },
  'an unknown typ': { changes: () => ({ header: { typ: 'at+jwt' } }), answer: [400, 'invalid_request', 5002727] },
  'an extension that must be understood': {
    changes: () => ({ header: { crit: ['exp'] } }),
    answer: [400, 'invalid_request', 50027],
  },
  'no name of a key': { changes: () => ({ header: named }), answer: [401, 'invalid_client', 5002723] },
  'the name of a key nobody registered': {
    changes: () => ({ header: { 'x5t#S256': other.sha256 } }),
    answer: [401, 'invalid_client', 700027, keyNotFound],
  },
  'a kid nobody registered': {
    changes: () => ({ header: { ...named, kid: 'nobody' } }),
    answer: [401, 'invalid_client', 700027, "Thumbprint of key used by client: 'nobody', Please visit"],
  },
  'PS256 that was signed as RS256': {
    changes: () => ({ header: { alg: 'PS256' } }),
    answer: [401, 'invalid_client', 700027, keyFailed],
  },
  'another subject than issuer': {
    changes: () => ({ claims: { sub: randomUUID() } }),
    answer: [401, 'invalid_client', 50048],
  },
  'no subject': { changes: () => ({ claims: { sub: undefined } }), answer: [401, 'invalid_client', 50048] },
  'no issuer': { changes: () => ({ claims: { iss: undefined } }), answer: [400, 'invalid_request', 50027] },
  'another application': {
    changes: () => {
      const elsewhere = randomUUID()
      return { claims: { iss: elsewhere, sub: elsewhere } }
    },
    answer: [401, 'invalid_client', 700021],
  },
  'no end': { changes: () => ({ claims: { exp: undefined } }), answer: [400, 'invalid_request', 50027] },
  'an end that is no time': { changes: () => ({ claims: { exp: 'soon' } }), answer: [400, 'invalid_request', 50027] },
  'an end beyond all dates': { changes: () => ({ claims: { exp: 1e15 } }), answer: [400, 'invalid_request', 50027] },
  'ended 300 s ago': {
    changes: () => ({ claims: { nbf: seconds() - 900, exp: seconds() - 300 } }),
    answer: [401, 'invalid_client', 700024],
  },
  'begun 301 s in the future': {
    changes: () => ({ claims: { nbf: seconds() + 302, exp: seconds() + 900 } }),
    answer: [401, 'invalid_client', 700024],
  },
  'another audience': {
    changes: () => ({ claims: { aud: `${tenant.authority}/oauth2/v2.0/authorize` } }),
    answer: [401, 'invalid_client', 700023],
  },
  'no audience': { changes: () => ({ claims: { aud: undefined } }), answer: [400, 'invalid_request', 50027] },
  'an audience that is no text': { changes: () => ({ claims: { aud: [1] } }), answer: [400, 'invalid_request', 50027] },
}
for (const [name, { changes, answer }] of Object.entries(refused)) {
  test(`an assertion is refused: ${name}`, async () => {
    const changed = changes()
    const text =
      name === 'PS256 that was signed as RS256'
        ? swapHeader(assertionOf(tenant, app.appId, certificate, { header: { alg: 'RS256' } }), changed)
        : assertionOf(tenant, app.appId, certificate, changed)
    assertRefused(await requestByAssertion(client, tenant, app.appId, text), ...answer)
  })
}

/** Puts another header before payload and signature. */
function swapHeader(assertion: string, { header = {} }: Changes): string {
  const [, payload, signature] = assertion.split('.')
  const changed = { typ: 'JWT', 'x5t#S256': certificate.sha256, ...header }
  return `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${payload}.${signature}`
}

test('an assertion signed by another key under the name of a registered one is refused, and both are named', async () => {
  const forged = assertionOf(tenant, app.appId, other, { header: { 'x5t#S256': certificate.sha256 } })
  const reply = await requestByAssertion(client, tenant, app.appId, forged)
  const thumbprint = hex(certificate.sha256).toUpperCase()
  assertRefused(reply, 401, 'invalid_client', 700027, `${keyFailed} used by client: '${thumbprint}', Found key 'Start=`)
})

test('HS256 with the certificate as its secret is refused as an algorithm, never tried', async () => {
  const unsigned = assertionOf(tenant, app.appId, certificate, { header: { alg: 'HS256' } })
  const input = unsigned.slice(0, unsigned.lastIndexOf('.'))
  for (const secret of [certificate.der, Buffer.from(certificate.der.toString('base64'))]) {
    const forged = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    const reply = await requestByAssertion(client, tenant, app.appId, forged)
    assertRefused(reply, 401, 'invalid_client', 5002738, "'RS256,RS384,RS512,PS256'")
  }
})

test('the certificate inside an assertion (x5c) proves nothing: only registered ones do', async () => {
  const x5c = [other.der.toString('base64')]
  const forged = assertionOf(tenant, app.appId, other, { header: { 'x5t#S256': certificate.sha256, x5c } })
  assertRefused(await requestByAssertion(client, tenant, app.appId, forged), 401, 'invalid_client', 700027)
})

test('a certificate proves the application that registered it and no other', async () => {
  const stranger = await register(graph, { displayName: 'stranger' })
  const text = assertionOf(tenant, stranger.appId, certificate)
  const reply = await requestByAssertion(client, tenant, stranger.appId, text)
  assertRefused(reply, 401, 'invalid_client', 700027, keyNotFound)
})

test('every registered certificate is good beside the others and beside secrets, and none once it is removed', async () => {
  const two = await register(graph, { displayName: 'two certificates' })
  await addSecret(graph, two.id)
  const patch = (...certificates: ClientCertificate[]) =>
    graph.patch(`applications/${two.id}`, { keyCredentials: certificates.map((each) => keyCredential(each)) })
  const ask = (each: ClientCertificate) =>
    requestByAssertion(client, tenant, two.appId, assertionOf(tenant, two.appId, each))
  await patch(certificate, other)
  assert.equal((await ask(certificate)).status, 200)
  assert.equal((await ask(other)).status, 200)
  await patch(other)
  assertRefused(await ask(certificate), 401, 'invalid_client', 700027, keyNotFound)
  assert.equal((await ask(other)).status, 200)
  await patch()
  assertRefused(await ask(other), 401, 'invalid_client', 700027, keyNotFound)
})

test('a certificate is good from the first moment of its time until the last, and afterwards called expired', async () => {
  const begin = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000)
  const late = await makeCertificate(begin)
  const owner = await register(graph, { displayName: 'late' })
  await addCertificate(graph, owner.id, late)
  const ask = (at: Date) => {
    time = at
    const claims = { nbf: seconds(), exp: seconds() + 600 }
    const made = assertionOf(tenant, owner.appId, late, { claims })
    return requestByAssertion(client, tenant, owner.appId, made)
  }
  const end = new Date(begin)
  end.setUTCFullYear(end.getUTCFullYear() + 5)
  const show = (date: Date) => {
    const [year, month, day] = date.toISOString().slice(0, 10).split('-')
    return `${month}/${day}/${year} ${date.toISOString().slice(11, 19)}`
  }
  const early = await ask(new Date(begin.getTime() - 1))
  assertRefused(early, 401, 'invalid_client', 700027, 'Reason - The key used is not yet valid.')
  assert.equal((await ask(begin)).status, 200)
  assert.equal((await ask(new Date(end.getTime() - 1))).status, 200)
  const found = `Found key 'Start=${show(begin)}, End=${show(end)}'`
  const expired = await ask(end)
  assertRefused(expired, 401, 'invalid_client', 700027, 'Reason - The key used is expired.')
  assertRefused(expired, 401, 'invalid_client', 700027, found)
  time = new Date()
})

const malformed: Record<string, (good: string) => string> = {
  'no JWT at all': () => 'abc',
  'two segments': (good) => good.slice(0, good.lastIndexOf('.')),
  'four segments': (good) => `${good}.x`,
  'five segments, as encrypted ones have': (good) => `${good}.x.y`,
  'a segment with padding': (good) => `${good}=`,
  'a segment with blanks': (good) => good.replace('.', ' .'),
  'base64 in place of base64url': (good) => `${good.slice(0, good.lastIndexOf('.'))}.ab+/`,
  'a header that is a list': (good) => `W10${good.slice(good.indexOf('.'))}`,
  'a header that is null': (good) => `bnVsbA${good.slice(good.indexOf('.'))}`,
  'a header that is no JSON': (good) => `e30e${good.slice(good.indexOf('.'))}`,
  'a header that is not UTF-8': (good) => `eyL_Ijoxfw${good.slice(good.indexOf('.'))}`,
  'a text of 16 KiB and one': (good) => good.slice(0, good.lastIndexOf('.') + 1).padEnd(16_385, 'A'),
  '5,000 nested lists': (good) =>
    `${Buffer.from('['.repeat(5_000)).toString('base64url')}${good.slice(good.indexOf('.'))}`,
  'only dots': () => '.'.repeat(10_000),
}
for (const [name, spoil] of Object.entries(malformed)) {
  test(`what is no JWT is refused as malformed: ${name}`, async () => {
    const text = spoil(assertionOf(tenant, app.appId, certificate))
    assertRefused(await requestByAssertion(client, tenant, app.appId, text), 400, 'invalid_request', 50027)
  })
}

test('an assertion needs its type, and no other type is known', async () => {
  const parameters = assertionParameters(app.appId, assertionOf(tenant, app.appId, certificate))
  const send = (more: Record<string, string>, headers = {}) =>
    client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, {
      headers: { ...form, ...headers },
      body: new URLSearchParams({ ...parameters, ...more }).toString(),
    })
  assertRefused(
    await send({ client_assertion_type: '' }),
    400,
    'invalid_request',
    900144,
    "must contain the following parameter: 'client_assertion_type'",
  )
  const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
  assertRefused(await send({ client_assertion_type: saml }), 400, 'invalid_request', 9002313)
  assertRefused(await send({ client_assertion: '' }), 401, 'invalid_client', 7000216)
})

test('an assertion beside a secret is two ways to prove oneself, and refused', async () => {
  const secret = await addSecret(graph, app.id)
  const parameters = assertionParameters(app.appId, assertionOf(tenant, app.appId, certificate))
  const send = (more: Record<string, string>, headers = {}) =>
    client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, {
      headers: { ...form, ...headers },
      body: new URLSearchParams({ ...parameters, ...more }).toString(),
    })
  assertRefused(await send({ client_secret: secret }), 400, 'invalid_request', 9002313)
  const authorization = `Basic ${Buffer.from(`${app.appId}:${secret}`).toString('base64')}`
  assertRefused(await send({}, { authorization }), 400, 'invalid_request', 9002313)
})

test('a client is named by client_id, even when its assertion names it too', async () => {
  const parameters = assertionParameters(app.appId, assertionOf(tenant, app.appId, certificate), { client_id: '' })
  const body = new URLSearchParams(parameters).toString()
  const reply = await client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { headers: form, body })
  assertRefused(reply, 400, 'invalid_request', 900144, "'client_id'")
})
