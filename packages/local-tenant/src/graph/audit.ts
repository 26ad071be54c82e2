import type { DirectoryAudit, Initiator } from '../directory/directory-audits.js'
import type { GraphRequest } from './request.js'

const categories = {
  Application: 'ApplicationManagement',
  ServicePrincipal: 'ApplicationManagement',
  User: 'UserManagement',
  Group: 'GroupManagement',
  Policy: 'Policy',
} as const

/** Notes a change, in the transaction that makes it: who changed what. */
export function audit(
  request: GraphRequest,
  operation: DirectoryAudit['operation'],
  activity: string,
  target: { id: string; displayName: string | null; type: keyof typeof categories },
): void {
  const category = categories[target.type]
  const { correlationId } = request
  request.directory.audits.note({
    activity,
    category,
    operation,
    correlationId,
    initiator: initiatorOf(request),
    target,
  })
}

function initiatorOf({ caller, directory }: GraphRequest): Initiator {
  if (caller.kind === 'user') {
    const user = directory.users.find(caller.objectId)
    const { displayName = null, userPrincipalName = null } = user ?? {}
    return { user: { id: caller.objectId, displayName, userPrincipalName } }
  }
  const { displayName = null } = directory.servicePrincipals.find({ objectId: caller.objectId }) ?? {}
  return { app: { appId: caller.appId, displayName, servicePrincipalId: caller.objectId } }
}
