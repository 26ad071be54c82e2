import type { Database } from './database.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'
import type { ServicePrincipal, ServicePrincipals } from './service-principals.js'
import type { Users } from './users.js'

/** A role of a resource given to an application or a user: for application permissions this row is the admin consent. */
export interface AppRoleAssignment {
  readonly id: string
  readonly principalId: string
  readonly principalType: 'ServicePrincipal' | 'User'
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
  /** The values for a token's `roles`: enabled roles of the resource that are assigned to the principal. */
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
  principal_type: 'ServicePrincipal' | 'User'
  resource_id: string
  app_role_id: string
  created: string
}

export function createAppRoleAssignments(
  db: Database,
  servicePrincipals: ServicePrincipals,
  users: Users,
  { now, newAssignmentId }: { now(): string; newAssignmentId(principalId: string): string },
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
  const byId = db.query<AppRoleAssignmentRow>('SELECT * FROM app_role_assignments WHERE id = ?')
  const insert = db.query('INSERT INTO app_role_assignments VALUES (?, ?, ?, ?, ?, ?)')
  const remove = db.query('DELETE FROM app_role_assignments WHERE resource_id = ? AND id = ?')

  const heldRoles = remember(db, (pair) => {
    const [principalId = '', resourceId = ''] = pair.split(' ')
    return new Set(between.all(principalId, resourceId).map((row) => row.app_role_id))
  })

  function findPrincipal(objectId: string) {
    const servicePrincipal = servicePrincipals.find({ objectId })
    if (servicePrincipal !== undefined)
      return { objectId: servicePrincipal.objectId, type: 'ServicePrincipal' as const }
    const user = users.find(objectId)
    return user && { objectId: user.objectId, type: 'User' as const }
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
  return role?.isEnabled === true && role.allowedMemberTypes.includes(type === 'User' ? 'User' : 'Application')
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
