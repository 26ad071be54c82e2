import { createHash } from 'node:crypto'
import type { Initiator } from '../directory/directory-audits.js'
import type { Listed } from '../directory/listing.js'
import { directoryAuditListed, signInListed, signInListedInBeta } from '../directory/queryable.js'
import { type EntityType, entity, entityType, list } from './entity.js'
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
  event_type: 'servicePrincipal' | 'interactiveUser' | 'nonInteractiveUser'
  user_id: string | null
  user_principal_name: string | null
  user_display_name: string | null
  protocol: string
  client_app: string | null
}

type SignInProperties = EntityType<SignInRow, SignInRow>['properties']

/** Graph docs: resources/signin, v1.0. */
const signInProperties: SignInProperties = {
  id: ({ sequence, app_id }) => idOf(`${app_id} ${sequence}`),
  createdDateTime: ({ time }) => new Date(time).toISOString(),
  userDisplayName: ({ user_display_name }) => user_display_name,
  userPrincipalName: ({ user_principal_name }) => user_principal_name,
  userId: ({ user_id }) => user_id,
  appId: ({ app_id }) => app_id,
  appDisplayName: ({ app_id }, request) => principalOf(app_id, request)?.appDisplayName ?? null,
  ipAddress: ({ ip_address }) => ip_address,
  clientAppUsed: ({ client_app }) => client_app,
  correlationId: ({ correlation_id }) => correlation_id,
  // There are no policies here that could apply.
  conditionalAccessStatus: () => 'notApplied',
  appliedConditionalAccessPolicies: () => [],
  isInteractive: ({ event_type }) => event_type === 'interactiveUser',
  resourceDisplayName: ({ resource }, request) => resourceOf(resource, request)?.displayName ?? resource,
  resourceId: ({ resource }, request) => resourceOf(resource, request)?.appId ?? null,
  status: ({ error_code }) => ({ errorCode: error_code, failureReason: null, additionalDetails: null }),
}

/** Graph docs: resources/signin, beta. */
const signInPropertiesInBeta: SignInProperties = {
  ...signInProperties,
  authenticationProtocol: ({ protocol }) => protocol,
  originalTransferMethod: ({ protocol }) => (protocol === 'deviceCode' ? 'deviceCodeFlow' : 'none'),
  signInEventTypes: ({ event_type }) => [event_type],
  servicePrincipalId: (row, request) => (isUsers(row) ? '' : (principalOf(row.app_id, request)?.objectId ?? null)),
  servicePrincipalName: (row, request) =>
    isUsers(row) ? null : (principalOf(row.app_id, request)?.displayName ?? null),
}

const isUsers = ({ event_type }: SignInRow) => event_type !== 'servicePrincipal'

const signInTypes = {
  'v1.0': signInType(signInListed, signInProperties),
  beta: signInType(signInListedInBeta, signInPropertiesInBeta),
}

function signInType(listed: Listed, properties: SignInProperties): EntityType<SignInRow, SignInRow> {
  return entityType({ name: 'signIn', set: 'auditLogs/signIns', listed, fromRow: (row) => row, properties })
}

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

  /** As documented, only interactive sign-ins of users, but where the filter says which kinds it wants; that only beta can be told. */
  signIns(request: GraphRequest) {
    const version = request.base.endsWith('/beta') ? 'beta' : 'v1.0'
    const unasked = { path: 'signInEventTypes', scope: { sql: "event_type = 'interactiveUser'", values: [] } }
    return list(request, signInTypes[version], { unlessFiltered: unasked })
  },
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
