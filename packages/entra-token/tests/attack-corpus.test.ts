import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { suite, test } from 'node:test'
import { AccessDenied, TokenRejected } from '../src/errors.js'
import { anyOf } from '../src/permissions.js'
import {
  apiId,
  appClaims,
  header,
  hmacToken,
  idTokenClaims,
  issuedAt,
  issuer,
  keyPair,
  permissions,
  rsaKeyPair,
  segment,
  signed,
  tenantId,
  testKeys,
  testVerifier,
  token,
  userClaims,
  without,
} from './test-tenant.js'

// Every token below is signed with the tenant's own key unless the case is about the signature: what refuses it is the rule
// the case is named after, never a lucky accident one step earlier.

const good = token(appClaims)
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')
const json = JSON.stringify(appClaims)
const stranger = rsaKeyPair()

const shape: Cases = {
  'an empty text': '',
  'a single segment': goodHeader,
  'two segments': `${goodHeader}.${goodPayload}`,
  'four segments': `${good}.AAAA`,
  'five segments, as an encrypted token has': `${good}.AAAA.AAAA`,
  'an empty header': `.${goodPayload}.${goodSignature}`,
  'an empty payload': signed(`${goodHeader}.`),
  'an empty signature': `${goodHeader}.${goodPayload}.`,
  'the JSON serialisation': JSON.stringify({ protected: goodHeader, payload: goodPayload, signature: goodSignature }),
  'a leading space': ` ${good}`,
  'a trailing newline': `${good}\n`,
  'a padded header': signed(`${segment(JSON.stringify(header).padEnd(49))}=.${goodPayload}`),
  'a padded signature': `${good}==`,
  'a newline inside the payload': signed(`${goodHeader}.${goodPayload.slice(0, 8)}\n${goodPayload.slice(8)}`),
  'a space inside the signature': `${goodHeader}.${goodPayload}.${goodSignature.slice(0, 8)} ${goodSignature.slice(8)}`,
  'the alphabet of plain base64': `${goodHeader}.${goodPayload}.${goodSignature.slice(0, -4)}+/+/`,
  'a junk character behind the signature': `${good}!`,
  'a signature whose last character has stray bits': `${good.slice(0, -1)}${nextInAlphabet(good.slice(-1))}`,
  'a payload whose last character has stray bits': signed(`${goodHeader}.${withStrayBits(json)}`),
  'a header whose last character has stray bits': signed(`${withStrayBits(JSON.stringify(header))}.${goodPayload}`),
  'a character beyond ASCII': `${goodHeader}.${goodPayload}é.${goodSignature}`,
  'more than 16 KiB': token({ ...appClaims, filler: 'x'.repeat(16_384) }),
  'a payload nested 3000 deep': token(`{"deep":${'['.repeat(3000)}${']'.repeat(3000)},${json.slice(1)}`),
}

const headers: Cases = {
  'no algorithm': [token(appClaims, without(header, 'alg')), 'unsupported_alg'],
  'alg none and no signature': `${segment({ ...header, alg: 'none' })}.${goodPayload}.`,
  'alg none and a signature': [token(appClaims, { ...header, alg: 'none' }), 'unsupported_alg'],
  'alg nOnE': [token(appClaims, { ...header, alg: 'nOnE' }), 'unsupported_alg'],
  'alg null': [token(appClaims, { ...header, alg: null }), 'unsupported_alg'],
  'alg in a list': [token(appClaims, { ...header, alg: ['RS256'] }), 'unsupported_alg'],
  'alg in lower case': [token(appClaims, { ...header, alg: 'rs256' }), 'unsupported_alg'],
  'HS256 keyed with the public key as PEM': [
    hmacToken(appClaims, { ...header, alg: 'HS256' }, keyPair.publicKey.export({ type: 'spki', format: 'pem' })),
    'unsupported_alg',
  ],
  'HS256 keyed with the public key as DER': [
    hmacToken(appClaims, { ...header, alg: 'HS256' }, keyPair.publicKey.export({ type: 'spki', format: 'der' })),
    'unsupported_alg',
  ],
  'HS256 keyed with the JWK': [
    hmacToken(appClaims, { ...header, alg: 'HS256' }, JSON.stringify(keyPair.publicKey.export({ format: 'jwk' }))),
    'unsupported_alg',
  ],
  ...Object.fromEntries(
    ['PS256', 'RS384', 'RS512', 'ES256', 'EdDSA'].map((alg) => [
      `alg ${alg}`,
      [token(appClaims, { ...header, alg }), 'unsupported_alg'],
    ]),
  ),
  'a critical extension': token(appClaims, { ...header, crit: ['foo'], foo: 1 }),
  'an empty crit': token(appClaims, { ...header, crit: [] }),
  'crit naming a registered member': token(appClaims, { ...header, crit: ['alg'] }),
  'an unencoded payload, declared': token(appClaims, { ...header, crit: ['b64'], b64: false }),
  'an unencoded payload, not declared': token(appClaims, { ...header, b64: false }),
  'a compressed payload': token(appClaims, { ...header, zip: 'DEF' }),
  'a nested token': token(appClaims, { ...header, cty: 'JWT' }),
  'its own key in the header': [
    token(
      appClaims,
      { ...header, kid: 'theirs', jwk: stranger.publicKey.export({ format: 'jwk' }) },
      stranger.privateKey,
    ),
    'unknown_key',
  ],
  'its own key in the header under a known kid': [
    token(appClaims, { ...header, jwk: stranger.publicKey.export({ format: 'jwk' }) }, stranger.privateKey),
    'bad_signature',
  ],
  'alg twice': token(appClaims, `{"alg":"none",${JSON.stringify(header).slice(1)}`),
  'alg twice, once with an escape': token(appClaims, `{"\\u0061lg":"none",${JSON.stringify(header).slice(1)}`),
  'another typ': token(appClaims, { ...header, typ: 'at+jwt' }),
  'typ in lower case': token(appClaims, { ...header, typ: 'jwt' }),
  'no typ': token(appClaims, without(header, 'typ')),
  'a header that is a list': token(appClaims, '["RS256"]'),
  'a header that is null': token(appClaims, 'null'),
  'a header with a byte-order mark': token(appClaims, `\uFEFF${JSON.stringify(header)}`),
  'a header with invalid UTF-8': token(
    appClaims,
    Buffer.from(`{"x":"\xff",${JSON.stringify(header).slice(1)}`, 'latin1'),
  ),
  'a header that is no JSON': token(appClaims, '{"alg":"RS256"'),
  'the nonce of a Microsoft Graph token': [
    `${segment({ ...header, nonce: 'n' })}.${goodPayload}.${goodSignature}`,
    'bad_signature',
  ],
}

const keyIds: Cases = Object.fromEntries(
  [
    undefined,
    null,
    7,
    {},
    '',
    'x'.repeat(300),
    '__proto__',
    'constructor',
    '../../etc/passwd',
    "' OR 1=1 --",
    'key-1\u0000',
    'kеy-1',
    'KEY-1',
  ].map((kid) => [`kid ${JSON.stringify(kid)?.slice(0, 40)}`, [token(appClaims, { ...header, kid }), 'unknown_key']]),
)

const signatures: Cases = {
  'a flipped bit': [withSignature((bytes) => bytes.with(100, (bytes[100] ?? 0) ^ 1)), 'bad_signature'],
  'one byte less': [withSignature((bytes) => bytes.subarray(1)), 'bad_signature'],
  'one byte more': [withSignature((bytes) => Buffer.concat([Buffer.of(0), bytes])), 'bad_signature'],
  'nothing but zeros': [withSignature((bytes) => bytes.fill(0)), 'bad_signature'],
  'nothing but ones': [withSignature((bytes) => bytes.fill(255)), 'bad_signature'],
  'a single byte': [withSignature(() => Buffer.of(1)), 'bad_signature'],
  'another key': [token(appClaims, header, stranger.privateKey), 'bad_signature'],
  'SHA-1 instead of SHA-256': [
    withSignature(() => sign('RSA-SHA1', Buffer.from(`${goodHeader}.${goodPayload}`), keyPair.privateKey)),
    'bad_signature',
  ],
  'that of another token': [`${goodHeader}.${goodPayload}.${token(userClaims).split('.')[2]}`, 'bad_signature'],
  'a payload exchanged': [
    `${goodHeader}.${segment({ ...appClaims, roles: ['ToDoList.ReadWrite.All'] })}.${goodSignature}`,
    'bad_signature',
  ],
}

const now = issuedAt + 10
const times: Cases = {
  'no exp': changed('exp', undefined),
  'no iat': changed('iat', undefined),
  'exp as text': changed('exp', String(issuedAt + 3900)),
  'exp null': changed('exp', null),
  'exp negative': changed('exp', -1),
  'exp with a fraction': changed('exp', issuedAt + 3900.5),
  'exp 1e999': token(json.replace(String(issuedAt + 3900), '1e999')),
  'exp in milliseconds': [changed('exp', (issuedAt + 3900) * 1000), 'lifetime_too_long'],
  'exp beyond what a date can hold': changed('exp', 2 ** 53),
  'a life of more than 28 hours': [changed('exp', issuedAt + 28 * 3600 + 61), 'lifetime_too_long'],
  'exp a minute ago': [token({ ...appClaims, iat: now - 600, nbf: now - 600, exp: now - 60 }), 'expired'],
  'nbf two minutes ahead': [changed('nbf', now + 120), 'not_yet_valid'],
  'nbf as text': changed('nbf', String(issuedAt)),
  'iat a day ahead': [token({ ...appClaims, iat: now + 86_400, nbf: issuedAt, exp: now + 90_000 }), 'not_yet_valid'],
  'exp before iat': changed('exp', issuedAt - 1),
  'exp before nbf': token({ ...appClaims, nbf: issuedAt + 4000 }),
}

const otherTenant = 'aaaaaaaa-0000-4000-8000-00000000000f'
const origins: Cases = {
  'no iss': [changed('iss', undefined), 'wrong_issuer'],
  'iss in a list': [changed('iss', [issuer]), 'wrong_issuer'],
  'iss with a trailing slash': [changed('iss', `${issuer}/`), 'wrong_issuer'],
  'iss over http': [changed('iss', issuer.replace('https', 'http')), 'wrong_issuer'],
  'iss with an upper-case host': [changed('iss', issuer.replace('localhost', 'LOCALHOST')), 'wrong_issuer'],
  'iss of a look-alike host': [changed('iss', issuer.replace('localhost', 'localhost.evil.example')), 'wrong_issuer'],
  'iss with a user in it': [changed('iss', issuer.replace('//', '//localhost:8443@')), 'wrong_issuer'],
  'iss with a longer path': [changed('iss', `${issuer}/x`), 'wrong_issuer'],
  'iss of login.microsoftonline.com': [
    changed('iss', `https://login.microsoftonline.com/${tenantId}/v2.0`),
    'wrong_issuer',
  ],
  'the issuer of version 1.0': [changed('iss', `https://sts.windows.net/${tenantId}/`), 'wrong_issuer'],
  'another tenant, well signed': [
    token({ ...appClaims, tid: otherTenant, iss: issuer.replace(tenantId, otherTenant) }),
    'wrong_issuer',
  ],
  'no tid': [changed('tid', undefined), 'wrong_tenant'],
  'tid of another tenant': [changed('tid', otherTenant), 'wrong_tenant'],
  'tid in upper case': [changed('tid', tenantId.toUpperCase()), 'wrong_tenant'],
  'tid as a template': [changed('tid', '{tenantid}'), 'wrong_tenant'],
  'tid twice': token(`{"tid":"${otherTenant}",${json.slice(1)}`),
  'tid and TID': token({ ...appClaims, TID: otherTenant }),
  'TID instead of tid': token({ ...without(appClaims, 'tid'), TID: tenantId }),
  'version 1.0': [changed('ver', '1.0'), 'unsupported_version'],
  'a whole token of version 1.0': [
    token({
      ...without(appClaims, 'azp', 'azpacr'),
      appid: appClaims.azp,
      ver: '1.0',
      iss: `https://sts.windows.net/${tenantId}/`,
    }),
    'unsupported_version',
  ],
  'no version': [changed('ver', undefined), 'unsupported_version'],
  'a version that is a number': [changed('ver', 2), 'unsupported_version'],
  'no aud': [changed('aud', undefined), 'wrong_audience'],
  'aud in a list': [changed('aud', [apiId]), 'wrong_audience'],
  'aud in upper case': [changed('aud', apiId.toUpperCase()), 'wrong_audience'],
  'aud as Application ID URI': [changed('aud', `api://${apiId}`), 'wrong_audience'],
  'aud of Microsoft Graph': [changed('aud', '00000003-0000-0000-c000-000000000000'), 'wrong_audience'],
  'azp in a list': changed('azp', [appClaims.azp]),
  'azp that is no GUID': changed('azp', 'daemon'),
  'no oid': changed('oid', undefined),
  'oid with a NUL in it': changed('oid', `${appClaims.oid}\u0000`),
  'oid in upper case': changed('oid', appClaims.oid.toUpperCase().replace('4', 'A')),
  'a uti that is an object': changed('uti', {}),
}

const kinds: Cases = {
  'an ID token': [token(idTokenClaims), 'not_an_access_token'],
  'an ID token without nonce': [token(without(idTokenClaims, 'nonce')), 'not_an_access_token'],
  'an ID token dressed up with azp': [token({ ...idTokenClaims, azp: appClaims.azp }), 'not_an_access_token'],
  'at_hash in an access token': [token({ ...appClaims, at_hash: 'x' }), 'not_an_access_token'],
  'c_hash in an access token': [token({ ...userClaims, c_hash: 'x' }), 'not_an_access_token'],
  'an application with scopes': [token({ ...appClaims, scp: 'ToDoList.Read' }), 'contradictory_kind'],
  'idtyp app added to a user token': [token({ ...userClaims, idtyp: 'app' }), 'contradictory_kind'],
  'roles as text': changed('roles', 'ToDoList.Read.All'),
  'roles as object': changed('roles', { 0: 'ToDoList.Read.All' }),
  'roles null': changed('roles', null),
  'a role that is a number': changed('roles', ['ToDoList.Read.All', 1]),
  'a role in a list in the list': changed('roles', [['ToDoList.Read.All']]),
  'scp in a list': token({ ...userClaims, scp: ['ToDoList.Read'] }),
  'scp empty': token({ ...userClaims, scp: '' }),
  'scp null': token({ ...userClaims, scp: null }),
  'scp with two spaces': token({ ...userClaims, scp: 'ToDoList.Read  ToDoList.ReadWrite' }),
  'scp with a tab': token({ ...userClaims, scp: 'ToDoList.Read\tToDoList.ReadWrite' }),
}

const payloads: Cases = {
  'a list': token('[1]'),
  'a text': token('"claims"'),
  null: token('null'),
  'a byte-order mark': token(`\uFEFF${json}`),
  'invalid UTF-8': token(Buffer.from(`{"x":"\xff",${json.slice(1)}`, 'latin1')),
  'text behind the object': token(`${json}{}`),
  ...Object.fromEntries(
    ['aud', 'roles', 'exp', 'scp', 'idtyp', 'name'].map((name) => [
      `${name} twice`,
      token(`{"${name}":1,"${name}":1,${json.slice(1)}`),
    ]),
  ),
  'aud twice, once with an escape': token(`{"\\u0061ud":"x",${json.slice(1)}`),
  'a member twice far inside': token(`{"x":{"y":[{"z":1,"z":2}]},${json.slice(1)}`),
  '300 members': token({ ...appClaims, ...Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`m${n}`, n])) }),
}

refuses('A: a shape other than three canonical segments', shape)
refuses('B: a header that asks for anything unusual', headers)
refuses('C: a kid that names no key', keyIds)
refuses('D: a signature that is not exactly right', signatures)
refuses('E: times that are missing, wrong or impossible', times)
refuses('F: another issuer, tenant, audience, or none', origins)
refuses('G: another kind of token, or permissions in another form', kinds)
refuses('H: a payload that two readers could read differently', payloads)

suite('what the corpus surrounds is accepted', () => {
  const accepted: Record<string, string> = {
    'an ordinary application token': good,
    'an ordinary user token': token(userClaims),
    'addresses of foreign keys in the header, which nobody follows': token(appClaims, {
      ...header,
      jku: 'https://evil.example/keys',
      x5u: 'https://evil.example/cert',
      x5c: ['AAAA'],
    }),
    'exp 59 seconds ago': token({ ...appClaims, iat: now - 600, nbf: now - 600, exp: now - 59 }),
    'nbf 60 seconds ahead': changed('nbf', now + 60),
    'no nbf': changed('nbf', undefined),
    'a life of exactly 28 hours': changed('exp', issuedAt + 28 * 3600),
    'a claim nobody knows, with a number beyond 2^53': token(`{"xms_new":12345678901234567890,${json.slice(1)}`),
    'claims named like the inside of JavaScript': token(
      `{"__proto__":{"idtyp":"user"},"constructor":1,${json.slice(1)}`,
    ),
    'a lone surrogate in a display name': token({ ...userClaims, name: '\ud800' }),
  }
  for (const [name, text] of Object.entries(accepted)) {
    test(name, async () => {
      const caller = await testVerifier().verify(text)
      assert.equal(caller.objectId, appClaims.oid)
    })
  }
})

suite('a good token without the right is a 403, not a 401', () => {
  const policy = anyOf(permissions.app.hasRole('ToDoList.Read.All'), permissions.user.hasScope('ToDoList.Read'))
  const unknownKind = { ...appClaims, idtyp: 'device' }

  test('a kind of caller that is neither application nor user', async () => {
    await assert.rejects(testVerifier().verify(token(unknownKind)), (error) => {
      assert.ok(error instanceof AccessDenied)
      assert.equal(error.status, 403)
      assert.equal(error.code, 'kind_not_allowed')
      return true
    })
  })

  test('roles without idtyp do not make an application', async () => {
    const caller = await testVerifier().verify(token(without(appClaims, 'idtyp')))
    assert.deepEqual(policy.decide(caller), { allowed: false, required: { roles: [], scopes: ['ToDoList.Read'] } })
  })

  test('a scope that only begins like the declared one, or differs in case, is none', async () => {
    const caller = await testVerifier().verify(token({ ...userClaims, scp: 'ToDoList.ReadX todolist.read' }))
    assert.equal(policy.decide(caller).allowed, false)
  })

  test('a role with a space in it is one unknown role, not two known ones', async () => {
    const caller = await testVerifier().verify(
      token({ ...appClaims, roles: ['ToDoList.Read.All ToDoList.ReadWrite.All'] }),
    )
    assert.equal(policy.decide(caller).allowed, false)
  })
})

type Cases = Record<string, string | readonly string[]>

function refuses(title: string, cases: Cases): void {
  suite(title, () => {
    for (const [name, expected] of Object.entries(cases)) {
      const [text = '', code = 'malformed'] = typeof expected === 'string' ? [expected] : expected
      test(`${name} is refused as ${code}`, () => assertRefused(text, code))
    }
  })
}

async function assertRefused(text: string, code: string): Promise<void> {
  const { source, loads } = testKeys()
  await assert.rejects(testVerifier({}, source).verify(text), (error) => {
    assert.ok(error instanceof TokenRejected, String(error))
    assert.equal(error.code, code)
    assert.equal(error.status, 401)
    assert.match(
      error.headers['WWW-Authenticate'] ?? '',
      /^Bearer error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+"$/,
    )
    const [, payload = ''] = text.split('.')
    assert.ok(payload.length < 10 || !`${JSON.stringify(error)}${error.stack}`.includes(payload))
    return true
  })
  assert.ok(loads() <= 2)
}

function changed(name: string, value: unknown): string {
  return token({ ...appClaims, [name]: value })
}

function withSignature(change: (bytes: Buffer) => Uint8Array): string {
  const bytes = Buffer.from(goodSignature, 'base64url')
  return `${goodHeader}.${goodPayload}.${Buffer.from(change(bytes)).toString('base64url')}`
}

/** White space makes the length such that the last character has spare bits; then one of them is set. */
function withStrayBits(text: string): string {
  const spelled = segment(`${text}${' '.repeat((4 - (Buffer.byteLength(text) % 3)) % 3)}`)
  return `${spelled.slice(0, -1)}${nextInAlphabet(spelled.slice(-1))}`
}

function nextInAlphabet(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) + 1] ?? ''
}
