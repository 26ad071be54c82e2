import { createHash } from 'node:crypto'
import type { ServicePrincipal } from '../directory/service-principals.js'
import type { User } from '../directory/users.js'
import { hasOptionalClaim, type PreparedToken, type TokenFresh, unlessEmpty } from './access-token.js'
import { type Claim, prepareClaims } from './prepared-claims.js'

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
  readonly tenantId: string
  readonly issuer: { readonly v1: string; readonly v2: string }
}

/** An access token on behalf of a user, of the version that its resource asked for (access-token-claims-reference). */
export function prepareUserToken(request: UserTokenRequest): PreparedToken {
  const version = request.resource.accessTokenVersion
  return { version, claims: prepareClaims(version === 2 ? claimsV2(request) : claimsV1(request)) }
}

/** Who a user is to one application: another one for each, so that two of them cannot compare. */
export function pairwiseSubject(tenantId: string, appId: string, userId: string): string {
  return createHash('sha256').update(`${tenantId} ${appId} ${userId}`).digest('base64url')
}

/** What a user is shown and found by; nobody may decide by it. */
export function signInName({ identities, userPrincipalName }: User): string {
  const email = identities.find(({ signInType }) => signInType === 'emailAddress')
  return email?.issuerAssignedId ?? userPrincipalName
}

function claimsV2(request: UserTokenRequest): Claim<TokenFresh>[] {
  const { user, client, resource, scopes, roles, credential, tenantId, issuer } = request
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
    ['name', user.displayName],
    ['oid', user.objectId],
    ['preferred_username', signInName(user)],
    'rh',
    ['roles', unlessEmpty(roles)],
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
  const { user, client, resource, resourceName, scopes, roles, credential, tenantId, issuer } = request
  return [
    ['aud', resourceName],
    ['iss', issuer.v1],
    'iat',
    'nbf',
    'exp',
    ['acr', '1'],
    'aio',
    ['amr', ['pwd']],
    ['appid', client.appId],
    ['appidacr', credential],
    ['family_name', user.surname ?? undefined],
    ['given_name', user.givenName ?? undefined],
    ['idtyp', idtyp(resource)],
    ['name', user.displayName],
    ['oid', user.objectId],
    'rh',
    ['roles', unlessEmpty(roles)],
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

/** In tokens for Microsoft Graph, which goes by them, and for whoever configured the optional claim. */
function wids({ resource, directoryRoles }: UserTokenRequest): readonly string[] | undefined {
  if (resource.ownedHere && !hasOptionalClaim(resource, 'wids')) return undefined
  return unlessEmpty(directoryRoles)
}
