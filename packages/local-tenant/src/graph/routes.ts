import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import type { GraphPermission } from '../directory/microsoft-graph.js'
import type { Answer, Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { appRoleAssignments } from './app-role-assignments.js'
import { applications } from './applications.js'
import { authorize } from './authorize.js'
import { answerHeaders, GraphRefusal } from './errors.js'
import { federatedIdentityCredentials } from './federated-identity-credentials.js'
import { checkQueryOptions, readResourcePath } from './odata.js'
import { organization } from './organization.js'
import { type GraphRequest, readGraphRequest } from './request.js'
import { servicePrincipals } from './service-principals.js'
import { users } from './users.js'

interface Route {
  /** Any one of these lets an application through. */
  permissions: readonly GraphPermission[]
  answer(request: GraphRequest): Answer | Promise<Answer>
}

const readApps: readonly GraphPermission[] = ['Application.Read.All', 'Application.ReadWrite.All']
const writeApps: readonly GraphPermission[] = ['Application.ReadWrite.All']
const writeGrants: readonly GraphPermission[] = ['AppRoleAssignment.ReadWrite.All']

/** Everything this Graph answers: path, verb, who may call, what answers. */
const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  applications: {
    GET: { permissions: readApps, answer: applications.list },
    POST: { permissions: writeApps, answer: applications.create },
  },
  'applications/{key}': {
    GET: { permissions: readApps, answer: applications.get },
    PATCH: { permissions: writeApps, answer: applications.update },
  },
  'applications/{key}/addPassword': { POST: { permissions: writeApps, answer: applications.addPassword } },
  'applications/{key}/removePassword': { POST: { permissions: writeApps, answer: applications.removePassword } },
  'applications/{key}/addKey': { POST: { permissions: writeApps, answer: applications.addKey } },
  'applications/{key}/removeKey': { POST: { permissions: writeApps, answer: applications.removeKey } },
  'applications/{key}/federatedIdentityCredentials': {
    GET: { permissions: readApps, answer: federatedIdentityCredentials.list },
    POST: { permissions: writeApps, answer: federatedIdentityCredentials.create },
  },
  'applications/{key}/federatedIdentityCredentials/{key}': {
    GET: { permissions: readApps, answer: federatedIdentityCredentials.get },
    PATCH: { permissions: writeApps, answer: federatedIdentityCredentials.update },
    DELETE: { permissions: writeApps, answer: federatedIdentityCredentials.remove },
  },
  servicePrincipals: {
    GET: { permissions: readApps, answer: servicePrincipals.list },
    POST: { permissions: writeApps, answer: servicePrincipals.create },
  },
  'servicePrincipals/{key}': {
    GET: { permissions: readApps, answer: servicePrincipals.get },
    PATCH: { permissions: writeApps, answer: servicePrincipals.update },
  },
  'servicePrincipals/{key}/appRoleAssignments': {
    GET: { permissions: readApps, answer: appRoleAssignments.ofPrincipal },
    POST: { permissions: writeGrants, answer: appRoleAssignments.create },
  },
  'servicePrincipals/{key}/appRoleAssignedTo': {
    GET: { permissions: readApps, answer: appRoleAssignments.toResource },
    POST: { permissions: writeGrants, answer: appRoleAssignments.create },
  },
  'servicePrincipals/{key}/appRoleAssignedTo/{key}': {
    GET: { permissions: readApps, answer: appRoleAssignments.get },
    DELETE: { permissions: writeGrants, answer: appRoleAssignments.removeFromResource },
  },
  users: { GET: { permissions: ['User.Read.All'], answer: users.list } },
  'users/{key}': { GET: { permissions: ['User.Read.All'], answer: users.get } },
  organization: { GET: { permissions: ['Organization.Read.All'], answer: organization.list } },
}

export const graphVersions: readonly string[] = ['v1.0', 'beta']

/** The Graph of one tenant. */
export interface Graph {
  readonly directory: Directory
  readonly keys: KeyRing
  /** The issuer of the tokens that this Graph accepts. */
  readonly issuer: string
}

/**
 * Answers a call below `/v1.0` or `/beta`. No path names a tenant: the token does, and `graphOf` finds it. Each call is one
 * transaction. Throws GraphRefusal or DirectoryRefusal.
 */
export async function answerGraphCall(
  call: Call,
  graphOf: (tenantId: string) => Graph | undefined,
  now: Date,
): Promise<Answer> {
  const [version = '', ...segments] = call.path
  const { shape, keys } = readResourcePath(segments)
  const { permissions, answer } = findRoute(shape, call.method, segments)
  const { directory } = authorize(call, permissions, graphOf, now)
  checkQueryOptions(call.query)
  const answered = await answer(readGraphRequest(call, directory, { keys, version }, now))
  return { ...answered, headers: { ...answerHeaders(randomUUID(), call), ...answered.headers } }
}

function findRoute(shape: string, method: string, segments: readonly string[]): Route {
  const verbs = Object.hasOwn(routes, shape) ? routes[shape] : undefined
  if (verbs === undefined) {
    throw new GraphRefusal(404, 'ResourceNotFound', `Resource not found for the segment '${segments.at(-1) ?? ''}'.`)
  }
  const route = Object.hasOwn(verbs, method) ? verbs[method] : undefined
  if (route !== undefined) return route
  throw new GraphRefusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
}
