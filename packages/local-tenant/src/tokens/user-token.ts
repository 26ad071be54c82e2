import { createHash } from 'node:crypto'
import type { GroupMembership } from '../directory/group-membership.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import type { User } from '../directory/users.js'
import { hasOptionalClaim, type PreparedToken, type TokenFresh, unlessEmpty } from './access-token.js'
import { rolesAndGroups } from './group-claims.js'
import { optionalUserClaims } from './optional-claims.js'
import { type Claim, inOrder, prepareClaims } from './prepared-claims.js'
import { signInName } from './sign-in-name.js'

export interface UserTokenRequest {
  readonly user: User
  readonly client: ServicePrincipal
  readonly resource: ServicePrincipal
  /** The resource as the client named it: v1.0 tokens repeat it as their audience. */
  readonly resourceName: string
  /** The delegated permissions on the resource. */
  readonly scopes: readonly string[]
  /** The values of the user's enabled assignments on the resource. */
  readonly roles: readonly string[]
  /** Template ids of the roles by which the user administers the tenant. */
  readonly directoryRoles: readonly string[]
  /** How the client proved itself: `0` not at all, because it is public, `1` by secret, `2` by certificate. */
  readonly credential: '0' | '1' | '2'
  /** The user's groups, as far as tokens for the resource name them. */
  readonly groups: GroupMembership
  /** Of the OpenID Connect scopes, those that were asked for. */
  readonly openid: ReadonlySet<string>
  readonly sessionId?: string | undefined
  /** The user has signed in with a code that came by mail. */
  readonly byCode?: boolean
  /** It goes to the client in a URL; it does not unless this is true. */
  readonly throughBrowser?: boolean
  readonly tenantId: string
  readonly issuer: { readonly v1: string; readonly v2: string }
}

/** An access token on behalf of a user, of the version that its resource asked for (access-token-claims-reference). */
export function prepareUserToken(request: UserTokenRequest): PreparedToken {
  const version = request.resource.accessTokenVersion
  const { user, openid, sessionId, resource, roles, groups: membership, issuer, throughBrowser = false } = request
  const configured = resource.optionalClaims?.accessToken ?? []
  const others = [
    ...optionalUserClaims(configured, { user, openid, version, sessionId }),
    ...(version === 2 ? claimsV2(request) : claimsV1(request)),
    ...rolesAndGroups({ membership, roles, userId: user.objectId, issuer: issuer.v2, throughBrowser }),
  ]
  return { version, claims: prepareClaims(inOrder(firstClaims(request, version), others)) }
}

/** Who a user is to one application: another one for each, so that two of them cannot compare. */
export function pairwiseSubject(tenantId: string, appId: string, userId: string): string {
  return createHash('sha256').update(`${tenantId} ${appId} ${userId}`).digest('base64url')
}

/** Those that stand first in every token. */
function firstClaims({ resource, resourceName, issuer }: UserTokenRequest, version: 1 | 2): Claim<TokenFresh>[] {
  const [aud, iss] = version === 2 ? [resource.appId, issuer.v2] : [resourceName, issuer.v1]
  return [['aud', aud], ['iss', iss], 'iat', 'nbf', 'exp']
}

function claimsV2(request: UserTokenRequest): Claim<TokenFresh>[] {
  const { user, client, resource, scopes, credential, tenantId } = request
  return [
    'aio',
    ['azp', client.appId],
    ['azpacr', credential],
    ['idtyp', idtyp(resource)],
    ['name', user.displayName],
    ['oid', user.objectId],
    ['preferred_username', signInName(user)],
    'rh',
    ['scp', scopes.join(' ')],
    ['sub', pairwiseSubject(tenantId, resource.appId, user.objectId)],
    ['tid', tenantId],
    'uti',
    ['ver', '2.0'],
    ['wids', wids(request)],
    'xms_ftd',
  ]
}

function claimsV1(request: UserTokenRequest): Claim<TokenFresh>[] {
  const { user, client, resource, scopes, credential, byCode = false, tenantId } = request
  return [
    ['acr', '1'],
    'aio',
    // Either word is documented for what it is said of (identity-platform/access-tokens, "amr claim").
    ['amr', [byCode ? 'otp' : 'pwd']],
    ['appid', client.appId],
    ['appidacr', credential],
    ['family_name', user.surname ?? undefined],
    ['given_name', user.givenName ?? undefined],
    ['idtyp', idtyp(resource)],
    ['name', user.displayName],
    ['oid', user.objectId],
    'rh',
    ['scp', scopes.join(' ')],
    ['sub', pairwiseSubject(tenantId, resource.appId, user.objectId)],
    ['tid', tenantId],
    ['unique_name', signInName(user)],
    ['upn', user.userPrincipalName],
    'uti',
    ['ver', '1.0'],
    ['wids', wids(request)],
  ]
}

/** Only where the optional claim asks for it of users too (optional-claims-reference). */
function idtyp({ optionalClaims }: ServicePrincipal): 'user' | undefined {
  const claim = optionalClaims?.accessToken.find(({ name }) => name === 'idtyp')
  return claim?.additionalProperties.includes('include_user_token') === true ? 'user' : undefined
}

/** In tokens for Microsoft Graph, which goes by them, and for whoever configured them (identity-platform/access-token-claims-reference). */
function wids({ resource, directoryRoles }: UserTokenRequest): readonly string[] | undefined {
  const configured = hasOptionalClaim(resource, 'wids') || namesRoles(resource)
  if (resource.ownedHere && !configured) return undefined
  return unlessEmpty(directoryRoles)
}

const namesRoles = ({ groupMembershipClaims }: ServicePrincipal) =>
  groupMembershipClaims?.split(',').some((kind) => ['All', 'DirectoryRole'].includes(kind.trim())) === true
