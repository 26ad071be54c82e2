import type { Database } from './database.js'
import type { Groups } from './groups.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'
import type { ServicePrincipal, ServicePrincipals } from './service-principals.js'
import type { Users } from './users.js'

/** A role of a resource given to an application, a user or a group: for application permissions this row is the admin consent. */
export interface AppRoleAssignment {
  readonly id: string
  readonly principalId: string
  readonly principalType: 'ServicePrincipal' | 'User' | 'Group'
  readonly resourceId: string
  readonly appRoleId: string
  readonly created: string
}

export interface AppRoleAssignments {
  ofPrincipal(principalId: string): AppRoleAssignment[]
  toResource(resourceId: string): AppRoleAssignment[]
  create(input: { principalId: string; resourceId: string; appRoleId: string }): AppRoleAssignment
  find(id: string): AppRoleAssignment | undefined
  remove(resourceId: string, id: string): void
  /**
   * The values for a token's `roles`: enabled roles of the resource that are assigned to the principal, or to a group that a
   * user is in. Groups within groups, and those of service principals, count for nothing here, as with the real service
   * (identity-platform/howto-add-app-roles-in-apps).
   */
  roleValues(principal: Principal, resource: ServicePrincipal): string[]
  isAssigned(principal: Principal, resource: ServicePrincipal): boolean
}

/** A service principal or a user. */
type Principal = { readonly objectId: string }

/** Assigns a principal to an application without giving it any role (graph docs: resources/approleassignment). */
const defaultAccess = '00000000-0000-0000-0000-000000000000'

export interface AppRoleAssignmentRow {
  id: string
  principal_id: string
  principal_type: 'ServicePrincipal' | 'User' | 'Group'
  resource_id: string
  app_role_id: string
  created: string
}

interface Context {
  readonly servicePrincipals: ServicePrincipals
  readonly users: Users
  readonly groups: Groups
  now(): string
  newAssignmentId(principalId: string): string
}

export function createAppRoleAssignments(
  db: Database,
  { servicePrincipals, users, groups, now, newAssignmentId }: Context,
): AppRoleAssignments {
  const ofPrincipal = db.query<AppRoleAssignmentRow>(
    'SELECT * FROM app_role_assignments WHERE principal_id = ? ORDER BY created, id',
  )
  const toResource = db.query<AppRoleAssignmentRow>(
    'SELECT * FROM app_role_assignments WHERE resource_id = ? ORDER BY created, id',
  )
  const between = db.query<AppRoleAssignmentRow>(
    'SELECT * FROM app_role_assignments WHERE principal_id = ? AND resource_id = ?',
  )
  const everyHeld = db.query<{ app_role_id: string }>(
    `SELECT app_role_id FROM app_role_assignments WHERE resource_id = ?1 AND (principal_id = ?2 OR principal_id IN
      (SELECT group_id FROM group_members JOIN users ON object_id = member_id WHERE member_id = ?2))`,
  )
  const byId = db.query<AppRoleAssignmentRow>('SELECT * FROM app_role_assignments WHERE id = ?')
  const insert = db.query('INSERT INTO app_role_assignments VALUES (?, ?, ?, ?, ?, ?)')
  const remove = db.query('DELETE FROM app_role_assignments WHERE resource_id = ? AND id = ?')

  const heldRoles = remember(db, (pair) => {
    const [principalId = '', resourceId = ''] = pair.split(' ')
    return new Set(everyHeld.all(resourceId, principalId).map((row) => row.app_role_id))
  })

  function findPrincipal(objectId: string) {
    const servicePrincipal = servicePrincipals.find({ objectId })
    if (servicePrincipal !== undefined)
      return { objectId: servicePrincipal.objectId, type: 'ServicePrincipal' as const }
    const user = users.find(objectId)
    if (user !== undefined) return { objectId: user.objectId, type: 'User' as const }
    const group = groups.find(objectId)
    return group && { objectId: group.objectId, type: 'Group' as const }
  }

  return {
    ofPrincipal: (principalId) => ofPrincipal.all(principalId).map(toAssignment),
    toResource: (resourceId) => toResource.all(resourceId).map(toAssignment),
    create: (input) =>
      db.transaction(() => {
        const principal = findPrincipal(input.principalId)
        const resource = servicePrincipals.find({ objectId: input.resourceId })
        if (principal === undefined || resource === undefined) throw refuse({ kind: 'reference_not_found' })
        const appRoleId = input.appRoleId.toLowerCase()
        if (!assignable(resource, appRoleId, principal.type)) throw refuse({ kind: 'role_not_found' })
        const held = between.all(principal.objectId, resource.objectId)
        if (held.some((row) => row.app_role_id === appRoleId)) throw refuse({ kind: 'assignment_exists' })
        const row: AppRoleAssignmentRow = {
          id: newAssignmentId(principal.objectId),
          principal_id: principal.objectId,
          principal_type: principal.type,
          resource_id: resource.objectId,
          app_role_id: appRoleId,
          created: now(),
        }
        insert.run(row.id, row.principal_id, row.principal_type, row.resource_id, row.app_role_id, row.created)
        return toAssignment(row)
      }),
    find(id) {
      const row = byId.get(id)
      return row === undefined ? undefined : toAssignment(row)
    },
    remove(resourceId, id) {
      if (remove.run(resourceId, id) === 0) throw refuse({ kind: 'missing', object: id })
    },
    roleValues(principal, resource) {
      const held = heldRoles(`${principal.objectId} ${resource.objectId}`)
      return resource.appRoles.flatMap(({ id, isEnabled, value }) =>
        isEnabled && value !== null && value !== '' && held.has(id) ? [value] : [],
      )
    },
    isAssigned: (principal, resource) => heldRoles(`${principal.objectId} ${resource.objectId}`).size > 0,
  }
}

function assignable(resource: ServicePrincipal, appRoleId: string, type: AppRoleAssignment['principalType']): boolean {
  if (appRoleId === defaultAccess) return true
  const role = resource.appRoles.find((candidate) => candidate.id === appRoleId)
  return (
    role?.isEnabled === true && role.allowedMemberTypes.includes(type === 'ServicePrincipal' ? 'Application' : 'User')
  )
}

export function toAssignment(row: AppRoleAssignmentRow): AppRoleAssignment {
  return {
    id: row.id,
    principalId: row.principal_id,
    principalType: row.principal_type,
    resourceId: row.resource_id,
    appRoleId: row.app_role_id,
    created: row.created,
  }
}
