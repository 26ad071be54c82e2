import { type AppRoleAssignment, type AppRoleAssignmentRow, toAssignment } from '../directory/app-role-assignments.js'
import { appRoleAssignmentListed } from '../directory/queryable.js'
import { entityType } from './entity.js'
import type { GraphRequest } from './request.js'

/** Graph docs: resources/approleassignment. */
export const appRoleAssignmentType = entityType<AppRoleAssignment, AppRoleAssignmentRow>({
  name: 'appRoleAssignment',
  set: 'appRoleAssignments',
  listed: appRoleAssignmentListed,
  fromRow: toAssignment,
  properties: {
    id: ({ id }) => id,
    deletedDateTime: () => null,
    appRoleId: ({ appRoleId }) => appRoleId,
    createdDateTime: ({ created }) => created,
    principalDisplayName: ({ principalId }, request) => nameOf(principalId, request),
    principalId: ({ principalId }) => principalId,
    principalType: ({ principalType }) => principalType,
    resourceDisplayName: ({ resourceId }, request) => nameOf(resourceId, request),
    resourceId: ({ resourceId }) => resourceId,
  },
})

function nameOf(objectId: string, { directory }: GraphRequest): string | null {
  const object =
    directory.servicePrincipals.find({ objectId }) ?? directory.users.find(objectId) ?? directory.groups.find(objectId)
  return object?.displayName ?? null
}
