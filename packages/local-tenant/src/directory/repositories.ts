import { randomBytes } from 'node:crypto'
import { type AppRoleAssignments, createAppRoleAssignments } from './app-role-assignments.js'
import { type Applications, createApplications } from './applications.js'
import type { Database } from './database.js'
import type { Organization } from './organization.js'
import { createPasswordCredentials, type PasswordCredentials } from './password-credentials.js'
import { createServicePrincipals, type ServicePrincipals } from './service-principals.js'
import { createUsers, type Users } from './users.js'

export interface Repositories {
  readonly applications: Applications
  readonly passwords: PasswordCredentials
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
    servicePrincipals,
    assignments: createAppRoleAssignments(db, servicePrincipals, { ...source, newAssignmentId }),
    users: createUsers(db, source),
  }
}

/** As recorded from the service: 43 base64url characters that begin with the principal's 16 bytes. */
function newAssignmentId(principalId: string): string {
  return Buffer.concat([Buffer.from(principalId.replaceAll('-', ''), 'hex'), randomBytes(16)]).toString('base64url')
}
