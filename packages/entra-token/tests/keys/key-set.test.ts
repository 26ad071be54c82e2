import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import { readKeySet } from '../../src/keys/key-set.js'
import { issuer, keyDocument, keyPair, keySource, publishedKey, rsaKeyPair, tenantId, without } from '../test-tenant.js'

const sound = publishedKey('sound', keyPair.publicKey)
const read = (...keys: unknown[]) => readKeySet(keyDocument(...keys), keySource)

test('keys come back by kid, those without an issuer or an algorithm too', () => {
  const keys = read(sound, { ...without(sound, 'issuer'), kid: 'plain' }, { ...sound, kid: 'alg', alg: 'RS256' })
  assert.deepEqual([...keys.keys()], ['sound', 'plain', 'alg'])
  assert.deepEqual(
    [...keys.values()].map((key) => key.origins['2.0']),
    [issuer, null, issuer].map((keyIssuer) => ({ issuer, keyIssuer })),
  )
})

test('a key of another issuer is kept with the name of that issuer, so that the reason can be told', () => {
  const consumers = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'
  assert.equal(read({ ...sound, issuer: consumers }).get('sound')?.origins['2.0']?.keyIssuer, consumers)
})

test('the {tenantid} in a key’s issuer is kept for the tenant of each token', () => {
  const template = issuer.replace(tenantId, '{tenantid}')
  assert.equal(read({ ...sound, issuer: template }).get('sound')?.origins['2.0']?.keyIssuer, template)
})

test('two keys of one kid are both left out: nobody can say which is meant', () => {
  const other = publishedKey('twice', rsaKeyPair().publicKey)
  assert.deepEqual([...read({ ...sound, kid: 'twice' }, other, sound).keys()], ['sound'])
})

suite('an unsound key is left out and the sound one beside it stays', () => {
  const { n = '' } = keyPair.publicKey.export({ format: 'jwk' })
  const unsound: Record<string, unknown> = {
    'a text instead of a key': 'key',
    'a null': null,
    'a key without kid': without(sound, 'kid'),
    'a kid that is a number': { ...sound, kid: 1 },
    'a symmetric key': { kty: 'oct', use: 'sig', kid: 'x', k: 'AAAA' },
    'an elliptic-curve key': {
      ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
      use: 'sig',
      kid: 'x',
    },
    'a key for encryption': { ...sound, use: 'enc' },
    'a key for no declared use': without(sound, 'use'),
    'a key of another algorithm': { ...sound, alg: 'PS256' },
    'a key that may not verify': { ...sound, key_ops: ['encrypt'] },
    'a key with its private half': { ...keyPair.privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'x' },
    'a key with an empty private member': { ...sound, d: '' },
    'a modulus of 1024 bits': publishedKey('x', rsaKeyPair(1024).publicKey),
    'a modulus of 16384 bits': { ...sound, n: Buffer.alloc(2048, 0xff).toString('base64url') },
    'a short modulus behind zeros': {
      ...sound,
      n: Buffer.concat([Buffer.alloc(200), Buffer.alloc(128, 0xff)]).toString('base64url'),
    },
    'an even modulus': { ...sound, n: Buffer.alloc(256, 0xfe).toString('base64url') },
    'a modulus with padding': { ...sound, n: `${n}==` },
    'a modulus that is a list': { ...sound, n: [n] },
    'no modulus': without(sound, 'n'),
    'the exponent 1': { ...sound, e: 'AQ' },
    'the exponent 3': publishedKey('x', rsaKeyPair(2048, 3).publicKey),
    'an even exponent': { ...sound, e: Buffer.of(1, 0, 2).toString('base64url') },
    'an exponent of 40 bits': { ...sound, e: Buffer.of(1, 0, 0, 0, 1).toString('base64url') },
    'no exponent': without(sound, 'e'),
  }
  for (const [name, jwk] of Object.entries(unsound)) {
    test(name, () => {
      const marked: unknown =
        typeof jwk === 'object' && jwk !== null && 'kid' in jwk && typeof jwk.kid === 'string'
          ? { ...jwk, kid: 'x' }
          : jwk
      assert.deepEqual([...read(marked, sound).keys()], ['sound'])
    })
  }
})

suite('a document without a usable key is a fault', () => {
  const faulty: Record<string, [string, RegExp]> = {
    'no list': ['{}', /no list named "keys"/],
    'an object for a list': ['{"keys":{}}', /no list named "keys"/],
    'an empty list': ['{"keys":[]}', /None of the 0 members/],
    'unusable keys only': ['{"keys":[{"kty":"oct"},1]}', /None of the 2 members/],
    'half a document': ['{"keys":[', /JSON/],
    'a web page': ['<html></html>', /JSON/],
    nothing: ['', /JSON/],
    'a member twice': ['{"keys":[],"keys":[]}', /twice/],
  }
  for (const [name, [text, message]] of Object.entries(faulty)) {
    test(name, () => assert.throws(() => readKeySet(Buffer.from(text), keySource), message))
  }
})
