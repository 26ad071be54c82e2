import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ciam, workforce } from '../src/authorities.js'
import { EntraTokenError, type EntraTokenErrorCode } from '../src/errors.js'
import { mergeKeySets, readKeySet } from '../src/keys/key-set.js'
import { readSettings, type TokenVerifierOptions } from '../src/settings.js'
import { createTokenVerifier } from '../src/verifier.js'
import {
  apiId,
  appClaims,
  daemonId,
  issuer,
  keyDocument,
  keyPair,
  options,
  publishedKey,
  rsaKeyPair,
  tenantId,
  testKeys,
  testVerifier,
  token,
  userClaims,
  without,
} from './test-tenant.js'

const other = 'aaaaaaaa-0000-4000-8000-00000000000f'
const third = 'bbbbbbbb-0000-4000-8000-00000000000f'
const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'
const ofTenant = (tid: string) => ({ ...appClaims, tid, iss: template.replace('{tenantid}', tid) })

suite('an API of several tenants', () => {
  const organizations = 'https://login.microsoftonline.com/organizations'
  const verifier = (tenantRule: TokenVerifierOptions['tenantId'], keyIssuer: string | undefined = template) => {
    const jwk = {
      ...without(publishedKey('key-1', keyPair.publicKey), 'issuer'),
      ...(keyIssuer && { issuer: keyIssuer }),
    }
    const source = { version: '2.0', issuer: template, cloudInstance: null } as const
    const keys = testKeys({ load: async () => readKeySet(keyDocument(jwk), source) })
    return testVerifier({ tenantId: tenantRule, authority: organizations }, keys.source)
  }

  test('takes tokens of the tenants on its list, each with its own issuer', async () => {
    for (const tid of [tenantId, other]) {
      const caller = await verifier([tenantId, other]).verify(token(ofTenant(tid)))
      assert.equal(caller.tenantId, tid)
    }
  })

  const refused: Record<string, [object, string]> = {
    'a tenant that is not on the list': [ofTenant(third), 'wrong_tenant'],
    'the issuer of one tenant with the tid of another': [{ ...ofTenant(tenantId), tid: other }, 'wrong_issuer'],
    'the template itself as issuer': [{ ...appClaims, iss: template }, 'wrong_issuer'],
    'the template as issuer and as tid': [{ ...appClaims, iss: template, tid: '{tenantid}' }, 'wrong_tenant'],
    'a tid that would change the path': [{ ...ofTenant(`${tenantId}/x`) }, 'wrong_issuer'],
    'a tid with a replacement pattern': [
      { ...appClaims, iss: template.split('{tenantid}').join('$&'), tid: '$&' },
      'wrong_issuer',
    ],
    'no tid': [without(ofTenant(tenantId), 'tid'), 'wrong_issuer'],
  }
  for (const [name, [claims, code]] of Object.entries(refused)) {
    test(`refuses ${name} as ${code}`, () => isRefused(verifier([tenantId, other]).verify(token(claims)), code))
  }

  test('takes any tenant when that was acknowledged', async () => {
    const rule = { any: true, acknowledge: 'every tenant in the cloud' } as const
    assert.equal((await verifier(rule).verify(token(ofTenant(third)))).tenantId, third)
  })

  test('does not believe a key that serves one tenant for another', async () => {
    const ofThird = template.replace('{tenantid}', third)
    await isRefused(verifier([tenantId, other], ofThird).verify(token(ofTenant(other))), 'key_not_allowed')
  })

  test('does not believe a key that does not say whose it is', () =>
    isRefused(verifier([tenantId, other], '').verify(token(ofTenant(other))), 'key_not_allowed'))

  const wrong: Record<string, [Partial<TokenVerifierOptions>, RegExp]> = {
    'any tenant without the acknowledgement': [{ tenantId: { any: true } as never }, /write \{ any: true, acknowledge/],
    'an empty list': [{ tenantId: [] }, /^tenantId: name at least one/],
    'a list with a name in it': [{ tenantId: ['contoso.com'] }, /^tenantId: "contoso.com" is not a GUID/],
    'an authority of one tenant': [{ tenantId: [tenantId, other] }, /write organizations instead of/],
    'an External ID authority': [
      { tenantId: [tenantId, other], authority: ciam('contoso') },
      /is one External ID tenant's/,
    ],
  }
  for (const [name, [change, message]] of Object.entries(wrong)) {
    test(`does not start with ${name}`, () => {
      assert.throws(() => readSettings({ ...options, ...change } as typeof options), { name: 'TypeError', message })
    })
  }
})

suite('an authority made by name', () => {
  const addressOf = (
    authority: TokenVerifierOptions['authority'],
    rule: TokenVerifierOptions['tenantId'] = tenantId,
  ) => {
    const { url, cloudInstance } = readSettings({ ...options, authority, tenantId: rule }).authority
    return [url.href, cloudInstance]
  }

  test('is the address of the tenant there', () => {
    assert.deepEqual(addressOf(ciam('Contoso')), [`https://contoso.ciamlogin.com/${tenantId}`, null])
    assert.deepEqual(addressOf(ciam(tenantId)), [`https://${tenantId}.ciamlogin.com/${tenantId}`, null])
    assert.deepEqual(addressOf(workforce('usgov')), [
      `https://login.microsoftonline.us/${tenantId}`,
      'microsoftonline.us',
    ])
    assert.deepEqual(addressOf(workforce('china')), [
      `https://login.partner.microsoftonline.cn/${tenantId}`,
      'partner.microsoftonline.cn',
    ])
    assert.deepEqual(addressOf(workforce('public'), [tenantId, other]), [
      'https://login.microsoftonline.com/organizations',
      'microsoftonline.com',
    ])
  })

  test('is refused when there is no such place', () => {
    for (const name of ['', 'contoso.ciamlogin.com', 'https://contoso', 'a b', '-a']) {
      assert.throws(() => ciam(name), { name: 'TypeError', message: /neither a subdomain/ })
    }
    assert.throws(() => workforce('germany' as never), { name: 'TypeError', message: /public, usgov, china/ })
    assert.throws(() => workforce('constructor' as never), TypeError)
  })
})

suite('the metadata is that of the cloud', () => {
  const base = `https://login.microsoftonline.us/${tenantId}`
  const load = async (cloud: string | undefined, keyCloud: string | undefined) => {
    const jwk = { ...publishedKey('key-1', keyPair.publicKey), issuer: `${base}/v2.0`, cloud_instance_name: keyCloud }
    const discovery = { issuer: `${base}/v2.0`, jwks_uri: `${base}/discovery/v2.0/keys`, cloud_instance_name: cloud }
    const verifier = createTokenVerifier({
      ...options,
      authority: workforce('usgov'),
      fetchKeys: async ({ pathname }) =>
        pathname.endsWith('/keys') ? keyDocument(jwk) : Buffer.from(JSON.stringify(discovery)),
    })
    await verifier.ready().finally(() => verifier.close())
    return verifier.verify(token({ ...appClaims, iss: `${base}/v2.0` }))
  }

  test('with a key of that cloud the token is good', async () => {
    assert.equal((await load('microsoftonline.us', 'microsoftonline.us')).kind, 'app')
    assert.equal((await load('microsoftonline.us', undefined)).kind, 'app')
  })

  test('metadata of another cloud, or of none, is refused', async () => {
    for (const cloud of ['microsoftonline.com', undefined]) {
      await assert.rejects(load(cloud, 'microsoftonline.us'), { code: 'keys_unavailable', hint: /another cloud/ })
    }
  })

  test('a key of another cloud is left out', () =>
    assert.rejects(load('microsoftonline.us', 'microsoftonline.com'), { hint: /None of the 1 members/ }))
})

suite('tokens of version 1.0', () => {
  const oldIssuer = `https://sts.windows.net/${tenantId}/`
  const v1Claims = {
    ...without(appClaims, 'azp', 'azpacr'),
    aud: `api://${apiId}`,
    iss: oldIssuer,
    appid: daemonId,
    appidacr: '2',
    ver: '1.0',
  }
  const host = `https://localhost:8443/${tenantId}`
  const documents: Record<string, object> = {
    [`${host}/.well-known/openid-configuration`]: { issuer: oldIssuer, jwks_uri: `${host}/discovery/keys` },
    [`${host}/v2.0/.well-known/openid-configuration`]: { issuer, jwks_uri: `${host}/discovery/v2.0/keys` },
    [`${host}/discovery/keys`]: { keys: [without(publishedKey('key-1', keyPair.publicKey), 'issuer')] },
    [`${host}/discovery/v2.0/keys`]: { keys: [publishedKey('key-1', keyPair.publicKey)] },
  }
  const verifier = (change: Partial<typeof options> = {}, changed: Record<string, object> = {}) =>
    createTokenVerifier({
      ...options,
      audience: [apiId, `api://${apiId}`],
      tokenVersions: ['2.0', '1.0'],
      fetchKeys: async ({ href }) => Buffer.from(JSON.stringify({ ...documents, ...changed }[href])),
      ...change,
    })

  test('are read with their own claims, beside those of version 2.0', async () => {
    const both = verifier()
    const old = await both.verify(token(v1Claims))
    assert.deepEqual([old.kind, old.clientId, old.clientCredential], ['app', daemonId, 'certificate'])
    assert.equal((await both.verify(token(appClaims))).clientCredential, 'secret')
    both.close()
  })

  const refused: Record<string, [object, string]> = {
    'with the issuer of version 2.0': [{ ...v1Claims, iss: issuer }, 'wrong_issuer'],
    'without the old issuer’s slash': [{ ...v1Claims, iss: oldIssuer.slice(0, -1) }, 'wrong_issuer'],
    'with azp instead of appid': [{ ...without(v1Claims, 'appid'), azp: daemonId }, 'not_an_access_token'],
    'that are of version 2.0 by their issuer': [{ ...appClaims, iss: oldIssuer }, 'wrong_issuer'],
    'with a slash behind the audience': [{ ...v1Claims, aud: `api://${apiId}/` }, 'wrong_audience'],
  }
  for (const [name, [claims, code]] of Object.entries(refused)) {
    test(`${name} are refused as ${code}`, async () => {
      await isRefused(verifier().verify(token(claims)), code)
    })
  }

  test('are refused unless asked for, also where only they are refused', async () => {
    await isRefused(verifier({ tokenVersions: ['2.0'] }).verify(token(v1Claims)), 'unsupported_version')
    await isRefused(verifier({ tokenVersions: ['1.0'] }).verify(token(appClaims)), 'unsupported_version')
  })

  test('an Application ID URI is no audience of version 2.0, however it is configured', () =>
    isRefused(verifier().verify(token({ ...appClaims, aud: `api://${apiId}` })), 'wrong_audience'))

  test('a key that only the other version lists verifies nothing', async () => {
    const strangers = rsaKeyPair()
    const changed = { [`${host}/discovery/keys`]: { keys: [publishedKey('key-2', strangers.publicKey)] } }
    await isRefused(verifier({}, changed).verify(token(v1Claims)), 'key_not_allowed')
  })

  test('a kid that means two keys means none', () => {
    const read = (publicKey = keyPair.publicKey, version: '1.0' | '2.0' = '2.0') =>
      readKeySet(keyDocument(publishedKey('key-1', publicKey)), { version, issuer, cloudInstance: null })
    assert.equal(mergeKeySets(read(), read(rsaKeyPair().publicKey, '1.0')).size, 0)
    const merged = mergeKeySets(read(), read(keyPair.publicKey, '1.0')).get('key-1')
    assert.deepEqual(Object.keys(merged?.origins ?? {}), ['2.0', '1.0'])
  })
})

suite('what makes an application', () => {
  const plain = without(appClaims, 'idtyp')
  test('idtyp alone, unless the registration cannot have it', async () => {
    assert.equal((await testVerifier().verify(token(plain))).kind, 'user')
    const fallback = testVerifier({ appTokens: 'idtyp-or-oid-equals-sub' })
    assert.equal((await fallback.verify(token(plain))).kind, 'app')
    for (const claims of [{ ...plain, sub: 'x' }, without(plain, 'sub'), userClaims, { ...plain, idtyp: 'user' }]) {
      assert.equal((await fallback.verify(token(claims))).kind, 'user')
    }
  })

  test('an API for users only refuses applications with 403', () =>
    isRefused(testVerifier({ appTokens: 'refuse' }).verify(token(appClaims)), 'kind_not_allowed', 403))
})

suite('how the client proved itself', () => {
  const verifier = testVerifier({ clientCredential: 'certificate' })
  test('is refused with 403 below what the API asks for', async () => {
    for (const azpacr of ['0', '1', undefined, 2, '3']) {
      await isRefused(verifier.verify(token({ ...appClaims, azpacr })), 'actor_not_allowed', 403)
    }
    await isRefused(
      testVerifier({ clientCredential: 'secret' }).verify(token({ ...userClaims, azpacr: '0' })),
      'actor_not_allowed',
      403,
    )
  })
  test('is enough when it is as strong or stronger', async () => {
    assert.equal((await verifier.verify(token({ ...appClaims, azpacr: '2' }))).clientCredential, 'certificate')
    assert.equal((await testVerifier({ clientCredential: 'secret' }).verify(token(appClaims))).kind, 'app')
  })
})

test('the keys of an application with keys of its own are asked for by its id', async () => {
  const asked: string[] = []
  const verifier = createTokenVerifier({
    ...options,
    signingKeysOf: apiId.toUpperCase(),
    fetchKeys: async ({ href }) => {
      asked.push(href)
      throw new Error('down')
    },
  })
  await assert.rejects(verifier.ready(), { code: 'keys_unavailable' })
  verifier.close()
  assert.equal(asked[0], `https://localhost:8443/${tenantId}/v2.0/.well-known/openid-configuration?appid=${apiId}`)
})

suite('an option that names no choice refuses to start', () => {
  const wrong: Record<string, [Record<string, unknown>, RegExp]> = {
    tokenVersions: [{ tokenVersions: ['3.0'] }, /^tokenVersions: list/],
    'no tokenVersions': [{ tokenVersions: [] }, /^tokenVersions: list/],
    appTokens: [{ appTokens: 'roles' }, /^appTokens: "roles" is not one of idtyp, /],
    clientCredential: [{ clientCredential: 'constructor' }, /^clientCredential: .* any, secret, certificate/],
    signingKeysOf: [{ signingKeysOf: 'daemon' }, /^signingKeysOf: "daemon" is not a GUID/],
    resource: [{ resource: 'http://api.example.com' }, /^resource: .* is not an https address/],
    cache: [{ cache: { tokens: 0 } }, /^cache: write false or/],
    fetchKeys: [{ fetchKeys: 'https://proxy' }, /^fetchKeys: pass a function/],
    'audience without a client id': [{ audience: 'api://todos' }, /^audience: add the client id/],
  }
  for (const [name, [change, message]] of Object.entries(wrong)) {
    test(name, () => {
      assert.throws(() => createTokenVerifier(Object.assign({}, options, change)), { name: 'TypeError', message })
    })
  }
})

async function isRefused(attempt: Promise<unknown>, code: EntraTokenErrorCode | (string & {}), status = 401) {
  const error: unknown = await attempt.then(
    () => assert.fail('was accepted'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof EntraTokenError, String(error))
  assert.deepEqual([error.status, error.code], [status, code], error.hint)
}
