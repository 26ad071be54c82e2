import { administratorName } from '../directory/first-contents.js'
import { microsoftGraphAppId } from '../directory/microsoft-graph.js'
import type { ServicePrincipal, ServicePrincipalProperties } from '../directory/service-principals.js'
import { firstOwners } from './applications.js'
import { audit } from './audit.js'
import { denied } from './authorize.js'
import { servicePrincipalType } from './directory-objects.js'
import { count, created, entity, list } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { type KeyPredicate, keyText } from './odata/path.js'
import { boolean, collection, guid, nullable, oneOf, partial, type Read, text } from './properties.js'
import { type GraphRequest, noContent, replicated } from './request.js'

/** The writable properties of `servicePrincipal`; the rest mirrors its application (graph docs: resources/serviceprincipal). */
const writable = {
  displayName: text,
  accountEnabled: boolean,
  appRoleAssignmentRequired: boolean,
  tags: collection(text),
  alternativeNames: collection(text),
  description: nullable(text),
  homepage: nullable(text),
  loginUrl: nullable(text),
  logoutUrl: nullable(text),
  notes: nullable(text),
  notificationEmailAddresses: collection(text),
  preferredSingleSignOnMode: nullable(text),
}
const readPatch = partial('servicePrincipal', writable)
const readNew = partial('servicePrincipal', {
  ...writable,
  appId: guid,
  // The only kind there is here; clients state it.
  servicePrincipalType: oneOf('Application'),
  'owners@odata.bind': collection(text),
})

export const servicePrincipals = {
  list: (request: GraphRequest) => list(request, servicePrincipalType),
  count: (request: GraphRequest) => count(request, servicePrincipalType),
  get: (request: GraphRequest) => entity(request, servicePrincipalType, findServicePrincipal(request)),

  create(request: GraphRequest) {
    const { appId, ...input } = readNew(request.json(), '')
    if (appId === undefined) throw badRequest("Property 'appId' is required.")
    return createFrom(appId, input, request)
  },

  /** PATCH, and with `Prefer: create-if-missing` on an appId the upsert (graph docs: api/serviceprincipal-upsert). */
  update(request: GraphRequest) {
    const [key] = request.keys
    const existing = request.directory.servicePrincipals.find(servicePrincipalKey(key))
    if (existing === undefined && request.createIfMissing && key?.kind === 'alternate') {
      const { appId: _, ...input } = readNew(request.json() ?? {}, '')
      return createFrom(key.value.toLowerCase(), input, request)
    }
    const input = readPatch(request.json() ?? {}, '')
    const found = findServicePrincipal(request)
    if (input.accountEnabled === false) refuseWhereNeeded(found, 'disabled', request)
    const { objectId } = found
    note(request, 'Update', 'Update service principal', request.directory.servicePrincipals.update(objectId, input))
    return noContent()
  },

  /** Into the deleted items; what it was granted and what was granted on it is gone for good. */
  remove(request: GraphRequest) {
    const servicePrincipal = findServicePrincipal(request)
    refuseWhereNeeded(servicePrincipal, 'deleted', request)
    request.directory.deletedItems.add('servicePrincipal', servicePrincipal.objectId)
    note(request, 'Delete', 'Remove service principal', servicePrincipal)
    return noContent()
  },
}

/** Throws GraphRefusal for the two without which nobody could call Graph any more, not even to undo it. */
function refuseWhereNeeded(
  { appId }: ServicePrincipal,
  what: 'deleted' | 'disabled',
  { directory }: GraphRequest,
): void {
  if (appId === microsoftGraphAppId) {
    throw badRequest(`The service principal of Microsoft Graph cannot be ${what}: every tenant has it.`)
  }
  if (appId !== directory.applications.find({ uniqueName: administratorName })?.appId) return
  throw badRequest(`The service principal of the application that administers this tenant cannot be ${what}.`)
}

type Input = Omit<Read<typeof readNew>, 'appId'>

function createFrom(appId: string, input: Input, request: GraphRequest) {
  const { 'owners@odata.bind': ownerUrls = [], servicePrincipalType: _, ...properties } = input
  const { servicePrincipals: all, applications, owners } = request.directory
  const application = replicated(applications.find({ appId }), request)
  if (application === undefined) throw badRequest(unknownAppId(appId))
  const { caller, ownedOnly } = request
  if (ownedOnly && !owners.has(application.objectId, caller.objectId)) throw denied()
  const made = all.create(appId, properties satisfies Partial<ServicePrincipalProperties>)
  for (const ownerId of firstOwners(ownerUrls, request)) owners.add(made.objectId, ownerId)
  note(request, 'Add', 'Add service principal', made)
  return created(request, servicePrincipalType, made)
}

const unknownAppId = (appId: string) => `The appId '${appId}' does not reference a valid application object.`

function note(
  request: GraphRequest,
  operation: 'Add' | 'Update' | 'Delete',
  activity: string,
  { objectId, displayName }: ServicePrincipal,
): void {
  audit(request, operation, activity, { id: objectId, displayName, type: 'ServicePrincipal' })
}

/** The service principal that the request's path begins with. Throws GraphRefusal when there is none, or it is not the caller's to see. */
export function findServicePrincipal(request: GraphRequest): ServicePrincipal {
  const [key] = request.keys
  const { caller, ownedOnly, directory } = request
  const servicePrincipal = replicated(directory.servicePrincipals.find(servicePrincipalKey(key)), request)
  if (servicePrincipal === undefined) throw notFound(keyText(key))
  if (ownedOnly && !directory.owners.has(servicePrincipal.objectId, caller.objectId)) throw denied()
  return servicePrincipal
}

function servicePrincipalKey(key: KeyPredicate | undefined) {
  if (key?.kind === 'id') return { objectId: key.id }
  if (key?.property === 'appId') return { appId: key.value }
  throw badRequest(`A service principal has no key named '${key?.property ?? ''}'.`)
}
