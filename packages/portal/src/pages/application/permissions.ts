import {
  type Application,
  type AppRoleAssignment,
  microsoftGraphAppId,
  type PermissionGrant,
  type RequiredResource,
  type ServicePrincipal,
} from '../../graph/directory-objects.js'
import type { Calls } from '../../session/calls.js'
import { Failure } from '../../session/failure.js'

/** One permission that an application asks for, and whether it has it. */
export interface Permission {
  readonly id: string
  readonly type: 'Role' | 'Scope'
  readonly resourceAppId: string
  /** Undefined when the API is not in this tenant, or no longer has the permission. */
  readonly resource: ServicePrincipal | undefined
  readonly value: string
  readonly description: string
  readonly needsAdmin: boolean
  readonly granted: boolean
}

/** The permissions of an application, the APIs they are of, and the client that they are granted to. */
export interface Permissions {
  readonly client: ServicePrincipal | undefined
  readonly list: readonly Permission[]
  readonly grants: readonly PermissionGrant[]
}

type Graph = Pick<Calls, 'graph' | 'all'>

/** Looks up what the application asks for and what of it is granted. Throws Failure. */
export async function permissionsOf(application: Application, { graph, all }: Graph): Promise<Permissions> {
  const client = await find(application.appId, graph)
  const base = `servicePrincipals/${client?.id}`
  const [assignments, grants] =
    client === undefined
      ? [[], []]
      : await Promise.all([
          all<AppRoleAssignment>(`${base}/appRoleAssignments`),
          all<PermissionGrant>(`${base}/oauth2PermissionGrants`),
        ])
  const lists = await Promise.all(
    application.requiredResourceAccess.map(async (required) =>
      describe(required, await find(required.resourceAppId, graph), assignments, grants),
    ),
  )
  return { client, list: lists.flat(), grants }
}

function describe(
  { resourceAppId, resourceAccess }: RequiredResource,
  resource: ServicePrincipal | undefined,
  assignments: readonly AppRoleAssignment[],
  grants: readonly PermissionGrant[],
): Permission[] {
  const scopesGranted = new Set(
    grants
      .filter(({ resourceId, consentType }) => resourceId === resource?.id && consentType === 'AllPrincipals')
      .flatMap(({ scope }) => scope.split(' ')),
  )
  return resourceAccess.map(({ id, type }) => {
    const common = { id, type, resourceAppId, resource }
    if (type === 'Role') {
      const role = resource?.appRoles.find((candidate) => candidate.id === id)
      const granted = assignments.some(({ resourceId, appRoleId }) => resourceId === resource?.id && appRoleId === id)
      return { ...common, value: role?.value ?? id, description: role?.displayName ?? '', needsAdmin: true, granted }
    }
    const scope = resource?.oauth2PermissionScopes.find((candidate) => candidate.id === id)
    const value = scope?.value ?? id
    const description = scope?.adminConsentDisplayName ?? ''
    return { ...common, value, description, needsAdmin: scope?.type === 'Admin', granted: scopesGranted.has(value) }
  })
}

/** Grants everything that the application asks for and does not have yet (admin consent for the whole tenant). Throws Failure. */
export async function grantAdminConsent({ client, list, grants }: Permissions, { graph }: Graph): Promise<void> {
  if (client === undefined) {
    throw new Failure(
      'no_service_principal',
      'The application has no service principal: register it again, or add one through Graph.',
    )
  }
  for (const { type, id, resource, granted } of list) {
    if (type !== 'Role' || granted || resource === undefined) continue
    const body = { principalId: client.id, resourceId: resource.id, appRoleId: id }
    await graph('POST', `servicePrincipals/${resource.id}/appRoleAssignedTo`, body)
  }
  const asked = list.filter(({ type, granted, resource }) => type === 'Scope' && !granted && resource !== undefined)
  for (const [resourceId, scopes] of byResource(asked)) {
    const existing = grants.find((grant) => grant.resourceId === resourceId && grant.consentType === 'AllPrincipals')
    const scope = [...(existing?.scope.split(' ') ?? []), ...scopes].join(' ')
    if (existing !== undefined) await graph('PATCH', `oauth2PermissionGrants/${existing.id}`, { scope })
    else
      await graph('POST', 'oauth2PermissionGrants', {
        clientId: client.id,
        consentType: 'AllPrincipals',
        resourceId,
        scope,
      })
  }
}

function byResource(permissions: readonly Permission[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { resource, value } of permissions) {
    if (resource === undefined) continue
    found.set(resource.id, [...(found.get(resource.id) ?? []), value])
  }
  return found
}

/** What the application asks for when it asks for these permissions of one API too. */
export function withPermissions(
  required: readonly RequiredResource[],
  resourceAppId: string,
  added: RequiredResource['resourceAccess'],
): readonly RequiredResource[] {
  const held = required.find((resource) => resource.resourceAppId === resourceAppId)?.resourceAccess ?? []
  const fresh = added.filter(({ id }) => !held.some((permission) => permission.id === id))
  const others = required.filter((resource) => resource.resourceAppId !== resourceAppId)
  return [...others, { resourceAppId, resourceAccess: [...held, ...fresh] }]
}

/** What the application asks for without one permission; an API of which nothing is asked any more is left out. */
export function withoutPermission(
  required: readonly RequiredResource[],
  { resourceAppId, id }: Pick<Permission, 'resourceAppId' | 'id'>,
): readonly RequiredResource[] {
  return required
    .map((resource) =>
      resource.resourceAppId === resourceAppId
        ? { ...resource, resourceAccess: resource.resourceAccess.filter((permission) => permission.id !== id) }
        : resource,
    )
    .filter(({ resourceAccess }) => resourceAccess.length > 0)
}

/** The APIs whose permissions can be asked for, Microsoft Graph apart from the others. */
export function offered(principals: readonly ServicePrincipal[]) {
  const offers = principals.filter(
    ({ appRoles, oauth2PermissionScopes }) => appRoles.length > 0 || oauth2PermissionScopes.length > 0,
  )
  return {
    microsoft: offers.filter(({ appId }) => appId === microsoftGraphAppId),
    others: offers.filter(({ appId }) => appId !== microsoftGraphAppId),
  }
}

async function find(appId: string, graph: Calls['graph']): Promise<ServicePrincipal | undefined> {
  try {
    return await graph<ServicePrincipal>('GET', `servicePrincipals(appId='${appId}')`)
  } catch (error) {
    if (error instanceof Failure && error.code === 'Request_ResourceNotFound') return undefined
    throw error
  }
}
