import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { openDatabase } from '../../src/directory/database.js'
import { openKeyRing } from '../../src/signing/key-ring.js'
import { readOwnJwt, signJwt } from '../../src/signing/sign.js'

const db = openDatabase(null)
const time = new Date('2026-11-23T10:00:00Z')
const keys = await openKeyRing(db, () => time)

test('a new tenant has two keys, one of which signs', () => {
  assert.equal(keys.published().length, 2)
  assert.ok(keys.published().includes(keys.current()))
  for (const key of keys.published()) assert.equal(keys.find(key.kid), key)
  assert.equal(keys.find('unknown'), undefined)
})

test('keys are RSA of 2048 bits, with a certificate of five years', () => {
  for (const { publicKey, certificate } of keys.published()) {
    assert.equal(publicKey().asymmetricKeyType, 'rsa')
    assert.equal(publicKey().asymmetricKeyDetails?.modulusLength, 2048)
    const { validFrom, validTo } = new X509Certificate(Buffer.from(certificate, 'base64'))
    assert.equal(Date.parse(validFrom), time.getTime())
    assert.equal(Date.parse(validTo), Date.parse('2031-11-23T10:00:00Z'))
  }
})

test('keys are made once: the same ring opens again', async () => {
  const again = await openKeyRing(db, () => new Date())
  assert.deepEqual(
    again.published().map(({ kid }) => kid),
    keys.published().map(({ kid }) => kid),
  )
  assert.equal(again.current().kid, keys.current().kid)
})

test('a token is read by the ring that signed it, and by no other', async () => {
  const { kid } = keys.current()
  const token = await signJwt({ typ: 'JWT', alg: 'RS256', kid }, { sub: 'me' }, keys.current())
  assert.deepEqual(readOwnJwt(token, keys), { sub: 'me' })
  const others = await openKeyRing(openDatabase(null), () => time)
  assert.equal(readOwnJwt(token, others), undefined)
})

test('only RS256 with a known kid is read, and only an object', async () => {
  const key = keys.current()
  const sign = (header: Record<string, string>, claims: object) => signJwt(header, claims, key)
  assert.equal(readOwnJwt(await sign({ alg: 'RS512', kid: key.kid }, {}), keys), undefined)
  assert.equal(readOwnJwt(await sign({ alg: 'none', kid: key.kid }, {}), keys), undefined)
  assert.equal(readOwnJwt(await sign({ alg: 'RS256' }, {}), keys), undefined)
  assert.equal(readOwnJwt(await sign({ alg: 'RS256', kid: key.kid }, []), keys), undefined)
  for (const text of ['', '.', '..', '...', 'a.b.c', 'bnVsbA.bnVsbA.']) assert.equal(readOwnJwt(text, keys), undefined)
})

const kidsOf = (ring: typeof keys) => ring.list().map(({ kid, state }) => ({ kid, state }))

test('a rotation signs with the next key at once and goes on publishing the former one', async () => {
  const ring = await openKeyRing(openDatabase(null), () => time)
  const [first, second] = ring.list()
  assert.ok(first && second)
  assert.deepEqual([first.state, second.state], ['current', 'next'])
  const token = await signJwt({ alg: 'RS256', kid: first.kid }, { sub: 'me' }, ring.current())
  assert.deepEqual(await ring.rotate(), { kid: second.kid, state: 'current' })
  assert.equal(ring.current().kid, second.kid)
  assert.deepEqual(kidsOf(ring), [
    { kid: first.kid, state: 'previous' },
    { kid: second.kid, state: 'current' },
  ])
  assert.deepEqual(readOwnJwt(token, ring), { sub: 'me' })
  const third = await ring.rotate()
  assert.deepEqual(
    ring.list().map(({ state }) => state),
    ['previous', 'previous', 'current'],
  )
  assert.equal(ring.current().kid, third.kid)
})

test('a next key is published before it signs; rotations at one time take one key each', async () => {
  const ring = await openKeyRing(openDatabase(null), () => time)
  const published = await ring.publishNext()
  assert.equal(published.state, 'next')
  assert.ok(ring.find(published.kid))
  assert.notEqual(ring.current().kid, published.kid)
  const [one, two] = await Promise.all([ring.rotate(), ring.rotate()])
  assert.notEqual(one.kid, two.kid)
  assert.equal(two.kid, published.kid)
})

test('a withdrawn key is gone at once; the one that signs and one that is not there are refused', async () => {
  const ring = await openKeyRing(openDatabase(null), () => time)
  const former = ring.current()
  const token = await signJwt({ alg: 'RS256', kid: former.kid }, { sub: 'me' }, former)
  assert.throws(() => ring.withdraw(former.kid), {
    name: 'KeyRefusal',
    code: 'signing_key',
    message: `The key ${former.kid} signs: rotate before you withdraw it.`,
  })
  await ring.rotate()
  ring.withdraw(former.kid)
  assert.equal(ring.find(former.kid), undefined)
  assert.equal(readOwnJwt(token, ring), undefined)
  assert.throws(() => ring.withdraw(former.kid), { name: 'KeyRefusal', code: 'unknown_key' })
  assert.equal(ring.list().length, 1)
})

test('in an emergency every key is replaced', async () => {
  const ring = await openKeyRing(openDatabase(null), () => time)
  const before = new Set(ring.list().map(({ kid }) => kid))
  const after = await ring.replaceAll()
  assert.deepEqual(
    after.map(({ state }) => state),
    ['current', 'next'],
  )
  assert.ok(after.every(({ kid }) => !before.has(kid)))
  assert.deepEqual(ring.list(), after)
})

test('what became of the keys is read again from the same database', async () => {
  const base = openDatabase(null)
  const ring = await openKeyRing(base, () => time)
  await ring.rotate()
  await ring.publishNext()
  const again = await openKeyRing(base, () => time)
  assert.deepEqual(again.list(), ring.list())
  assert.equal(again.current().kid, ring.current().kid)
})
