import { createHash } from 'node:crypto'
import type { Initiator } from '../directory/directory-audits.js'
import { directoryAuditListed, signInListed } from '../directory/queryable.js'
import { entity, entityType, list } from './entity.js'
import { notFound } from './errors.js'
import { keyText } from './odata/path.js'
import type { GraphRequest } from './request.js'

interface AuditRow {
  id: string
  time: string
  activity: string
  category: string
  operation: string
  correlation_id: string
  initiator: string
  target: string
}

/** Graph docs: resources/directoryaudit. */
const auditType = entityType<AuditRow, AuditRow>({
  name: 'directoryAudit',
  set: 'auditLogs/directoryAudits',
  listed: directoryAuditListed,
  fromRow: (row) => row,
  properties: {
    id: ({ id }) => id,
    category: ({ category }) => category,
    correlationId: ({ correlation_id }) => correlation_id,
    // A change that was refused is not in the log.
    result: () => 'success',
    resultReason: () => '',
    activityDisplayName: ({ activity }) => activity,
    activityDateTime: ({ time }) => time,
    loggedByService: () => 'Core Directory',
    operationType: ({ operation }) => operation,
    initiatedBy: ({ initiator }) => ({ user: null, app: null, ...(JSON.parse(initiator) as Initiator) }),
    targetResources: ({ target }) => [
      { userPrincipalName: null, groupType: null, modifiedProperties: [], ...(JSON.parse(target) as object) },
    ],
    additionalDetails: () => [],
  },
})

interface SignInRow {
  sequence: number
  time: number
  app_id: string
  resource: string | null
  error_code: number
  correlation_id: string | null
  ip_address: string
}

/** Graph docs: resources/signin. Only applications sign in so far, by themselves. */
const signInType = entityType<SignInRow, SignInRow>({
  name: 'signIn',
  set: 'auditLogs/signIns',
  listed: signInListed,
  fromRow: (row) => row,
  properties: {
    id: ({ sequence, app_id }) => idOf(`${app_id} ${sequence}`),
    createdDateTime: ({ time }) => new Date(time).toISOString(),
    appId: ({ app_id }) => app_id,
    appDisplayName: ({ app_id }, request) => principalOf(app_id, request)?.appDisplayName ?? null,
    ipAddress: ({ ip_address }) => ip_address,
    correlationId: ({ correlation_id }) => correlation_id,
    isInteractive: () => false,
    signInEventTypes: () => ['servicePrincipal'],
    servicePrincipalId: ({ app_id }, request) => principalOf(app_id, request)?.objectId ?? null,
    servicePrincipalName: ({ app_id }, request) => principalOf(app_id, request)?.displayName ?? null,
    resourceDisplayName: ({ resource }, request) => resourceOf(resource, request)?.displayName ?? resource,
    resourceId: ({ resource }, request) => resourceOf(resource, request)?.appId ?? null,
    status: ({ error_code }) => ({ errorCode: error_code, failureReason: null, additionalDetails: null }),
  },
})

export const auditLogs = {
  directoryAudits: (request: GraphRequest) => list(request, auditType),

  directoryAudit(request: GraphRequest) {
    const id = keyText(request.keys[0])
    const scope = { sql: 'id = ?', values: [id.toLowerCase()] }
    const query = { where: null, sorting: [], after: null, limit: 1, scope }
    const [row] = request.directory.listing.page<AuditRow>(directoryAuditListed, query).rows
    if (row === undefined) throw notFound(id)
    return entity(request, auditType, row)
  },

  signIns: (request: GraphRequest) => list(request, signInType),
}

const principalOf = (appId: string, { directory }: GraphRequest) => directory.servicePrincipals.find({ appId })

function resourceOf(resource: string | null, { directory }: GraphRequest) {
  return resource === null ? undefined : directory.servicePrincipals.findByName(resource)
}

/** An id that looks as the service's do, the same for the same sign-in. */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
