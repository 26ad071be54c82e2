import type { DesiredApplication, DesiredState } from './desired-state.js'
import type { GraphAnswer, GraphClient } from './graph/client.js'
import {
  type AppRoleAssignment,
  type DelegatedGrant,
  type FederatedCredential,
  type FoundApplication,
  readApplication,
  readAssignment,
  readDelegatedGrant,
  readFederatedCredential,
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
  /** The delegated permissions that it has been granted for all users. Read only when it asks for some, or did. */
  readonly delegatedGrants: readonly DelegatedGrant[]
  /** Read only when the declaration has a list of them. */
  readonly federatedCredentials: readonly FederatedCredential[]
}

/** The declaration names an application by appId that the tenant does not have. */
export class AdoptedApplicationMissing extends Error {
  constructor({ uniqueName, appId }: DesiredApplication) {
    super(
      `${uniqueName} is declared with the appId ${appId}, which this tenant does not have. ` +
        'Correct the appId, or leave it out to have the application created.',
    )
    this.name = 'AdoptedApplicationMissing'
  }
}

/** Reads two objects for each application, and the grants of those that offer roles. Changes nothing. */
export async function observe(graph: GraphClient, { applications }: DesiredState): Promise<Observation> {
  const observed = new Map<string, Observed>()
  for (const wanted of applications) {
    const found = await observeApplication(graph, wanted)
    if (found !== undefined) observed.set(wanted.uniqueName, found)
    else if (wanted.appId !== undefined) throw new AdoptedApplicationMissing(wanted)
  }
  return observed
}

async function observeApplication(graph: GraphClient, wanted: DesiredApplication): Promise<Observed | undefined> {
  const application = await orMissing(graph.send({ method: 'GET', path: applicationPath(wanted) }), readApplication)
  if (application === undefined) return undefined
  const path = servicePrincipalPath(application.appId)
  const servicePrincipalId = await orMissing(graph.send({ method: 'GET', path }), readServicePrincipalId)
  return {
    application,
    servicePrincipalId,
    assignments: await assignmentsTo(graph, application, servicePrincipalId),
    delegatedGrants: await delegatedGrantsOf(graph, wanted, application, servicePrincipalId),
    federatedCredentials:
      wanted.federatedCredentials === undefined
        ? []
        : (await graph.list(federatedCredentialsPath(application.objectId))).map(readFederatedCredential),
  }
}

async function assignmentsTo(
  graph: GraphClient,
  { appRoles }: FoundApplication,
  servicePrincipalId: string | undefined,
): Promise<AppRoleAssignment[]> {
  if (servicePrincipalId === undefined || appRoles.length === 0) return []
  return (await graph.list(assignmentsPath(servicePrincipalId))).map(readAssignment)
}

/** A grant is taken back before its permission stops being requested, so the requested ones tell whether there can be any. */
async function delegatedGrantsOf(
  graph: GraphClient,
  { permissions = [] }: DesiredApplication,
  { requiredResourceAccess }: FoundApplication,
  servicePrincipalId: string | undefined,
): Promise<DelegatedGrant[]> {
  const wanted = permissions.some(({ delegatedScopes = [] }) => delegatedScopes.length > 0)
  const requested = requiredResourceAccess.some(({ resourceAccess }) =>
    resourceAccess.some(({ type }) => type === 'Scope'),
  )
  if (servicePrincipalId === undefined || !(wanted || requested)) return []
  const filter = encodeURIComponent(`clientId eq '${servicePrincipalId}'`)
  return (await graph.list(`/oauth2PermissionGrants?$filter=${filter}`)).map(readDelegatedGrant)
}

export function applicationPath({ uniqueName, appId }: Pick<DesiredApplication, 'uniqueName' | 'appId'>): string {
  if (appId !== undefined) return `/applications(appId=${keyLiteral(appId)})`
  return `/applications(uniqueName=${keyLiteral(uniqueName)})`
}

export function federatedCredentialsPath(objectId: string): string {
  return `/applications/${encodeURIComponent(objectId)}/federatedIdentityCredentials`
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
