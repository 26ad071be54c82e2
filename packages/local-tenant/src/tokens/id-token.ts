import { createHash } from 'node:crypto'
import type { GroupMembership } from '../directory/group-membership.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import type { User } from '../directory/users.js'
import type { SigningKey } from '../signing/key-ring.js'
import { encodeSegment, signJws } from '../signing/sign.js'
import { opaqueClaims } from './access-token.js'
import { rolesAndGroups } from './group-claims.js'
import { optionalUserClaims } from './optional-claims.js'
import { type Claim, inOrder, prepareClaims } from './prepared-claims.js'
import { signInName } from './sign-in-name.js'
import { pairwiseSubject } from './user-token.js'

export interface IdTokenRequest {
  readonly user: User
  readonly client: ServicePrincipal
  /** Of the OpenID Connect scopes, those that were asked for: they decide what is told of the user. */
  readonly openid: ReadonlySet<string>
  /** As the client sent it with its request for authorization; absent where it sent none. */
  readonly nonce?: string | undefined
  readonly sessionId?: string | undefined
  /** What goes along with it through the browser, which it vouches for (OpenID Connect Core 1.0 §3.3.2.11). */
  readonly beside?: { readonly code?: string | undefined; readonly accessToken?: string | undefined }
  /** The values of the user's enabled assignments on the client. */
  readonly roles: readonly string[]
  /** The user's groups, as far as ID tokens for the client name them. */
  readonly groups: GroupMembership
  /** It goes to the client in a URL; it does not unless this is true. */
  readonly throughBrowser?: boolean
  readonly tenantId: string
  readonly issuer: string
}

/** Seconds (identity-platform/configurable-token-lifetimes). */
const lifetime = 3_600

/** A v2.0 ID token (identity-platform/id-token-claims-reference). */
export function issueIdToken(request: IdTokenRequest, key: SigningKey, now: Date, backdate: number): Promise<string> {
  const { user, client, openid, nonce, sessionId, beside = {}, tenantId, issuer } = request
  const seconds = Math.floor(now.getTime() / 1_000)
  const profile = openid.has('profile')
  const { roles, groups: membership, throughBrowser = false } = request
  const first: Claim<Fresh>[] = [['aud', client.appId], ['iss', issuer], 'iat', 'nbf', 'exp']
  const configured = client.optionalClaims?.idToken ?? []
  const others: Claim<Fresh>[] = [
    ...optionalUserClaims(configured, { user, openid, version: 2, sessionId }),
    'aio',
    ['at_hash', halfHash(beside.accessToken)],
    ['c_hash', halfHash(beside.code)],
    ['email', openid.has('email') ? (user.mail ?? undefined) : undefined],
    ['name', profile ? user.displayName : undefined],
    ['nonce', nonce],
    ['oid', user.objectId],
    ['preferred_username', profile ? signInName(user) : undefined],
    'rh',
    ['sid', sessionId],
    ['sub', pairwiseSubject(tenantId, client.appId, user.objectId)],
    ['tid', tenantId],
    'uti',
    ['ver', '2.0'],
    ...rolesAndGroups({ membership, roles, userId: user.objectId, issuer, throughBrowser }),
  ]
  const claims = prepareClaims(inOrder(first, others))
  const notBefore = seconds - backdate
  const payload = claims({ iat: notBefore, nbf: notBefore, exp: seconds + lifetime, ...opaqueClaims() })
  return signJws(encodeSegment({ typ: 'JWT', alg: 'RS256', kid: key.kid }), payload, key)
}

type Fresh = 'iat' | 'nbf' | 'exp' | 'aio' | 'rh' | 'uti'

/** The left half of the hash that belongs to RS256. */
function halfHash(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}
