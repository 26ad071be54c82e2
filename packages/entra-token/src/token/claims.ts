import { TokenRejected } from '../errors.js'
import { isGuid } from '../guid.js'
import { type JsonMembers, readJsonObject } from '../strict-json.js'

/** What must hold for every token of one API. */
export interface ExpectedClaims {
  readonly issuer: string
  readonly tenantId: string
  readonly audiences: ReadonlySet<string>
  readonly clockSkewSeconds: number
}

/** The claims of a good access token that say who calls; everything else was compared and is done with. */
export interface Claims {
  readonly objectId: string
  readonly clientId: string
  readonly tokenId: string | undefined
  readonly expiresAt: Date
  readonly idtyp: unknown
  /** Null when there is no `scp`: the token is not delegated. */
  readonly scopes: readonly string[] | null
  readonly roles: readonly string[]
}

/**
 * Reads the payload of a token whose signature holds and proves kind, version, issuer, tenant, audience and time.
 * Throws TokenRejected. Does not decide whether the caller is an application or a user: see caller.ts.
 */
export function readClaims(payload: Uint8Array, expected: ExpectedClaims, nowSeconds: number): Claims {
  const claims = readMembers(payload)
  refuseLookAlikes(claims)
  refuseOtherTokens(claims)
  refuseOthersTokens(claims, expected)
  const expiresAt = readTimes(claims, expected.clockSkewSeconds, nowSeconds)
  return {
    objectId: readGuid(claims, 'oid'),
    clientId: readGuid(claims, 'azp'),
    tokenId: readTokenId(claims.get('uti')),
    expiresAt,
    idtyp: claims.get('idtyp'),
    scopes: claims.has('scp') ? readScopes(claims.get('scp')) : null,
    roles: claims.has('roles') ? readRoles(claims.get('roles')) : [],
  }
}

const limits = { depth: 8, members: 256 }

function readMembers(payload: Uint8Array): JsonMembers {
  try {
    return readJsonObject(payload, limits)
  } catch {
    throw new TokenRejected('malformed')
  }
}

const reliedOn = new Set(
  'aud azp exp iat idtyp iss nbf nonce oid roles scp tid uti ver at_hash c_hash s_hash'.split(' '),
)

/** `TID` beside or instead of `tid`: some readers ignore case, so one of them would see another tenant. */
function refuseLookAlikes(claims: JsonMembers): void {
  for (const name of claims.keys()) {
    if (!reliedOn.has(name) && reliedOn.has(name.toLowerCase())) throw new TokenRejected('malformed')
  }
}

// Entra puts these into ID tokens, and `azp` into access tokens of version 2.0 only. When client and API share one
// registration, an ID token has this API's audience and may have roles: it must fall here.
const idTokenMarks = ['nonce', 'at_hash', 'c_hash', 's_hash']

function refuseOtherTokens(claims: JsonMembers): void {
  const version = claims.get('ver')
  if (version !== '2.0') throw new TokenRejected('unsupported_version', version === '1.0' ? versionHint : undefined)
  if (!claims.has('azp') || idTokenMarks.some((mark) => claims.has(mark)))
    throw new TokenRejected('not_an_access_token')
}

const versionHint =
  'This is a version 1.0 token: set api.requestedAccessTokenVersion to 2 in the registration of this API. New tokens follow within minutes.'

function refuseOthersTokens(claims: JsonMembers, { issuer, tenantId, audiences }: ExpectedClaims): void {
  const iss = claims.get('iss')
  if (iss !== issuer) throw new TokenRejected('wrong_issuer', `The token's iss is ${quote(iss)}, not ${quote(issuer)}.`)
  const tid = claims.get('tid')
  if (tid !== tenantId)
    throw new TokenRejected('wrong_tenant', `The token's tid is ${quote(tid)}, not ${quote(tenantId)}.`)
  const aud = claims.get('aud')
  if (typeof aud !== 'string' || !audiences.has(aud))
    throw new TokenRejected('wrong_audience', audienceHint(aud, audiences))
}

const graphAudiences = new Set<unknown>(['00000003-0000-0000-c000-000000000000', 'https://graph.microsoft.com'])

function audienceHint(aud: unknown, audiences: ReadonlySet<string>): string {
  const accepted = [...audiences].map(quote).join(' or ')
  if (graphAudiences.has(aud)) {
    return `This token is for Microsoft Graph: the client must request a scope of this API, which accepts aud ${accepted}.`
  }
  return `The token's aud is ${quote(aud)}; this API accepts ${accepted}.`
}

// 28 h is the longest life Microsoft documents for an access token (continuous access evaluation).
const longestLifeSeconds = 28 * 3600

function readTimes(claims: JsonMembers, skew: number, now: number): Date {
  const exp = readSeconds(claims.get('exp'))
  const iat = readSeconds(claims.get('iat'))
  const nbf = claims.has('nbf') ? readSeconds(claims.get('nbf')) : iat
  if (exp <= iat || exp <= nbf) throw new TokenRejected('malformed')
  if (exp - iat > longestLifeSeconds + skew) throw new TokenRejected('lifetime_too_long')
  // exp names the first second in which the token is dead (RFC 7519 §4.1.4), hence >= and not >.
  if (now >= exp + skew) throw new TokenRejected('expired')
  if (now < nbf - skew || now < iat - skew) throw new TokenRejected('not_yet_valid')
  return new Date(exp * 1000)
}

// The last second a Date can hold; also keeps 1e999 (Infinity) and milliseconds by mistake out of the arithmetic.
const lastSecond = 8.64e12

function readSeconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TokenRejected('malformed')
  if (value < 0 || value > lastSecond) throw new TokenRejected('malformed')
  return value
}

function readGuid(claims: JsonMembers, name: string): string {
  const value = claims.get(name)
  if (!isGuid(value)) throw new TokenRejected('malformed', `The token's ${name} is not a GUID in lower case.`)
  return value
}

function readTokenId(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(value)) throw new TokenRejected('malformed')
  return value
}

// scope-token *( SP scope-token ), RFC 6749 §3.3.
const scopeList = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

function readScopes(value: unknown): string[] {
  if (typeof value !== 'string' || !scopeList.test(value)) throw new TokenRejected('malformed')
  return value.split(' ')
}

function readRoles(value: unknown): string[] {
  if (!Array.isArray(value)) throw new TokenRejected('malformed')
  return value.map((role: unknown) => {
    if (typeof role !== 'string' || role === '') throw new TokenRejected('malformed')
    return role
  })
}

/** For hints, which are for logs only: a signed claim, on one line and short. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 120)
}
