import { type AppRoleAssignmentRow, toAssignment } from '../directory/app-role-assignments.js'
import { type Application, type ApplicationRow, toApplication } from '../directory/applications.js'
import { type Group, type GroupRow, toGroup } from '../directory/groups.js'
import {
  applicationListed,
  groupListed,
  groupMemberListed,
  servicePrincipalListed,
  userListed,
} from '../directory/queryable.js'
import type { ServicePrincipal, ServicePrincipalRow } from '../directory/service-principals.js'
import { toUser, type User, type UserRow } from '../directory/users.js'
import { appRoleAssignmentType } from './assignment-type.js'
import { embedded, entityType, type Shown } from './entity.js'
import { showKey } from './key-credentials.js'
import type { GraphRequest } from './request.js'

/** A deleted object shows when it was deleted, and is otherwise what it was. */
type Deletable<T> = T & { readonly deleted?: string }
type DeletableRow<T> = T & { readonly deleted?: string }

function deletable<T>(object: T, { deleted }: { readonly deleted?: string }): Deletable<T> {
  return { ...object, ...(deleted === undefined ? {} : { deleted }) }
}

const noPublisher = { displayName: null, verifiedPublisherId: null, addedDateTime: null }

/** Graph docs: resources/application. */
export const applicationType = entityType<Deletable<Application>, DeletableRow<ApplicationRow>>({
  name: 'application',
  set: 'applications',
  listed: applicationListed,
  fromRow: (row) => deletable(toApplication(row), row),
  properties: {
    id: ({ objectId }) => objectId,
    deletedDateTime: ({ deleted = null }) => deleted,
    appId: ({ appId }) => appId,
    applicationTemplateId: () => null,
    createdDateTime: ({ created }) => created,
    displayName: ({ properties }) => properties.displayName,
    description: ({ properties }) => properties.description,
    groupMembershipClaims: ({ properties }) => properties.groupMembershipClaims,
    identifierUris: ({ properties }) => properties.identifierUris,
    isDeviceOnlyAuthSupported: ({ properties }) => properties.isDeviceOnlyAuthSupported,
    isFallbackPublicClient: ({ properties }) => properties.isFallbackPublicClient,
    notes: ({ properties }) => properties.notes,
    publisherDomain: (_, { directory }) => directory.organization.initialDomain,
    signInAudience: ({ properties }) => properties.signInAudience,
    tags: ({ properties }) => properties.tags,
    uniqueName: ({ uniqueName }) => uniqueName,
    addIns: () => [],
    api: ({ properties }) => properties.api,
    appRoles: ({ properties }) => properties.appRoles.map((role) => ({ ...role, origin: 'Application' })),
    defaultRedirectUri: ({ properties }) => properties.defaultRedirectUri,
    info: ({ properties }) => ({ logoUrl: null, ...properties.info }),
    keyCredentials: ({ objectId }, { directory, query }, single) =>
      directory.keyCredentials.of(objectId).map((key) => showKey(key, single && query.has('$select'))),
    optionalClaims: ({ properties }) => properties.optionalClaims,
    parentalControlSettings: ({ properties }) => properties.parentalControlSettings,
    passwordCredentials: ({ objectId }, { directory }) =>
      directory.passwords
        .of(objectId)
        .map((credential) => ({ customKeyIdentifier: null, ...credential, secretText: null })),
    publicClient: ({ properties }) => properties.publicClient,
    requiredResourceAccess: ({ properties }) => properties.requiredResourceAccess,
    samlMetadataUrl: ({ properties }) => properties.samlMetadataUrl,
    serviceManagementReference: ({ properties }) => properties.serviceManagementReference,
    spa: ({ properties }) => properties.spa,
    tokenEncryptionKeyId: () => null,
    verifiedPublisher: () => noPublisher,
    web: ({ properties }) => properties.web,
  },
  expansions: {
    owners: ({ objectId }, request, select) => ownersOf(request, objectId, select),
    federatedIdentityCredentials: ({ objectId }, { directory }) =>
      directory.federatedCredentials
        .of(objectId)
        .map(({ audience, ...credential }) => ({ ...credential, audiences: [audience] })),
  },
})

/** Microsoft's own tenant, where the applications live that are not the tenant's. */
const microsoftTenant = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'
const noInfo = {
  logoUrl: null,
  marketingUrl: null,
  privacyStatementUrl: null,
  supportUrl: null,
  termsOfServiceUrl: null,
}

/** Graph docs: resources/serviceprincipal. */
export const servicePrincipalType = entityType<Deletable<ServicePrincipal>, DeletableRow<ServicePrincipalRow>>({
  name: 'servicePrincipal',
  set: 'servicePrincipals',
  listed: servicePrincipalListed,
  fromRow: (row, { directory }) => deletable(directory.servicePrincipals.fromRow(row), row),
  properties: {
    id: ({ objectId }) => objectId,
    deletedDateTime: ({ deleted = null }) => deleted,
    accountEnabled: ({ accountEnabled }) => accountEnabled,
    alternativeNames: ({ alternativeNames }) => alternativeNames,
    appDisplayName: ({ appDisplayName }) => appDisplayName,
    appDescription: () => null,
    appId: ({ appId }) => appId,
    applicationTemplateId: () => null,
    appOwnerOrganizationId: ({ ownedHere }, { directory }) =>
      ownedHere ? directory.organization.tenantId : microsoftTenant,
    appRoleAssignmentRequired: ({ appRoleAssignmentRequired }) => appRoleAssignmentRequired,
    createdDateTime: ({ created }) => created,
    description: ({ description }) => description,
    disabledByMicrosoftStatus: () => null,
    displayName: ({ displayName }) => displayName,
    homepage: ({ homepage }) => homepage,
    loginUrl: ({ loginUrl }) => loginUrl,
    logoutUrl: ({ logoutUrl }) => logoutUrl,
    notes: ({ notes }) => notes,
    notificationEmailAddresses: ({ notificationEmailAddresses }) => notificationEmailAddresses,
    preferredSingleSignOnMode: ({ preferredSingleSignOnMode }) => preferredSingleSignOnMode,
    preferredTokenSigningKeyThumbprint: () => null,
    replyUrls: ({ replyUrls }) => replyUrls,
    samlSingleSignOnSettings: () => null,
    servicePrincipalNames: ({ servicePrincipalNames }) => servicePrincipalNames,
    servicePrincipalType: () => 'Application',
    signInAudience: () => 'AzureADMyOrg',
    tags: ({ tags }) => tags,
    tokenEncryptionKeyId: () => null,
    addIns: () => [],
    appRoles: ({ appRoles }) => appRoles.map((role) => ({ ...role, origin: 'Application' })),
    info: () => noInfo,
    keyCredentials: () => [],
    oauth2PermissionScopes: ({ oauth2PermissionScopes }) => oauth2PermissionScopes,
    passwordCredentials: () => [],
    resourceSpecificApplicationPermissions: () => [],
    verifiedPublisher: () => noPublisher,
  },
  expansions: {
    owners: ({ objectId }, request, select) => ownersOf(request, objectId, select),
    appRoleAssignments: ({ objectId }, request, select) => assignmentsOf(request, 'principal_id = ?', objectId, select),
    appRoleAssignedTo: ({ objectId }, request, select) => assignmentsOf(request, 'resource_id = ?', objectId, select),
  },
})

/** What a user shows when no `$select` asks for more (graph docs: resources/user). */
const unasked = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
]

/** How the tenant's own attributes of users are called: properties of the application that extends them. */
export const extensionName = /^extension_[0-9a-f]{32}_\w{1,64}$/

export const userType = entityType<Deletable<User>, DeletableRow<UserRow>>({
  name: 'user',
  set: 'users',
  listed: userListed,
  unasked,
  fromRow: (row) => deletable(toUser(row), row),
  open: { name: extensionName, of: ({ extensions }, name) => extensions[name] },
  properties: {
    id: ({ objectId }) => objectId,
    deletedDateTime: ({ deleted = null }) => deleted,
    accountEnabled: ({ accountEnabled }) => accountEnabled,
    businessPhones: ({ businessPhones }) => businessPhones,
    city: ({ city }) => city,
    companyName: ({ companyName }) => companyName,
    country: ({ country }) => country,
    createdDateTime: ({ created }) => created,
    creationType: ({ identities }) => (identities.length > 0 ? 'LocalAccount' : null),
    department: ({ department }) => department,
    displayName: ({ displayName }) => displayName,
    employeeId: ({ employeeId }) => employeeId,
    givenName: ({ givenName }) => givenName,
    identities: ({ identities, userPrincipalName }, { directory }) => [
      ...identities,
      {
        signInType: 'userPrincipalName',
        issuer: directory.organization.initialDomain,
        issuerAssignedId: userPrincipalName,
      },
    ],
    jobTitle: ({ jobTitle }) => jobTitle,
    lastPasswordChangeDateTime: ({ objectId }, { directory }) => directory.userPasswords.changed(objectId),
    mail: ({ mail }) => mail,
    mailNickname: ({ mailNickname }) => mailNickname,
    mobilePhone: ({ mobilePhone }) => mobilePhone,
    officeLocation: ({ officeLocation }) => officeLocation,
    otherMails: ({ otherMails }) => otherMails,
    passwordPolicies: ({ passwordPolicies }) => passwordPolicies,
    passwordProfile: () => null,
    postalCode: ({ postalCode }) => postalCode,
    preferredLanguage: ({ preferredLanguage }) => preferredLanguage,
    state: ({ state }) => state,
    streetAddress: ({ streetAddress }) => streetAddress,
    surname: ({ surname }) => surname,
    usageLocation: ({ usageLocation }) => usageLocation,
    userPrincipalName: ({ userPrincipalName }) => userPrincipalName,
    userType: ({ userType: kind }) => kind,
  },
  expansions: {
    appRoleAssignments: ({ objectId }, request, select) => assignmentsOf(request, 'principal_id = ?', objectId, select),
    memberOf: ({ objectId }, request, select) => objectsOf(request, request.directory.groups.of(objectId), select),
  },
})

/** Graph docs: resources/group, of the security groups that an external tenant has. */
export const groupType = entityType<Group, GroupRow>({
  name: 'group',
  set: 'groups',
  listed: groupListed,
  fromRow: (row) => toGroup(row),
  properties: {
    id: ({ objectId }) => objectId,
    deletedDateTime: () => null,
    classification: () => null,
    createdDateTime: ({ created }) => created,
    creationOptions: () => [],
    description: ({ description }) => description,
    displayName: ({ displayName }) => displayName,
    expirationDateTime: () => null,
    groupTypes: () => [],
    isAssignableToRole: ({ isAssignableToRole }) => isAssignableToRole,
    mail: () => null,
    mailEnabled: () => false,
    mailNickname: ({ mailNickname }) => mailNickname,
    membershipRule: () => null,
    membershipRuleProcessingState: () => null,
    onPremisesSyncEnabled: () => null,
    proxyAddresses: () => [],
    renewedDateTime: ({ created }) => created,
    resourceBehaviorOptions: () => [],
    resourceProvisioningOptions: () => [],
    securityEnabled: () => true,
    securityIdentifier: ({ objectId }) => securityIdentifier(objectId),
    theme: () => null,
    uniqueName: () => null,
    visibility: ({ visibility }) => visibility,
    onPremisesProvisioningErrors: () => [],
    serviceProvisioningErrors: () => [],
  },
  expansions: {
    members: ({ objectId }, request, select) => membersOf(request, objectId, select),
    appRoleAssignments: ({ objectId }, request, select) => assignmentsOf(request, 'principal_id = ?', objectId, select),
  },
})

/** The object id, four bytes at a time (S-1-12-1-…). */
function securityIdentifier(objectId: string): string {
  const [first = '', second = '', third = '', ...rest] = objectId.split('-')
  const halves = rest.join('').match(/.{8}/g) ?? []
  const parts = [first, third + second, ...halves.map(reversed)].map((part) => Number.parseInt(part, 16))
  return ['S-1-12-1', ...parts].join('-')
}

const reversed = (hex: string) => (hex.match(/../g) ?? []).toReversed().join('')

function membersOf(request: GraphRequest, groupId: string, select: string | null): Shown[] {
  const query = { where: null, sorting: [], after: null, limit: 20, scope: { sql: 'group_id = ?', values: [groupId] } }
  const { rows } = request.directory.listing.page<{ member_id: string }>(groupMemberListed, query)
  return objectsOf(
    request,
    rows.map(({ member_id }) => member_id),
    select,
  )
}

function assignmentsOf(request: GraphRequest, sql: string, objectId: string, select: string | null): Shown[] {
  const query = { where: null, sorting: [], after: null, limit: 20, scope: { sql, values: [objectId] } }
  const { rows } = request.directory.listing.page<AppRoleAssignmentRow>(appRoleAssignmentType.listed, query)
  return rows.map((row) => embedded(toAssignment(row), appRoleAssignmentType, request, select))
}

/** An object of whatever type, with its type in it; undefined when there is none. */
export function directoryObject(request: GraphRequest, objectId: string, select: string | null): Shown | undefined {
  const { applications, servicePrincipals, users, groups } = request.directory
  const application = applications.find({ objectId })
  if (application !== undefined) return embedded(application, applicationType, request, select)
  const servicePrincipal = servicePrincipals.find({ objectId })
  if (servicePrincipal !== undefined) return embedded(servicePrincipal, servicePrincipalType, request, select)
  const user = users.find(objectId)
  if (user?.objectId === objectId.toLowerCase()) return embedded(user, userType, request, select)
  const group = groups.find(objectId)
  return group && embedded(group, groupType, request, select)
}

/** Those of the objects that there are. */
export function objectsOf(request: GraphRequest, ids: readonly string[], select: string | null): Shown[] {
  return ids.map((id) => directoryObject(request, id, select)).filter((object) => object !== undefined)
}

/** The owners of an object, as many as an expansion shows. */
function ownersOf(request: GraphRequest, objectId: string, select: string | null): Shown[] {
  return objectsOf(request, request.directory.owners.of(objectId), select)
}
