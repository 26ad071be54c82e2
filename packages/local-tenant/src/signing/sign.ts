import { sign as signBytes, verify as verifyBytes } from 'node:crypto'
import type { KeyRing, SigningKey } from './key-ring.js'

export type JwtHeader = Readonly<Record<string, string>>

/** A compact JWS over `claims` (RFC 7515 §7.1), RS256. */
export function signJwt(header: JwtHeader, claims: object, key: Pick<SigningKey, 'privateKey'>): Promise<string> {
  return signJws(encodeSegment(header), JSON.stringify(claims), key)
}

/** The same of a header that is encoded already and a payload that is text already. */
export function signJws(encodedHeader: string, payload: string, key: Pick<SigningKey, 'privateKey'>): Promise<string> {
  const input = `${encodedHeader}.${Buffer.from(payload).toString('base64url')}`
  return new Promise((resolve, reject) => {
    // With a callback, node:crypto signs on the thread pool: one process then uses every core and the event loop stays free.
    signBytes('sha256', Buffer.from(input, 'latin1'), key.privateKey(), (error, signature) => {
      if (error) reject(error)
      else resolve(`${input}.${signature.toString('base64url')}`)
    })
  })
}

/** JSON in base64url, as header and payload of a JWS are. */
export function encodeSegment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/**
 * The claims of a token that this tenant signed, or undefined for any other text.
 * Proves the signature only: issuer, audience and time are the caller's to check.
 */
export function readOwnJwt(token: string, keys: KeyRing): Readonly<Record<string, unknown>> | undefined {
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined
  const { alg, kid } = decode(header) ?? {}
  const key = alg === 'RS256' && typeof kid === 'string' ? keys.find(kid) : undefined
  if (key === undefined) return undefined
  const input = Buffer.from(`${header}.${payload}`)
  if (!verifyBytes('sha256', input, key.publicKey(), Buffer.from(signature, 'base64url'))) return undefined
  return decode(payload)
}

/** The tenant that a token says it is from; nothing is proved by it. Empty for what is no token. */
export function claimedTenant(token: string): string {
  const tenantId = decode(token.split('.', 2)[1] ?? '')?.['tid']
  return typeof tenantId === 'string' ? tenantId : ''
}

/** The application that a token says it was issued to; nothing is proved by it. */
export function claimedApp(token: string): string | null {
  const claims = decode(token.split('.', 2)[1] ?? '')
  const app = claims?.['appid'] ?? claims?.['azp']
  return typeof app === 'string' ? app.slice(0, 36) : null
}

function decode(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
