import type { Scope } from '../directory/listing.js'
import { ownerListed } from '../directory/queryable.js'
import { findApplication } from './applications.js'
import { audit } from './audit.js'
import { directoryObject, objectsOf } from './directory-objects.js'
import { mixed } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { readListOptions } from './odata/query.js'
import { readReference } from './reference.js'
import { type GraphRequest, noContent } from './request.js'
import { findServicePrincipal } from './service-principals.js'

/** What owns and is owned. */
interface Owned {
  readonly objectId: string
  readonly displayName: string
  readonly set: 'applications' | 'servicePrincipals'
}

const ownedApplication = (request: GraphRequest): Owned => {
  const { objectId, properties } = findApplication(request)
  return { objectId, displayName: properties.displayName, set: 'applications' }
}
const ownedServicePrincipal = (request: GraphRequest): Owned => {
  const { objectId, displayName } = findServicePrincipal(request)
  return { objectId, displayName, set: 'servicePrincipals' }
}

export const applicationOwners = ownersRoutes(ownedApplication)
export const servicePrincipalOwners = ownersRoutes(ownedServicePrincipal)

function ownersRoutes(find: (request: GraphRequest) => Owned) {
  return {
    list(request: GraphRequest) {
      const { objectId } = find(request)
      return related(request, { sql: 'object_id = ?', values: [objectId] }, ({ owner_id }) => owner_id)
    },

    add(request: GraphRequest) {
      const owned = find(request)
      const ownerId = readReference(request.json(), request)
      request.directory.owners.add(owned.objectId, ownerId)
      note(request, 'Assign', 'Add owner to', owned)
      return noContent()
    },

    remove(request: GraphRequest) {
      const owned = find(request)
      const key = request.keys[1]
      if (key?.kind !== 'id') throw badRequest('An owner is named by its id.')
      request.directory.owners.remove(owned.objectId, key.id.toLowerCase())
      note(request, 'Unassign', 'Remove owner from', owned)
      return noContent()
    },
  }
}

function note(request: GraphRequest, operation: 'Assign' | 'Unassign', what: string, owned: Owned): void {
  const application = owned.set === 'applications'
  const type = application ? 'Application' : 'ServicePrincipal'
  const activity = `${what} ${application ? 'application' : 'service principal'}`
  audit(request, operation, activity, { id: owned.objectId, displayName: owned.displayName, type })
}

export const ownedObjects = {
  list(request: GraphRequest) {
    const { objectId } = findServicePrincipal(request)
    return related(request, { sql: 'owner_id = ?', values: [objectId] }, ({ object_id }) => object_id)
  },
}

interface OwnerRow {
  owner_id: string
  object_id: string
}

/** One page of the objects at the other end of an ownership. */
function related(request: GraphRequest, scope: Scope, endOf: (row: OwnerRow) => string) {
  const type = { name: 'directoryObject', fields: {}, hasProperty: () => false }
  const options = readListOptions(request.query, type, request.eventual)
  const { rows, end } = request.directory.listing.page<OwnerRow>(ownerListed, {
    where: null,
    sorting: [],
    after: options.after,
    limit: options.top,
    scope,
  })
  const select = request.query.get('$select')
  const objects = objectsOf(request, rows.map(endOf), select)
  return mixed(request, 'directoryObjects', objects, end === null ? null : options.tokenFor(end))
}

/** `GET /directoryObjects/{id}`: an object whose type the caller does not know. */
export const directoryObjects = {
  get(request: GraphRequest) {
    const id = keyText(request.keys[0])
    const object = directoryObject(request, id, request.query.get('$select'))
    if (object === undefined) throw notFound(id)
    const context = { '@odata.context': `${request.base}/$metadata#directoryObjects/$entity` }
    return { status: 200, headers: { 'odata-version': '4.0' }, body: { ...context, ...object } }
  },
}
