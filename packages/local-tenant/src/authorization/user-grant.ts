import type { Directory } from '../directory/directory.js'
import { type GroupMembership, groupMembership } from '../directory/group-membership.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import type { User } from '../directory/users.js'
import { refusal } from '../errors/aadsts.js'
import { type DelegatedScope, graphName, isMicrosoftGraph, readDelegatedScope } from './delegated-scope.js'

/** What a client gets on behalf of a user. */
export interface UserGrant {
  readonly user: User
  readonly client: ServicePrincipal
  readonly resource: ServicePrincipal
  readonly resourceName: string
  /** The delegated permissions on the resource. */
  readonly scopes: readonly string[]
  /** The same as the client is told: each with the resource as it named it. */
  readonly scope: string
  readonly openid: ReadonlySet<string>
  /** The values of the user's roles on the resource, and on the client, which an ID token tells. */
  readonly roles: readonly string[]
  readonly clientRoles: readonly string[]
  /** The user's groups, as far as tokens for the resource name them, and ID tokens for the client. */
  readonly groups: GroupMembership
  readonly clientGroups: GroupMembership
  /** Template ids of the roles by which the user administers the tenant. */
  readonly directoryRoles: readonly string[]
}

export interface UserGrantRequest {
  readonly userId: string
  readonly client: ServicePrincipal
  readonly scope: string
  readonly tenantAsRequested: string
}

/**
 * What the directory says now that a client may do for a user. That the user has signed in is the caller's to know.
 * Throws EntraError: the account is gone or disabled, or not assigned where that is required, or something was not consented
 * to. In an external tenant only administrators consent, for everybody.
 */
export function grantToUser(request: UserGrantRequest, directory: Directory): UserGrant {
  const { userId, client, scope, tenantAsRequested } = request
  const user = directory.users.find(userId)
  if (user === undefined) throw refusal('userNotFound', { user: userId, tenant: tenantAsRequested })
  if (!user.accountEnabled) throw refusal('userDisabled', {})
  const asked = readDelegatedScope(scope, directory, tenantAsRequested)
  const { resource, openid } = asked
  for (const application of [client, resource]) checkAssigned(user, application, directory)
  const permissions = consented(asked, client, user, directory)
  const { assignments, directoryRoles } = directory
  return {
    user,
    client,
    resource,
    resourceName: asked.resourceName ?? graphName,
    scopes: withOpenid(permissions, asked),
    scope: told(permissions, asked),
    openid,
    roles: assignments.roleValues(user, resource),
    clientRoles: assignments.roleValues(user, client),
    groups: groupMembership(user, resource, 'accessToken', directory),
    clientGroups: groupMembership(user, client, 'idToken', directory),
    directoryRoles: directoryRoles.of(user.objectId),
  }
}

function checkAssigned(user: User, application: ServicePrincipal, { assignments }: Directory): void {
  if (!application.appRoleAssignmentRequired || assignments.isAssigned(user, application)) return
  const { appId, appDisplayName: name } = application
  throw refusal('userNotAssigned', { user: user.userPrincipalName, appId, name })
}

function consented(
  { resource, permissions, openid }: DelegatedScope,
  client: ServicePrincipal,
  user: User,
  directory: Directory,
): readonly string[] {
  const granted = grantedPermissions(client, resource, user, directory)
  // OpenID Connect's own need no consent here; asked for alone, they are all there is to grant.
  const wanted = permissions === 'granted' ? granted : permissions
  const nothing = wanted.length === 0 && (permissions === 'granted' || openid.size === 0)
  if (!nothing && wanted.every((permission) => granted.includes(permission))) return wanted
  throw refusal('consentRequired', { appId: client.appId, name: client.appDisplayName })
}

/** The enabled permissions that an administrator granted to the client, and those that the resource gives it by itself. */
function grantedPermissions(
  client: ServicePrincipal,
  resource: ServicePrincipal,
  user: User,
  { permissionGrants, applications }: Directory,
): string[] {
  const byGrant = permissionGrants
    .ofClient(client.objectId)
    .filter(({ resourceId }) => resourceId === resource.objectId)
    .filter(({ consentType, principalId }) => consentType === 'AllPrincipals' || principalId === user.objectId)
    .flatMap(({ scope }) => scope.split(' '))
  const api = applications.find({ appId: resource.appId })?.properties.api
  const preAuthorized = api?.preAuthorizedApplications
    .filter(({ appId }) => appId === client.appId)
    .flatMap(({ delegatedPermissionIds }) => delegatedPermissionIds)
  return resource.oauth2PermissionScopes.flatMap(({ id, value, isEnabled }) =>
    isEnabled && (byGrant.includes(value) || preAuthorized?.includes(id) === true) ? [value] : [],
  )
}

/** Tokens for Microsoft Graph list OpenID Connect's scopes, which are its own permissions; others never do. */
function withOpenid(permissions: readonly string[], { resource, openid }: DelegatedScope): string[] {
  if (!isMicrosoftGraph(resource)) return [...permissions]
  return [...new Set([...permissions, ...[...openid].filter((name) => name !== 'offline_access')])]
}

function told(permissions: readonly string[], asked: DelegatedScope): string {
  const prefix = asked.resourceName === null ? '' : `${asked.resourceName}/`
  const everything = asked.permissions === 'granted' ? [`${prefix}.default`] : []
  const openid = isMicrosoftGraph(asked.resource) ? withOpenid([], asked) : []
  return [...openid, ...permissions.map((permission) => prefix + permission), ...everything].join(' ')
}
