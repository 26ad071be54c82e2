import { constants, type KeyObject, verify } from 'node:crypto'
import type { KeyName } from '../directory/key-credentials.js'

type JsonObject = Readonly<Record<string, unknown>>

/** A compact JWS taken apart (RFC 7515 §7.1): who signed it, and whether anybody did, is not known yet. */
export interface Jws {
  readonly header: JsonObject
  readonly claims: JsonObject
  /** What the signature is over. */
  readonly input: Buffer
  readonly signature: Buffer
}

const maxLength = 16_384

/**
 * Takes a JWT apart, or gives undefined for any other text: more than 16 KiB, not three canonical base64url segments, a
 * header or payload that is no JSON object, or one that demands extensions (`crit`). Proves nothing.
 */
export function readJws(text: string): Jws | undefined {
  if (text.length > maxLength) return undefined
  const [head, payload, seal, ...rest] = text.split('.', 4)
  if (head === undefined || payload === undefined || seal === undefined || rest.length > 0) return undefined
  const header = readObject(head)
  // RFC 7515 §4.1.11: an extension that is not understood makes the whole token invalid, and none is understood here.
  if (header === undefined || Object.hasOwn(header, 'crit')) return undefined
  const claims = readObject(payload)
  const signature = decode(seal)
  if (claims === undefined || signature === undefined) return undefined
  return { header, claims, input: Buffer.from(text.slice(0, head.length + 1 + payload.length), 'latin1'), signature }
}

/** The signatures that are accepted from others, all of them RSA (RFC 7518 §3.3, §3.5). */
const algorithms = {
  RS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
  RS384: { hash: 'sha384', padding: constants.RSA_PKCS1_PADDING },
  RS512: { hash: 'sha512', padding: constants.RSA_PKCS1_PADDING },
  // The salt is as long as the hash, no other length will do.
  PS256: {
    hash: 'sha256',
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
} as const

type SignatureAlgorithm = keyof typeof algorithms

export const signatureAlgorithms: readonly string[] = Object.keys(algorithms)

export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

/** The certificate that the header names (RFC 7515 §4.1.4, §4.1.7, §4.1.8); of several names the strongest one counts. */
export function signerOf({ header }: Jws): KeyName | undefined {
  const { 'x5t#S256': sha256, x5t: sha1, kid } = header
  if (isName(sha256)) return { sha256: canonical(sha256) }
  if (isName(sha1)) return { sha1: canonical(sha1) }
  return isName(kid) ? { kid: kid.replace(/=+$/, '') } : undefined
}

/** A thumbprint as base64url: MSAL for Go and Java write it with the standard alphabet, MSAL for Python with padding. */
function canonical(thumbprint: string): string {
  return Buffer.from(thumbprint, 'base64').toString('base64url')
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Whether `key` made the signature. The key has to be an RSA key that the caller trusts to sign this. */
export function isSignedWith(jws: Jws, algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  const { hash, ...padding } = algorithms[algorithm]
  return verify(hash, jws.input, { key, ...padding }, jws.signature)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function readObject(segment: string): JsonObject | undefined {
  const bytes = decode(segment)
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** Node skips what is not base64url; only a text that comes out the same when encoded again is what it seems. */
function decode(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url')
  return bytes.toString('base64url') === segment ? bytes : undefined
}
