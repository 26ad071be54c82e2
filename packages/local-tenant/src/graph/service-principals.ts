import type { ServicePrincipal } from '../directory/service-principals.js'
import { badRequest, notFound } from './errors.js'
import { type KeyPredicate, keyText } from './odata.js'
import { boolean, collection, guid, partial, text } from './properties.js'
import { created, entity, type GraphRequest, list, noContent } from './request.js'

const writable = {
  displayName: text,
  accountEnabled: boolean,
  appRoleAssignmentRequired: boolean,
  tags: collection(text),
}
/** The writable properties of `servicePrincipal`; the rest mirrors its application (graph docs: resources/serviceprincipal). */
const readPatch = partial('servicePrincipal', writable)
const readNew = partial('servicePrincipal', { ...writable, appId: guid })

export const servicePrincipals = {
  list: (request: GraphRequest) =>
    list(request, 'servicePrincipals', 'servicePrincipal', function* () {
      for (const servicePrincipal of request.directory.servicePrincipals.all()) yield show(servicePrincipal, request)
    }),

  get: (request: GraphRequest) =>
    entity(request, 'servicePrincipals/$entity', 'servicePrincipal', show(findServicePrincipal(request), request)),

  async create(request: GraphRequest) {
    const { appId, ...input } = readNew(await request.json(), '')
    if (appId === undefined) throw badRequest("Property 'appId' is required.")
    return created(
      request,
      'servicePrincipals',
      show(request.directory.servicePrincipals.create(appId, input), request),
    )
  },

  /** PATCH, and with `Prefer: create-if-missing` on an appId the upsert (graph docs: api/serviceprincipal-upsert). */
  async update(request: GraphRequest) {
    const input = readPatch((await request.json()) ?? {}, '')
    const [key] = request.keys
    const existing = request.directory.servicePrincipals.find(servicePrincipalKey(key))
    if (existing !== undefined) {
      request.directory.servicePrincipals.update(existing.objectId, input)
      return noContent()
    }
    if (!request.createIfMissing || key?.kind !== 'alternate') throw notFound(keyText(key))
    const servicePrincipal = request.directory.servicePrincipals.create(key.value.toLowerCase(), input)
    return created(request, 'servicePrincipals', show(servicePrincipal, request))
  },
}

/** The service principal that the request's path begins with. Throws GraphRefusal when there is none. */
export function findServicePrincipal({ keys: [key], directory }: GraphRequest): ServicePrincipal {
  const servicePrincipal = directory.servicePrincipals.find(servicePrincipalKey(key))
  if (servicePrincipal === undefined) throw notFound(keyText(key))
  return servicePrincipal
}

function servicePrincipalKey(key: KeyPredicate | undefined) {
  if (key?.kind === 'id') return { objectId: key.id }
  if (key?.property === 'appId') return { appId: key.value }
  throw badRequest(`A service principal has no key named '${key?.property ?? ''}'.`)
}

function show(servicePrincipal: ServicePrincipal, { directory }: GraphRequest): Record<string, unknown> {
  const { tenantId } = directory.organization
  return {
    id: servicePrincipal.objectId,
    deletedDateTime: null,
    accountEnabled: servicePrincipal.accountEnabled,
    alternativeNames: [],
    appDisplayName: servicePrincipal.appDisplayName,
    appDescription: null,
    appId: servicePrincipal.appId,
    applicationTemplateId: null,
    // Microsoft's own tenant, where the applications live that are not the tenant's.
    appOwnerOrganizationId: servicePrincipal.ownedHere ? tenantId : 'f8cdef31-a31e-4b4a-93e4-5f571e91255a',
    appRoleAssignmentRequired: servicePrincipal.appRoleAssignmentRequired,
    createdDateTime: servicePrincipal.created,
    description: null,
    disabledByMicrosoftStatus: null,
    displayName: servicePrincipal.displayName,
    homepage: null,
    loginUrl: null,
    logoutUrl: null,
    notes: null,
    notificationEmailAddresses: [],
    preferredSingleSignOnMode: null,
    preferredTokenSigningKeyThumbprint: null,
    replyUrls: servicePrincipal.replyUrls,
    samlSingleSignOnSettings: null,
    servicePrincipalNames: servicePrincipal.servicePrincipalNames,
    servicePrincipalType: 'Application',
    signInAudience: 'AzureADMyOrg',
    tags: servicePrincipal.tags,
    tokenEncryptionKeyId: null,
    addIns: [],
    appRoles: servicePrincipal.appRoles.map((role) => ({ ...role, origin: 'Application' })),
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    oauth2PermissionScopes: servicePrincipal.oauth2PermissionScopes,
    passwordCredentials: [],
    resourceSpecificApplicationPermissions: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  }
}
