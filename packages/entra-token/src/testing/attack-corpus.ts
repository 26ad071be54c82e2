import { constants, createHash, createHmac, type KeyObject, privateEncrypt } from 'node:crypto'
import type { HttpsGet } from '../keys/https-get.js'
import { encodePart, newKeyPair, publish, signInput, type TestTenant } from './test-tenant.js'

/** One request to an API that trusts the test tenant, and what this package answers. */
export interface AttackCase {
  /** Letter of the group and number of the attack: several cases may show one attack. */
  readonly id: string
  readonly title: string
  /** The values of the Authorization header, one for each header sent. */
  readonly authorization: readonly string[]
  /** The token alone, where it is the token that is wrong. */
  readonly token: string | null
  /** The code is this package's; null with status 200: the token is good, only unusual. */
  readonly expected: { readonly status: 200 | 400 | 401 | 403; readonly code: string | null }
  /** False where HTTP itself changes or refuses such a header, so that only a call in the process shows the answer. */
  readonly overHttp: boolean
}

/** What a provider may answer, and what the tenant's good tokens are then worth. */
export interface ProviderCase {
  readonly id: string
  readonly title: string
  /** To be given to createTokenVerifier instead of the tenant's own. */
  readonly fetchKeys: HttpsGet
  readonly expected: { readonly status: 200 | 401 | 503; readonly code: string | null }
}

/**
 * Attacks on shape (A), header (B), key ids (C), signature (D), time (E), origin (F), kind (G), payload (H) and request (J),
 * made for this tenant and its present key and time. Unless the case is about the signature, it holds: what refuses a token is
 * the rule the case is about. Each call makes new tokens; use them within a minute. Not covered: what only the API itself can
 * know, such as one user's items asked for by another.
 */
export function attackCorpus(tenant: TestTenant): readonly AttackCase[] {
  const forge = newForge(tenant)
  const groups = [shape, headers, keyIds, signatures, times, origins, kinds, payloads]
  const tokens = groups.flatMap((group) => Object.entries(group(forge)).map(([name, wrong]) => tokenCase(name, wrong)))
  return [...tokens, ...Object.entries(requests(forge)).map(([name, wrong]) => requestCase(name, wrong))]
}

/**
 * Good tokens (G) that must not pass a route which asks users for this scope and applications for this app role: nothing is
 * granted, something that looks like it, or the right thing to the wrong kind of caller.
 */
export function permissionCorpus(
  tenant: TestTenant,
  asked: { readonly scope: string; readonly role: string },
): readonly AttackCase[] {
  const entries = Object.entries(lacking(tenant, asked))
  return entries.map(([name, text]) => tokenCase(name, [text, 'insufficient_permission']))
}

/** Attacks on keys (C) and on their transport (I), and what must survive them. */
export function providerCorpus(tenant: TestTenant): readonly ProviderCase[] {
  const [discovery, keys] = [tenant.documents().discovery, tenant.documents().keys.keys]
  return Object.entries(providers(tenant, keys)).map(([name, { expected = 'keys_unavailable', ...answers }]) => {
    const served = { discovery: json(discovery), keys: json({ keys }), ...answers }
    return {
      ...named(name),
      fetchKeys: async ({ pathname }) => served[pathname.endsWith('/keys') ? 'keys' : 'discovery'](),
      expected: { status: statusOf(expected), code: expected === good ? null : expected },
    }
  })
}

interface Forge {
  readonly tenant: TestTenant
  readonly claims: Record<string, unknown>
  readonly userClaims: Record<string, unknown>
  readonly header: Record<string, unknown>
  readonly text: string
  readonly parts: readonly [header: string, payload: string, signature: string]
  readonly now: number
  readonly stranger: { publicKey: KeyObject; privateKey: KeyObject }
  /** An application's token with one claim changed; undefined leaves it out. */
  changed(name: string, value: unknown): string
  token(payload: object | string | Uint8Array, header?: object | string | Uint8Array, key?: KeyObject): string
  /** Signed as it stands. */
  signed(input: string): string
  withSignature(change: (bytes: Buffer) => Uint8Array): string
}

/** A text alone is refused as `malformed`. */
type Wrong = string | readonly [text: string, code: string]
type Cases = Readonly<Record<string, Wrong>>

const good = 'good'

function shape({ text, parts: [head, payload, signature], claims, header, token, signed }: Forge): Cases {
  return {
    'A1: an empty text': '',
    'A2: a single segment': head,
    'A2: two segments': `${head}.${payload}`,
    'A2: four segments': `${text}.AAAA`,
    'A2: five segments, as an encrypted token has': `${text}.AAAA.AAAA`,
    'A2: an empty header': `.${payload}.${signature}`,
    'A2: an empty payload': signed(`${head}.`),
    'A3: the JSON serialisation': JSON.stringify({ protected: head, payload, signature }),
    'A4: a leading space': ` ${text}`,
    'A4: a trailing newline': `${text}\n`,
    'A5: a padded header': signed(`${encodePart(padded(header))}=.${payload}`),
    'A5: a padded signature': `${text}==`,
    'A6: a newline inside the payload': signed(`${head}.${payload.slice(0, 8)}\n${payload.slice(8)}`),
    'A6: a space inside the signature': `${head}.${payload}.${signature.slice(0, 8)} ${signature.slice(8)}`,
    'A7: the alphabet of plain base64': `${head}.${payload}.${signature.slice(0, -4)}+/+/`,
    'A8: a junk character behind the signature': `${text}!`,
    'A9: a signature whose last character has stray bits': `${text.slice(0, -1)}${nextInAlphabet(text.slice(-1))}`,
    'A10: a payload whose last character has stray bits': signed(`${head}.${withStrayBits(JSON.stringify(claims))}`),
    'A10: a header whose last character has stray bits': signed(`${withStrayBits(JSON.stringify(header))}.${payload}`),
    'A11: an empty signature': `${head}.${payload}.`,
    'A12: more than 16 KiB': token({ ...claims, filler: 'x'.repeat(16_384) }),
    'A12: a megabyte': `${head}.${'A'.repeat(1_000_000)}.${signature}`,
    'A13: a payload nested 3000 deep': token(
      `{"deep":${'['.repeat(3000)}${']'.repeat(3000)},${JSON.stringify(claims).slice(1)}`,
    ),
    'A14: a character beyond ASCII': `${head}.${payload}é.${signature}`,
  }
}

function headers({ parts: [, payload, signature], claims, header, stranger, tenant, token }: Forge): Cases {
  const { publicKey } = tenant.keyPair()
  const hmac = (secret: string | Buffer) => {
    const input = `${encodePart({ ...header, alg: 'HS256' })}.${payload}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const jwk = stranger.publicKey.export({ format: 'jwk' })
  const withAlg = (alg: unknown): Wrong => [token(claims, { ...header, alg }), 'unsupported_alg']
  return {
    'B1: alg none and no signature': `${encodePart({ ...header, alg: 'none' })}.${payload}.`,
    'B1: alg none and a signature': withAlg('none'),
    'B1: alg None': withAlg('None'),
    'B1: alg nOnE': withAlg('nOnE'),
    'B2: HS256 keyed with the public key as PEM': [
      hmac(publicKey.export({ type: 'spki', format: 'pem' })),
      'unsupported_alg',
    ],
    'B2: HS256 keyed with the public key as DER': [
      hmac(publicKey.export({ type: 'spki', format: 'der' })),
      'unsupported_alg',
    ],
    'B2: HS256 keyed with the JWK': [hmac(JSON.stringify(publicKey.export({ format: 'jwk' }))), 'unsupported_alg'],
    'B3: no algorithm': withAlg(undefined),
    'B3: alg null': withAlg(null),
    'B3: alg in a list': withAlg(['RS256']),
    'B3: alg in lower case': withAlg('rs256'),
    ...Object.fromEntries(
      ['PS256', 'RS384', 'RS512', 'ES256', 'EdDSA'].map((alg) => [`B4: alg ${alg}`, withAlg(alg)] as const),
    ),
    'B5: a critical extension': token(claims, { ...header, crit: ['foo'], foo: 1 }),
    'B5: an empty crit': token(claims, { ...header, crit: [] }),
    'B5: crit naming a registered member': token(claims, { ...header, crit: ['alg'] }),
    'B5: crit twice': token(claims, `{"crit":["a"],"crit":["b"],${JSON.stringify(header).slice(1)}`),
    'B6: an unencoded payload, declared': token(claims, { ...header, crit: ['b64'], b64: false }),
    'B7: an unencoded payload, not declared': token(claims, { ...header, b64: false }),
    'B8: its own key in the header': [
      token(claims, { ...header, kid: 'theirs', jwk }, stranger.privateKey),
      'unknown_key',
    ],
    'B8: its own key in the header, no kid': [
      token(claims, { ...header, kid: undefined, jwk }, stranger.privateKey),
      'unknown_key',
    ],
    'B8: its own key in the header under a known kid': [
      token(claims, { ...header, jwk }, stranger.privateKey),
      'bad_signature',
    ],
    'B9: addresses of foreign keys, which nobody may follow': [
      token(claims, { ...header, jku: 'https://evil.invalid/keys', x5u: 'https://evil.invalid/cert', x5c: ['AAAA'] }),
      good,
    ],
    'B10: a compressed payload': token(claims, { ...header, zip: 'DEF' }),
    'B11: alg twice': token(claims, `{"alg":"none",${JSON.stringify(header).slice(1)}`),
    'B11: alg twice, once with an escape': token(claims, `{"\\u0061lg":"none",${JSON.stringify(header).slice(1)}`),
    'B12: another typ': token(claims, { ...header, typ: 'dpop+jwt' }),
    'B12: typ in lower case': token(claims, { ...header, typ: 'jwt' }),
    'B12: no typ': token(claims, { ...header, typ: undefined }),
    'B13: a nested token': token(claims, { ...header, cty: 'JWT' }),
    'B14: a header that is a list': token(claims, '["RS256"]'),
    'B14: a header that is null': token(claims, 'null'),
    'B14: a header with a byte-order mark': token(claims, `\uFEFF${JSON.stringify(header)}`),
    'B14: a header with invalid UTF-8': token(
      claims,
      Buffer.from(`{"x":"\xff",${JSON.stringify(header).slice(1)}`, 'latin1'),
    ),
    'B14: a header that is no JSON': token(claims, '{"alg":"RS256"'),
    'B15: the nonce of a Microsoft Graph token': [
      `${encodePart({ ...header, nonce: 'n' })}.${payload}.${signature}`,
      'bad_signature',
    ],
  }
}

function keyIds({ claims, header, token }: Forge): Cases {
  const kid = String(header['kid'])
  const wrong: [id: string, kid: unknown][] = [
    ['C1', undefined],
    ['C2', null],
    ['C2', 7],
    ['C2', {}],
    ['C2', ''],
    ['C2', 'x'.repeat(300)],
    ['C2', '__proto__'],
    ['C2', 'constructor'],
    ['C2', '../../etc/passwd'],
    ['C2', "' OR 1=1 --"],
    ['C2', `${kid}\u0000`],
    // The first letter is Cyrillic.
    ['C2', `\u0430${kid.slice(1)}`],
    ['C3', 'not-published'],
  ]
  const cases = wrong.map(
    ([id, value]) => [`${id}: kid ${short(value)}`, [token(claims, { ...header, kid: value }), 'unknown_key']] as const,
  )
  return {
    ...Object.fromEntries(cases),
    'C6: x5t instead of kid': [token(claims, { ...header, kid: undefined, x5t: kid }), 'unknown_key'],
  }
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 40)
}

function signatures({
  parts: [head, payload, signature],
  claims,
  userClaims,
  header,
  stranger,
  ...forge
}: Forge): Cases {
  const wrong = (text: string): Wrong => [text, 'bad_signature']
  const { token, withSignature } = forge
  return {
    'D1: a flipped bit': wrong(withSignature((bytes) => bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte)))),
    'D1: truncated': wrong(withSignature((bytes) => bytes.subarray(0, 255))),
    'D1: extended': wrong(withSignature((bytes) => Buffer.concat([bytes, Buffer.of(0)]))),
    'D1: a zero in front': wrong(withSignature((bytes) => Buffer.concat([Buffer.of(0), bytes]))),
    'D1: all zero': wrong(withSignature((bytes) => bytes.map(() => 0))),
    'D1: all ones, larger than the modulus': wrong(withSignature((bytes) => bytes.map(() => 255))),
    'D1: another key': wrong(token(claims, header, stranger.privateKey)),
    'D1: that of another token': wrong(`${head}.${payload}.${token(userClaims).split('.')[2]}`),
    'D1: a payload exchanged': wrong(`${head}.${encodePart({ ...claims, roles: ['Other.Role'] })}.${signature}`),
    ...paddings(forge.tenant, `${head}.${payload}`),
  }
}

/** Blocks that differ from the one PKCS #1 v1.5 form (RFC 8017 §9.2), under the tenant's own key. */
function paddings(tenant: TestTenant, input: string): Cases {
  const hash = createHash('sha256').update(input).digest()
  const info = Buffer.concat([digestInfo, hash])
  const block = (type: number, fill: number, rest: Buffer, behind = Buffer.of()) => {
    const filling = Buffer.alloc(256 - 3 - rest.length - behind.length, fill)
    return Buffer.concat([Buffer.of(0, type), filling, Buffer.of(0), rest, behind])
  }
  const right = block(1, 0xff, info)
  const blocks: Record<string, Buffer> = {
    'the block type of encryption': block(2, 0xff, info),
    'filled with zeros': block(1, 0, info),
    'one filling byte that is not ones': Buffer.from(right.map((byte, at) => (at === 100 ? 0xfe : byte))),
    'a short filling and garbage behind the hash': block(1, 0xff, info, Buffer.alloc(180, 0x5a)),
    'no zero in front of the hash': Buffer.from(right.map((byte, at) => (at === 256 - info.length - 1 ? 0xff : byte))),
    'the hash without its algorithm': block(1, 0xff, hash),
    'the algorithm without its NULL': block(1, 0xff, Buffer.concat([withoutNull, hash])),
    'the name of another algorithm': block(1, 0xff, Buffer.from(info.map((byte, at) => (at === 14 ? 3 : byte)))),
    'a length in the long form': block(1, 0xff, Buffer.concat([longForm, hash])),
    'a shorter hash': block(1, 0xff, Buffer.concat([digestInfo, hash.subarray(0, 31)])),
  }
  const { privateKey } = tenant.keyPair()
  const signature = (bytes: Buffer) =>
    privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, bytes).toString('base64url')
  const wrong = Object.entries(blocks).map(
    ([title, bytes]) => [`D2: ${title}`, [`${input}.${signature(bytes)}`, 'bad_signature']] as const,
  )
  return { ...Object.fromEntries(wrong), 'D2: the one right form': [`${input}.${signature(right)}`, good] }
}

// DigestInfo of SHA-256 up to the hash (RFC 8017 §9.2, note 1), and two spellings that are not DER of it.
const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')
const withoutNull = Buffer.from('302f300b06096086480165030402010420', 'hex')
const longForm = Buffer.from('308131300d060960864801650304020105000420', 'hex')

function times({ claims, now, changed, token }: Forge): Cases {
  const long = 28 * 3600
  return {
    'E1: no exp': changed('exp', undefined),
    'E1: no iat': changed('iat', undefined),
    'E2: exp as text': changed('exp', String(now + 3900)),
    'E2: exp null': changed('exp', null),
    'E2: exp negative': changed('exp', -1),
    'E2: exp with a fraction': changed('exp', now + 3900.5),
    'E2: exp 1e999': token(JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e999')),
    'E2: exp in milliseconds': [changed('exp', (now + 3900) * 1000), 'lifetime_too_long'],
    'E2: exp beyond what a date can hold': changed('exp', 2 ** 53),
    'E2: a life of more than 28 hours': [changed('exp', now + long + 400), 'lifetime_too_long'],
    'E3: exp ten minutes ago': [token({ ...claims, iat: now - 4000, nbf: now - 4000, exp: now - 600 }), 'expired'],
    'E3: exp in half an hour': [changed('exp', now + 1800), good],
    'E4: nbf ten minutes ahead': [changed('nbf', now + 600), 'not_yet_valid'],
    'E4: nbf as text': changed('nbf', String(now)),
    'E4: no nbf': [changed('nbf', undefined), good],
    'E5: iat a day ahead': [token({ ...claims, iat: now + 86_400, nbf: now - 10, exp: now + 90_000 }), 'not_yet_valid'],
    'E6: exp before iat': token({ ...claims, iat: now, exp: now - 1 }),
    'E6: exp before nbf': token({ ...claims, exp: now + 10, nbf: now + 20 }),
  }
}

function origins({ tenant: { issuer, tenantId, audience }, claims, changed, token }: Forge): Cases {
  const other = 'aaaaaaaa-0000-4000-8000-00000000000f'
  const url = new URL(issuer)
  const iss = (value: unknown): Wrong => [changed('iss', value), 'wrong_issuer']
  const tid = (value: unknown): Wrong => [changed('tid', value), 'wrong_tenant']
  const aud = (value: unknown): Wrong => [changed('aud', value), 'wrong_audience']
  return {
    'F1: no iss': iss(undefined),
    'F1: iss in a list': iss([issuer]),
    'F1: iss with a trailing slash': iss(`${issuer}/`),
    'F1: iss over http': iss(issuer.replace('https', 'http')),
    'F1: iss with an upper-case host': iss(issuer.replace(url.host, url.host.toUpperCase())),
    'F1: iss of a look-alike host': iss(issuer.replace(url.host, `${url.hostname}.evil.invalid`)),
    'F1: iss of a punycode host': iss(issuer.replace(url.host, `xn--${url.hostname}`)),
    'F1: iss with a user in it': iss(issuer.replace('//', `//${url.host}@`)),
    'F1: iss with a longer path': iss(`${issuer}/x`),
    'F2: no tid': tid(undefined),
    'F2: tid that is no GUID': tid('contoso'),
    'F2: tid of another tenant': tid(other),
    'F2: tid in upper case': tid(`A${tenantId.slice(1)}`),
    'F2: tid twice': token(`{"tid":"${other}",${JSON.stringify(claims).slice(1)}`),
    'F2: tid and TID': token({ ...claims, TID: other }),
    'F2: TID instead of tid': token({ ...claims, tid: undefined, TID: tenantId }),
    'F3: another tenant, well signed': [
      token({ ...claims, tid: other, iss: issuer.replace(tenantId, other) }),
      'wrong_issuer',
    ],
    'F4: the issuer of version 1.0': iss(`https://sts.windows.net/${tenantId}/`),
    'F4: version 1.0': [changed('ver', '1.0'), 'unsupported_version'],
    'F4: no version': [changed('ver', undefined), 'unsupported_version'],
    'F4: a version that is a number': [changed('ver', 2), 'unsupported_version'],
    'F4: a whole token of version 1.0': [
      token({
        ...claims,
        azp: undefined,
        azpacr: undefined,
        appid: claims['azp'],
        ver: '1.0',
        iss: `https://sts.windows.net/${tenantId}/`,
      }),
      'unsupported_version',
    ],
    'F5: the same tenant at login.microsoftonline.com': iss(`https://login.microsoftonline.com/${tenantId}/v2.0`),
    'F5: the same tenant under another name': iss(`https://contoso.ciamlogin.com/${tenantId}/v2.0`),
    'F6: common as tenant': tid('common'),
    'F6: organizations in the issuer': iss(issuer.replace(tenantId, 'organizations')),
    'F7: no aud': aud(undefined),
    'F7: aud in a list': aud([audience]),
    'F7: aud in upper case': aud(`A${audience.slice(1)}`),
    'F7: aud as Application ID URI': aud(`api://${audience}`),
    'F7: aud with a slash behind': aud(`${audience}/`),
    'F7: another API': aud(other),
    'F7: Microsoft Graph': aud('00000003-0000-0000-c000-000000000000'),
    'F8: no azp': [changed('azp', undefined), 'not_an_access_token'],
    'F8: azp in a list': changed('azp', [claims['azp']]),
    'F8: azp that is no GUID': changed('azp', 'daemon'),
    'F9: tid as a template': tid('{tenantid}'),
    'F9: tid with a path in it': tid(`${tenantId}/../${other}`),
    'F9: tid as a pattern': tid('.*'),
  }
}

function kinds({ tenant, claims, userClaims, changed, token }: Forge): Cases {
  const notAccess = (text: string): Wrong => [text, 'not_an_access_token']
  const both = (text: string): Wrong => [text, 'contradictory_kind']
  const scp = (value: unknown) => token({ ...userClaims, scp: value })
  return {
    'G1: an ID token': notAccess(tenant.idToken()),
    'G1: an ID token with roles': notAccess(tenant.idToken({ roles: claims['roles'] })),
    'G1: an ID token without nonce': notAccess(tenant.idToken({ nonce: undefined, roles: claims['roles'] })),
    'G1: an ID token dressed up with azp': notAccess(tenant.idToken({ azp: claims['azp'], roles: claims['roles'] })),
    'G1: at_hash in an access token': notAccess(token({ ...claims, at_hash: 'x' })),
    'G1: c_hash in an access token': notAccess(token({ ...userClaims, c_hash: 'x' })),
    'G4: an application with scopes': both(changed('scp', userClaims['scp'])),
    'G4: idtyp app added to a user token': both(token({ ...userClaims, idtyp: 'app' })),
    'G6: roles as text': changed('roles', 'ToDoList.Read.All'),
    'G6: roles as object': changed('roles', { 0: 'ToDoList.Read.All' }),
    'G6: roles null': changed('roles', null),
    'G6: a role that is a number': changed('roles', ['ToDoList.Read.All', 1]),
    'G6: a role in a list in the list': changed('roles', [['ToDoList.Read.All']]),
    'G7: scp in a list': scp(['ToDoList.Read']),
    'G7: scp empty': scp(''),
    'G7: scp null': scp(null),
    'G7: scp with two spaces': scp('ToDoList.Read  ToDoList.ReadWrite'),
    'G7: scp with a tab': scp('ToDoList.Read\tToDoList.ReadWrite'),
    'G12: idtyp device': [changed('idtyp', 'device'), 'kind_not_allowed'],
    'G12: an idtyp that is a list': [changed('idtyp', ['app']), 'kind_not_allowed'],
  }
}

function lacking({ app, user }: TestTenant, { scope, role }: { scope: string; role: string }): Record<string, string> {
  return {
    'G2: a user without a scope': user(),
    'G2: an application without a role': app(),
    'G3: the role without idtyp': app({ roles: [role] }, { idtyp: undefined }),
    'G5: idtyp user and the role of applications': user({}, { idtyp: 'user', roles: [role] }),
    'G6: a role with a space in it': app({ roles: [`${role} ${role}`] }),
    'G7: a scope that begins like the right one': user({ scopes: [`${scope}X`] }),
    'G7: the scope in other letters': user({ scopes: [inOtherLetters(scope)] }),
    'G7: a role that begins like the right one': app({ roles: [`${role}X`] }),
    'G7: the role in other letters': app({ roles: [inOtherLetters(role)] }),
    'G8: the role of applications, and a user with another scope': user({ scopes: ['openid'] }, { roles: [role] }),
  }
}

function inOtherLetters(name: string): string {
  return name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase()
}

function payloads({ claims, userClaims, changed, token }: Forge): Cases {
  const text = JSON.stringify(claims)
  const twice = ['aud', 'roles', 'exp', 'scp', 'idtyp', 'name'].map(
    (member) => [`H4: ${member} twice`, token(`{"${member}":1,"${member}":1,${text.slice(1)}`)] as const,
  )
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`m${n}`, n]))
  return {
    'H1: a list': token('[1]'),
    'H1: a text': token('"claims"'),
    'H1: null': token('null'),
    'H1: text behind the object': token(`${text}{}`),
    'H2: a byte-order mark': token(`\uFEFF${text}`),
    'H3: invalid UTF-8': token(Buffer.from(`{"x":"\xff",${text.slice(1)}`, 'latin1')),
    ...Object.fromEntries(twice),
    'H4: a member twice far inside': token(`{"x":{"y":[{"z":1,"z":2}]},${text.slice(1)}`),
    'H5: aud twice, once with an escape': token(`{"\\u0061ud":"x",${text.slice(1)}`),
    'H6: claims named like the inside of JavaScript': [
      token(`{"__proto__":{"idtyp":"user"},"constructor":1,${text.slice(1)}`),
      good,
    ],
    'H7: a lone surrogate in a display name': [token({ ...userClaims, name: '\ud800' }), good],
    'H7: a NUL in oid': changed('oid', `${String(claims['oid'])}\u0000`),
    'H7: no oid': changed('oid', undefined),
    'H7: oid in upper case': changed('oid', `A${String(claims['oid']).slice(1)}`),
    'H7: a uti that is an object': changed('uti', {}),
    'H8: 300 members': token({ ...claims, ...many }),
    'H9: a number beyond 2^53 in a claim nobody knows': [
      token(`{"xms_new":12345678901234567890,${text.slice(1)}`),
      good,
    ],
  }
}

/** What is sent, and the code of the answer. */
function requests({ text }: Forge): Readonly<Record<string, readonly [readonly string[], string]>> {
  return {
    'J1: no header': [[], 'no_token'],
    'J1: Bearer and nothing': [['Bearer'], 'no_token'],
    'J2: two headers': [[`Bearer ${text}`, `Bearer ${text}`], 'multiple_credentials'],
    'J3: bearer in lower case': [[`bearer ${text}`], good],
    'J3: BEARER': [[`BEARER ${text}`], good],
    'J3: two spaces': [[`Bearer  ${text}`], good],
    'J3: a tab': [[`Bearer\t${text}`], 'malformed_authorization'],
    'J3: a list with commas': [[`Bearer ${text}, Bearer ${text}`], 'malformed_authorization'],
    'J3: no space': [[`Bearer${text}`], 'wrong_scheme'],
    'J3: Basic': [['Basic dXNlcjpzZWNyZXQ='], 'wrong_scheme'],
    'J3: DPoP': [[`DPoP ${text}`], 'wrong_scheme'],
    'J4: quotes and backslashes': [[`Bearer "\\${text}`], 'malformed_authorization'],
  }
}

interface ProviderAnswers {
  readonly discovery?: () => Uint8Array
  readonly keys?: () => Uint8Array
  readonly expected?: string
}

/** Each document as it comes; what is not told is as it should be. */
function providers(tenant: TestTenant, keys: readonly object[]): Readonly<Record<string, ProviderAnswers>> {
  const { discovery } = tenant.documents()
  const [key = {}] = keys
  const { kid } = tenant.header()
  const only = (change: object) => ({ keys: json({ keys: [{ ...key, ...change }] }) })
  const stranger = publish(kid, newKeyPair().publicKey, tenant.issuer)
  const text = (value: string) => () => Buffer.from(value)
  const down = () => {
    throw new Error('The provider is down.')
  }
  return {
    'C7: the kid twice': { keys: json({ keys: [stranger, key] }) },
    'C7: another kid twice, beside the key': {
      keys: json({ keys: [{ ...stranger, kid: 'x' }, key, { ...stranger, kid: 'x' }] }),
      expected: good,
    },
    'C8: a modulus of 1024 bits': only({ n: Buffer.alloc(128, 0xff).toString('base64url') }),
    'C8: a modulus of 16384 bits': only({ n: Buffer.alloc(2048, 0xff).toString('base64url') }),
    'C8: exponent 1': only({ e: 'AQ' }),
    'C8: exponent 3': only({ e: 'Aw' }),
    'C8: an even exponent': only({ e: 'AQAA' }),
    'C9: a key for encryption': only({ use: 'enc' }),
    'C9: a key that may not verify': only({ key_ops: ['sign'] }),
    'C9: a key of another algorithm': only({ alg: 'RS512' }),
    'C9: a symmetric key': only({ kty: 'oct', k: 'AAAA' }),
    'C10: a private key': only({ d: 'AQAB' }),
    'C11: a malformed key beside a good one': { keys: json({ keys: [null, 7, { kid: 'x' }, key] }), expected: good },
    'C12: a key of another tenant': {
      ...only({ issuer: tenant.issuer.replace(tenant.tenantId, '9188040d-6c67-4c5b-b112-36a304b66dad') }),
      expected: 'key_not_allowed',
    },
    'C13: a key that names no issuer, in the tenant’s own metadata': { ...only({ issuer: undefined }), expected: good },
    'C14: a key of another cloud': {
      discovery: json({ ...discovery, cloud_instance_name: 'microsoftonline.com' }),
      ...only({ cloud_instance_name: 'microsoftonline.us' }),
    },
    'C15: the kid with another modulus': { keys: json({ keys: [stranger] }), expected: 'bad_signature' },
    'I1: nothing comes': { discovery: down, keys: down },
    'I1: no keys come': { keys: down },
    'I2: a page instead of keys': { keys: text('<html></html>') },
    'I2: nothing': { keys: text('') },
    'I2: half a document': { keys: text('{"keys":[') },
    'I3: an empty object': { keys: text('{}') },
    'I3: keys that are no list': { keys: text('{"keys":{}}') },
    'I3: no key': { keys: text('{"keys":[]}') },
    'I5: more than 512 KiB': { keys: () => Buffer.concat([json({ keys })(), Buffer.alloc(512 * 1024, ' ')]) },
    'I9: the issuer of another tenant': {
      discovery: json({ ...discovery, issuer: tenant.issuer.replace(tenant.tenantId, kid) }),
    },
    'I9: keys on another host': { discovery: json({ ...discovery, jwks_uri: 'https://evil.invalid/keys' }) },
    'I9: keys over http': {
      discovery: json({ ...discovery, jwks_uri: String(discovery['jwks_uri']).replace('https', 'http') }),
    },
  }
}

function json(value: object): () => Uint8Array {
  return () => Buffer.from(JSON.stringify(value))
}

function newForge(tenant: TestTenant): Forge {
  const text = tenant.app({ roles: ['ToDoList.Read.All'] })
  const [head = '', payload = '', signature = ''] = text.split('.')
  const claims = read(payload)
  const stranger = newKeyPair()
  const token = (content: object | string | Uint8Array, header?: object | string | Uint8Array, key?: KeyObject) =>
    tenant.sign(content, header, key)
  const withSignature = (change: (bytes: Buffer) => Uint8Array) =>
    `${head}.${payload}.${Buffer.from(change(Buffer.from(signature, 'base64url'))).toString('base64url')}`
  return {
    tenant,
    claims,
    userClaims: read(tenant.user({ scopes: ['ToDoList.Read'] }).split('.')[1] ?? ''),
    header: { ...tenant.header() },
    text,
    parts: [head, payload, signature] as const,
    now: Math.floor(tenant.now() / 1000),
    stranger,
    changed: (member: string, value: unknown) => token({ ...claims, [member]: value }),
    token,
    signed: (input: string) => signInput(input, tenant.keyPair().privateKey),
    withSignature,
  }
}

function read(payload: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

function tokenCase(name: string, wrong: Wrong): AttackCase {
  const [text, code] = typeof wrong === 'string' ? ([wrong, 'malformed'] as const) : wrong
  // What is no token68 (RFC 9110 §11.2) is refused with the header it comes in, and Node limits all headers together.
  const overHttp = /^[\w\-.~+/]+=*$/.test(text) && text.length < 8000
  return {
    ...named(name),
    authorization: [`Bearer ${text}`],
    token: text,
    expected: answerOf(code),
    overHttp,
  }
}

function requestCase(name: string, [authorization, code]: readonly [readonly string[], string]): AttackCase {
  return { ...named(name), authorization, token: null, expected: answerOf(code), overHttp: true }
}

function named(name: string): { id: string; title: string } {
  const [id = '', title = ''] = name.split(/: (.*)/s)
  return { id, title }
}

function answerOf(code: string): AttackCase['expected'] {
  const status = statusOf(code)
  return { status: status === 503 ? 401 : status, code: code === good ? null : code }
}

const statuses: Readonly<Record<string, 200 | 400 | 403 | 503>> = {
  [good]: 200,
  kind_not_allowed: 403,
  insufficient_permission: 403,
  malformed_authorization: 400,
  multiple_credentials: 400,
  keys_unavailable: 503,
}

function statusOf(code: string): 200 | 401 | 503 {
  return (statuses[code] ?? 401) as 200 | 401 | 503
}

/** With white space up to a length that one `=` belongs to. */
function padded(header: object): string {
  const text = JSON.stringify(header)
  return `${text}${' '.repeat((5 - (text.length % 3)) % 3)}`
}

/** White space makes the length such that the last character has spare bits; then one of them is set. */
function withStrayBits(text: string): string {
  const spelled = encodePart(`${text}${' '.repeat((4 - (Buffer.byteLength(text) % 3)) % 3)}`)
  return `${spelled.slice(0, -1)}${nextInAlphabet(spelled.slice(-1))}`
}

function nextInAlphabet(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) + 1] ?? ''
}
