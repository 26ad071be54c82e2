import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import type { GraphPermission } from '../directory/microsoft-graph.js'
import type { Answer, Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { appRoleAssignments } from './app-role-assignments.js'
import { applications } from './applications.js'
import { authorize } from './authorize.js'
import { answerHeaders, GraphRefusal } from './errors.js'
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

export interface Graph {
  readonly directory: Directory
  readonly keys: KeyRing
  /** The issuer of the tokens that this Graph accepts. */
  readonly issuer: string
  now(): Date
}

/** Answers a call below `/v1.0` or `/beta`. Each call is one transaction. Throws GraphRefusal or DirectoryRefusal. */
export async function answerGraphCall(call: Call, { directory, keys, issuer, now }: Graph): Promise<Answer> {
  const [version = '', ...segments] = call.path
  const { shape, keys: pathKeys } = readResourcePath(segments)
  const verbs = Object.hasOwn(routes, shape) ? routes[shape] : undefined
  if (verbs === undefined) {
    throw new GraphRefusal(404, 'ResourceNotFound', `Resource not found for the segment '${segments.at(-1) ?? ''}'.`)
  }
  const route = Object.hasOwn(verbs, call.method) ? verbs[call.method] : undefined
  if (route === undefined) {
    throw new GraphRefusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
  }
  authorize(call, route.permissions, { keys, issuer, now: now() })
  checkQueryOptions(call.query)
  const answer = await route.answer(readGraphRequest(call, directory, { keys: pathKeys, version }))
  const requestId = randomUUID()
  return {
    ...answer,
    headers: { ...answerHeaders(requestId, call), ...answer.headers },
  }
}
