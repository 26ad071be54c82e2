import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasRocaFingerprint } from '../../src/keys/roca.js'
import { rsaKeyPair } from '../test-tenant.js'

test('a modulus made as the weak smart cards make it is known by its remainders', () => {
  // M is the product of the first primes and each factor is k·M + (65537^a mod M); so is their product, up to k.
  const primorial = primesUpTo(701).reduce((product, prime) => product * BigInt(prime), 1n)
  const factor = (k: bigint, a: number) => k * primorial + powerOf(65_537n, a, primorial)
  assert.ok(hasRocaFingerprint(factor(123_457n, 4711) * factor(98_765_431n, 815)))
})

test('an ordinary modulus is not', () => {
  const { n = '' } = rsaKeyPair().publicKey.export({ format: 'jwk' })
  assert.equal(hasRocaFingerprint(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)), false)
})

function primesUpTo(last: number): number[] {
  const numbers = Array.from({ length: last - 1 }, (_, index) => index + 2)
  return numbers.filter((number) => numbers.every((other) => other >= number || number % other !== 0))
}

function powerOf(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n
  for (let step = 0; step < exponent; step++) result = (result * base) % modulus
  return result
}
