/**
 * Everything this package refuses with. The message, the code and the headers are safe to show to the caller: they never
 * contain a token, a claim or a key. The hint is for the operator's log and may quote what a correctly signed token said.
 */
export abstract class EntraTokenError extends Error {
  abstract readonly status: 400 | 401 | 403 | 503
  abstract readonly code: EntraTokenErrorCode
  #headers: Readonly<Record<string, string>>
  readonly hint: string | undefined

  /**
   * Puts the address of the API's metadata into the challenge (RFC 9728 §5.1): where a client without a token learns how to get
   * one. An answer without a challenge stays as it is.
   */
  pointTo(resourceMetadata: string): void {
    const told = this.#headers['WWW-Authenticate']
    if (told === undefined || told.includes('resource_metadata=')) return
    const parameter = `resource_metadata="${quotable(resourceMetadata)}"`
    this.#headers = { ...this.#headers, 'WWW-Authenticate': `${told}${told === 'Bearer' ? '' : ','} ${parameter}` }
  }

  /** What the adapters answer where the framework writes no answer of its own; has nothing but status, code and message. */
  body(): { statusCode: number; code: string; error: string; message: string } {
    const { status, code, message } = this
    return { statusCode: status, code, error: reasonPhrases[status], message }
  }

  constructor(message: string, { headers, hint, cause }: ErrorParts) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.#headers = headers
    this.hint = hint
  }

  /** Response headers to send: `WWW-Authenticate` on 400, 401 and 403, `Retry-After` on 503. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers
  }

  /** The status under the name that Node's HTTP frameworks look for. */
  get statusCode(): 400 | 401 | 403 | 503 {
    return this.status
  }
}

const reasonPhrases = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  503: 'Service Unavailable',
} as const

interface ErrorParts {
  headers: Record<string, string>
  hint?: string | undefined
  cause?: unknown
}

/** 401: there is no token, or the token proves nothing to this API. */
export class TokenRejected extends EntraTokenError {
  readonly status = 401
  readonly code: TokenFault

  constructor(code: TokenFault, hint?: string) {
    const message = tokenFaults[code]
    // A request without credentials is told the scheme and nothing else (RFC 6750 §3.1).
    const error = code === 'no_token' || code === 'wrong_scheme' ? {} : { error: 'invalid_token', description: message }
    super(message, { headers: challenge(error), hint })
    this.code = code
  }
}

/** 403: the token is good, and what it allows is not enough. */
export class AccessDenied extends EntraTokenError {
  readonly status = 403
  readonly code: AccessFault
  /** What would have let this kind of caller in, any one of them; both empty when no permission would. */
  readonly required: RequiredPermissions

  constructor(code: AccessFault, required: RequiredPermissions = { roles: [], scopes: [] }, hint?: string) {
    const message = describeDenial(code, required)
    const scope = required.scopes.length > 0 ? { scope: required.scopes.join(' ') } : {}
    super(message, { headers: challenge({ error: 'insufficient_scope', description: message, ...scope }), hint })
    this.code = code
    this.required = required
  }
}

/** 400: the request carries credentials in a form that cannot be read without guessing. */
export class MalformedRequest extends EntraTokenError {
  readonly status = 400
  readonly code: RequestFault

  constructor(code: RequestFault) {
    const message = requestFaults[code]
    super(message, { headers: challenge({ error: 'invalid_request', description: message }) })
    this.code = code
  }
}

/**
 * 401 with `insufficient_claims`: the token is good, and this operation wants one of a stronger sign-in. A client that
 * understands (`xms_cc` has `cp1`) signs the user in again with the claims named here.
 */
export class ClaimsRequired extends EntraTokenError {
  readonly status = 401
  readonly code = 'insufficient_claims'
  /** The claims request as JSON (OpenID Connect Core §5.5); the challenge has it in base64. */
  readonly claims: string

  constructor(claims: object, authorizationEndpoint: string) {
    const message = 'The operation needs a stronger sign-in. Ask for a new token with the claims of the challenge.'
    const json = JSON.stringify(claims)
    const parts = {
      error: 'insufficient_claims',
      error_description: message,
      claims: Buffer.from(json).toString('base64'),
    }
    const written = Object.entries({ realm: '', authorization_uri: authorizationEndpoint, ...parts })
    super(message, { headers: { 'WWW-Authenticate': `Bearer ${parameters(written)}` } })
    this.claims = json
  }
}

/** 503: the signing keys are not at hand, so nothing can be said about the token. Never a verdict on the caller. */
export class KeysUnavailable extends EntraTokenError {
  readonly status = 503
  readonly code = 'keys_unavailable'
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number, cause: Error) {
    const message = `The identity provider's signing keys are not available. Try again in ${retryAfterSeconds} s.`
    super(message, { headers: { 'Retry-After': String(retryAfterSeconds) }, hint: cause.message, cause })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Any one of `roles` lets an application in, any one of `scopes` lets an application in that acts for a user. */
export interface RequiredPermissions {
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
}

export type TokenFault = keyof typeof tokenFaults
export type AccessFault =
  | 'insufficient_permission'
  | 'actor_not_allowed'
  | 'kind_not_allowed'
  | 'stronger_sign_in_needed'
export type RequestFault = keyof typeof requestFaults
export type EntraTokenErrorCode = TokenFault | AccessFault | RequestFault | 'keys_unavailable' | 'insufficient_claims'

const tokenFaults = {
  no_token: 'The request carries no bearer token. Send one in the Authorization header.',
  wrong_scheme: 'The Authorization header does not use the Bearer scheme, the only one accepted here.',
  malformed: 'The token is not a well-formed signed access token. Request a new one.',
  unsupported_alg: 'The token is not signed with RS256, the only algorithm accepted here.',
  unknown_key: 'The token is not signed with a key of the tenant this API trusts.',
  key_not_allowed: 'The key that signed the token may not sign for its issuer.',
  bad_signature: 'The signature of the token does not match its content.',
  unsupported_version: 'The token is not an access token of a version accepted here.',
  not_an_access_token: 'The token is not an access token. Send the access token, not the ID token.',
  wrong_issuer: 'The token was not issued by the issuer this API trusts.',
  wrong_tenant: 'The token was not issued for the tenant this API trusts.',
  wrong_audience: 'The token was issued for another API. Request one for this API.',
  expired: 'The token has expired. Request a new one.',
  not_yet_valid: 'The token is not valid yet. Check the clocks of both machines.',
  lifetime_too_long: 'The token is valid for longer than any token this API accepts.',
  contradictory_kind: 'The token claims to belong to an application and to a user at once.',
} as const

const requestFaults = {
  multiple_credentials: 'The request carries more than one set of credentials. Send one Authorization header.',
  malformed_authorization: 'The Authorization header cannot be read. Its form is: Bearer, one space, the token.',
} as const

const accessFaults: Record<Exclude<AccessFault, 'insufficient_permission'>, string> = {
  actor_not_allowed: 'The application that sent the token is not among those this API admits.',
  stronger_sign_in_needed: 'This operation needs a stronger sign-in than the token is from.',
  kind_not_allowed: 'This operation is not open to this kind of caller.',
}

function describeDenial(code: AccessFault, { roles, scopes }: RequiredPermissions): string {
  if (code !== 'insufficient_permission') return accessFaults[code]
  const wanted = [
    roles.length > 0 ? `application permission ${roles.join(' or ')}` : '',
    scopes.length > 0 ? `scope ${scopes.join(' or ')}` : '',
  ]
  return `The token lacks a permission this operation needs: ${wanted.filter((part) => part !== '').join(', or ')}.`
}

function challenge({ error, description, scope }: { error?: string; description?: string; scope?: string }) {
  const written = parameters(Object.entries({ error, error_description: description, scope }))
  return { 'WWW-Authenticate': written === '' ? 'Bearer' : `Bearer ${written}` }
}

function parameters(entries: readonly (readonly [string, string | undefined])[]): string {
  return entries.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${quotable(value)}"`])).join(', ')
}

/** Keeps what RFC 6750 §3 allows between the quotes: printable ASCII without the quote and the backslash. */
function quotable(value: string): string {
  return value.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '')
}
