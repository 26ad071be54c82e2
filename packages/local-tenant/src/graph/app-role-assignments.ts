import type { AppRoleAssignment } from '../directory/app-role-assignments.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata.js'
import { guid, whole } from './properties.js'
import { created, entity, type GraphRequest, list, noContent } from './request.js'
import { findServicePrincipal } from './service-principals.js'

const readAssignment = whole('appRoleAssignment', { principalId: guid, resourceId: guid, appRoleId: guid }, {})
const context = 'appRoleAssignments'
const type = 'appRoleAssignment'

/** One object seen from two sides: from the client (`appRoleAssignments`) and from the resource (`appRoleAssignedTo`). */
export const appRoleAssignments = {
  ofPrincipal: (request: GraphRequest) =>
    list(request, context, type, () =>
      request.directory.assignments.ofPrincipal(findServicePrincipal(request).objectId).map(showIn(request)),
    ),

  toResource: (request: GraphRequest) =>
    list(request, context, type, () =>
      request.directory.assignments.toResource(findServicePrincipal(request).objectId).map(showIn(request)),
    ),

  /** For application permissions this call is the admin consent. */
  async create(request: GraphRequest) {
    const { objectId } = findServicePrincipal(request)
    const input = readAssignment(await request.json(), '')
    if (input.principalId !== objectId && input.resourceId !== objectId)
      throw badRequest('Not a valid reference update')
    const assignment = showIn(request)(request.directory.assignments.create(input))
    return created(request, context, assignment, `servicePrincipals/${input.resourceId}/appRoleAssignedTo`)
  },

  get(request: GraphRequest) {
    const { objectId } = findServicePrincipal(request)
    const id = keyText(request.keys[1])
    const assignment = request.directory.assignments.toResource(objectId).find((candidate) => candidate.id === id)
    if (assignment === undefined) throw notFound(id)
    return entity(request, `${context}/$entity`, type, showIn(request)(assignment))
  },

  removeFromResource(request: GraphRequest) {
    const { objectId } = findServicePrincipal(request)
    request.directory.assignments.remove(objectId, keyText(request.keys[1]))
    return noContent()
  },
}

function showIn({ directory }: GraphRequest) {
  const nameOf = (objectId: string) => directory.servicePrincipals.find({ objectId })?.displayName ?? null
  return (assignment: AppRoleAssignment): Record<string, unknown> => ({
    id: assignment.id,
    deletedDateTime: null,
    appRoleId: assignment.appRoleId,
    createdDateTime: assignment.created,
    principalDisplayName: nameOf(assignment.principalId),
    principalId: assignment.principalId,
    principalType: assignment.principalType,
    resourceDisplayName: nameOf(assignment.resourceId),
    resourceId: assignment.resourceId,
  })
}
