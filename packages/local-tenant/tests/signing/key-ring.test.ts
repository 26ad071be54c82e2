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
    assert.equal(publicKey.asymmetricKeyType, 'rsa')
    assert.equal(publicKey.asymmetricKeyDetails?.modulusLength, 2048)
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
