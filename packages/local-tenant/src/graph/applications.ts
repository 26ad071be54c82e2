import type { Application, ApplicationKey } from '../directory/applications.js'
import type { PasswordCredential } from '../directory/password-credentials.js'
import { badRequest, notFound } from './errors.js'
import { addKey, keyCredentialCollection, removeKey, showKey } from './key-credentials.js'
import { type KeyPredicate, keyText } from './odata.js'
import { boolean, collection, dateTime, guid, nullable, oneOf, partial, type Read, text, whole } from './properties.js'
import { created, entity, type GraphRequest, list, noContent } from './request.js'

const optionalClaim = whole(
  'optionalClaim',
  { name: text, source: nullable(text), essential: boolean, additionalProperties: collection(text) },
  { source: null, essential: false, additionalProperties: [] },
)

/** The writable properties of `application` (graph docs: resources/application). */
const readApplication = partial('application', {
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
  appRoles: collection(
    whole(
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
      { value: null, isEnabled: true, origin: 'Application' },
    ),
  ),
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
})

const readPasswordCredential = partial('passwordCredential', {
  displayName: nullable(text),
  startDateTime: nullable(dateTime),
  endDateTime: nullable(dateTime),
})
const readAddPassword = partial('addPassword', { passwordCredential: nullable(readPasswordCredential) })
const readRemovePassword = whole('removePassword', { keyId: guid }, {})

export const applications = {
  list: (request: GraphRequest) =>
    list(request, 'applications', 'application', function* () {
      for (const application of request.directory.applications.all()) yield show(application, request)
    }),

  get(request: GraphRequest) {
    const selected = request.query.get('$select')?.split(',') ?? []
    const withKeys = selected.some((name) => name.trim() === 'keyCredentials')
    return entity(request, 'applications/$entity', 'application', show(findApplication(request), request, { withKeys }))
  },

  async create(request: GraphRequest) {
    const input = readApplication(await request.json(), '')
    return createFrom(input, request)
  },

  /** PATCH, and with `Prefer: create-if-missing` on a uniqueName the upsert (graph docs: api/application-upsert). */
  async update(request: GraphRequest) {
    const input = readApplication(await request.json(), '')
    const [key] = request.keys
    const existing = request.directory.applications.find(applicationKey(key))
    if (existing !== undefined) {
      update(existing, input, request)
      return noContent()
    }
    const upsert = request.createIfMissing && key?.kind === 'alternate' && key.property === 'uniqueName'
    if (!upsert) throw notFound(keyText(key))
    return createFrom(input, request, key.value)
  },

  async addPassword(request: GraphRequest) {
    const { objectId } = findApplication(request)
    const { passwordCredential } = readAddPassword((await request.json()) ?? {}, '')
    const { credential, secretText } = request.directory.passwords.add(objectId, {
      displayName: passwordCredential?.displayName ?? null,
      ...(passwordCredential?.startDateTime ? { startDateTime: passwordCredential.startDateTime } : {}),
      ...(passwordCredential?.endDateTime ? { endDateTime: passwordCredential.endDateTime } : {}),
    })
    // The one moment in which the value is told: later reads give null.
    const body = { ...showPassword(credential), secretText }
    return entity(request, 'microsoft.graph.passwordCredential', 'passwordCredential', body)
  },

  async removePassword(request: GraphRequest) {
    const { objectId } = findApplication(request)
    const { keyId } = readRemovePassword(await request.json(), '')
    request.directory.passwords.remove(objectId, keyId)
    return noContent()
  },

  async addKey(request: GraphRequest) {
    const credential = addKey(await request.json(), findApplication(request), request.directory, request.now)
    return entity(request, 'microsoft.graph.keyCredential', 'keyCredential', showKey(credential, false))
  },

  async removeKey(request: GraphRequest) {
    removeKey(await request.json(), findApplication(request), request.directory, request.now)
    return noContent()
  },
}

function createFrom(input: Read<typeof readApplication>, request: GraphRequest, uniqueName?: string) {
  const { displayName, keyCredentials = [], ...properties } = input
  if (displayName === undefined) throw badRequest("Property 'displayName' is required.")
  const { db, applications: all, keyCredentials: keys } = request.directory
  const application = db.transaction(() => {
    const made = all.create({ ...properties, displayName }, uniqueName)
    keys.replace(made.objectId, keyCredentials)
    return made
  })
  return created(request, 'applications', show(application, request))
}

function update({ objectId }: Application, input: Read<typeof readApplication>, { directory }: GraphRequest): void {
  const { keyCredentials, ...properties } = input
  directory.db.transaction(() => {
    directory.applications.update(objectId, properties)
    if (keyCredentials !== undefined) directory.keyCredentials.replace(objectId, keyCredentials)
  })
}

/** The application that the request's path begins with. Throws GraphRefusal when there is none. */
export function findApplication(request: GraphRequest): Application {
  const [key] = request.keys
  const application = request.directory.applications.find(applicationKey(key))
  if (application === undefined) throw notFound(keyText(key))
  return application
}

function applicationKey(key: KeyPredicate | undefined): ApplicationKey {
  if (key?.kind === 'id') return { objectId: key.id }
  if (key?.property === 'appId') return { appId: key.value }
  if (key?.property === 'uniqueName') return { uniqueName: key.value }
  throw badRequest(`An application has no key named '${key?.property ?? ''}'.`)
}

function show(
  application: Application,
  { directory }: GraphRequest,
  { withKeys } = { withKeys: false },
): Record<string, unknown> {
  const { properties } = application
  return {
    id: application.objectId,
    deletedDateTime: null,
    appId: application.appId,
    applicationTemplateId: null,
    createdDateTime: application.created,
    publisherDomain: directory.organization.initialDomain,
    uniqueName: application.uniqueName,
    ...properties,
    appRoles: properties.appRoles.map((role) => ({ ...role, origin: 'Application' })),
    addIns: [],
    defaultRedirectUri: null,
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: directory.keyCredentials.of(application.objectId).map((key) => showKey(key, withKeys)),
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    passwordCredentials: directory.passwords.of(application.objectId).map(showPassword),
    samlMetadataUrl: null,
    serviceManagementReference: null,
    tokenEncryptionKeyId: null,
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  }
}

function showPassword(credential: PasswordCredential) {
  return { customKeyIdentifier: null, ...credential, secretText: null }
}
