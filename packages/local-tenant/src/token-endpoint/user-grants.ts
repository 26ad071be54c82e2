import { createHash, timingSafeEqual } from 'node:crypto'
import type { ClientKind } from '../authorization/client-kind.js'
import type { Directory } from '../directory/directory.js'
import { refusal } from '../errors/aadsts.js'
import type { KeyRing } from '../signing/key-ring.js'
import { readOwnJwt } from '../signing/sign.js'
import type { AuthorizationCodes, CodeContent } from '../tokens/authorization-codes.js'
import type { DeviceCodes, DevicePoll } from '../tokens/device-codes.js'
import { endsWithFirst, type RefreshToken, type RefreshTokens } from '../tokens/refresh-tokens.js'
import type { TokenRequest, UserParameters } from './request.js'

/** Something that shows that a user signed in for the client, and how the client has to prove itself with it. */
export interface Presented {
  readonly clientKind: ClientKind
  /** Whose sign-in it shows, where that is known before it is redeemed. */
  readonly userId?: string
  /** Takes it at its word, once the client has proved itself. Throws EntraError. */
  redeem(): SignedIn
}

/** Who has signed in, and what for. */
export interface SignedIn {
  readonly userId: string
  readonly scope: string
  readonly nonce?: string | undefined
  readonly sessionId?: string | undefined
  /** By a code that came by mail. */
  readonly byCode: boolean
  /** Makes the refresh token that goes with its tokens, where one was asked for. */
  readonly refreshToken: (() => string) | undefined
}

export interface UserGrants {
  readonly directory: Directory
  readonly keys: KeyRing
  readonly deviceCodes: DeviceCodes
  readonly codes: AuthorizationCodes
  readonly refreshTokens: RefreshTokens
  now(): Date
}

type UserGrantType = (parameters: UserParameters, clientId: string, tenant: UserGrants) => Presented

/** The grants on behalf of a user: each proves that there is one who has signed in. */
const userGrantTypes: Readonly<Record<string, UserGrantType>> = {
  authorization_code: presentCode,
  refresh_token: presentRefreshToken,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': presentAssertion,
  'urn:ietf:params:oauth:grant-type:device_code': presentDeviceCode,
  // As MSAL for Node writes it.
  device_code: presentDeviceCode,
}

export const isUserGrant = (grantType: string): boolean => Object.hasOwn(userGrantTypes, grantType)

/** What the request shows of its user, or undefined for a grant of another kind. Throws EntraError. */
export function presented({ grantType, clientId, user }: TokenRequest, tenant: UserGrants): Presented | undefined {
  if (user === undefined || !isUserGrant(grantType)) return undefined
  return userGrantTypes[grantType]?.(user, clientId.toLowerCase(), tenant)
}

const deviceRefusals = {
  pending: 'authorizationPending',
  too_fast: 'pollingTooFast',
  declined: 'authorizationDeclined',
  expired: 'deviceCodeExpired',
  unknown: 'badDeviceCode',
} as const satisfies Readonly<Record<Exclude<DevicePoll['state'], 'approved'>, string>>

/** The user who typed the code that the device showed (RFC 8628 §3.4). */
function presentDeviceCode(parameters: UserParameters, clientId: string, tenant: UserGrants): Presented {
  const deviceCode = needed(parameters.deviceCode, 'device_code')
  const clientKind = 'registered'
  return {
    clientKind,
    redeem() {
      const poll = tenant.deviceCodes.poll(deviceCode, clientId)
      if (poll.state !== 'approved') throw refusal(deviceRefusals[poll.state], {})
      const { userId, scope, byCode } = poll
      const refreshToken = () => tenant.refreshTokens.add({ clientId, clientKind, userId, scope, byCode })
      return { userId, scope, byCode, refreshToken: isOffline(scope) ? refreshToken : undefined }
    },
  }
}

const codeRefusals = { unknown: 'grantUnknown', expired: 'codeExpired', redeemed: 'codeRedeemed' } as const

/** The user who came back to the client with a code (RFC 6749 §4.1.3). */
function presentCode(parameters: UserParameters, clientId: string, { codes, refreshTokens }: UserGrants): Presented {
  const found = codes.find(needed(parameters.code, 'code'), clientId)
  if (found.state !== 'good') throw refusal(codeRefusals[found.state], {})
  const { content } = found
  const { clientKind, userId, nonce, sessionId, byCode } = content
  return {
    clientKind,
    userId,
    redeem() {
      const { redirectUri: uri = '' } = parameters
      if (uri !== content.redirectUri) throw refusal('redirectDiffers', { uri, requested: content.redirectUri })
      checkVerifier(content, parameters.codeVerifier)
      found.redeem()
      const scope = scopeNow(parameters, content)
      const refreshToken = () => refreshTokens.add({ clientId, clientKind, userId, scope, byCode, sessionId })
      return { userId, scope, nonce, sessionId, byCode, refreshToken: isOffline(scope) ? refreshToken : undefined }
    },
  }
}

/** RFC 7636 §4.6. A verifier for a code that was asked for without a challenge proves nothing, and is refused. */
function checkVerifier({ challenge }: CodeContent, verifier: string | undefined): void {
  if (challenge === undefined && verifier === undefined) return
  const shown = challenge?.method === 'plain' ? verifier : verifier && sha256(verifier)
  if (challenge === undefined || shown === undefined || !same(shown, challenge.value)) {
    throw refusal('verifierMismatch', {})
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')
const same = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)))

/** The user of whom the client was given a refresh token (RFC 6749 §6). */
function presentRefreshToken(parameters: UserParameters, clientId: string, tenant: UserGrants): Presented {
  const { directory, refreshTokens, now } = tenant
  const token = refreshTokens.find(needed(parameters.refreshToken, 'refresh_token'), clientId)
  if (token === undefined) throw refusal('grantUnknown', {})
  const { clientKind, userId, byCode, sessionId } = token
  return {
    clientKind,
    userId,
    redeem() {
      if (now().getTime() >= token.expires) throw expired(token)
      checkPassword(token, directory)
      const scope = scopeNow(parameters, token)
      return { userId, scope, sessionId, byCode, refreshToken: () => refreshTokens.rotate(token, token.scope) }
    },
  }
}

/**
 * The user whose token the client was called with, and who is to be behind its own calls to another API
 * (identity-platform/v2-oauth2-on-behalf-of-flow). That the token is one of ours its signature says.
 */
function presentAssertion(parameters: UserParameters, clientId: string, tenant: UserGrants): Presented {
  if (parameters.requestedTokenUse !== 'on_behalf_of') {
    throw refusal('missingParameter', { parameter: 'requested_token_use' })
  }
  const assertion = needed(parameters.assertion, 'assertion')
  const scope = needed(parameters.scope, 'scope')
  const clientKind = 'web'
  return {
    clientKind,
    redeem() {
      const signedIn = userOfAssertion(assertion, clientId, tenant)
      const refreshToken = () => tenant.refreshTokens.add({ clientId, clientKind, scope, ...signedIn })
      return { scope, ...signedIn, refreshToken: isOffline(scope) ? refreshToken : undefined }
    },
  }
}

/** How the user signed in, tokens of version 1.0 alone say; in which session, those of an application that asks for the claim. */
function userOfAssertion(
  assertion: string,
  clientId: string,
  { directory, keys, now }: UserGrants,
): Pick<SignedIn, 'userId' | 'sessionId' | 'byCode'> {
  const claims = readOwnJwt(assertion, keys)
  if (claims === undefined) throw refusal('userAssertionInvalid', {})
  const { aud, exp, oid, scp, azp, appid, amr, sid } = claims
  const names = directory.servicePrincipals.find({ appId: clientId })?.servicePrincipalNames ?? []
  const audience = String(aud)
  if (![clientId, ...names].some((name) => name.toLowerCase() === audience.toLowerCase())) {
    throw refusal('userAssertionAudience', { audience, appId: clientId })
  }
  if (typeof exp !== 'number' || exp <= now().getTime() / 1_000) throw refusal('userAssertionExpired', {})
  if (typeof scp === 'string' && typeof oid === 'string') {
    const sessionId = typeof sid === 'string' ? sid : undefined
    return { userId: oid, sessionId, byCode: Array.isArray(amr) && amr.includes('otp') }
  }
  // An ID token is for nobody else, so it names no caller.
  if (azp === undefined && appid === undefined) throw refusal('idTokenOnBehalf', {})
  throw refusal('appOnBehalf', { appId: clientId })
}

function expired(token: RefreshToken) {
  const { issued, expires } = token
  const time = new Date(issued).toISOString()
  if (endsWithFirst(token)) return refusal('refreshOver', { issued: time })
  return refusal('refreshInactive', { issued: time, days: String(Math.round((expires - issued) / 86_400_000)) })
}

function checkPassword({ userId, issued }: RefreshToken, { userPasswords }: Directory): void {
  const changed = userPasswords.changed(userId)
  if (changed === null || Date.parse(changed) <= issued) return
  throw refusal('passwordChanged', { issued: new Date(issued).toISOString(), valid: changed })
}

const openidScopes = ['openid', 'profile', 'email', 'offline_access']

/** Of OpenID Connect's scopes, all that the user signed in for; of the others those of this request, where it names any. */
function scopeNow(parameters: UserParameters, { scope }: { readonly scope: string }): string {
  if (parameters.scope === undefined) return scope
  const before = scope.split(' ').filter((word) => openidScopes.includes(word))
  return [...new Set([...before, ...parameters.scope.split(/\s+/)])].join(' ')
}

const isOffline = (scope: string) => scope.split(' ').includes('offline_access')

function needed(value: string | undefined, parameter: string): string {
  if (value === undefined) throw refusal('missingParameter', { parameter })
  return value
}
