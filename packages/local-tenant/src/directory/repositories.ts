import { randomBytes } from 'node:crypto'
import { type AppRoleAssignments, createAppRoleAssignments } from './app-role-assignments.js'
import { type Applications, createApplications } from './applications.js'
import type { Database } from './database.js'
import {
  createFederatedIdentityCredentials,
  type FederatedIdentityCredentials,
} from './federated-identity-credentials.js'
import { createKeyCredentials, type KeyCredentials } from './key-credentials.js'
import type { Organization } from './organization.js'
import { createPasswordCredentials, type PasswordCredentials } from './password-credentials.js'
import { createServicePrincipals, type ServicePrincipals } from './service-principals.js'
import { createUsers, type Users } from './users.js'

export interface Repositories {
  readonly applications: Applications
  readonly passwords: PasswordCredentials
  readonly keyCredentials: KeyCredentials
  readonly federatedCredentials: FederatedIdentityCredentials
  readonly servicePrincipals: ServicePrincipals
  readonly assignments: AppRoleAssignments
  readonly users: Users
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
  return {
    applications,
    passwords: createPasswordCredentials(db, source),
    keyCredentials: createKeyCredentials(db, source),
    federatedCredentials: createFederatedIdentityCredentials(db, source),
    servicePrincipals,
    assignments: createAppRoleAssignments(db, servicePrincipals, { ...source, newAssignmentId }),
    users: createUsers(db, source),
  }
}

/** As recorded from the service: 43 base64url characters that begin with the principal's 16 bytes. */
function newAssignmentId(principalId: string): string {
  return Buffer.concat([Buffer.from(principalId.replaceAll('-', ''), 'hex'), randomBytes(16)]).toString('base64url')
}
