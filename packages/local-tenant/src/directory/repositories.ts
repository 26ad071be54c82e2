import { randomBytes } from 'node:crypto'
import { type AppRoleAssignments, createAppRoleAssignments } from './app-role-assignments.js'
import { type Applications, createApplications } from './applications.js'
import type { Database } from './database.js'
import { createDeletedItems, type DeletedItems } from './deleted-items.js'
import { createDirectoryAudits, type DirectoryAudits } from './directory-audits.js'
import { createDirectoryRoleMembers, type DirectoryRoleMembers } from './directory-roles.js'
import {
  createFederatedIdentityCredentials,
  type FederatedIdentityCredentials,
} from './federated-identity-credentials.js'
import { createGroups, type Groups } from './groups.js'
import { createKeyCredentials, type KeyCredentials } from './key-credentials.js'
import { createListing, type Listing } from './listing.js'
import { createOAuth2PermissionGrants, type OAuth2PermissionGrants } from './oauth2-permission-grants.js'
import type { Organization } from './organization.js'
import { createOwners, type Owners } from './owners.js'
import { createPasswordCredentials, type PasswordCredentials } from './password-credentials.js'
import { createServicePrincipals, type ServicePrincipals } from './service-principals.js'
import { createUserAttributes, type UserAttributes } from './user-attributes.js'
import { createUserFlows, type UserFlows } from './user-flows.js'
import { createUserPasswords, type UserPasswords } from './user-passwords.js'
import { createUsers, type Users } from './users.js'

export interface Repositories {
  readonly applications: Applications
  readonly passwords: PasswordCredentials
  readonly keyCredentials: KeyCredentials
  readonly federatedCredentials: FederatedIdentityCredentials
  readonly servicePrincipals: ServicePrincipals
  readonly assignments: AppRoleAssignments
  readonly users: Users
  readonly userPasswords: UserPasswords
  readonly groups: Groups
  readonly userAttributes: UserAttributes
  readonly userFlows: UserFlows
  readonly directoryRoles: DirectoryRoleMembers
  readonly owners: Owners
  readonly permissionGrants: OAuth2PermissionGrants
  readonly deletedItems: DeletedItems
  readonly audits: DirectoryAudits
  readonly listing: Listing
}

/** Where time and new ids come from. */
export interface Source {
  now(): string
  newId(): string
}

export function createRepositories(db: Database, source: Source, organization: Organization): Repositories {
  const { tenantId, initialDomain } = organization
  const applications = createApplications({ db, tenantId, verifiedDomain: initialDomain, ...source })
  const servicePrincipals = createServicePrincipals(db, applications, source)
  const users = createUsers(db, { ...source, verifiedDomain: initialDomain })
  const groups = createGroups(db, source)
  const userAttributes = createUserAttributes(db, applications)
  return {
    applications,
    passwords: createPasswordCredentials(db, source),
    keyCredentials: createKeyCredentials(db, source),
    federatedCredentials: createFederatedIdentityCredentials(db, source),
    servicePrincipals,
    assignments: createAppRoleAssignments(db, { servicePrincipals, users, groups, ...source, newAssignmentId }),
    users,
    groups,
    userAttributes,
    userFlows: createUserFlows(db, { applications, attributes: userAttributes, ...source }),
    userPasswords: createUserPasswords(db, source),
    directoryRoles: createDirectoryRoleMembers(db),
    owners: createOwners(db),
    permissionGrants: createOAuth2PermissionGrants(db, servicePrincipals, users),
    deletedItems: createDeletedItems(db, source),
    audits: createDirectoryAudits(db, source),
    listing: createListing(db),
  }
}

/** As recorded from the service: 43 base64url characters that begin with the principal's 16 bytes. */
function newAssignmentId(principalId: string): string {
  return Buffer.concat([Buffer.from(principalId.replaceAll('-', ''), 'hex'), randomBytes(16)]).toString('base64url')
}
