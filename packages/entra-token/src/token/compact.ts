import { Buffer } from 'node:buffer'
import { bytesIn, endsOnByte, hasForeignCharacter } from '../base64url.js'
import { TokenRejected } from '../errors.js'

/** Entra's access tokens have 1 to 4 thousand characters; Node's own limit for all headers together is as large as this. */
export const maxTokenCharacters = 16_384

/**
 * A JWS in compact form (RFC 7515 §3.1), taken apart but not believed. Payload and signature are canonical base64url, decoded. The
 * bytes lie in memory that the next token is read into: whoever waits for something in between reads the token again.
 */
export interface CompactToken {
  /** Not decoded: see {@link headerOf}. */
  readonly payload: Buffer
  readonly signature: Buffer
  /** What the signature is about: header, dot and payload as they were sent. */
  readonly signed: Buffer
}

/** Memory that is there once, because making it for each token costs more than all that is looked at here. */
class Scratch {
  readonly #whole = Buffer.alloc(maxTokenCharacters)
  #view = this.#whole

  /** Null unless the text is base64url in its canonical spelling and not empty. */
  decode(text: string): Buffer | null {
    const count = this.#whole.write(text, 'base64url')
    return count === 0 || count !== bytesIn(text) || !endsOnByte(text) ? null : this.#first(count)
  }

  /** The first so many characters of an ASCII text. */
  copy(text: string, count: number): Buffer {
    this.#whole.write(text, 'latin1')
    return this.#first(count)
  }

  /** Tokens of one kind are of one length, mostly. */
  #first(count: number): Buffer {
    if (this.#view.length !== count) this.#view = this.#whole.subarray(0, count)
    return this.#view
  }
}

const memory = { signed: new Scratch(), payload: new Scratch(), signature: new Scratch() }

/** As {@link takeApart}. Throws TokenRejected `malformed`. */
export function readCompactToken(token: string): CompactToken {
  const parts = takeApart(token)
  if (parts === null) throw new TokenRejected('malformed')
  return parts
}

/**
 * Null unless the text is three non-empty segments of the base64url alphabet within the limit, payload and signature in their
 * canonical spelling. The header's characters are looked at by whoever reads it.
 */
export function takeApart(token: string): CompactToken | null {
  // Before anything else: refusing a megabyte must cost nothing.
  if (typeof token !== 'string' || token.length > maxTokenCharacters) return null
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  if (headerEnd < 1 || payloadEnd < 0 || hasForeignCharacter(token)) return null
  const payload = memory.payload.decode(token.slice(headerEnd + 1, payloadEnd))
  // A dot too many ends up in the last segment, where it belongs to no alphabet.
  const signature = memory.signature.decode(token.slice(payloadEnd + 1))
  if (payload === null || signature === null) return null
  return { payload, signature, signed: memory.signed.copy(token, payloadEnd) }
}

/** The first segment of a token that {@link takeApart} took apart. */
export function headerOf(token: string): string {
  return token.slice(0, token.indexOf('.'))
}
