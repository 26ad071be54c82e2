import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { EntraTokenError } from '../src/errors.js'
import { readKeySet, type TrustedKey } from '../src/keys/key-set.js'
import { readJsonObject } from '../src/strict-json.js'
import { headerOf, takeApart } from '../src/token/compact.js'
import { proveSignature } from '../src/verifier.js'
import { keySource, testVerifier } from './test-tenant.js'

// Project Wycheproof's vectors for JWS and JWK (github.com/C2SP/wycheproof, Apache 2.0). No package brings them, so they are read from
// a checkout: WYCHEPROOF names its folder testvectors_v1. Their payloads are no claims and their headers have no `typ`, which the
// verifier asks for: they are judged by its parts for shape, key and signature, and all of them once more by the whole verifier.

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly result: string
  readonly jws: string
}

interface Group {
  readonly public?: Record<string, unknown>
  readonly private?: Record<string, unknown>
  readonly tests: readonly Vector[]
}

/** Vectors marked valid that are refused, and why. */
const deviations: Record<string, Record<number, string>> = {
  'json_web_signature_test.json': { 259: 'an empty payload, which no token has' },
  'json_web_key_test.json': {},
}

const folder = process.env['WYCHEPROOF']
const skip =
  folder === undefined && 'WYCHEPROOF does not name the folder testvectors_v1 of a checkout of Project Wycheproof'

for (const [file, reasons] of Object.entries(deviations)) {
  suite(file, { skip }, () => {
    for (const [group, vector] of vectorsOf(file)) {
      const { tcId, comment, result, jws } = vector
      const other = otherAlgorithm(group, jws)
      const reason = reasons[tcId] ?? (other && `signed by ${other}, and only RS256 is accepted`)
      const expected = result === 'valid' && reason === undefined ? 'accepted' : 'refused'
      test(`${tcId} ${comment}, ${result}: ${expected}${result === 'valid' && reason ? `, ${reason}` : ''}`, async () => {
        assert.equal(verdict(group, jws), expected)
        await assert.rejects(testVerifier().verify(jws), EntraTokenError)
      })
    }
  })
}

function vectorsOf(file: string): [Group, Vector][] {
  if (folder === undefined) return []
  const { testGroups } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { testGroups: Group[] }
  return testGroups.flatMap((group) => group.tests.map((vector): [Group, Vector] => [group, vector]))
}

function verdict(group: Group, jws: string): 'accepted' | 'refused' {
  const parts = takeApart(jws)
  const header = parts && headerFacts(jws)
  const key = header && keyOf(group, header['kid'])
  if (parts === null || header?.['alg'] !== 'RS256' || !key) return 'refused'
  try {
    proveSignature(parts, { kid: String(header['kid']), hasNonce: false }, key)
    return 'accepted'
  } catch {
    return 'refused'
  }
}

function headerFacts(jws: string) {
  try {
    return readJsonObject(Buffer.from(headerOf(jws), 'base64url'), { depth: 4, members: 32 })
  } catch {
    return null
  }
}

/** The key that the header names; a key that stands alone without a name is meant. One that does not say its use is given it. */
function keyOf(group: Group, kid: unknown): TrustedKey | undefined {
  const given = group.public ?? group.private ?? {}
  const keys = 'keys' in given ? given['keys'] : [{ use: 'sig', ...given, kid: given['kid'] ?? kid ?? 'the key' }]
  try {
    const set = readKeySet(Buffer.from(JSON.stringify({ keys })), keySource)
    return typeof kid === 'string' ? set.get(kid) : [...set.values()][0]
  } catch {
    return undefined
  }
}

function otherAlgorithm(group: Group, jws: string): string | undefined {
  const algorithm = headerFacts(jws)?.['alg'] ?? (group.public ?? group.private)?.['alg']
  return algorithm === 'RS256' ? undefined : String(algorithm)
}
