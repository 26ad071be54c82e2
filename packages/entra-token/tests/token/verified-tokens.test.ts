import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { channelNames, type VerifiedEvent } from '../../src/events.js'
import { readKeySet } from '../../src/keys/key-set.js'
import { VerifiedTokens } from '../../src/token/verified-tokens.js'
import {
  appClaims,
  issuedAt,
  keyDocument,
  keyPair,
  keySource,
  publishedKey,
  rsaKeyPair,
  testKeys,
  testVerifier,
  token,
} from '../test-tenant.js'

test('a token that comes again is remembered, and then answered with the same caller, on a string of its own too', async () => {
  const text = token(appClaims)
  const { answers, verifier } = watched()
  await verifier.verify(text)
  const second = await verifier.verify(text)
  assert.equal(await verifier.verify(Buffer.from(text).toString()), second)
  assert.deepEqual(answers(), [false, false, true])
})

test('tokens that never come again are not kept, and push nobody out', async () => {
  const { answers, verifier } = watched(undefined, { tokens: 2 })
  const [often, ...others] = Array.from({ length: 8 }, (_, n) => token({ ...appClaims, uti: `token-${n}` }))
  for (const text of [often, often, ...others, often]) await verifier.verify(String(text))
  assert.deepEqual(answers(), [...Array.from({ length: 9 }, () => false), true])
})

test('a text that only ends like a remembered token is looked at whole', async () => {
  const text = token(appClaims)
  const { verifier } = watched()
  await verifyTwice(verifier, text)
  const [header, , signature] = text.split('.')
  const forged = `${header}.${Buffer.from(JSON.stringify({ ...appClaims, roles: [] })).toString('base64url')}.${signature}`
  await assert.rejects(verifier.verify(forged), { code: 'bad_signature' })
  await assert.rejects(verifier.verify(`x${text}`), { code: 'malformed' })
})

test('a remembered token is dead in the second in which it expires, and before it is valid', async () => {
  let now = issuedAt + 10
  const verifier = testVerifier({ now: () => now * 1000 }, testKeys({ now: () => now * 1000 }).source)
  const text = token({ ...appClaims, exp: issuedAt + 100 })
  await verifyTwice(verifier, text)
  now = issuedAt + 159
  await verifier.verify(text)
  now = issuedAt + 160
  await assert.rejects(verifier.verify(text), { code: 'expired' })
  now = issuedAt - 61
  await assert.rejects(verifier.verify(text), { code: 'not_yet_valid' })
})

test('after five minutes, and after a clock went back, a token is looked at anew', async () => {
  let now = issuedAt + 10
  const { answers, verifier } = watched(() => now)
  const text = token(appClaims)
  for (const at of [10, 10, 11, 309, 310, 311, 300]) {
    now = issuedAt + at
    await verifier.verify(text)
  }
  assert.deepEqual(answers(), [false, false, true, true, false, true, false])
})

test('a key that is withdrawn takes its tokens with it at once, and one that changes under its name too', async () => {
  for (const after of [publishedKey('key-2', keyPair.publicKey), publishedKey('key-1', rsaKeyPair().publicKey)]) {
    let document = keyDocument(publishedKey('key-1', keyPair.publicKey))
    let now = issuedAt + 10
    const { source } = testKeys({ now: () => now * 1000, load: async () => readKeySet(document, keySource) })
    const verifier = testVerifier({ now: () => now * 1000 }, source)
    const text = token({ ...appClaims, exp: issuedAt + 7200 })
    await verifyTwice(verifier, text)
    document = keyDocument(after)
    now += 3800
    await verifier.verify(text).catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    await assert.rejects(verifier.verify(text), { status: 401 })
    assert.equal(verifier.health().generation, 2)
  }
})

test('keys too old to be believed take what they verified with them', async () => {
  let now = issuedAt + 10
  let down = false
  const load = async () => {
    if (down) throw new Error('provider down')
    return readKeySet(keyDocument(publishedKey('key-1', keyPair.publicKey)), keySource)
  }
  const { source } = testKeys({ now: () => now * 1000, load })
  const verifier = testVerifier({ now: () => now * 1000 }, source)
  await verifier.ready()
  down = true
  now += 24 * 3600 - 10
  const text = token({ ...appClaims, iat: now, nbf: now, exp: now + 3600 })
  await verifyTwice(verifier, text)
  now += 20
  await assert.rejects(verifier.verify(text), { code: 'keys_unavailable' })
})

test('refusals are not remembered: the same token is good when its time comes', async () => {
  let now = issuedAt - 100
  const verifier = testVerifier({ now: () => now * 1000 }, testKeys({ now: () => now * 1000 }).source)
  const text = token(appClaims)
  await assert.rejects(verifier.verify(text), { code: 'not_yet_valid' })
  now = issuedAt
  assert.equal((await verifier.verify(text)).kind, 'app')
})

test('what one verifier remembers is nothing to another of the same keys', async () => {
  const { source } = testKeys()
  const text = token(appClaims)
  await verifyTwice(testVerifier({}, source), text)
  const other = testVerifier({ allowedApps: ['99999999-aaaa-4bbb-8ccc-000000000009'] }, source)
  await assert.rejects(other.verify(text), { code: 'actor_not_allowed' })
})

test('the oldest token makes room, by count and by characters', async () => {
  const caller = await testVerifier().verify(token(appClaims))
  const times = { now: 0, expires: 1000 }
  const few = new VerifiedTokens(2)
  const keepTwice = (tokens: VerifiedTokens<string, string>, text: string) => {
    tokens.keep(text, caller, 1, times)
    tokens.keep(text, caller, 1, times)
  }
  const names = ['the-first-of-all', 'the-second-one', 'the-third-and-last']
  for (const text of [names[0], names[1], names[1], names[2]]) keepTwice(few, String(text))
  assert.deepEqual(
    names.map((text) => few.recall(text, 1, 0) !== undefined),
    [false, true, true],
  )
  const large = new VerifiedTokens(100_000)
  const texts = Array.from({ length: 4 }, (_, n) => `${n}`.repeat(5_000_000))
  for (const text of texts) keepTwice(large, text)
  assert.deepEqual(
    texts.map((text) => large.recall(text, 1, 0) !== undefined),
    [false, true, true, true],
  )
})

test('memory can be declined', async () => {
  const { answers, verifier } = watched(undefined, false)
  const text = token(appClaims)
  for (let time = 0; time < 3; time += 1) await verifier.verify(text)
  assert.deepEqual(answers(), [false, false, false])
})

test('a caller cannot be changed for the next request, neither its fields nor its sets nor its date', async () => {
  const { verifier } = watched()
  const caller = await verifier.verify(token(appClaims))
  const roles = caller.roles as Set<string>
  for (const change of [() => roles.add('ToDoList.ReadWrite.All'), () => roles.clear(), () => roles.delete('x')]) {
    assert.throws(change, TypeError)
  }
  assert.throws(() => Object.assign(caller, { kind: 'user' }), TypeError)
  caller.expiresAt.setTime(0)
  assert.equal(caller.expiresAt.getTime(), (issuedAt + 3900) * 1000)
})

test('a token that is good now is answered without a promise', async () => {
  const { source } = testKeys()
  await source.ready()
  assert.equal(testVerifier({}, source).verifySync(token(appClaims)).kind, 'app')
})

test('at once, a key that is not at hand is a 503 that fetches it, and an unknown one a 401 afterwards', async () => {
  const { source, loads } = testKeys()
  const verifier = testVerifier({}, source)
  assert.throws(() => verifier.verifySync(token(appClaims)), { code: 'keys_unavailable' })
  await settled()
  assert.equal(verifier.verifySync(token(appClaims)).kind, 'app')
  const unknown = token(appClaims, { typ: 'JWT', alg: 'RS256', kid: 'key-9' })
  assert.throws(() => verifier.verifySync(unknown), { code: 'keys_unavailable' })
  await settled()
  assert.throws(() => verifier.verifySync(unknown), { code: 'unknown_key' })
  assert.equal(loads(), 2)
})

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The first time leaves a mark, the second one keeps the token. */
async function verifyTwice(verifier: { verify(text: string): Promise<unknown> }, text: string): Promise<void> {
  await verifier.verify(text)
  await verifier.verify(text)
}

/** A verifier, and for each token it took since whether the answer came from memory. */
function watched(now = () => issuedAt + 10, cache?: false | { readonly tokens: number }) {
  const clock = () => now() * 1000
  const verifier = testVerifier(
    { now: clock, ...(cache === undefined ? {} : { cache }) },
    testKeys({ now: clock }).source,
  )
  const answers: boolean[] = []
  const listen = (message: unknown) => answers.push((message as VerifiedEvent).cached)
  subscribe(channelNames.verified, listen)
  return {
    verifier,
    answers: () => {
      unsubscribe(channelNames.verified, listen)
      return answers
    },
  }
}
