import type { DesiredState } from './desired-state.js'
import type { GraphAnswer, GraphClient } from './graph/client.js'
import {
  type AppRoleAssignment,
  type FoundApplication,
  readApplication,
  readAssignment,
  readServicePrincipalId,
} from './graph/directory-objects.js'
import { GraphError } from './graph/error.js'
import { keyLiteral } from './graph/odata.js'

/** What the tenant holds of the declared applications, by uniqueName. An application that does not exist has no entry. */
export type Observation = ReadonlyMap<string, Observed>

export interface Observed {
  readonly application: FoundApplication
  readonly servicePrincipalId: string | undefined
  /** Who has been granted its app roles. */
  readonly assignments: readonly AppRoleAssignment[]
}

/** Reads two objects for each application, and the grants of those that offer roles. Changes nothing. */
export async function observe(graph: GraphClient, { applications }: DesiredState): Promise<Observation> {
  const observed = new Map<string, Observed>()
  for (const { uniqueName } of applications) {
    const found = await observeApplication(graph, uniqueName)
    if (found !== undefined) observed.set(uniqueName, found)
  }
  return observed
}

async function observeApplication(graph: GraphClient, uniqueName: string): Promise<Observed | undefined> {
  const application = await orMissing(graph.send({ method: 'GET', path: applicationPath(uniqueName) }), readApplication)
  if (application === undefined) return undefined
  const path = servicePrincipalPath(application.appId)
  const servicePrincipalId = await orMissing(graph.send({ method: 'GET', path }), readServicePrincipalId)
  if (servicePrincipalId === undefined || application.appRoles.length === 0) {
    return { application, servicePrincipalId, assignments: [] }
  }
  const assignments = await graph.list(assignmentsPath(servicePrincipalId))
  return { application, servicePrincipalId, assignments: assignments.map(readAssignment) }
}

export function applicationPath(uniqueName: string): string {
  return `/applications(uniqueName=${keyLiteral(uniqueName)})`
}

export function servicePrincipalPath(appId: string): string {
  return `/servicePrincipals(appId=${keyLiteral(appId)})`
}

export function assignmentsPath(servicePrincipalId: string): string {
  return `/servicePrincipals/${encodeURIComponent(servicePrincipalId)}/appRoleAssignedTo`
}

async function orMissing<T>(answer: Promise<GraphAnswer>, read: (body: unknown) => T): Promise<T | undefined> {
  try {
    return read((await answer).body)
  } catch (error) {
    // A 404 in another shape comes from something that is not Graph, and says nothing about the object.
    if (error instanceof GraphError && error.status === 404 && error.code !== 'answer_not_understood') return undefined
    throw error
  }
}
