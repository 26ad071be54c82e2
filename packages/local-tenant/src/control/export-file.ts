import type { ApplicationProperties } from '../directory/application-properties.js'
import { readCertificate } from '../directory/certificate.js'
import type { Contents } from '../directory/contents.js'
import { microsoftGraphAppId } from '../directory/microsoft-graph.js'
import type { Organization } from '../directory/organization.js'
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
  const { applications, servicePrincipals, appRoleAssignments, users } = rest
  return {
    servicePrincipals,
    appRoleAssignments,
    applications: applications.map((application) => {
      const identifierUris = application.properties.identifierUris.map(moved)
      return { ...application, properties: { ...application.properties, identifierUris } }
    }),
    users: users.map((user) => ({
      ...user,
      userPrincipalName: moved(user.userPrincipalName),
      mail: user.mail === null ? null : moved(user.mail),
    })),
  }
}

const appRole = whole({
  id: lowerGuid,
  value: nullable(text),
  displayName: text,
  description: text,
  isEnabled: boolean,
  allowedMemberTypes: listOf(oneOf('Application', 'User')),
})
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

const properties: Reader<ApplicationProperties> = whole({
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
})

const certificate: Reader<string> = (value, path) => {
  const der = base64(value, path)
  if (readCertificate(Buffer.from(der, 'base64')) === undefined) throw new Unreadable(path, 'an X.509 certificate')
  return der
}

const life = { keyId: lowerGuid, displayName: nullable(text), startDateTime: time, endDateTime: time }

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
      properties: whole({
        displayName: nullable(text),
        accountEnabled: boolean,
        appRoleAssignmentRequired: boolean,
        tags: listOf(text),
      }),
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
  users: listOf(
    whole({
      objectId: lowerGuid,
      userPrincipalName: text,
      created: time,
      displayName: text,
      givenName: nullable(text),
      surname: nullable(text),
      mail: nullable(text),
      accountEnabled: boolean,
    }),
  ),
}

const heading = {
  format: oneOf('tenantry-export'),
  version: oneOf(1),
  tenant: whole({ tenantId: lowerGuid, subdomain: text, displayName: text }),
}

/** What the document is comes first, so that a foreign one is told so and not that its first member is unknown. */
const exportReader: Reader<TenantExport> = (value, path) => {
  const read = partial({ format: heading.format, version: heading.version })
  const { format, version } = Object(value) as Readonly<Record<string, unknown>>
  read({ format, version }, path)
  return whole({ ...heading, ...contents })(value, path)
}

/** What no row can say alone: ids are used once, and what is referred to is there. */
function checkReferences({ applications, servicePrincipals, appRoleAssignments, users }: TenantExport): void {
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
  for (const [index, { principalId, resourceId }] of appRoleAssignments.entries()) {
    if (principals.has(principalId) && principals.has(resourceId)) continue
    throw invalid(`'appRoleAssignments[${index}]' names a service principal that is not in the document.`)
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
