import { readBase64url } from '../base64url.js'
import { TokenRejected } from '../errors.js'

/** Entra's access tokens have 1 to 4 thousand characters; Node's own limit for all headers together is as large as this. */
export const maxTokenCharacters = 16_384

/** A JWS in compact form (RFC 7515 §3.1), taken apart but not believed. */
export interface CompactToken {
  /** Still encoded: tokens signed with one key share this text, so it is read once and remembered. */
  readonly headerSegment: string
  readonly payload: Buffer
  readonly signature: Buffer
  readonly signedBytes: Buffer
}

/** Throws TokenRejected `malformed` unless the text is three non-empty segments within the limit, payload and signature in canonical base64url. */
export function readCompactToken(token: string): CompactToken {
  // Before anything else: refusing a megabyte must cost nothing.
  if (typeof token !== 'string' || token.length > maxTokenCharacters) throw new TokenRejected('malformed')
  const [headerSegment, payloadSegment, signatureSegment, ...more] = token.split('.', 4)
  if (!headerSegment || !payloadSegment || !signatureSegment || more.length > 0) throw new TokenRejected('malformed')
  return {
    headerSegment,
    payload: decodeSegment(payloadSegment),
    signature: decodeSegment(signatureSegment),
    signedBytes: Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1'),
  }
}

/** Throws TokenRejected `malformed` unless the segment is canonical base64url. */
export function decodeSegment(segment: string): Buffer {
  const bytes = readBase64url(segment)
  if (bytes === null) throw new TokenRejected('malformed')
  return bytes
}
