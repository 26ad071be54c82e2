import { MalformedRequest, TokenRejected } from './errors.js'
import { maxTokenCharacters } from './token/compact.js'

/**
 * The token of an Authorization header (RFC 6750 §2.1). Give all values the request carried: two are refused, because two
 * programs on the way could each believe another one. Throws TokenRejected (401) or MalformedRequest (400).
 */
export function readBearerToken(header: string | readonly string[] | undefined): string {
  const values = typeof header === 'string' ? [header] : (header ?? [])
  if (values.length > 1) throw new MalformedRequest('multiple_credentials')
  const [value = ''] = values
  if (value === '') throw new TokenRejected('no_token')
  if (value.length > maxTokenCharacters + 'Bearer '.length) throw new TokenRejected('malformed')
  return tokenIn(value)
}

// auth-scheme 1*SP token68 (RFC 9110 §11.4); the scheme's case does not matter.
const credentials = /^([\w!#$%&'*+.^`|~-]+)(?: +(\S.*))?$/
const token68 = /^[\w\-.~+/]+=*$/

function tokenIn(value: string): string {
  const [, scheme, rest] = credentials.exec(value) ?? []
  if (scheme === undefined) throw new MalformedRequest('malformed_authorization')
  if (scheme.toLowerCase() !== 'bearer') throw new TokenRejected('wrong_scheme')
  if (rest === undefined) throw new TokenRejected('no_token')
  if (!token68.test(rest)) throw new MalformedRequest('malformed_authorization')
  return rest
}
