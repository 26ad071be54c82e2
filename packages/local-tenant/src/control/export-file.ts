import { type ApplicationProperties, type AppRole, defaultProperties } from '../directory/application-properties.js'
import { readCertificate } from '../directory/certificate.js'
import type { Contents } from '../directory/contents.js'
import { microsoftGraphAppId } from '../directory/microsoft-graph.js'
import type { Organization } from '../directory/organization.js'
import { DirectoryRefusal } from '../directory/refusal.js'
import { newServicePrincipal } from '../directory/service-principals.js'
import { builtInAttribute, checkAttributeName, isBuiltIn } from '../directory/user-attributes.js'
import { checkUserFlow, inputTypes, signInMethods } from '../directory/user-flows.js'
import { newUser, type User } from '../directory/users.js'
import {
  base64,
  boolean,
  listOf,
  lowerGuid,
  nullable,
  number,
  oneOf,
  partial,
  type Reader,
  readDocument,
  record,
  text,
  time,
  Unreadable,
  whole,
} from './reader.js'
import { ControlRefusal } from './refusal.js'

/**
 * The contents of a tenant as one JSON document: applications with their credentials, service principals, assignments and
 * users. Secrets are salted hashes, there are no private keys, and the tenant's administrator is not in it.
 */
export interface TenantExport extends Contents {
  readonly format: 'tenantry-export'
  readonly version: 1
  readonly tenant: { readonly tenantId: string; readonly subdomain: string; readonly displayName: string }
}

export function toExport({ tenantId, subdomain, displayName }: Organization, contents: Contents): TenantExport {
  return { format: 'tenantry-export', version: 1, tenant: { tenantId, subdomain, displayName }, ...contents }
}

/** Reads an export from a document of unknown origin. Throws ControlRefusal `invalid_export` naming what is wrong and where. */
export function readExport(document: unknown): TenantExport {
  const read = readDocument(exportReader, document, 'invalid_export')
  checkReferences(read)
  return read
}

/** The contents, with the tenant's id and domain put in place of those that the export came from. */
export function movedTo({ tenantId, initialDomain }: Organization, { tenant, ...rest }: TenantExport): Contents {
  const fromDomain = `${tenant.subdomain}.onmicrosoft.com`
  const moved = (name: string) => name.replaceAll(tenant.tenantId, tenantId).replaceAll(fromDomain, initialDomain)
  const { applications, users } = rest
  return {
    ...rest,
    applications: applications.map((application) => {
      const identifierUris = application.properties.identifierUris.map(moved)
      return { ...application, properties: { ...application.properties, identifierUris } }
    }),
    users: users.map((user) => ({
      ...user,
      userPrincipalName: moved(user.userPrincipalName),
      mail: user.mail === null ? null : moved(user.mail),
      identities: user.identities.map((identity) => ({ ...identity, issuer: moved(identity.issuer) })),
    })),
  }
}

/** An object of which an older version did not know every member: those have what a new one has. */
function filled<T>(defaults: object, reader: Reader<T>): Reader<T> {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  return (value, path) => reader(isObject(value) ? { ...defaults, ...Object(value) } : value, path)
}

const readRole = filled(
  { origin: null },
  whole({
    id: lowerGuid,
    value: nullable(text),
    displayName: text,
    description: text,
    isEnabled: boolean,
    allowedMemberTypes: listOf(oneOf('Application', 'User')),
    origin: nullable(text),
  }),
)

/** An older version kept the read-only `origin` of a role, and exported it. */
const appRole: Reader<AppRole> = (value, path) => {
  const { origin: _, ...role } = readRole(value, path)
  return role
}
const permissionScope = whole({
  id: lowerGuid,
  value: text,
  type: oneOf('User', 'Admin'),
  isEnabled: boolean,
  adminConsentDisplayName: text,
  adminConsentDescription: text,
  userConsentDisplayName: nullable(text),
  userConsentDescription: nullable(text),
})
const optionalClaim = whole({
  name: text,
  source: nullable(text),
  essential: boolean,
  additionalProperties: listOf(text),
})
const redirectUris = whole({ redirectUris: listOf(text) })

const ownProperties: Reader<ApplicationProperties> = whole({
  displayName: text,
  description: nullable(text),
  notes: nullable(text),
  signInAudience: text,
  identifierUris: listOf(text),
  tags: listOf(text),
  groupMembershipClaims: nullable(text),
  isFallbackPublicClient: nullable(boolean),
  isDeviceOnlyAuthSupported: nullable(boolean),
  api: whole({
    acceptMappedClaims: nullable(boolean),
    knownClientApplications: listOf(lowerGuid),
    requestedAccessTokenVersion: nullable(number),
    oauth2PermissionScopes: listOf(permissionScope),
    preAuthorizedApplications: listOf(whole({ appId: lowerGuid, delegatedPermissionIds: listOf(lowerGuid) })),
  }),
  appRoles: listOf(appRole),
  optionalClaims: nullable(
    whole({
      accessToken: listOf(optionalClaim),
      idToken: listOf(optionalClaim),
      saml2Token: listOf(optionalClaim),
    }),
  ),
  requiredResourceAccess: listOf(
    whole({
      resourceAppId: lowerGuid,
      resourceAccess: listOf(whole({ id: lowerGuid, type: oneOf('Role', 'Scope') })),
    }),
  ),
  web: whole({
    homePageUrl: nullable(text),
    logoutUrl: nullable(text),
    redirectUris: listOf(text),
    implicitGrantSettings: whole({ enableAccessTokenIssuance: boolean, enableIdTokenIssuance: boolean }),
  }),
  spa: redirectUris,
  publicClient: redirectUris,
  info: whole({
    marketingUrl: nullable(text),
    privacyStatementUrl: nullable(text),
    supportUrl: nullable(text),
    termsOfServiceUrl: nullable(text),
  }),
  parentalControlSettings: whole({ countriesBlockedForMinors: listOf(text), legalAgeGroupRule: text }),
  defaultRedirectUri: nullable(text),
  samlMetadataUrl: nullable(text),
  serviceManagementReference: nullable(text),
})
const { info, parentalControlSettings, defaultRedirectUri, samlMetadataUrl, serviceManagementReference } =
  defaultProperties
const properties = filled(
  { info, parentalControlSettings, defaultRedirectUri, samlMetadataUrl, serviceManagementReference },
  ownProperties,
)

const certificate: Reader<string> = (value, path) => {
  const der = base64(value, path)
  if (readCertificate(Buffer.from(der, 'base64')) === undefined) throw new Unreadable(path, 'an X.509 certificate')
  return der
}

const life = { keyId: lowerGuid, displayName: nullable(text), startDateTime: time, endDateTime: time }

/** The values of the tenant's own attributes. */
const extensions: Reader<User['extensions']> = (value, path) =>
  Object.fromEntries(
    Object.entries(record(value, path)).map(([name, extension]) => {
      if (typeof extension === 'string' || typeof extension === 'number' || typeof extension === 'boolean')
        return [name, extension]
      throw new Unreadable(`${path}.${name}`, 'a text, a number, true or false')
    }),
  )

const user = whole({
  objectId: lowerGuid,
  userPrincipalName: text,
  created: time,
  displayName: text,
  givenName: nullable(text),
  surname: nullable(text),
  mail: nullable(text),
  accountEnabled: boolean,
  mailNickname: nullable(text),
  identities: listOf(whole({ signInType: text, issuer: text, issuerAssignedId: text })),
  passwordPolicies: nullable(text),
  businessPhones: listOf(text),
  otherMails: listOf(text),
  jobTitle: nullable(text),
  department: nullable(text),
  companyName: nullable(text),
  employeeId: nullable(text),
  officeLocation: nullable(text),
  mobilePhone: nullable(text),
  preferredLanguage: nullable(text),
  usageLocation: nullable(text),
  streetAddress: nullable(text),
  city: nullable(text),
  state: nullable(text),
  postalCode: nullable(text),
  country: nullable(text),
  userType: nullable(text),
  extensions,
  password: nullable(whole({ salt: base64, hash: base64, mustChange: boolean, changed: time })),
  directoryRoles: listOf(lowerGuid),
})

const ownGroup = whole({
  objectId: lowerGuid,
  created: time,
  displayName: text,
  description: nullable(text),
  mailNickname: text,
  isAssignableToRole: nullable(boolean),
  visibility: nullable(text),
  members: listOf(lowerGuid),
})

/** Of a tenant's own: made of the application that has it as an extension and of its name. */
const extensionName: Reader<string> = (value, path) => {
  const name = text(value, path)
  if (!/^extension_[0-9a-f]{32}_\w+$/.test(name))
    throw new Unreadable(path, 'extension_<an appId without dashes>_<a name>')
  return name
}

const attribute = whole({
  id: extensionName,
  displayName: text,
  description: text,
  dataType: oneOf('string', 'boolean', 'int64'),
})

const flow = whole({
  id: lowerGuid,
  displayName: text,
  created: time,
  applications: listOf(lowerGuid),
  description: nullable(text),
  priority: number,
  method: oneOf(...signInMethods),
  isSignUpAllowed: boolean,
  inputs: listOf(
    whole({
      attribute: text,
      label: text,
      inputType: oneOf(...inputTypes),
      defaultValue: nullable(text),
      hidden: boolean,
      editable: boolean,
      writeToDirectory: boolean,
      required: boolean,
      validationRegEx: nullable(text),
      options: listOf(whole({ name: text, value: text })),
    }),
  ),
  userTypeToCreate: oneOf('member', 'guest'),
})

const contents = {
  applications: listOf(
    whole({
      objectId: lowerGuid,
      appId: lowerGuid,
      uniqueName: nullable(text),
      created: time,
      properties,
      secrets: listOf(whole({ ...life, hint: text, salt: base64, hash: base64 })),
      certificates: listOf(whole({ ...life, customKeyIdentifier: text, certificate })),
      federatedIdentityCredentials: listOf(
        whole({
          id: lowerGuid,
          name: text,
          issuer: text,
          subject: text,
          audience: text,
          description: nullable(text),
        }),
      ),
    }),
  ),
  servicePrincipals: listOf(
    whole({
      objectId: lowerGuid,
      appId: lowerGuid,
      created: time,
      properties: filled(
        newServicePrincipal,
        whole({
          displayName: nullable(text),
          accountEnabled: boolean,
          appRoleAssignmentRequired: boolean,
          tags: listOf(text),
          alternativeNames: listOf(text),
          description: nullable(text),
          homepage: nullable(text),
          loginUrl: nullable(text),
          logoutUrl: nullable(text),
          notes: nullable(text),
          notificationEmailAddresses: listOf(text),
          preferredSingleSignOnMode: nullable(text),
        }),
      ),
      foreign: nullable(
        whole({
          displayName: text,
          servicePrincipalNames: listOf(text),
          appRoles: listOf(appRole),
          oauth2PermissionScopes: listOf(permissionScope),
        }),
      ),
    }),
  ),
  appRoleAssignments: listOf(
    whole({ id: text, principalId: lowerGuid, resourceId: lowerGuid, appRoleId: lowerGuid, created: time }),
  ),
  users: listOf(filled({ ...newUser, password: null, directoryRoles: [] }, user)),
  owners: listOf(whole({ objectId: lowerGuid, ownerId: lowerGuid })),
  oauth2PermissionGrants: listOf(
    whole({
      id: text,
      clientId: lowerGuid,
      consentType: oneOf('AllPrincipals', 'Principal'),
      principalId: nullable(lowerGuid),
      resourceId: lowerGuid,
      scope: text,
    }),
  ),
  groups: listOf(ownGroup),
  userAttributes: listOf(attribute),
  userFlows: listOf(flow),
}

const heading = {
  format: oneOf('tenantry-export'),
  version: oneOf(1),
  tenant: whole({ tenantId: lowerGuid, subdomain: text, displayName: text }),
}

/** What an older version did not write. */
const added = { owners: [], oauth2PermissionGrants: [], groups: [], userAttributes: [], userFlows: [] }

/** What the document is comes first, so that a foreign one is told so and not that its first member is unknown. */
const exportReader: Reader<TenantExport> = (value, path) => {
  const read = partial({ format: heading.format, version: heading.version })
  const { format, version } = Object(value) as Readonly<Record<string, unknown>>
  read({ format, version }, path)
  return filled(added, whole({ ...heading, ...contents }))(value, path)
}

/** What no row can say alone: ids are used once, and what is referred to is there. */
function checkReferences(document: TenantExport): void {
  const { applications, servicePrincipals, appRoleAssignments, users, owners, oauth2PermissionGrants, groups } =
    document
  const uris = applications.flatMap(({ properties: { identifierUris } }) => identifierUris)
  unique('applications', applications, ({ objectId }) => objectId)
  unique('applications', applications, ({ appId }) => appId)
  unique('applications', applications, ({ uniqueName }) => uniqueName)
  unique('identifierUris', uris, (uri) => uri.toLowerCase())
  for (const [index, { secrets, certificates, federatedIdentityCredentials: federated }] of applications.entries()) {
    unique(`applications[${index}].certificates`, certificates, ({ keyId }) => keyId)
    unique(`applications[${index}].federatedIdentityCredentials`, federated, ({ name }) => name)
    for (const { salt, hash } of secrets) {
      if (Buffer.from(hash, 'base64').length === 32 && Buffer.from(salt, 'base64').length >= 16) continue
      throw invalid(`'applications[${index}].secrets' has a hash or a salt of the wrong length.`)
    }
  }
  unique(
    'secrets',
    applications.flatMap(({ secrets }) => secrets),
    ({ keyId }) => keyId,
  )
  const federated = applications.flatMap(({ federatedIdentityCredentials }) => federatedIdentityCredentials)
  unique('federatedIdentityCredentials', federated, ({ id }) => id)
  unique('servicePrincipals', servicePrincipals, ({ objectId }) => objectId)
  unique('servicePrincipals', servicePrincipals, ({ appId }) => appId)
  unique('appRoleAssignments', appRoleAssignments, ({ id }) => id)
  unique('appRoleAssignments', appRoleAssignments, (held) => `${held.principalId} ${held.resourceId} ${held.appRoleId}`)
  unique('users', users, ({ objectId }) => objectId)
  unique('users', users, ({ userPrincipalName }) => userPrincipalName.toLowerCase())
  const appIds = new Set(applications.map(({ appId }) => appId))
  for (const [index, { appId, foreign }] of servicePrincipals.entries()) {
    if (foreign !== null || appIds.has(appId)) continue
    throw invalid(`'servicePrincipals[${index}].appId' names no application of the document.`)
  }
  if (!servicePrincipals.some(({ appId }) => appId === microsoftGraphAppId)) {
    throw invalid("'servicePrincipals' has to hold the one of Microsoft Graph.")
  }
  const principals = new Set(servicePrincipals.map(({ objectId }) => objectId))
  const people = new Set(users.map(({ objectId }) => objectId))
  const identities = users.flatMap((person) => person.identities.filter(({ signInType }) => signInType !== 'federated'))
  unique('users.identities', identities, ({ issuerAssignedId }) => issuerAssignedId.toLowerCase())
  const clubs = new Set(groups.map(({ objectId }) => objectId))
  unique('groups', groups, ({ objectId }) => objectId)
  for (const [index, { members }] of groups.entries()) {
    unique(`groups[${index}].members`, members, (id) => id)
    if (members.every((id) => principals.has(id) || people.has(id) || clubs.has(id))) continue
    throw invalid(`'groups[${index}].members' names an object that is not in the document.`)
  }
  checkUserFlows(document, appIds)
  const owned = new Set([...principals, ...applications.map(({ objectId }) => objectId)])
  unique('owners', owners, ({ objectId, ownerId }) => `${objectId} ${ownerId}`)
  for (const [index, { objectId, ownerId }] of owners.entries()) {
    if (owned.has(objectId) && (principals.has(ownerId) || people.has(ownerId))) continue
    throw invalid(`'owners[${index}]' names an object that is not in the document.`)
  }
  unique(
    'oauth2PermissionGrants',
    oauth2PermissionGrants,
    (grant) => `${grant.clientId} ${grant.resourceId} ${grant.principalId}`,
  )
  for (const [index, { clientId, resourceId, principalId }] of oauth2PermissionGrants.entries()) {
    if (principals.has(clientId) && principals.has(resourceId) && (principalId === null || people.has(principalId)))
      continue
    throw invalid(`'oauth2PermissionGrants[${index}]' names an object that is not in the document.`)
  }
  for (const [index, { principalId, resourceId }] of appRoleAssignments.entries()) {
    const holds = principals.has(principalId) || people.has(principalId) || clubs.has(principalId)
    if (holds && principals.has(resourceId)) continue
    throw invalid(`'appRoleAssignments[${index}]' names a service principal that is not in the document.`)
  }
}

function checkUserFlows({ userAttributes, userFlows }: TenantExport, appIds: ReadonlySet<string>): void {
  unique('userAttributes', userAttributes, ({ id }) => id.toLowerCase())
  unique('userAttributes', userAttributes, ({ displayName }) => displayName.toLowerCase())
  unique('userFlows', userFlows, ({ id }) => id)
  unique('userFlows', userFlows, ({ displayName }) => displayName.toLowerCase())
  const linked = userFlows.flatMap(({ applications }) => applications)
  unique('userFlows.applications', linked, (appId) => appId)
  const own = new Map(userAttributes.map((item) => [item.id, { ...item, kind: 'custom' as const }]))
  for (const [index, { displayName }] of userAttributes.entries()) {
    asInDirectory(`userAttributes[${index}]`, () => checkAttributeName(displayName))
  }
  for (const [index, userFlow] of userFlows.entries()) {
    const { applications, inputs } = userFlow
    const known = inputs.every((input) => isBuiltIn(input.attribute) || own.has(input.attribute))
    if (!known || !applications.every((appId) => appIds.has(appId))) {
      throw invalid(`'userFlows[${index}]' names an application or attribute that is not in the document.`)
    }
    const find = (id: string) => own.get(id) ?? builtInAttribute(id)
    asInDirectory(`userFlows[${index}]`, () => checkUserFlow(userFlow, { find }))
  }
}

/** A rule that holds for what comes through Graph too. */
function asInDirectory(path: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof DirectoryRefusal) || error.reason.kind !== 'invalid') throw error
    throw invalid(`'${path}' is refused: ${error.reason.message}`)
  }
}

function unique<T>(path: string, items: readonly T[], keyOf: (item: T) => string | null): void {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const key = keyOf(item)
    if (key === null) continue
    if (seen.has(key)) throw invalid(`'${path}[${index}]' repeats ${key.slice(0, 200)}.`)
    seen.add(key)
  }
}

const invalid = (message: string) => new ControlRefusal('invalid_export', message)
