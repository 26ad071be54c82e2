import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { AccessDenied, TokenRejected } from '../src/errors.js'
import { appClaims, header, segment, signed, testVerifier, token, userClaims } from './test-tenant.js'

/** The nightly run asks for a million. */
const runs = Number(process.env['NIGHTLY_TOKENS'] ?? 20_000)

test('no mutation of a good token is accepted, and none crashes the verifier', async () => {
  const verifier = testVerifier()
  await verifier.ready()
  const originals = [token(appClaims), token(userClaims)]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (text, changes) => {
        const mutated = changes.reduce((current, change) => change(current), text)
        if (originals.includes(mutated)) return
        await assert.rejects(verifier.verify(mutated), TokenRejected)
      },
    ),
    { numRuns: runs },
  )
})

test('whatever JSON is signed into header and payload, the answer is a caller or a typed refusal', async () => {
  const verifier = testVerifier()
  await verifier.ready()
  await fc.assert(
    fc.asyncProperty(oddMembers, oddMembers, async (odd, oddHeader) => {
      const text = signed(`${segment({ ...header, ...oddHeader })}.${segment({ ...appClaims, ...odd })}`)
      const outcome: unknown = await verifier.verify(text).catch((error: unknown) => error)
      assert.ok(!(outcome instanceof Error) || outcome instanceof TokenRejected || outcome instanceof AccessDenied)
    }),
    { numRuns: 500 },
  )
})

const oddMembers = fc.dictionary(
  fc.constantFrom('alg', 'kid', 'typ', 'aud', 'exp', 'nbf', 'roles', 'scp', 'idtyp', 'oid', 'TID', '__proto__', 'x'),
  fc.jsonValue({ maxDepth: 3 }),
  { maxKeys: 2 },
)

type Mutation = (text: string) => string

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const character = fc.oneof(
  fc.constantFrom(...'ABCXYZabcxyz0189-_.=+/ \n\u0000é'.split('')),
  fc.string({ minLength: 1, maxLength: 1 }),
)

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, character).map(([where, with_]) => replaced(where, 1, with_)),
  fc.tuple(place, character).map(([where, with_]) => replaced(where, 0, with_)),
  fc.tuple(place, fc.nat(40)).map(([where, count]) => replaced(where, count + 1, '')),
  fc.tuple(place, place).map(([one, other]) => swapped(one, other)),
  fc.constantFrom<Mutation>(
    (text) => text.split('.').reverse().join('.'),
    (text) => `${text}.`,
    (text) => text.toLowerCase(),
    (text) => text.slice(0, -1),
  ),
)

function replaced(where: number, count: number, with_: string): Mutation {
  return (text) => {
    const at = Math.floor(where * text.length)
    return text.slice(0, at) + with_ + text.slice(at + count)
  }
}

function swapped(one: number, other: number): Mutation {
  return (text) => {
    const characters = text.split('')
    const [a, b] = [Math.floor(one * characters.length), Math.floor(other * characters.length)]
    const [left = '', right = ''] = [characters[a], characters[b]]
    return characters.with(a, right).with(b, left).join('')
  }
}
