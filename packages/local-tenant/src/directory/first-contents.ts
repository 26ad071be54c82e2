import { isGuid } from '../guid.js'
import type { Database } from './database.js'
import { type GraphRole, graphRoleId, microsoftGraph, microsoftGraphAppId } from './microsoft-graph.js'
import { createOrganization, type Organization } from './organization.js'
import { createRepositories, type Repositories, type Source } from './repositories.js'
import type { Users } from './users.js'

/** What a new tenant starts with. */
export interface FirstContents {
  /** A GUID in lower case; a new one unless given. */
  tenantId?: string | undefined
  subdomain: string
  displayName: string
  users: readonly { name: string; displayName: string }[]
}

/** The application that administers the tenant, as an operator would in the portal. Found again by this name. */
export const administratorName = 'tenantry-administrator'

const administratorPermissions: readonly GraphRole[] = [
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'AuditLog.Read.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'Directory.Read.All',
  'Domain.Read.All',
  'EventListener.ReadWrite.All',
  'Group.ReadWrite.All',
  'IdentityUserFlow.ReadWrite.All',
  'Organization.Read.All',
  'User.Read.All',
  'User.ReadWrite.All',
]

/** Fills an empty database: the tenant, Microsoft Graph, an administrator with Graph permissions, and the sample users. Throws RangeError for a subdomain that no host can have. */
export function addFirstContents(db: Database, source: Source, first: FirstContents): Organization {
  checkSubdomain(first.subdomain)
  checkTenantId(first.tenantId)
  return db.transaction(() => {
    const organization = createOrganization(db, {
      tenantId: first.tenantId ?? source.newId(),
      subdomain: first.subdomain,
      displayName: first.displayName,
      created: source.now(),
    })
    const repositories = createRepositories(db, source, organization)
    const { applications, servicePrincipals, users } = repositories
    servicePrincipals.addForeign(microsoftGraphAppId, microsoftGraph)
    const application = applications.create({ displayName: 'Tenantry administrator' }, administratorName)
    servicePrincipals.create(application.appId, {})
    refreshMicrosoftGraph(repositories)
    addUsers(users, organization, first.users)
    return organization
  })
}

/** Makes Microsoft Graph offer what this version knows of it, and gives the administrator what it needs of that. */
export function refreshMicrosoftGraph({ applications, servicePrincipals, assignments }: Repositories): void {
  servicePrincipals.refreshForeign(microsoftGraphAppId, microsoftGraph)
  const graph = servicePrincipals.find({ appId: microsoftGraphAppId })
  const application = applications.find({ uniqueName: administratorName })
  const administrator = application && servicePrincipals.find({ appId: application.appId })
  if (graph === undefined || administrator === undefined) return
  const held = new Set(assignments.ofPrincipal(administrator.objectId).map(({ appRoleId }) => appRoleId))
  for (const appRoleId of administratorPermissions.map(graphRoleId).filter((id) => !held.has(id))) {
    assignments.create({ principalId: administrator.objectId, resourceId: graph.objectId, appRoleId })
  }
}

/** Adds those of the users that are not there. */
export function addUsers(users: Users, { initialDomain }: Organization, wanted: FirstContents['users']): void {
  for (const { name, displayName } of wanted) {
    const userPrincipalName = `${name}@${initialDomain}`
    if (users.find(userPrincipalName) !== undefined) continue
    const [givenName = displayName, surname = null] = displayName.split(' ')
    users.create(userPrincipalName, { displayName, givenName, surname, mail: userPrincipalName, accountEnabled: true })
  }
}

/** It becomes a label of host names, which clients send in lower case. */
function checkSubdomain(subdomain: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(subdomain)) return
  throw new RangeError(`The subdomain '${subdomain}' must be 1 to 63 of a-z, 0-9 and inner hyphens.`)
}

/** It becomes a segment of paths and a claim, which clients compare to the letter. */
function checkTenantId(tenantId: string | undefined): void {
  if (tenantId === undefined || (isGuid(tenantId) && tenantId === tenantId.toLowerCase())) return
  throw new RangeError(`The tenant id '${tenantId}' must be a GUID in lower case.`)
}
