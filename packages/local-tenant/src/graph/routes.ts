import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import { DirectoryRefusal } from '../directory/refusal.js'
import type { PasswordHash } from '../directory/user-passwords.js'
import type { Answer, Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { appRoleAssignments, refuseRootAssignments } from './app-role-assignments.js'
import { applications } from './applications.js'
import { auditLogs } from './audit-logs.js'
import { authenticate, permit, type Requirement } from './authorize.js'
import { answerBatch } from './batch.js'
import { deletedItems } from './deleted-items.js'
import { answerHeaders, badRequest, GraphRefusal, graphErrorAnswer } from './errors.js'
import { federatedIdentityCredentials } from './federated-identity-credentials.js'
import { groups, memberships } from './groups.js'
import { readResourcePath } from './odata/path.js'
import { checkQueryOptions } from './odata/query.js'
import { domains, organization } from './organization.js'
import { applicationOwners, directoryObjects, ownedObjects, servicePrincipalOwners } from './owners.js'
import { permissionGrants } from './permission-grants.js'
import { type GraphRequest, readGraphRequest } from './request.js'
import { servicePrincipals } from './service-principals.js'
import { userFlowAttributes } from './user-flow-attributes.js'
import { flowAttributes, flowProviders, linkedApplications, userFlows } from './user-flows.js'
import { answerUserInfo, userInfoPath } from './user-info.js'
import { users } from './users.js'

interface Route extends Requirement {
  answer(request: GraphRequest): Answer
  /** Hashes the password in the body, where the route takes one. */
  password?(request: GraphRequest): Promise<PasswordHash | null>
}

// Any one permission of a row lets an application through; a user needs the directory role too where one is named.
const readApps: Requirement = {
  permissions: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
}
// As documented, OwnedBy lists everything, and opens nothing but what is owned.
const listApps: Requirement = { permissions: [...readApps.permissions, 'Application.ReadWrite.OwnedBy'] }
const readApp: Requirement = { ...readApps, owned: true }
const writeApps: Requirement = {
  permissions: ['Application.ReadWrite.All', 'Directory.ReadWrite.All'],
  owned: true,
  administrators: ['applicationAdministrator', 'cloudApplicationAdministrator'],
}
const writeAssignments: Requirement = {
  permissions: ['AppRoleAssignment.ReadWrite.All'],
  administrators: ['privilegedRoleAdministrator'],
}
const readGrants: Requirement = {
  permissions: ['Directory.Read.All', 'Directory.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All'],
}
const writeGrants: Requirement = {
  permissions: ['DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All'],
  administrators: ['privilegedRoleAdministrator', 'applicationAdministrator', 'cloudApplicationAdministrator'],
}
const readUsers: Requirement = {
  permissions: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
}
const writeUsers: Requirement = {
  permissions: ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  administrators: ['userAdministrator'],
}
const readGroups: Requirement = {
  permissions: [
    'GroupMember.Read.All',
    'Group.Read.All',
    'GroupMember.ReadWrite.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
}
const writeGroups: Requirement = {
  permissions: ['Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  administrators: ['groupsAdministrator', 'userAdministrator'],
}
const writeMembers: Requirement = {
  ...writeGroups,
  permissions: ['GroupMember.ReadWrite.All', ...writeGroups.permissions],
}
const readMemberships: Requirement = { permissions: [...readUsers.permissions, ...readGroups.permissions] }
const readFlows: Requirement = {
  permissions: ['EventListener.Read.All', 'EventListener.ReadWrite.All'],
  administrators: ['externalIdUserFlowAdministrator'],
}
const writeFlows: Requirement = { ...readFlows, permissions: ['EventListener.ReadWrite.All'] }
const readAttributes: Requirement = {
  permissions: ['IdentityUserFlow.Read.All', 'IdentityUserFlow.ReadWrite.All'],
  administrators: ['externalIdUserFlowAttributeAdministrator', 'externalIdUserFlowAdministrator'],
}
const writeAttributes: Requirement = {
  permissions: ['IdentityUserFlow.ReadWrite.All'],
  administrators: ['externalIdUserFlowAttributeAdministrator'],
}
const readLogs: Requirement = { permissions: ['AuditLog.Read.All'], administrators: [] }
const readOrganization: Requirement = {
  permissions: ['Organization.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All', 'User.Read'],
}
const readDomains: Requirement = { permissions: ['Domain.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'] }
const readSelf: Requirement = { permissions: [] }

const signUpFlow = 'identity/authenticationEventsFlows/{key}/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow'
const flowProvidersPath = `${signUpFlow}/onAuthenticationMethodLoadStart/microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders`
const flowAttributesPath = `${signUpFlow}/onAttributeCollection/microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes`
const linkedApplicationsPath = 'identity/authenticationEventsFlows/{key}/conditions/applications/includeApplications'

/** Everything this Graph answers: path, verb, who may call, what answers. */
const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  applications: {
    GET: { ...listApps, answer: applications.list },
    POST: { ...writeApps, answer: applications.create },
  },
  'applications/$count': { GET: { ...listApps, answer: applications.count } },
  'applications/{key}': {
    GET: { ...readApp, answer: applications.get },
    PATCH: { ...writeApps, answer: applications.update },
    DELETE: { ...writeApps, answer: applications.remove },
  },
  'applications/{key}/addPassword': { POST: { ...writeApps, answer: applications.addPassword } },
  'applications/{key}/removePassword': { POST: { ...writeApps, answer: applications.removePassword } },
  'applications/{key}/addKey': { POST: { ...writeApps, answer: applications.addKey } },
  'applications/{key}/removeKey': { POST: { ...writeApps, answer: applications.removeKey } },
  'applications/{key}/owners': { GET: { ...readApp, answer: applicationOwners.list } },
  'applications/{key}/owners/$ref': { POST: { ...writeApps, answer: applicationOwners.add } },
  'applications/{key}/owners/{key}/$ref': { DELETE: { ...writeApps, answer: applicationOwners.remove } },
  'applications/{key}/federatedIdentityCredentials': {
    GET: { ...readApp, answer: federatedIdentityCredentials.list },
    POST: { ...writeApps, answer: federatedIdentityCredentials.create },
  },
  'applications/{key}/federatedIdentityCredentials/{key}': {
    GET: { ...readApp, answer: federatedIdentityCredentials.get },
    PATCH: { ...writeApps, answer: federatedIdentityCredentials.update },
    DELETE: { ...writeApps, answer: federatedIdentityCredentials.remove },
  },
  servicePrincipals: {
    GET: { ...listApps, answer: servicePrincipals.list },
    POST: { ...writeApps, answer: servicePrincipals.create },
  },
  'servicePrincipals/$count': { GET: { ...listApps, answer: servicePrincipals.count } },
  'servicePrincipals/{key}': {
    GET: { ...readApp, answer: servicePrincipals.get },
    PATCH: { ...writeApps, answer: servicePrincipals.update },
    DELETE: { ...writeApps, answer: servicePrincipals.remove },
  },
  'servicePrincipals/{key}/owners': { GET: { ...readApp, answer: servicePrincipalOwners.list } },
  'servicePrincipals/{key}/owners/$ref': { POST: { ...writeApps, answer: servicePrincipalOwners.add } },
  'servicePrincipals/{key}/owners/{key}/$ref': { DELETE: { ...writeApps, answer: servicePrincipalOwners.remove } },
  'servicePrincipals/{key}/ownedObjects': { GET: { ...readApp, answer: ownedObjects.list } },
  'servicePrincipals/{key}/oauth2PermissionGrants': {
    GET: { ...readGrants, answer: permissionGrants.ofServicePrincipal },
  },
  'servicePrincipals/{key}/appRoleAssignments': {
    GET: { ...readApps, answer: appRoleAssignments.ofPrincipal.list },
    POST: { ...writeAssignments, answer: appRoleAssignments.ofPrincipal.create },
  },
  'servicePrincipals/{key}/appRoleAssignments/{key}': {
    GET: { ...readApps, answer: appRoleAssignments.ofPrincipal.get },
    DELETE: { ...writeAssignments, answer: appRoleAssignments.ofPrincipal.remove },
  },
  'servicePrincipals/{key}/appRoleAssignedTo': {
    GET: { ...readApps, answer: appRoleAssignments.toResource.list },
    POST: { ...writeAssignments, answer: appRoleAssignments.toResource.create },
  },
  'servicePrincipals/{key}/appRoleAssignedTo/{key}': {
    GET: { ...readApps, answer: appRoleAssignments.toResource.get },
    DELETE: { ...writeAssignments, answer: appRoleAssignments.toResource.remove },
  },
  appRoleAssignments: { GET: { ...readApps, answer: refuseRootAssignments } },
  oauth2PermissionGrants: {
    GET: { ...readGrants, answer: permissionGrants.list },
    POST: { ...writeGrants, answer: permissionGrants.create },
  },
  'oauth2PermissionGrants/$count': { GET: { ...readGrants, answer: permissionGrants.count } },
  'oauth2PermissionGrants/{key}': {
    GET: { ...readGrants, answer: permissionGrants.get },
    PATCH: { ...writeGrants, answer: permissionGrants.update },
    DELETE: { ...writeGrants, answer: permissionGrants.remove },
  },
  users: {
    GET: { ...readUsers, answer: users.list },
    POST: { ...writeUsers, answer: users.create, password: users.password },
  },
  'users/$count': { GET: { ...readUsers, answer: users.count } },
  'users/{key}': {
    GET: { ...readUsers, answer: users.get },
    PATCH: { ...writeUsers, answer: users.update, password: users.password },
    DELETE: { ...writeUsers, answer: users.remove },
  },
  'users/{key}/appRoleAssignments': {
    GET: { ...readUsers, answer: appRoleAssignments.ofUser.list },
    POST: { ...writeAssignments, answer: appRoleAssignments.ofUser.create },
  },
  'users/{key}/appRoleAssignments/{key}': {
    DELETE: { ...writeAssignments, answer: appRoleAssignments.ofUser.remove },
  },
  'users/{key}/memberOf': { GET: { ...readMemberships, answer: memberships.user.memberOf } },
  'users/{key}/transitiveMemberOf': { GET: { ...readMemberships, answer: memberships.user.transitiveMemberOf } },
  'users/{key}/getMemberObjects': { POST: { ...readMemberships, answer: memberships.user.getMemberObjects } },
  'users/{key}/getMemberGroups': { POST: { ...readMemberships, answer: memberships.user.getMemberObjects } },
  'users/{key}/checkMemberGroups': { POST: { ...readMemberships, answer: memberships.user.checkMemberGroups } },
  groups: {
    GET: { ...readGroups, answer: groups.list },
    POST: { ...writeGroups, answer: groups.create },
  },
  'groups/$count': { GET: { ...readGroups, answer: groups.count } },
  'groups/{key}': {
    GET: { ...readGroups, answer: groups.get },
    PATCH: { ...writeGroups, answer: groups.update },
    DELETE: { ...writeGroups, answer: groups.remove },
  },
  'groups/{key}/members': { GET: { ...readGroups, answer: groups.members } },
  'groups/{key}/members/$ref': { POST: { ...writeMembers, answer: groups.addMember } },
  'groups/{key}/members/{key}/$ref': { DELETE: { ...writeMembers, answer: groups.removeMember } },
  'groups/{key}/transitiveMembers': { GET: { ...readGroups, answer: groups.transitiveMembers } },
  'groups/{key}/memberOf': { GET: { ...readGroups, answer: memberships.group.memberOf } },
  'groups/{key}/transitiveMemberOf': { GET: { ...readGroups, answer: memberships.group.transitiveMemberOf } },
  'groups/{key}/appRoleAssignments': {
    GET: { ...readGroups, answer: appRoleAssignments.ofGroup.list },
    POST: { ...writeAssignments, answer: appRoleAssignments.ofGroup.create },
  },
  'groups/{key}/appRoleAssignments/{key}': {
    DELETE: { ...writeAssignments, answer: appRoleAssignments.ofGroup.remove },
  },
  me: { GET: { ...readSelf, answer: users.me } },
  'me/memberOf': { GET: { ...readSelf, answer: memberships.me.memberOf } },
  'me/transitiveMemberOf': { GET: { ...readSelf, answer: memberships.me.transitiveMemberOf } },
  'me/getMemberObjects': { POST: { ...readSelf, answer: memberships.me.getMemberObjects } },
  'me/getMemberGroups': { POST: { ...readSelf, answer: memberships.me.getMemberObjects } },
  'identity/authenticationEventsFlows': {
    GET: { ...readFlows, answer: userFlows.list },
    POST: { ...writeFlows, answer: userFlows.create },
  },
  'identity/authenticationEventsFlows/{key}': {
    GET: { ...readFlows, answer: userFlows.get },
    PATCH: { ...writeFlows, answer: userFlows.update },
    DELETE: { ...writeFlows, answer: userFlows.remove },
  },
  [linkedApplicationsPath]: {
    GET: { ...readFlows, answer: linkedApplications.list },
    POST: { ...writeFlows, answer: linkedApplications.add },
  },
  [`${linkedApplicationsPath}/{key}`]: { DELETE: { ...writeFlows, answer: linkedApplications.remove } },
  [flowProvidersPath]: { GET: { ...readFlows, answer: flowProviders.list } },
  [`${flowProvidersPath}/$ref`]: { POST: { ...writeFlows, answer: flowProviders.add } },
  [flowAttributesPath]: { GET: { ...readFlows, answer: flowAttributes.list } },
  [`${flowAttributesPath}/$ref`]: { POST: { ...writeFlows, answer: flowAttributes.add } },
  [`${flowAttributesPath}/{key}/$ref`]: { DELETE: { ...writeFlows, answer: flowAttributes.remove } },
  'identity/userFlowAttributes': {
    GET: { ...readAttributes, answer: userFlowAttributes.list },
    POST: { ...writeAttributes, answer: userFlowAttributes.create },
  },
  'identity/userFlowAttributes/{key}': {
    GET: { ...readAttributes, answer: userFlowAttributes.get },
    PATCH: { ...writeAttributes, answer: userFlowAttributes.update },
    DELETE: { ...writeAttributes, answer: userFlowAttributes.remove },
  },
  organization: { GET: { ...readOrganization, answer: organization.list } },
  'organization/{key}': { GET: { ...readOrganization, answer: organization.get } },
  domains: { GET: { ...readDomains, answer: domains.list } },
  'domains/{key}': { GET: { ...readDomains, answer: domains.get } },
  'directoryObjects/{key}': {
    GET: { permissions: ['Directory.Read.All', 'Directory.ReadWrite.All'], answer: directoryObjects.get },
  },
  'directory/deletedItems/microsoft.graph.application': {
    GET: { ...readApps, answer: deletedItems.applications.list },
  },
  'directory/deletedItems/microsoft.graph.application/$count': {
    GET: { ...readApps, answer: deletedItems.applications.count },
  },
  'directory/deletedItems/microsoft.graph.servicePrincipal': {
    GET: { ...readApps, answer: deletedItems.servicePrincipals.list },
  },
  'directory/deletedItems/microsoft.graph.user': { GET: { ...readUsers, answer: deletedItems.users.list } },
  'directory/deletedItems/{key}': {
    GET: { ...readApps, answer: deletedItems.get },
    DELETE: { ...writeApps, owned: false, answer: deletedItems.purge },
  },
  'directory/deletedItems/{key}/restore': {
    POST: { ...writeApps, owned: false, answer: deletedItems.restore },
  },
  'auditLogs/directoryAudits': { GET: { ...readLogs, answer: auditLogs.directoryAudits } },
  'auditLogs/directoryAudits/{key}': { GET: { ...readLogs, answer: auditLogs.directoryAudit } },
  'auditLogs/signIns': { GET: { ...readLogs, answer: auditLogs.signIns } },
}

/** No page of Graph's says that the case of letters counts in a path, and programs write both: here it does not. */
const inAnyCase = new Map(Object.entries(routes).map(([shape, verbs]) => [shape.toLowerCase(), verbs]))

/** What the paths of Graph begin with. */
export const graphRoots: readonly string[] = ['v1.0', 'beta', 'oidc']

/** The Graph of one tenant. */
export interface Graph {
  readonly directory: Directory
  readonly keys: KeyRing
  /** The issuer of the tokens that this Graph accepts. */
  readonly issuer: string
  /** How long after its creation an object is not found yet. */
  readonly replication: { readonly delayMs: number }
}

/**
 * Answers a call below `/v1.0` or `/beta`. No path names a tenant: the token does, and `graphOf` finds it. Each call is one
 * transaction, and each request of a batch. Throws GraphRefusal or DirectoryRefusal.
 */
export async function answerGraphCall(
  call: Call,
  graphOf: (tenantId: string) => Graph | undefined,
  now: Date,
): Promise<Answer> {
  if (call.path.join('/') === userInfoPath) return withHeaders(answerUserInfo(call, graphOf, now), call)
  const [version = '', ...rest] = call.path
  // An old way of saying whose objects are meant, which the token says anyway.
  const segments = rest[0] === 'myorganization' ? rest.slice(1) : rest
  if (segments.length !== 1 || segments[0] !== '$batch') return answerOne(call, segments, graphOf, now)
  if (call.method !== 'POST') throw methodNotAllowed()
  const { tenant, caller } = authenticate(call, graphOf, now)
  const known = { directory: tenant.directory, caller, ownedOnly: false, keys: [], now, replicationDelayMs: 0 }
  const request = await readGraphRequest(call, version, { ...known, correlationId: correlationOf(call) })
  const answered = await answerBatch(call, version, request.json(), async (part) => {
    try {
      const [, ...path] = part.path
      if (path[0] === '$batch') throw badRequest('A batch cannot hold a batch.')
      return await answerOne(part, path, graphOf, now)
    } catch (error) {
      if (error instanceof GraphRefusal || error instanceof DirectoryRefusal) return graphErrorAnswer(error, part, now)
      throw error
    }
  })
  return withHeaders(answered, call)
}

async function answerOne(
  call: Call,
  segments: readonly string[],
  graphOf: (tenantId: string) => Graph | undefined,
  now: Date,
): Promise<Answer> {
  const [version = ''] = call.path
  const { shape, keys } = readResourcePath(segments)
  const route = findRoute(shape, call.method, segments)
  const { tenant, caller } = authenticate(call, graphOf, now)
  const { ownedOnly } = permit(caller, route)
  checkQueryOptions(call.query)
  const { directory, replication } = tenant
  const known = { directory, caller, ownedOnly, keys, now, replicationDelayMs: replication.delayMs }
  const request = await readGraphRequest(call, version, { ...known, correlationId: correlationOf(call) })
  const password = (await route.password?.(request)) ?? null
  const work = () => route.answer({ ...request, password })
  return withHeaders(call.method === 'GET' ? work() : directory.db.transaction(work), call)
}

const correlationOf = (call: Call) => call.correlationId ?? randomUUID()

function withHeaders(answered: Answer, call: Call): Answer {
  return { ...answered, headers: { ...answerHeaders(randomUUID(), call), ...answered.headers } }
}

function findRoute(shape: string, method: string, segments: readonly string[]): Route {
  const verbs = inAnyCase.get(shape.toLowerCase())
  if (verbs === undefined) {
    throw new GraphRefusal(404, 'ResourceNotFound', `Resource not found for the segment '${segments.at(-1) ?? ''}'.`)
  }
  const route = Object.hasOwn(verbs, method) ? verbs[method] : undefined
  if (route !== undefined) return route
  throw methodNotAllowed()
}

const methodNotAllowed = () =>
  new GraphRefusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
