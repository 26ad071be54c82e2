import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { suite, test } from 'node:test'
import { channelNames } from '../src/events.js'
import { anyOf } from '../src/permissions.js'
import { createTokenVerifier } from '../src/verifier.js'
import {
  appClaims,
  issuedAt,
  issuer,
  keyDocument,
  keyPair,
  options,
  permissions,
  publishedKey,
  rsaKeyPair,
  tenantId,
  token,
} from './test-tenant.js'

const authority = `https://localhost:8443/${tenantId}`
const hour = 3600_000

suite('keys saved in an earlier run', () => {
  test('verify tokens in a process that starts while the provider is down', async () => {
    const first = provider()
    const before = createTokenVerifier({ ...options, fetchKeys: first.fetchKeys })
    assert.equal(before.exportKeys(), null)
    await before.ready()
    const saved = before.exportKeys()
    before.close()
    assert.ok(saved)
    const after = createTokenVerifier({
      ...options,
      fetchKeys: down,
      savedKeys: JSON.parse(JSON.stringify(saved)) as typeof saved,
    })
    assert.equal((await after.verify(token(appClaims))).kind, 'app')
    await settled()
    assert.equal(after.health().state, 'stale')
    after.close()
  })

  const savedAt = new Date((issuedAt + 10) * 1000).toISOString()
  const documents = {
    [`${authority}/v2.0/.well-known/openid-configuration`]: JSON.stringify({
      issuer,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
    }),
    [`${authority}/discovery/v2.0/keys`]: keyDocument(publishedKey('key-1', keyPair.publicKey)).toString(),
  }
  const unusable: Record<string, { savedAt: string; documents: Record<string, string> }> = {
    'older than a day': { savedAt: new Date((issuedAt + 9) * 1000 - 24 * hour).toISOString(), documents },
    'of the future': { savedAt: new Date((issuedAt + 11) * 1000).toISOString(), documents },
    'of no known time': { savedAt: 'yesterday', documents },
    'of another authority': { savedAt, documents: { 'https://evil.example/': '{}' } },
    'that are broken': { savedAt, documents: Object.fromEntries(Object.keys(documents).map((name) => [name, '{'])) },
  }
  for (const [name, savedKeys] of Object.entries(unusable)) {
    test(`${name} are as good as none`, async () => {
      const verifier = createTokenVerifier({ ...options, fetchKeys: down, savedKeys })
      await assert.rejects(verifier.verify(token(appClaims)), { code: 'keys_unavailable' })
      verifier.close()
    })
  }
  test('in the right form are used, which the cases above lack nothing else for', async () => {
    const verifier = createTokenVerifier({ ...options, fetchKeys: down, savedKeys: { savedAt, documents } })
    assert.equal((await verifier.verify(token(appClaims))).kind, 'app')
    verifier.close()
  })
})

suite('a fetch of the caller’s own', () => {
  test('is given a signal and the address, and is held to 512 KiB', async () => {
    const verifier = createTokenVerifier({
      ...options,
      fetchKeys: async (url, signal) => {
        assert.ok(signal instanceof AbortSignal && url instanceof URL)
        return Buffer.alloc(512 * 1024 + 1, 0x20)
      },
    })
    await assert.rejects(verifier.ready(), { code: 'keys_unavailable', hint: /is larger than 524288 bytes/ })
    verifier.close()
  })

  test('that never ends is given up when the verifier closes', async () => {
    const verifier = createTokenVerifier({ ...options, fetchKeys: () => new Promise(() => {}) })
    const ready = assert.rejects(verifier.ready(), { code: 'keys_unavailable' })
    verifier.close()
    await ready
  })
})

test('tokens of a hundred requests at once through a roll of keys are all good', async () => {
  const second = rsaKeyPair()
  const keys = { a: publishedKey('key-1', keyPair.publicKey), b: publishedKey('key-2', second.publicKey) }
  const { fetchKeys, publish } = provider()
  let now = (issuedAt + 10) * 1000
  const verifier = createTokenVerifier({ ...options, fetchKeys, now: () => now, cache: false })
  const load = (kid: 'key-1' | 'key-2') =>
    Promise.all(
      Array.from({ length: 100 }, (_, n) => {
        const at = Math.floor(now / 1000)
        const claims = { ...appClaims, iat: at, nbf: at, exp: at + 3900, uti: `load-${n}` }
        return verifier.verify(
          token(claims, { typ: 'JWT', alg: 'RS256', kid }, kid === 'key-1' ? keyPair.privateKey : second.privateKey),
        )
      }),
    )
  publish(keys.a)
  assert.equal((await load('key-1')).length, 100)
  publish(keys.a, keys.b)
  assert.equal((await Promise.all([load('key-1'), load('key-2')])).flat().length, 200)
  publish(keys.b)
  now += 2 * hour
  assert.equal((await load('key-2')).length, 100)
  await settled()
  await assert.rejects(load('key-1'), { code: 'unknown_key' })
  verifier.close()
})

test('everything worth knowing is told on channels, and no token with it', async () => {
  const told: [string, unknown][] = []
  const listen = (message: unknown, name: string | symbol) => told.push([String(name), message])
  for (const name of Object.values(channelNames)) subscribe(name, listen)
  const { fetchKeys, publish, goDown } = provider()
  let now = (issuedAt + 10) * 1000
  const verifier = createTokenVerifier({ ...options, fetchKeys, now: () => now })
  publish(publishedKey('key-1', keyPair.publicKey))
  const good = token(appClaims)
  const graph = token({ ...appClaims, aud: '00000003-0000-0000-c000-000000000000' })
  const policy = anyOf(permissions.user.hasScope('ToDoList.Read'))
  for (let time = 0; time < 3; time += 1) await verifier.verify(good)
  await verifier.verify(graph).catch(() => {})
  assert.throws(() => verifier.admit(policy, { authorization: `Bearer ${good}`, target: '/' }), { status: 403 })
  goDown()
  now += 2 * hour
  await verifier.verify(good).catch(() => {})
  await settled()
  verifier.close()
  for (const name of Object.values(channelNames)) unsubscribe(name, listen)
  const short = told.map(([name, message]) => {
    const { cached, code, outcome, generation, changed, failuresInARow, ageMilliseconds, usable } = Object(
      message,
    ) as Record<string, unknown>
    const facts = Object.values({ cached, code, outcome, generation, changed, failuresInARow, ageMilliseconds, usable })
    return [name, ...facts.flatMap((fact) => (fact === undefined ? [] : [JSON.stringify(fact)]))].join(' ')
  })
  assert.deepEqual(short, [
    'entra-token.keys.refresh "loaded" 1 true',
    'entra-token.verified false',
    'entra-token.verified false',
    'entra-token.verified true',
    'entra-token.rejected "wrong_audience"',
    'entra-token.verified true',
    'entra-token.rejected "kind_not_allowed"',
    'entra-token.rejected "expired"',
    'entra-token.keys.refresh "failed" 1',
    `entra-token.keys.stale ${2 * hour} true`,
  ])
  const everything = JSON.stringify(told)
  assert.match(everything, /This token is for Microsoft Graph/)
  for (const text of [good, graph]) for (const part of text.split('.').slice(1)) assert.ok(!everything.includes(part))
})

function down(): Promise<never> {
  return Promise.reject(new Error('provider down'))
}

/** Serves the documents of the test tenant. */
function provider() {
  let document: Uint8Array | null = keyDocument(publishedKey('key-1', keyPair.publicKey))
  return {
    publish: (...keys: object[]) => {
      document = keyDocument(...keys)
    },
    goDown: () => {
      document = null
    },
    fetchKeys: async ({ pathname }: URL) => {
      if (document === null) return down()
      const discovery = { issuer, jwks_uri: `${authority}/discovery/v2.0/keys` }
      return pathname.endsWith('/keys') ? document : Buffer.from(JSON.stringify(discovery))
    },
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10))
}
