import { createPublicKey, type KeyObject } from 'node:crypto'
import { readBase64url } from '../base64url.js'
import { type JsonMembers, membersOf, readJsonObject } from '../strict-json.js'
import { hasRocaFingerprint } from './roca.js'

/** The keys one authority signs with, by `kid`. */
export type KeySet = ReadonlyMap<string, TrustedKey>

/** The token versions Entra issues; each has metadata and an issuer of its own. */
export type TokenVersion = '1.0' | '2.0'

export interface TrustedKey {
  readonly publicKey: KeyObject
  /** What the metadata of each version says about this key; a version whose metadata does not list it is absent. */
  readonly origins: Readonly<Partial<Record<TokenVersion, KeyOrigin>>>
}

/** Either text may hold `{tenantid}`, which stands for the tenant of the token. */
export interface KeyOrigin {
  /** The issuer of the metadata that led to the key: the only `iss` it may be used for. */
  readonly issuer: string
  /** The issuer that the key itself names, if it does. */
  readonly keyIssuer: string | null
}

/** Where a key document was found: the metadata's version and issuer, and its cloud if it names one. */
export interface KeyDocumentSource {
  readonly version: TokenVersion
  readonly issuer: string
  readonly cloudInstance: string | null
}

/** Generous: Entra publishes five to ten keys of some eight members. */
const limits = { depth: 8, members: 10_000 }

/**
 * Reads a JWK set (RFC 7517 §5). A member that is not a sound RS256 verification key is left out, and so are all members that
 * share a `kid`; the rest still counts. Throws an Error when nothing usable is left: an empty answer is a fault, not a verdict.
 */
export function readKeySet(bytes: Uint8Array, source: KeyDocumentSource): KeySet {
  const members = readJsonObject(bytes, limits)['keys']
  if (!Array.isArray(members)) throw new Error('The key document has no list named "keys".')
  const jwks = members.map(membersOf).filter((jwk) => jwk !== null)
  const ambiguous = repeated(jwks.map((jwk) => jwk['kid']))
  const keys = new Map<string, TrustedKey>()
  for (const jwk of jwks) {
    const kid = jwk['kid']
    if (typeof kid !== 'string' || kid === '' || ambiguous.has(kid) || !isOfCloud(jwk, source)) continue
    const publicKey = readPublicKey(jwk)
    if (publicKey !== null) keys.set(kid, { publicKey, origins: { [source.version]: originOf(jwk, source) } })
  }
  if (keys.size === 0)
    throw new Error(`None of the ${members.length} members of the key document is a usable RS256 key.`)
  return keys
}

/** The keys of both versions. A `kid` that means two different keys means none. */
export function mergeKeySets(one: KeySet, other: KeySet): KeySet {
  const merged = new Map(one)
  for (const [kid, { publicKey, origins }] of other) {
    const known = one.get(kid)
    if (known === undefined || known.publicKey.equals(publicKey)) {
      merged.set(kid, { publicKey, origins: { ...known?.origins, ...origins } })
    } else merged.delete(kid)
  }
  return merged
}

function repeated(values: unknown[]): ReadonlySet<unknown> {
  const seen = new Set<unknown>()
  return new Set(values.filter((value) => seen.size === seen.add(value).size))
}

/** One directory serves several national clouds; a key marked for another one is not this cloud's. */
function isOfCloud(jwk: JsonMembers, { cloudInstance }: KeyDocumentSource): boolean {
  return cloudInstance === null || !('cloud_instance_name' in jwk) || jwk['cloud_instance_name'] === cloudInstance
}

function originOf(jwk: JsonMembers, { issuer }: KeyDocumentSource): KeyOrigin {
  return { issuer, keyIssuer: 'issuer' in jwk ? String(jwk['issuer']) : null }
}

// "Sound" in one list; `alg` is absent on Entra's keys.
const requirements: readonly ((jwk: JsonMembers) => boolean)[] = [
  (jwk) => jwk['kty'] === 'RSA',
  (jwk) => jwk['use'] === 'sig',
  (jwk) => !('alg' in jwk) || jwk['alg'] === 'RS256',
  (jwk) => !('key_ops' in jwk) || allowsVerifying(jwk['key_ops']),
  // Who publishes the private half of a key has lost it.
  (jwk) => !['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].some((name) => name in jwk),
  (jwk) => isSoundModulus(jwk['n']),
  (jwk) => isSoundExponent(jwk['e']),
]

function readPublicKey(jwk: JsonMembers): KeyObject | null {
  if (!requirements.every((holds) => holds(jwk))) return null
  const [n, e] = [String(jwk['n']), String(jwk['e'])]
  try {
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e } })
  } catch {
    return null
  }
}

function allowsVerifying(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes('verify')
}

/** 2048 bits is the least that resists (RFC 7518 §3.3); above 8192 a single check becomes a burden worth attacking with. */
function isSoundModulus(value: unknown): boolean {
  const bytes = typeof value === 'string' && value.length <= 2048 ? readBase64url(value) : null
  if (bytes === null) return false
  const modulus = BigInt(`0x0${bytes.toString('hex')}`)
  const bits = modulus.toString(2).length
  return bits >= 2048 && bits <= 8192 && isOdd(bytes) && !hasRocaFingerprint(modulus)
}

/** Small exponents invite forgeries, even ones are no RSA, and huge ones only cost time. */
function isSoundExponent(value: unknown): boolean {
  const bytes = typeof value === 'string' && value.length <= 8 ? readBase64url(value) : null
  if (bytes === null || bytes.length > 4) return false
  return Number(`0x0${bytes.toString('hex')}`) >= 65_537 && isOdd(bytes)
}

function isOdd(bytes: Buffer): boolean {
  return (bytes.at(-1) ?? 0) % 2 === 1
}
