import type { Database } from './database.js'
import { refuse } from './refusal.js'
import type { ServicePrincipals } from './service-principals.js'
import type { Users } from './users.js'

/** Delegated permissions that a client was granted: for everybody, or for one user (graph docs: resources/oauth2permissiongrant). */
export interface OAuth2PermissionGrant {
  readonly id: string
  readonly clientId: string
  readonly consentType: 'AllPrincipals' | 'Principal'
  readonly principalId: string | null
  readonly resourceId: string
  /** Values of the resource's scopes, separated by spaces. */
  readonly scope: string
}

export interface OAuth2PermissionGrants {
  find(id: string): OAuth2PermissionGrant | undefined
  ofClient(clientId: string): OAuth2PermissionGrant[]
  /** Throws DirectoryRefusal. Whether the resource has the scopes is not checked, as in Graph. */
  create(input: Omit<OAuth2PermissionGrant, 'id'>): OAuth2PermissionGrant
  /** Only the scope of a grant can change. */
  update(id: string, scope: string): void
  remove(id: string): void
}

interface Row {
  id: string
  client_id: string
  consent_type: 'AllPrincipals' | 'Principal'
  principal_id: string | null
  resource_id: string
  scope: string
}

const maxScope = 3_850

export function createOAuth2PermissionGrants(
  db: Database,
  servicePrincipals: ServicePrincipals,
  users: Users,
): OAuth2PermissionGrants {
  const byId = db.query<Row>('SELECT * FROM oauth2_permission_grants WHERE id = ?')
  const ofClient = db.query<Row>('SELECT * FROM oauth2_permission_grants WHERE client_id = ? ORDER BY rowid')
  const insert = db.query('INSERT INTO oauth2_permission_grants VALUES (?, ?, ?, ?, ?, ?)')
  const update = db.query('UPDATE oauth2_permission_grants SET scope = ? WHERE id = ?')
  const remove = db.query('DELETE FROM oauth2_permission_grants WHERE id = ?')

  function checkPrincipal({ consentType, principalId }: Omit<OAuth2PermissionGrant, 'id'>): void {
    if (consentType === 'AllPrincipals' && principalId !== null) {
      throw refuse({ kind: 'invalid', message: "principalId must be null when consentType is 'AllPrincipals'." })
    }
    if (consentType === 'Principal' && (principalId === null || users.find(principalId) === undefined)) {
      throw refuse({ kind: 'reference_not_found' })
    }
  }

  return {
    find: (id) => toGrant(byId.get(id)),
    ofClient: (clientId) => ofClient.all(clientId).flatMap((row) => toGrant(row) ?? []),
    create: (input) =>
      db.transaction(() => {
        checkPrincipal(input)
        checkScope(input.scope)
        for (const objectId of [input.clientId, input.resourceId]) {
          if (servicePrincipals.find({ objectId }) === undefined) throw refuse({ kind: 'reference_not_found' })
        }
        const id = grantId(input)
        if (byId.get(id) !== undefined) throw refuse({ kind: 'grant_exists' })
        insert.run(id, input.clientId, input.consentType, input.principalId, input.resourceId, input.scope)
        return { id, ...input }
      }),
    update(id, scope) {
      checkScope(scope)
      if (update.run(scope, id) === 0) throw refuse({ kind: 'missing', object: id })
    },
    remove(id) {
      if (remove.run(id) === 0) throw refuse({ kind: 'missing', object: id })
    },
  }
}

function checkScope(scope: string): void {
  if (scope.length <= maxScope) return
  throw refuse({ kind: 'invalid', message: `scope must have at most ${maxScope} characters.` })
}

/** One grant for each client, resource and principal: so the id is made of them, as in the service. */
export function grantId({ clientId, resourceId, principalId }: Omit<OAuth2PermissionGrant, 'id'>): string {
  const ids = [clientId, resourceId, ...(principalId === null ? [] : [principalId])]
  return Buffer.from(ids.join('').replaceAll('-', ''), 'hex').toString('base64url')
}

function toGrant(row: Row | undefined): OAuth2PermissionGrant | undefined {
  if (row === undefined) return undefined
  const { id, client_id, consent_type, principal_id, resource_id, scope } = row
  return {
    id,
    clientId: client_id,
    consentType: consent_type,
    principalId: principal_id,
    resourceId: resource_id,
    scope,
  }
}
