import type { AppRoleAssignments } from './app-role-assignments.js'
import type { Groups } from './groups.js'
import type { ServicePrincipal } from './service-principals.js'
import type { User } from './users.js'

/** The groups of a user that an application is told of. */
export interface GroupMembership {
  /** Object ids; null where the application asks for none. */
  readonly groups: readonly string[] | null
  /** In `roles`, in place of app roles (identity-platform/optional-claims, "emit_as_roles"). */
  readonly asRoles: boolean
}

interface Context {
  readonly groups: Groups
  readonly assignments: AppRoleAssignments
}

/** What an application's `groupMembershipClaims` asks for, for one kind of token (identity-platform/reference-app-manifest). */
export function groupMembership(
  user: User,
  application: ServicePrincipal,
  token: 'accessToken' | 'idToken',
  { groups, assignments }: Context,
): GroupMembership {
  const kinds = application.groupMembershipClaims?.split(',').map((kind) => kind.trim()) ?? []
  const entry = application.optionalClaims?.[token].find(({ name }) => name === 'groups')
  const asRoles = entry?.additionalProperties.includes('emit_as_roles') === true
  if (kinds.includes('SecurityGroup') || kinds.includes('All')) return { groups: groups.around(user.objectId), asRoles }
  if (!kinds.includes('ApplicationGroup')) return { groups: null, asRoles }
  // As documented, those alone that the user is in directly.
  const assigned = groups.of(user.objectId).filter((objectId) => assignments.isAssigned({ objectId }, application))
  return { groups: assigned, asRoles }
}
