import type { OAuth2PermissionGrant } from '../directory/oauth2-permission-grants.js'
import { oauth2PermissionGrantListed } from '../directory/queryable.js'
import { audit } from './audit.js'
import { count, created, entity, entityType, list } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { dateTime, guid, nullable, oneOf, partial, text, whole } from './properties.js'
import { type GraphRequest, noContent } from './request.js'
import { findServicePrincipal } from './service-principals.js'

interface Row {
  id: string
  client_id: string
  consent_type: 'AllPrincipals' | 'Principal'
  principal_id: string | null
  resource_id: string
  scope: string
}

/** Graph docs: resources/oauth2permissiongrant. */
const type = entityType<OAuth2PermissionGrant, Row>({
  name: 'oAuth2PermissionGrant',
  set: 'oauth2PermissionGrants',
  listed: oauth2PermissionGrantListed,
  fromRow: (row) => ({
    id: row.id,
    clientId: row.client_id,
    consentType: row.consent_type,
    principalId: row.principal_id,
    resourceId: row.resource_id,
    scope: row.scope,
  }),
  properties: {
    clientId: ({ clientId }) => clientId,
    consentType: ({ consentType }) => consentType,
    id: ({ id }) => id,
    principalId: ({ principalId }) => principalId,
    resourceId: ({ resourceId }) => resourceId,
    scope: ({ scope }) => scope,
  },
})

const readNew = whole(
  'oAuth2PermissionGrant',
  {
    clientId: guid,
    consentType: oneOf('AllPrincipals', 'Principal'),
    principalId: nullable(guid),
    resourceId: guid,
    scope: text,
    // Of beta and older clients; the service ignores what they say.
    startTime: nullable(dateTime),
    expiryTime: nullable(dateTime),
  },
  { principalId: null, scope: '', startTime: null, expiryTime: null },
)
const readPatch = partial('oAuth2PermissionGrant', { scope: text })

export const permissionGrants = {
  list: (request: GraphRequest) => list(request, type),
  count: (request: GraphRequest) => count(request, type),
  get: (request: GraphRequest) => entity(request, type, findGrant(request)),

  ofServicePrincipal: (request: GraphRequest) =>
    list(request, type, { scope: { sql: 'client_id = ?', values: [findServicePrincipal(request).objectId] } }),

  /** The admin consent of delegated permissions. */
  create(request: GraphRequest) {
    const { startTime: _start, expiryTime: _expiry, ...input } = readNew(request.json(), '')
    const made = request.directory.permissionGrants.create(input)
    note(request, 'Assign', 'Add delegated permission grant', made)
    return created(request, type, made)
  },

  update(request: GraphRequest) {
    const grant = findGrant(request)
    const { scope } = readPatch(request.json(), '')
    if (scope === undefined) throw badRequest("Property 'scope' is required.")
    request.directory.permissionGrants.update(grant.id, scope)
    note(request, 'Assign', 'Add delegated permission grant', grant)
    return noContent()
  },

  remove(request: GraphRequest) {
    const grant = findGrant(request)
    request.directory.permissionGrants.remove(grant.id)
    note(request, 'Unassign', 'Remove delegated permission grant', grant)
    return noContent()
  },
}

function findGrant(request: GraphRequest): OAuth2PermissionGrant {
  const id = keyText(request.keys[0])
  const grant = request.directory.permissionGrants.find(id)
  if (grant === undefined) throw notFound(id)
  return grant
}

function note(
  request: GraphRequest,
  operation: 'Assign' | 'Unassign',
  activity: string,
  { resourceId }: OAuth2PermissionGrant,
): void {
  const { displayName = null } = request.directory.servicePrincipals.find({ objectId: resourceId }) ?? {}
  audit(request, operation, activity, { id: resourceId, displayName, type: 'ServicePrincipal' })
}
