import { MalformedRequest, TokenRejected } from './errors.js'
import { maxTokenCharacters } from './token/compact.js'

/** What a request says about its sender. */
export interface RequestCredentials {
  /** All values of the Authorization header. */
  readonly authorization: string | readonly string[] | undefined
  /** Path and query. */
  readonly target: string
}

/**
 * As {@link readOneHeader}; also refuses a request that has a token in its query as well (RFC 6750 §2: one way at a time).
 * A token in the query alone counts as none. Does not look into the body.
 */
export function readRequestHeader({ authorization, target }: RequestCredentials): string {
  const hasHeader = authorization !== undefined && authorization.length > 0
  if (hasHeader && /[?&]access_token=/.test(target)) throw new MalformedRequest('multiple_credentials')
  return readOneHeader(authorization)
}

/**
 * The one Authorization header. Give all values the request carried: two are refused, because two programs on the way could
 * each believe another one. Throws TokenRejected (401) or MalformedRequest (400).
 */
export function readOneHeader(header: string | readonly string[] | undefined): string {
  const values = typeof header === 'string' ? [header] : (header ?? [])
  if (values.length > 1) throw new MalformedRequest('multiple_credentials')
  const [value = ''] = values
  if (value === '') throw new TokenRejected('no_token')
  if (value.length > maxTokenCharacters + usualPrefix.length) throw new TokenRejected('malformed')
  return value
}

/** The token of {@link readOneHeader} (RFC 6750 §2.1). Throws as that does. */
export function readBearerToken(header: string | readonly string[] | undefined): string {
  return tokenIn(readOneHeader(header))
}

/**
 * What stands where nearly every client puts its token, not looked at yet: good for asking whether this very text is known.
 * Null for a header that is spelt otherwise, which may be as good.
 */
export function likelyToken(header: string): string | null {
  return header.startsWith(usualPrefix) ? header.slice(usualPrefix.length) : null
}

const usualPrefix = 'Bearer '

/** All Authorization headers of Node's raw list; its `headers` drop the second, so that nobody could see there were two. */
export function authorizationValues(rawHeaders: readonly string[]): string[] {
  const values: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    if (name.length === 'authorization'.length && name.toLowerCase() === 'authorization') values.push(value)
  }
  return values
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
