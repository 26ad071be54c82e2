import type { AppRoleAssignment } from '../directory/app-role-assignments.js'
import { appRoleAssignmentType } from './assignment-type.js'
import { audit } from './audit.js'
import { created, entity, list } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { findGroup } from './groups.js'
import { keyText } from './odata/path.js'
import { guid, whole } from './properties.js'
import { type GraphRequest, noContent } from './request.js'
import { findServicePrincipal } from './service-principals.js'
import { findUser } from './users.js'

const readAssignment = whole('appRoleAssignment', { principalId: guid, resourceId: guid, appRoleId: guid }, {})

const ofPrincipal = routesOf('principalId', 'principal_id = ?', findServicePrincipal)
const toResource = routesOf('resourceId', 'resource_id = ?', findServicePrincipal)
const ofUser = routesOf('principalId', 'principal_id = ?', findUser)
const ofGroup = routesOf('principalId', 'principal_id = ?', findGroup)

/** One object seen from two sides: from the principal (`appRoleAssignments`) and from the resource (`appRoleAssignedTo`). */
export const appRoleAssignments = { ofPrincipal, toResource, ofUser, ofGroup }

function routesOf(
  side: 'principalId' | 'resourceId',
  sql: string,
  find: (request: GraphRequest) => { objectId: string },
) {
  function findAssignment(request: GraphRequest): AppRoleAssignment {
    const { objectId } = find(request)
    const id = keyText(request.keys[1])
    const assignment = request.directory.assignments.find(id)
    if (assignment?.[side] !== objectId) throw notFound(id)
    return assignment
  }
  return {
    list: (request: GraphRequest) =>
      list(request, appRoleAssignmentType, { scope: { sql, values: [find(request).objectId] } }),

    get: (request: GraphRequest) => entity(request, appRoleAssignmentType, findAssignment(request)),

    /** For application permissions this call is the admin consent. */
    create(request: GraphRequest) {
      const { objectId } = find(request)
      const input = readAssignment(request.json(), '')
      if (input.principalId !== objectId && input.resourceId !== objectId) {
        throw badRequest('Not a valid reference update')
      }
      const made = request.directory.assignments.create(input)
      note(request, 'Assign', 'Add app role assignment', 'to', made)
      return created(request, appRoleAssignmentType, made, {
        location: `servicePrincipals/${input.resourceId}/appRoleAssignedTo`,
      })
    },

    remove(request: GraphRequest) {
      const assignment = findAssignment(request)
      request.directory.assignments.remove(assignment.resourceId, assignment.id)
      note(request, 'Unassign', 'Remove app role assignment', 'from', assignment)
      return noContent()
    },
  }
}

const principalNames = { User: 'user', Group: 'group', ServicePrincipal: 'service principal' } as const

function note(
  request: GraphRequest,
  operation: 'Assign' | 'Unassign',
  activity: string,
  preposition: 'to' | 'from',
  { principalType, resourceId }: AppRoleAssignment,
): void {
  const { displayName = null } = request.directory.servicePrincipals.find({ objectId: resourceId }) ?? {}
  const principal = principalNames[principalType]
  const target = { id: resourceId, displayName, type: 'ServicePrincipal' } as const
  audit(request, operation, `${activity} ${preposition} ${principal}`, target)
}

/** `GET /appRoleAssignments`, which is no address of anything. */
export function refuseRootAssignments(): never {
  throw badRequest('Direct queries to this resource type are not supported.')
}
