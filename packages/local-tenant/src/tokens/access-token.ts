import { randomFillSync, randomInt } from 'node:crypto'
import type { ServicePrincipal } from '../directory/service-principals.js'
import type { SigningKey } from '../signing/key-ring.js'
import { type JwtHeader, signJwt } from '../signing/sign.js'

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

/** An app-only access token of the version that its resource asked for (access-token-claims-reference). */
export async function issueAppToken(
  request: AppTokenRequest,
  key: SigningKey,
  now: Date,
  times: TokenTimes,
): Promise<IssuedToken> {
  const expiresIn = randomInt(times.lifetime.atLeast, times.lifetime.atMost + 1)
  const seconds = Math.floor(now.getTime() / 1000)
  const issued = seconds - times.backdate
  const time = { iat: issued, nbf: issued, exp: seconds + expiresIn }
  const v2 = request.resource.accessTokenVersion === 2
  const accessToken = await signJwt(
    v2 ? headerV2(key) : headerV1(key),
    v2 ? claimsV2(request, time) : claimsV1(request, time),
    key,
  )
  return { accessToken, expiresIn, notBefore: time.nbf, expires: time.exp }
}

function headerV2({ kid }: SigningKey): JwtHeader {
  return { typ: 'JWT', alg: 'RS256', kid }
}

function headerV1({ kid }: SigningKey): JwtHeader {
  return { typ: 'JWT', alg: 'RS256', x5t: kid, kid }
}

interface Times {
  iat: number
  nbf: number
  exp: number
}

function claimsV2(request: AppTokenRequest, { iat, nbf, exp }: Times): object {
  const { client, resource, tenantId } = request
  const opaque = opaqueClaims()
  return {
    aud: resource.appId,
    iss: request.issuer.v2,
    iat,
    nbf,
    exp,
    aio: opaque.aio,
    azp: client.appId,
    azpacr: request.credential,
    ...idtyp(resource),
    oid: client.objectId,
    rh: opaque.rh,
    ...roles(request),
    sub: client.objectId,
    tid: tenantId,
    uti: opaque.uti,
    ver: '2.0',
    xms_ftd: opaque.xmsFtd,
  }
}

function claimsV1(request: AppTokenRequest, { iat, nbf, exp }: Times): object {
  const { client, resource, resourceName, tenantId } = request
  const opaque = opaqueClaims()
  return {
    aud: resourceName,
    iss: request.issuer.v1,
    iat,
    nbf,
    exp,
    aio: opaque.aio,
    appid: client.appId,
    appidacr: request.credential,
    idp: request.issuer.v1,
    ...idtyp(resource),
    oid: client.objectId,
    rh: opaque.rh,
    ...roles(request),
    sub: client.objectId,
    tid: tenantId,
    uti: opaque.uti,
    ver: '1.0',
  }
}

/** Without a granted role the claim is absent: an empty list never appears. */
function roles(request: AppTokenRequest): { roles?: readonly string[] } {
  return request.roles.length > 0 ? { roles: request.roles } : {}
}

/** Only a resource that configured the optional claim gets it (optional-claims-reference). */
function idtyp({ optionalClaims }: ServicePrincipal): { idtyp?: 'app' } {
  return optionalClaims?.accessToken.some(({ name }) => name === 'idtyp') === true ? { idtyp: 'app' } : {}
}

/** Claims whose content means something to Microsoft alone: random text of the right size. */
function opaqueClaims() {
  const random = randomSlice(112)
  const text = (from: number, to: number) => random.toString('base64url', from, to)
  return { aio: text(0, 36), rh: `1.${text(36, 60)}.`, uti: text(60, 76), xmsFtd: text(76, 112) }
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
