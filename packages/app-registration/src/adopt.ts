import { checkDesiredState, DesiredStateError } from './check.js'
import type { DesiredApplication, DesiredPermission, DesiredState } from './desired-state.js'
import type { GraphClient } from './graph/client.js'
import {
  type AppRoleAssignment,
  type DelegatedGrant,
  type FoundApplication,
  readApplication,
} from './graph/directory-objects.js'
import { type Observed, observe } from './observe.js'
import { permissionId } from './permission-id.js'

/** An application to adopt, by its appId (a GUID) or its display name. */
export type Selector = string

export interface Adopted {
  readonly desired: DesiredState
  /** What stays in the tenant and is not in the declaration, in words. */
  readonly notes: readonly string[]
}

/** An application cannot be adopted as it is. Nothing was changed. */
export class AdoptionRefused extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The applications cannot be adopted:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.name = 'AdoptionRefused'
    this.problems = problems
  }
}

/**
 * Declares existing applications as they are, so that a plan of the result is empty. Reads only. Throws an AdoptionRefused
 * that names everything a declaration could not say and apply would therefore take away.
 */
export async function adopt(graph: GraphClient, selectors: readonly Selector[]): Promise<Adopted> {
  const found = []
  for (const selector of selectors) found.push(await find(graph, selector))
  const named = found.map((application) => ({ application, declaration: identify(application) }))
  // Observed as if each declared the empty list of what is otherwise not looked at.
  const observation = await observe(graph, { applications: named.map(({ declaration }) => declaration) })
  const all = [...observation].map(([uniqueName, observed]) => ({ uniqueName, observed }))
  const problems = all.flatMap(({ observed }) => inexpressible(observed, all))
  if (problems.length > 0) throw new AdoptionRefused(problems)
  const applications = named.map(({ declaration }) => describe(declaration, all))
  const desired = { applications: applications.map((each) => each.declaration) }
  refuseUndeclarable(desired)
  return { desired, notes: applications.flatMap((each) => each.notes) }
}

interface Named {
  readonly uniqueName: string
  readonly observed: Observed
}

async function find(graph: GraphClient, selector: Selector): Promise<FoundApplication> {
  const property = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(selector) ? 'appId' : 'displayName'
  const filter = encodeURIComponent(`${property} eq '${selector.replaceAll("'", "''")}'`)
  const [found, ...more] = (await graph.list(`/applications?$filter=${filter}`)).map(readApplication)
  if (found === undefined) throw new AdoptionRefused([`no application of this tenant has the ${property} ${selector}`])
  if (more.length === 0) return found
  const ids = [found, ...more].map(({ appId }) => appId).join(', ')
  throw new AdoptionRefused([`${more.length + 1} applications are called ${selector}; name one by its appId: ${ids}`])
}

/** With a uniqueName of its own it is found by that; otherwise by its appId. */
function identify({ uniqueName, appId, displayName }: FoundApplication): DesiredApplication {
  const base = { displayName, federatedCredentials: [] }
  return uniqueName === null ? { ...base, uniqueName: displayName, appId } : { ...base, uniqueName }
}

function inexpressible({ application }: Observed, all: readonly Named[]): string[] {
  const {
    displayName,
    signInAudience = 'AzureADMyOrg',
    identifierUris,
    appRoles,
    scopes,
    accessTokenClaims,
  } = application
  const permissions = [...appRoles, ...scopes]
  return [
    ...(signInAudience === 'AzureADMyOrg' ? [] : [`it takes sign-ins of ${signInAudience}, not of this tenant only`]),
    ...(identifierUris.length <= 1 ? [] : [`it has ${identifierUris.length} Application ID URIs; one can be declared`]),
    ...permissions.filter(({ value }) => !value).map(({ id }) => `its role or scope ${id} has no value`),
    ...permissions.filter(({ isEnabled }) => !isEnabled).map(({ id }) => `its role or scope ${id} is disabled`),
    ...accessTokenClaims
      .filter(({ source, essential, additionalProperties }) => source || essential || additionalProperties.length > 0)
      .map(({ name }) => `its optional claim ${name} has a source, is essential or has additional properties`),
    ...application.preAuthorized
      .filter(({ appId }) => !all.some(({ observed }) => observed.application.appId === appId))
      .map(({ appId }) => `it pre-authorizes ${appId}, which has to be adopted along with it`),
  ].map((problem) => `${displayName}: ${problem}`)
}

function refuseUndeclarable(desired: DesiredState): void {
  try {
    checkDesiredState(desired)
  } catch (error) {
    throw error instanceof DesiredStateError ? new AdoptionRefused(error.problems) : error
  }
}

function describe({ uniqueName, appId }: DesiredApplication, all: readonly Named[]) {
  const observed = all.find((one) => one.uniqueName === uniqueName)?.observed
  if (observed === undefined) throw new Error(`${uniqueName} was found and then not.`)
  const { application, federatedCredentials } = observed
  const [uri] = application.identifierUris
  const permissions = permissionsOf(observed, all)
  const declaration: DesiredApplication = {
    uniqueName,
    ...(appId === undefined ? {} : { appId }),
    displayName: application.displayName,
    ...(uri === undefined ? {} : { identifierUri: uri === `api://${application.appId}` ? 'appId' : uri }),
    accessTokenVersion: application.accessTokenVersion === 2 ? 2 : 1,
    ...list('appRoles', rolesOf(uniqueName, application)),
    ...list('delegatedScopes', scopesOf(uniqueName, application)),
    ...list(
      'optionalAccessTokenClaims',
      application.accessTokenClaims.map(({ name }) => name),
    ),
    ...redirects(application),
    ...list('preAuthorizedApplications', preAuthorizations(application, all)),
    ...list('permissions', permissions),
    ...list(
      'federatedCredentials',
      federatedCredentials.map(({ name, issuer, subject, description, audiences: [audience] }) => ({
        name,
        issuer,
        subject,
        ...(description ? { description } : {}),
        ...(audience === undefined ? {} : { audience }),
      })),
    ),
  }
  return { declaration, notes: notesOn(uniqueName, application, all) }
}

function notesOn(uniqueName: string, application: FoundApplication, all: readonly Named[]): string[] {
  const { passwords, keys, requiredResourceAccess } = application
  const foreign = requiredResourceAccess.filter(({ resourceAppId }) => apiOf(resourceAppId, all) === undefined)
  return [
    ...[...passwords, ...keys].map(
      ({ displayName, keyId }) => `keeps its credential "${displayName ?? ''}" (${keyId}): nobody can read its value`,
    ),
    ...foreign.map(({ resourceAppId }) => `keeps its permissions of ${resourceAppId}, which is not declared`),
  ].map((note) => `${uniqueName} ${note}`)
}

function rolesOf(uniqueName: string, { appRoles }: FoundApplication) {
  return appRoles.map(({ id, value, displayName, description, allowedMemberTypes }) => ({
    ...ownId(uniqueName, id, value),
    value: value ?? '',
    displayName: displayName ?? '',
    description: description ?? '',
    allowedMemberTypes: allowedMemberTypes.filter((type) => type === 'Application' || type === 'User'),
  }))
}

function scopesOf(uniqueName: string, { scopes }: FoundApplication) {
  return scopes.map((scope) => ({
    ...ownId(uniqueName, scope.id, scope.value),
    value: scope.value ?? '',
    ...(scope.type === 'User' ? { type: 'User' as const } : {}),
    adminConsentDisplayName: scope.adminConsentDisplayName ?? '',
    adminConsentDescription: scope.adminConsentDescription ?? '',
    ...(scope.userConsentDisplayName === null ? {} : { userConsentDisplayName: scope.userConsentDisplayName }),
    ...(scope.userConsentDescription === null ? {} : { userConsentDescription: scope.userConsentDescription }),
  }))
}

function ownId(uniqueName: string, id: string, value: string | null): { id?: string } {
  return permissionId(uniqueName, value ?? '') === id ? {} : { id }
}

function redirects({ redirectUris }: FoundApplication): Pick<DesiredApplication, 'redirectUris'> {
  const given = Object.entries(redirectUris).filter(([, uris]: [string, readonly string[]]) => uris.length > 0)
  return given.length === 0 ? {} : { redirectUris: Object.fromEntries(given) }
}

function preAuthorizations({ preAuthorized, scopes }: FoundApplication, all: readonly Named[]) {
  return preAuthorized.map(({ appId, delegatedPermissionIds }) => ({
    application: apiOf(appId, all)?.uniqueName ?? appId,
    delegatedScopes: delegatedPermissionIds.map((id) => scopes.find((scope) => scope.id === id)?.value ?? id),
  }))
}

function permissionsOf({ application, servicePrincipalId, delegatedGrants }: Observed, all: readonly Named[]) {
  return application.requiredResourceAccess.flatMap(({ resourceAppId, resourceAccess }): DesiredPermission[] => {
    const api = apiOf(resourceAppId, all)
    if (api === undefined) return []
    const { appRoles, scopes } = api.observed.application
    const isAsked = ({ id }: { id: string }) => resourceAccess.some((access) => access.id === id)
    const roles = appRoles.filter(isAsked)
    const delegated = scopes.filter(isAsked)
    const granted = [
      ...roles.map(({ id }) => api.observed.assignments.some((one) => isFor(one, servicePrincipalId, id))),
      ...delegated.map(({ value }) => delegatedGrants.some((one) => isConsent(one, api.observed, value))),
    ]
    if (granted.includes(true) && granted.includes(false)) {
      const why = `only some of its permissions of ${api.uniqueName} are granted; grant or revoke the others first`
      throw new AdoptionRefused([`${application.displayName}: ${why}`])
    }
    const values = (permissions: readonly { value: string | null }[]) => permissions.map(({ value }) => value ?? '')
    return [
      {
        application: api.uniqueName,
        ...list('appRoles', values(roles)),
        ...list('delegatedScopes', values(delegated)),
        consent: granted.includes(true),
      },
    ]
  })
}

function apiOf(appId: string, all: readonly Named[]): Named | undefined {
  return all.find(({ observed }) => observed.application.appId === appId)
}

function isFor(assignment: AppRoleAssignment, principalId: string | undefined, appRoleId: string): boolean {
  return assignment.principalId === principalId && assignment.appRoleId === appRoleId
}

function isConsent(grant: DelegatedGrant, { servicePrincipalId }: Observed, value: string | null): boolean {
  return (
    grant.resourceId === servicePrincipalId &&
    grant.consentType === 'AllPrincipals' &&
    grant.scopes.includes(value ?? '')
  )
}

function list<K extends string, T>(name: K, items: readonly T[]): { [P in K]?: readonly T[] } {
  return items.length === 0 ? {} : ({ [name]: items } as { [P in K]: readonly T[] })
}
