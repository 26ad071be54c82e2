import type { Database } from './database.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'
import type { ServicePrincipal, ServicePrincipals } from './service-principals.js'

/** A role of a resource given to an application: for application permissions this row is the admin consent. */
export interface AppRoleAssignment {
  readonly id: string
  readonly principalId: string
  readonly principalType: 'ServicePrincipal'
  readonly resourceId: string
  readonly appRoleId: string
  readonly created: string
}

export interface AppRoleAssignments {
  ofPrincipal(principalId: string): AppRoleAssignment[]
  toResource(resourceId: string): AppRoleAssignment[]
  create(input: { principalId: string; resourceId: string; appRoleId: string }): AppRoleAssignment
  remove(resourceId: string, id: string): void
  /** The values for a token's `roles`: enabled roles of the resource that are assigned to the client. */
  roleValues(client: ServicePrincipal, resource: ServicePrincipal): string[]
  isAssigned(client: ServicePrincipal, resource: ServicePrincipal): boolean
}

/** Assigns a principal to an application without giving it any role (graph docs: resources/approleassignment). */
const defaultAccess = '00000000-0000-0000-0000-000000000000'

interface Row {
  id: string
  principal_id: string
  principal_type: 'ServicePrincipal'
  resource_id: string
  app_role_id: string
  created: string
}

export function createAppRoleAssignments(
  db: Database,
  servicePrincipals: ServicePrincipals,
  { now, newAssignmentId }: { now(): string; newAssignmentId(principalId: string): string },
): AppRoleAssignments {
  const ofPrincipal = db.query<Row>('SELECT * FROM app_role_assignments WHERE principal_id = ? ORDER BY created, id')
  const toResource = db.query<Row>('SELECT * FROM app_role_assignments WHERE resource_id = ? ORDER BY created, id')
  const between = db.query<Row>('SELECT * FROM app_role_assignments WHERE principal_id = ? AND resource_id = ?')
  const insert = db.query('INSERT INTO app_role_assignments VALUES (?, ?, ?, ?, ?, ?)')
  const remove = db.query('DELETE FROM app_role_assignments WHERE resource_id = ? AND id = ?')

  const heldRoles = remember(db, (pair) => {
    const [principalId = '', resourceId = ''] = pair.split(' ')
    return new Set(between.all(principalId, resourceId).map((row) => row.app_role_id))
  })

  return {
    ofPrincipal: (principalId) => ofPrincipal.all(principalId).map(toAssignment),
    toResource: (resourceId) => toResource.all(resourceId).map(toAssignment),
    create: (input) =>
      db.transaction(() => {
        const principal = servicePrincipals.find({ objectId: input.principalId })
        const resource = servicePrincipals.find({ objectId: input.resourceId })
        if (principal === undefined || resource === undefined) throw refuse({ kind: 'reference_not_found' })
        const appRoleId = input.appRoleId.toLowerCase()
        if (!assignable(resource, appRoleId)) throw refuse({ kind: 'role_not_found' })
        const held = between.all(principal.objectId, resource.objectId)
        if (held.some((row) => row.app_role_id === appRoleId)) throw refuse({ kind: 'assignment_exists' })
        const row: Row = {
          id: newAssignmentId(principal.objectId),
          principal_id: principal.objectId,
          principal_type: 'ServicePrincipal',
          resource_id: resource.objectId,
          app_role_id: appRoleId,
          created: now(),
        }
        insert.run(row.id, row.principal_id, row.principal_type, row.resource_id, row.app_role_id, row.created)
        return toAssignment(row)
      }),
    remove(resourceId, id) {
      if (remove.run(resourceId, id) === 0) throw refuse({ kind: 'missing', object: id })
    },
    roleValues(client, resource) {
      const held = heldRoles(`${client.objectId} ${resource.objectId}`)
      return resource.appRoles.flatMap(({ id, isEnabled, value }) =>
        isEnabled && value !== null && value !== '' && held.has(id) ? [value] : [],
      )
    },
    isAssigned: (client, resource) => heldRoles(`${client.objectId} ${resource.objectId}`).size > 0,
  }
}

function assignable(resource: ServicePrincipal, appRoleId: string): boolean {
  if (appRoleId === defaultAccess) return true
  const role = resource.appRoles.find((candidate) => candidate.id === appRoleId)
  return role?.isEnabled === true && role.allowedMemberTypes.includes('Application')
}

function toAssignment(row: Row): AppRoleAssignment {
  return {
    id: row.id,
    principalId: row.principal_id,
    principalType: row.principal_type,
    resourceId: row.resource_id,
    appRoleId: row.app_role_id,
    created: row.created,
  }
}
