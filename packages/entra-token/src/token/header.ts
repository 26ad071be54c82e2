import { readBase64url } from '../base64url.js'
import { TokenRejected } from '../errors.js'
import { type JsonMembers, readJsonObject } from '../strict-json.js'

/** What a token's header says that this package acts on. Keys and addresses inside a header are never looked at. */
export interface TokenHeader {
  readonly kid: string
  /** Microsoft marks tokens for its own APIs this way; others cannot verify their signature. */
  readonly hasNonce: boolean
}

const limits = { depth: 4, members: 32 }

/** Throws TokenRejected unless the header is that of a plain RS256 JWT which names its key. */
export function readTokenHeader(segment: string): TokenHeader {
  const header = readMembers(readBase64url(segment))
  if (header['alg'] !== 'RS256') throw new TokenRejected('unsupported_alg')
  if (header['typ'] !== 'JWT') throw new TokenRejected('malformed')
  if (refusedMembers.some((name) => name in header)) throw new TokenRejected('malformed')
  const kid = header['kid']
  if (typeof kid !== 'string' || !keyId.test(kid)) throw new TokenRejected('unknown_key')
  return { kid, hasNonce: 'nonce' in header }
}

// Each changes what is signed or how it has to be read; Entra uses none of them.
const refusedMembers = ['crit', 'b64', 'zip', 'cty']

const keyId = /^[\x21-\x7e]{1,256}$/

function readMembers(bytes: Uint8Array | null): JsonMembers {
  if (bytes === null) throw new TokenRejected('malformed')
  try {
    return readJsonObject(bytes, limits)
  } catch {
    throw new TokenRejected('malformed')
  }
}
