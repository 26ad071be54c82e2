import type { DeletedItem, DeletedType } from '../directory/deleted-items.js'
import { deletedListed } from '../directory/queryable.js'
import type { Answer } from '../listener/call.js'
import { audit } from './audit.js'
import { applicationType, directoryObject, servicePrincipalType, userType } from './directory-objects.js'
import { count, type EntityType, embedded, list, type Shown } from './entity.js'
import { notFound } from './errors.js'
import { keyText } from './odata/path.js'
import { type GraphRequest, noContent } from './request.js'

/** How the audit log calls what happens to a deleted object of each type. */
const words: Readonly<Record<DeletedType, { type: 'Application' | 'ServicePrincipal' | 'User'; name: string }>> = {
  application: { type: 'Application', name: 'application' },
  servicePrincipal: { type: 'ServicePrincipal', name: 'service principal' },
  user: { type: 'User', name: 'user' },
}

function listOf<T, Row>(kind: DeletedType, type: EntityType<T, Row>) {
  const within = (request: GraphRequest) => ({
    listed: deletedListed[kind],
    scope: { sql: 'type = ? AND deleted > ?', values: [kind, request.directory.deletedItems.horizon()] },
    context: 'directory/deletedItems',
  })
  return {
    list: (request: GraphRequest) => list(request, type, within(request)),
    count: (request: GraphRequest) => count(request, type, within(request)),
  }
}

/** What was deleted in the last thirty days (graph docs: api/directory-deleteditems-list). */
export const deletedItems = {
  applications: listOf('application', applicationType),
  servicePrincipals: listOf('servicePrincipal', servicePrincipalType),
  users: listOf('user', userType),

  get(request: GraphRequest): Answer {
    const shown = show(find(request), request)
    const context = { '@odata.context': `${request.base}/$metadata#directoryObjects/$entity` }
    return { status: 200, headers: { 'odata-version': '4.0' }, body: { ...context, ...shown } }
  },

  restore(request: GraphRequest): Answer {
    const { objectId, type } = find(request)
    request.directory.deletedItems.restore(objectId)
    const restored = directoryObject(request, objectId, null) ?? {}
    note(request, 'Restore', `Restore ${words[type].name}`, type, restored)
    const context = { '@odata.context': `${request.base}/$metadata#directoryObjects/$entity` }
    return { status: 200, headers: { 'odata-version': '4.0' }, body: { ...context, ...restored } }
  },

  purge(request: GraphRequest): Answer {
    const item = find(request)
    const shown = show(item, request)
    request.directory.deletedItems.purge(item.objectId)
    note(request, 'Delete', `Hard delete ${words[item.type].name}`, item.type, shown)
    return noContent()
  },
}

function find(request: GraphRequest): DeletedItem {
  const id = keyText(request.keys[0])
  const item = request.directory.deletedItems.find(id)
  if (item === undefined) throw notFound(id)
  return item
}

function show({ objectId, type }: DeletedItem, request: GraphRequest): Shown {
  const shown = {
    application: showAs(applicationType),
    servicePrincipal: showAs(servicePrincipalType),
    user: showAs(userType),
  }
  return shown[type](type, objectId, request)
}

function showAs<T, Row>(type: EntityType<T, Row>) {
  return (kind: DeletedType, objectId: string, request: GraphRequest): Shown => {
    const query = {
      where: null,
      sorting: [],
      after: null,
      limit: 1,
      scope: { sql: 'object_id = ?', values: [objectId] },
    }
    const [row] = request.directory.listing.page<Row>(deletedListed[kind], query).rows
    return row === undefined ? {} : embedded(type.fromRow(row, request), type, request, request.query.get('$select'))
  }
}

function note(
  request: GraphRequest,
  operation: 'Restore' | 'Delete',
  activity: string,
  type: DeletedType,
  { id, displayName }: Shown,
): void {
  const name = typeof displayName === 'string' ? displayName : null
  audit(request, operation, activity, { id: String(id), displayName: name, type: words[type].type })
}
