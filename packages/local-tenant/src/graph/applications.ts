import type { AppRole } from '../directory/application-properties.js'
import type { Application, ApplicationKey } from '../directory/applications.js'
import { administratorName } from '../directory/first-contents.js'
import { audit } from './audit.js'
import { denied } from './authorize.js'
import { applicationType } from './directory-objects.js'
import { count, created, entity, list, value } from './entity.js'
import { badRequest, notFound } from './errors.js'
import { addKey, keyCredentialCollection, removeKey, showKey } from './key-credentials.js'
import { type KeyPredicate, keyText } from './odata/path.js'
import {
  boolean,
  collection,
  dateTime,
  guid,
  nullable,
  oneOf,
  partial,
  type Read,
  type Reader,
  text,
  whole,
} from './properties.js'
import { referenceTo } from './reference.js'
import { type GraphRequest, noContent, replicated } from './request.js'

const optionalClaim = whole(
  'optionalClaim',
  { name: text, source: nullable(text), essential: boolean, additionalProperties: collection(text) },
  { source: null, essential: false, additionalProperties: [] },
)

const readRole = whole(
  'appRole',
  {
    id: guid,
    value: nullable(text),
    displayName: text,
    description: text,
    isEnabled: boolean,
    allowedMemberTypes: collection(oneOf('Application', 'User')),
    origin: nullable(text),
  },
  { value: null, isEnabled: true, origin: null },
)

/** `origin` is read-only (graph docs: resources/approle), and comes back from clients that send what they have read: dropped. */
const appRole: Reader<AppRole> = (sent, path) => {
  const { origin: _, ...role } = readRole(sent, path)
  return role
}

/** The writable properties of `application` (graph docs: resources/application). */
const writable = {
  displayName: text,
  description: nullable(text),
  notes: nullable(text),
  // An external tenant's applications belong to it alone (external-id/customers: supported features).
  signInAudience: oneOf('AzureADMyOrg'),
  identifierUris: collection(text),
  tags: collection(text),
  groupMembershipClaims: nullable(text),
  isFallbackPublicClient: nullable(boolean),
  isDeviceOnlyAuthSupported: nullable(boolean),
  api: partial('apiApplication', {
    acceptMappedClaims: nullable(boolean),
    knownClientApplications: collection(guid),
    requestedAccessTokenVersion: nullable(oneOf(1, 2)),
    oauth2PermissionScopes: collection(
      whole(
        'permissionScope',
        {
          id: guid,
          value: text,
          type: oneOf('User', 'Admin'),
          isEnabled: boolean,
          adminConsentDisplayName: text,
          adminConsentDescription: text,
          userConsentDisplayName: nullable(text),
          userConsentDescription: nullable(text),
        },
        { type: 'User', isEnabled: true, userConsentDisplayName: null, userConsentDescription: null },
      ),
    ),
    preAuthorizedApplications: collection(
      whole('preAuthorizedApplication', { appId: guid, delegatedPermissionIds: collection(guid) }, {}),
    ),
  }),
  appRoles: collection(appRole),
  optionalClaims: nullable(
    whole(
      'optionalClaims',
      {
        accessToken: collection(optionalClaim),
        idToken: collection(optionalClaim),
        saml2Token: collection(optionalClaim),
      },
      { accessToken: [], idToken: [], saml2Token: [] },
    ),
  ),
  requiredResourceAccess: collection(
    whole(
      'requiredResourceAccess',
      {
        resourceAppId: guid,
        resourceAccess: collection(whole('resourceAccess', { id: guid, type: oneOf('Role', 'Scope') }, {})),
      },
      {},
    ),
  ),
  web: partial('webApplication', {
    homePageUrl: nullable(text),
    logoutUrl: nullable(text),
    redirectUris: collection(text),
    implicitGrantSettings: whole(
      'implicitGrantSettings',
      { enableAccessTokenIssuance: boolean, enableIdTokenIssuance: boolean },
      { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
    ),
  }),
  spa: partial('spaApplication', { redirectUris: collection(text) }),
  publicClient: partial('publicClientApplication', { redirectUris: collection(text) }),
  keyCredentials: keyCredentialCollection,
  info: partial('informationalUrl', {
    marketingUrl: nullable(text),
    privacyStatementUrl: nullable(text),
    supportUrl: nullable(text),
    termsOfServiceUrl: nullable(text),
  }),
  parentalControlSettings: whole(
    'parentalControlSettings',
    { countriesBlockedForMinors: collection(text), legalAgeGroupRule: text },
    { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
  ),
  defaultRedirectUri: nullable(text),
  samlMetadataUrl: nullable(text),
  serviceManagementReference: nullable(text),
}
const readPatch = partial('application', writable)
/** The readers of what only a new application may bring with it. */
const readNew = partial('application', {
  ...writable,
  uniqueName: nullable(text),
  'owners@odata.bind': collection(text),
})
type Patch = Read<typeof readPatch>
type New = Read<typeof readNew>

const readPasswordCredential = partial('passwordCredential', {
  displayName: nullable(text),
  startDateTime: nullable(dateTime),
  endDateTime: nullable(dateTime),
})
const readAddPassword = partial('addPassword', { passwordCredential: nullable(readPasswordCredential) })
const readRemovePassword = whole('removePassword', { keyId: guid }, {})

export const applications = {
  list: (request: GraphRequest) => list(request, applicationType),
  count: (request: GraphRequest) => count(request, applicationType),
  get: (request: GraphRequest) => entity(request, applicationType, findApplication(request)),

  create(request: GraphRequest) {
    const { uniqueName, ...input } = readNew(request.json(), '')
    return createFrom(input, request, uniqueName ?? undefined)
  },

  /** PATCH, and with `Prefer: create-if-missing` on a uniqueName the upsert (graph docs: api/application-upsert). */
  update(request: GraphRequest) {
    const [key] = request.keys
    const existing = request.directory.applications.find(applicationKey(key))
    const upsert = request.createIfMissing && key?.kind === 'alternate' && key.property === 'uniqueName'
    if (existing === undefined && upsert) return createFrom(readNew(request.json(), ''), request, key.value)
    const input = readPatch(request.json(), '')
    update(findApplication(request), input, request)
    return noContent()
  },

  /** Into the deleted items, together with its service principal here. */
  remove(request: GraphRequest) {
    const { objectId, appId, uniqueName, properties } = findApplication(request)
    if (uniqueName === administratorName)
      throw badRequest('The application that administers this tenant cannot be deleted.')
    const { deletedItems, servicePrincipals } = request.directory
    const servicePrincipal = servicePrincipals.find({ appId })
    const { displayName } = properties
    if (servicePrincipal !== undefined) {
      deletedItems.add('servicePrincipal', servicePrincipal.objectId)
      const target = { id: servicePrincipal.objectId, displayName, type: 'ServicePrincipal' } as const
      audit(request, 'Delete', 'Remove service principal', target)
    }
    deletedItems.add('application', objectId)
    audit(request, 'Delete', 'Delete application', { id: objectId, displayName, type: 'Application' })
    return noContent()
  },

  addPassword(request: GraphRequest) {
    const application = findApplication(request)
    const { passwordCredential } = readAddPassword(request.json() ?? {}, '')
    const { credential, secretText } = request.directory.passwords.add(application.objectId, {
      displayName: passwordCredential?.displayName ?? null,
      ...(passwordCredential?.startDateTime ? { startDateTime: passwordCredential.startDateTime } : {}),
      ...(passwordCredential?.endDateTime ? { endDateTime: passwordCredential.endDateTime } : {}),
    })
    noteCredentials(request, application)
    // The one moment in which the value is told: later reads give null.
    return value(request, 'passwordCredential', { customKeyIdentifier: null, ...credential, secretText })
  },

  removePassword(request: GraphRequest) {
    const application = findApplication(request)
    const { keyId } = readRemovePassword(request.json(), '')
    request.directory.passwords.remove(application.objectId, keyId)
    noteCredentials(request, application)
    return noContent()
  },

  addKey(request: GraphRequest) {
    const application = findApplication(request)
    const credential = addKey(request.json(), application, request.directory, request.now)
    noteCredentials(request, application)
    return value(request, 'keyCredential', showKey(credential, false))
  },

  removeKey(request: GraphRequest) {
    const application = findApplication(request)
    removeKey(request.json(), application, request.directory, request.now)
    noteCredentials(request, application)
    return noContent()
  },
}

function createFrom(input: New, request: GraphRequest, uniqueName?: string) {
  const { displayName, keyCredentials = [], 'owners@odata.bind': ownerUrls = [], uniqueName: _, ...properties } = input
  if (displayName === undefined) throw badRequest("Property 'displayName' is required.")
  const { applications: all, keyCredentials: keys, owners } = request.directory
  const made = all.create({ ...properties, displayName }, uniqueName)
  keys.replace(made.objectId, keyCredentials)
  for (const ownerId of firstOwners(ownerUrls, request)) owners.add(made.objectId, ownerId)
  audit(request, 'Add', 'Add application', { id: made.objectId, displayName, type: 'Application' })
  return created(request, applicationType, made)
}

/** Those that are named, and a caller who would otherwise have no right to what it has just made: a user, or an app for its own only. */
export function firstOwners(urls: readonly string[], request: GraphRequest): Set<string> {
  const { caller, ownedOnly } = request
  const isOwner = caller.kind === 'user' || ownedOnly
  return new Set([...urls.map((url) => referenceTo(url, request)), ...(isOwner ? [caller.objectId] : [])])
}

function update(application: Application, { keyCredentials, ...properties }: Patch, request: GraphRequest): void {
  const { objectId } = application
  const { applications: all, keyCredentials: keys } = request.directory
  const updated = all.update(objectId, properties)
  if (keyCredentials !== undefined) keys.replace(objectId, keyCredentials)
  const { displayName } = updated.properties
  audit(request, 'Update', 'Update application', { id: objectId, displayName, type: 'Application' })
}

function noteCredentials(request: GraphRequest, { objectId, properties: { displayName } }: Application): void {
  const activity = 'Update application – Certificates and secrets management'
  audit(request, 'Update', activity, { id: objectId, displayName, type: 'Application' })
}

/** The application that the request's path begins with. Throws GraphRefusal when there is none, or it is not the caller's to see. */
export function findApplication(request: GraphRequest): Application {
  const [key] = request.keys
  const application = replicated(request.directory.applications.find(applicationKey(key)), request)
  if (application === undefined) throw notFound(keyText(key))
  const { caller, ownedOnly, directory } = request
  if (ownedOnly && !directory.owners.has(application.objectId, caller.objectId)) throw denied()
  return application
}

function applicationKey(key: KeyPredicate | undefined): ApplicationKey {
  if (key?.kind === 'id') return { objectId: key.id }
  if (key?.property === 'appId') return { appId: key.value }
  if (key?.property === 'uniqueName') return { uniqueName: key.value }
  throw badRequest(`An application has no key named '${key?.property ?? ''}'.`)
}
