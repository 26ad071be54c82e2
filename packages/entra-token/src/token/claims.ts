import { TokenRejected } from '../errors.js'
import { isGuid } from '../guid.js'
import type { TokenVersion, TrustedKey } from '../keys/key-set.js'
import { type JsonMembers, readJsonObject } from '../strict-json.js'
import { fillTenant, type Tenants, tenantTemplate } from '../tenants.js'

/** What must hold for every token of one API. */
export interface ExpectedClaims {
  readonly tenants: Tenants
  readonly versions: ReadonlySet<string>
  readonly audiences: ReadonlySet<string>
  readonly clockSkewSeconds: number
}

/** The claims of a good access token that say who calls; everything else was compared and is done with. */
export interface Claims {
  readonly tenantId: string
  readonly objectId: string
  readonly clientId: string
  /** `azpacr` or `appidacr`: how the client proved itself. */
  readonly clientCredential: unknown
  readonly subject: unknown
  readonly tokenId: string | undefined
  readonly notBefore: number
  readonly expires: number
  readonly idtyp: unknown
  /** `acrs`: which authentication contexts were satisfied. */
  readonly authenticationContexts: readonly string[]
  /** Whether `xms_cc` has `cp1`: the client understands claims challenges. */
  readonly answersChallenges: boolean
  /** Null when there is no `scp`: the token is not delegated. */
  readonly scopes: readonly string[] | null
  readonly roles: readonly string[]
}

/**
 * Reads the payload of a token whose signature holds and proves kind, version, issuer, tenant, audience and time, and that the
 * key may sign for that issuer. Throws TokenRejected. Does not decide whether the caller is an application or a user: see
 * caller.ts.
 */
export function readClaims(payload: Uint8Array, expected: ExpectedClaims, key: TrustedKey, nowSeconds: number): Claims {
  const claims = readMembers(payload)
  refuseLookAlikes(claims)
  const version = readVersion(claims, expected.versions)
  refuseOtherTokens(claims, version)
  const tenantId = readOrigin(claims, expected.tenants, key, version)
  refuseOthersTokens(claims, expected.audiences, version)
  const { notBefore, expires } = readTimes(claims, expected.clockSkewSeconds, nowSeconds)
  const actor = actorClaims[version]
  return {
    tenantId,
    objectId: readGuid('oid', claims['oid']),
    clientId: readGuid(actor.id, claims[actor.id]),
    clientCredential: claims[actor.credential],
    subject: claims['sub'],
    tokenId: readTokenId(claims['uti']),
    notBefore,
    expires,
    idtyp: claims['idtyp'],
    authenticationContexts: texts(claims['acrs']),
    answersChallenges: texts(claims['xms_cc']).some((capability) => capability.toLowerCase() === 'cp1'),
    scopes: 'scp' in claims ? readScopes(claims['scp']) : null,
    roles: 'roles' in claims ? readRoles(claims['roles']) : none,
  }
}

const actorClaims = {
  '1.0': { id: 'appid', credential: 'appidacr' },
  '2.0': { id: 'azp', credential: 'azpacr' },
} as const

const limits = { depth: 8, members: 256 }

function readMembers(payload: Uint8Array): JsonMembers {
  try {
    return readJsonObject(payload, limits)
  } catch {
    throw new TokenRejected('malformed')
  }
}

const reliedOn = new Set(
  'acrs appid appidacr aud azp azpacr exp iat idtyp iss nbf nonce oid roles scp sub tid uti ver xms_cc at_hash c_hash s_hash'.split(
    ' ',
  ),
)

/** The names in the last token that had no look-alike among them: those of the next one are mostly the same. */
const lastNames: string[] = []

/** `TID` beside or instead of `tid`: some readers ignore case, so one of them would see another tenant. */
function refuseLookAlikes(claims: JsonMembers): void {
  let place = 0
  for (const name in claims) {
    if (name !== lastNames[place]) {
      if (!reliedOn.has(name) && reliedOn.has(name.toLowerCase())) throw new TokenRejected('malformed')
      lastNames[place] = name
    }
    place++
  }
}

function readVersion(claims: JsonMembers, accepted: ReadonlySet<string>): TokenVersion {
  const version = claims['ver']
  if ((version === '1.0' || version === '2.0') && accepted.has(version)) return version
  throw new TokenRejected('unsupported_version', version === '1.0' ? versionHint : undefined)
}

const versionHint =
  'This is a version 1.0 token: set api.requestedAccessTokenVersion to 2 in the registration of this API (new tokens follow within minutes), or accept it with tokenVersions.'

// Entra puts these into ID tokens, and the client's id under these names into access tokens only. When client and API share
// one registration, an ID token has this API's audience and may have roles: it must fall here.
function refuseOtherTokens(claims: JsonMembers, version: TokenVersion): void {
  const isMarked = 'nonce' in claims || 'at_hash' in claims || 'c_hash' in claims || 's_hash' in claims
  if (isMarked || !(actorClaims[version].id in claims)) throw new TokenRejected('not_an_access_token')
}

/** The tenant, once `iss`, `tid`, the tenant rule and the key agree on it. */
function readOrigin(claims: JsonMembers, tenants: Tenants, key: TrustedKey, version: TokenVersion): string {
  const [iss, tid] = [claims['iss'], claims['tid']]
  const origin = key.origins[version]
  if (origin === undefined)
    throw new TokenRejected('key_not_allowed', `The key is not among those of version ${version}.`)
  const isAdmitted = typeof tid === 'string' && tenants.admits(tid)
  const tenantId = isAdmitted || isGuid(tid) ? tid : null
  const issuer = tenantId === null ? origin.issuer : fillTenant(origin.issuer, tenantId)
  if (iss !== issuer) throw new TokenRejected('wrong_issuer', issuerHint(iss, issuer))
  if (tenantId === null || !isAdmitted) throw new TokenRejected('wrong_tenant', tenantHint(tid, tenants))
  refuseForeignKey(key, version, tenantId)
  return tenantId
}

function issuerHint(iss: unknown, issuer: string): string {
  const told = `The token's iss is ${quote(iss)}, not ${quote(issuer)}.`
  const isOtherHost = String(iss).startsWith('https://login.microsoftonline.com/') && issuer.includes('.ciamlogin.com/')
  return isOtherHost
    ? `${told} The client signs in at login.microsoftonline.com; this API expects ciamlogin.com.`
    : told
}

function tenantHint(tid: unknown, { only }: Tenants): string {
  return `The token's tid is ${quote(tid)}, ${only === null ? 'which the tenant rule does not admit' : `not ${quote(only)}`}.`
}

/**
 * All tenants of a cloud share keys, but not all keys serve all tenants. A version whose key document names no issuers goes by
 * what the other one says; in metadata for every tenant, a key that says nothing anywhere is not believed.
 */
function refuseForeignKey({ origins }: TrustedKey, version: TokenVersion, tenantId: string): void {
  const speaking = [origins[version], origins['2.0'], origins['1.0']].find(
    (origin) => typeof origin?.keyIssuer === 'string',
  )
  if (typeof speaking?.keyIssuer !== 'string') {
    if (!origins[version]?.issuer.includes(tenantTemplate)) return
    throw new TokenRejected(
      'key_not_allowed',
      'The key document serves every tenant and does not say whose this key is.',
    )
  }
  if (fillTenant(speaking.keyIssuer, tenantId) === fillTenant(speaking.issuer, tenantId)) return
  throw new TokenRejected('key_not_allowed', `The key document says that the key signs for ${speaking.keyIssuer}.`)
}

function refuseOthersTokens(claims: JsonMembers, audiences: ReadonlySet<string>, version: TokenVersion): void {
  const aud = claims['aud']
  const isOurs = typeof aud === 'string' && audiences.has(aud) && (version === '1.0' || isGuid(aud))
  if (!isOurs) throw new TokenRejected('wrong_audience', audienceHint(aud, audiences))
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

function readTimes(claims: JsonMembers, skew: number, now: number): { notBefore: number; expires: number } {
  const exp = readSeconds(claims['exp'])
  const iat = readSeconds(claims['iat'])
  const nbf = 'nbf' in claims ? readSeconds(claims['nbf']) : iat
  if (exp <= iat || exp <= nbf) throw new TokenRejected('malformed')
  if (exp - iat > longestLifeSeconds + skew) throw new TokenRejected('lifetime_too_long')
  // exp names the first second in which the token is dead (RFC 7519 §4.1.4), hence >= and not >.
  if (now >= exp + skew) throw new TokenRejected('expired')
  if (now < nbf - skew || now < iat - skew) throw new TokenRejected('not_yet_valid')
  return { notBefore: Math.max(nbf, iat), expires: exp }
}

// The last second a Date can hold; also keeps 1e999 (Infinity) and milliseconds by mistake out of the arithmetic.
const lastSecond = 8.64e12

function readSeconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TokenRejected('malformed')
  if (value < 0 || value > lastSecond) throw new TokenRejected('malformed')
  return value
}

function readGuid(name: string, value: unknown): string {
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

/** A list of texts, or a text; anything else is as good as none: these claims only ever add to what is asked of a caller. */
function texts(value: unknown): readonly string[] {
  if (value === undefined) return none
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item) => typeof item === 'string')
}

const none: readonly string[] = []

/** For hints, which are for logs only: a signed claim, on one line and short. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 120)
}
