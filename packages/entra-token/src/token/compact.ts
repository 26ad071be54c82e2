import { endsOnByte } from '../base64url.js'
import { TokenRejected } from '../errors.js'

/** Entra's access tokens have 1 to 4 thousand characters; Node's own limit for all headers together is as large as this. */
export const maxTokenCharacters = 16_384

/** A JWS in compact form (RFC 7515 §3.1), taken apart but not believed. Payload and signature are canonical base64url. */
export interface CompactToken {
  /** Tokens signed with one key share this text, so it is read once and remembered; it is checked when it is read. */
  readonly header: string
  readonly payload: string
  readonly signature: string
  /** What the signature is about: header, dot and payload as they were sent. */
  readonly signedText: string
}

// ASCII letters, digits, _ and - (RFC 4648 §5) in three segments, none of them empty: one pass over all of them.
const threeSegments = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Throws TokenRejected `malformed` unless the text is three non-empty segments of the base64url alphabet within the limit, payload
 * and signature in their canonical spelling. Decodes nothing: see {@link decodeSegment}.
 */
export function readCompactToken(token: string): CompactToken {
  // Before anything else: refusing a megabyte must cost nothing.
  if (typeof token !== 'string' || token.length > maxTokenCharacters) throw new TokenRejected('malformed')
  if (!threeSegments.test(token)) throw new TokenRejected('malformed')
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.lastIndexOf('.')
  const payload = token.slice(headerEnd + 1, payloadEnd)
  const signature = token.slice(payloadEnd + 1)
  if (!endsOnByte(payload) || !endsOnByte(signature)) throw new TokenRejected('malformed')
  return { header: token.slice(0, headerEnd), payload, signature, signedText: token.slice(0, payloadEnd) }
}

/** The bytes of a segment that {@link readCompactToken} has checked. */
export function decodeSegment(segment: string): Buffer {
  return Buffer.from(segment, 'base64url')
}
