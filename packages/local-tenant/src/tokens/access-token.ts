import { randomFillSync, randomInt } from 'node:crypto'
import type { ServicePrincipal } from '../directory/service-principals.js'
import type { SigningKey } from '../signing/key-ring.js'
import { encodeSegment, signJws } from '../signing/sign.js'
import { type Claim, type FreshClaims, prepareClaims } from './prepared-claims.js'

/** Seconds. What is only recalled of the real service stays an option (`TenantOptions.tokens`). */
export interface TokenTimes {
  /** The shortest and longest life of a token; each token gets a random one between them. */
  lifetime: { atLeast: number; atMost: number }
  /** How far `iat` and `nbf` lie in the past, for clients whose clocks are behind. */
  backdate: number
}

/** 60 to 90 minutes: identity-platform/access-tokens, "token lifetime". */
export const defaultTimes: TokenTimes = { lifetime: { atLeast: 3_600, atMost: 5_399 }, backdate: 300 }

export interface AppTokenRequest {
  client: ServicePrincipal
  resource: ServicePrincipal
  /** The resource as the client named it, without `/.default`: v1.0 tokens repeat it as their audience. */
  resourceName: string
  /** The values of the client's enabled assignments on the resource. */
  roles: readonly string[]
  /** How the client proved itself: `1` by secret, `2` by certificate (access-token-claims-reference). */
  credential: '1' | '2'
  tenantId: string
  issuer: { v1: string; v2: string }
}

export interface IssuedToken {
  readonly accessToken: string
  /** Seconds from now. */
  readonly expiresIn: number
  /** Seconds since 1970, as in the token. */
  readonly notBefore: number
  readonly expires: number
}

/** Everything about a client's tokens for one resource that does not differ from one to the next. */
export interface PreparedToken {
  readonly version: 1 | 2
  readonly claims: (values: FreshClaims<TokenFresh>) => string
}

export type TokenFresh = 'iat' | 'nbf' | 'exp' | 'aio' | 'rh' | 'uti' | 'xms_ftd'

/** An app-only access token of the version that its resource asked for (access-token-claims-reference). */
export function prepareAppToken(request: AppTokenRequest): PreparedToken {
  const version = request.resource.accessTokenVersion
  return { version, claims: prepareClaims(version === 2 ? claimsV2(request) : claimsV1(request)) }
}

/** Dates and signs a prepared token. */
export async function issueAccessToken(
  { version, claims }: PreparedToken,
  key: SigningKey,
  now: Date,
  times: TokenTimes,
): Promise<IssuedToken> {
  const expiresIn = randomInt(times.lifetime.atLeast, times.lifetime.atMost + 1)
  const seconds = Math.floor(now.getTime() / 1000)
  const notBefore = seconds - times.backdate
  const expires = seconds + expiresIn
  const { aio, rh, uti, xms_ftd } = opaqueClaims()
  const payload = claims({ iat: notBefore, nbf: notBefore, exp: expires, aio, rh, uti, xms_ftd })
  const accessToken = await signJws(headersOf(key)[version], payload, key)
  return { accessToken, expiresIn, notBefore, expires }
}

/** The headers of either version, encoded: they change with the key alone. */
const headers = new WeakMap<SigningKey, Record<1 | 2, string>>()

function headersOf(key: SigningKey): Record<1 | 2, string> {
  const known = headers.get(key)
  if (known !== undefined) return known
  const { kid } = key
  const v1 = encodeSegment({ typ: 'JWT', alg: 'RS256', x5t: kid, kid })
  const v2 = encodeSegment({ typ: 'JWT', alg: 'RS256', kid })
  const made = { 1: v1, 2: v2 }
  headers.set(key, made)
  return made
}

function claimsV2({ client, resource, roles, credential, tenantId, issuer }: AppTokenRequest): Claim<TokenFresh>[] {
  return [
    ['aud', resource.appId],
    ['iss', issuer.v2],
    'iat',
    'nbf',
    'exp',
    'aio',
    ['azp', client.appId],
    ['azpacr', credential],
    ['idtyp', idtyp(resource)],
    ['oid', client.objectId],
    'rh',
    ['roles', unlessEmpty(roles)],
    ['sub', client.objectId],
    ['tid', tenantId],
    'uti',
    ['ver', '2.0'],
    'xms_ftd',
  ]
}

function claimsV1(request: AppTokenRequest): Claim<TokenFresh>[] {
  const { client, resource, resourceName, roles, credential, tenantId, issuer } = request
  return [
    ['aud', resourceName],
    ['iss', issuer.v1],
    'iat',
    'nbf',
    'exp',
    'aio',
    ['appid', client.appId],
    ['appidacr', credential],
    ['idp', issuer.v1],
    ['idtyp', idtyp(resource)],
    ['oid', client.objectId],
    'rh',
    ['roles', unlessEmpty(roles)],
    ['sub', client.objectId],
    ['tid', tenantId],
    'uti',
    ['ver', '1.0'],
  ]
}

/** Without a granted role the claim is absent: an empty list never appears. */
export function unlessEmpty(roles: readonly string[]): readonly string[] | undefined {
  return roles.length > 0 ? roles : undefined
}

function idtyp(resource: ServicePrincipal): 'app' | undefined {
  return hasOptionalClaim(resource, 'idtyp') ? 'app' : undefined
}

/** Only a resource that configured an optional claim gets it (optional-claims-reference). */
export function hasOptionalClaim({ optionalClaims }: ServicePrincipal, claim: string): boolean {
  return optionalClaims?.accessToken.some(({ name }) => name === claim) === true
}

/** Claims whose content means something to Microsoft alone: random text of the right size, as JSON. */
export function opaqueClaims() {
  const random = randomSlice(112)
  const text = (from: number, to: number) => random.toString('base64url', from, to)
  return {
    aio: `"${text(0, 36)}"`,
    rh: `"1.${text(36, 60)}."`,
    uti: `"${text(60, 76)}"`,
    xms_ftd: `"${text(76, 112)}"`,
  }
}

/** Random bytes for sixty-four tokens at a time: asking for a hundred costs as much as asking for thousands. */
const pool = Buffer.alloc(112 * 64)
let used = pool.length

function randomSlice(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += length
  return pool.subarray(used - length, used)
}
