import type { Directory } from '../directory/directory.js'
import { microsoftGraphAppId } from '../directory/microsoft-graph.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { refusal } from '../errors/aadsts.js'

/** What a client asks to do on behalf of a user. */
export interface DelegatedScope {
  readonly resource: ServicePrincipal
  /** As the client named it: nothing where it named none and hence means Microsoft Graph. */
  readonly resourceName: string | null
  /** Permissions of the resource by their values, or every one that was granted. */
  readonly permissions: readonly string[] | 'granted'
  /** Those of OpenID Connect that were asked for. */
  readonly openid: ReadonlySet<string>
}

const openidScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/**
 * Reads the `scope` of a request on behalf of a user: permissions of one resource, each `<resource>/<permission>`, or
 * `<resource>/.default`; a permission without a resource is one of Microsoft Graph (identity-platform/scopes-oidc). Says nothing
 * of what was granted. Throws EntraError.
 */
export function readDelegatedScope(scope: string, directory: Directory, tenantAsRequested: string): DelegatedScope {
  const words = [...new Set(scope.split(/\s+/).filter((word) => word !== ''))]
  const openid = new Set(words.filter((word) => openidScopes.has(word)))
  const wanted = words.filter((word) => !openidScopes.has(word)).map(split)
  const names = [...new Set(wanted.map(({ resource }) => resource))]
  const [resourceName = null] = names
  const resource = findResource(resourceName ?? graphName, directory, tenantAsRequested)
  const others = names.slice(1).map((name) => findResource(name ?? graphName, directory, tenantAsRequested))
  if (others.some(({ appId }) => appId !== resource.appId)) throw refusal('severalResources', { scope })
  const permissions = wanted.map(({ permission }) => permission)
  if (permissions.includes('.default')) {
    if (permissions.length > 1) throw refusal('invalidScope', { scope })
    return { resource, resourceName, permissions: 'granted', openid }
  }
  const offered = new Set(resource.oauth2PermissionScopes.flatMap(({ value, isEnabled }) => (isEnabled ? [value] : [])))
  if (!permissions.every((permission) => offered.has(permission))) throw refusal('invalidScope', { scope })
  return { resource, resourceName, permissions, openid }
}

/** The resource that a scope is for by its own word, whether it can be granted or not. */
export function resourceNamed(scope: string): string {
  const word = scope.split(/\s+/).find((candidate) => candidate !== '' && !openidScopes.has(candidate))
  return (word && split(word).resource) ?? graphName
}

export const graphName = 'https://graph.microsoft.com'

/** Whether the resource is the one whose tokens list OpenID Connect's scopes too. */
export const isMicrosoftGraph = ({ appId }: ServicePrincipal) => appId === microsoftGraphAppId

function split(word: string): { resource: string | null; permission: string } {
  const at = word.lastIndexOf('/')
  return at < 0 ? { resource: null, permission: word } : { resource: word.slice(0, at), permission: word.slice(at + 1) }
}

function findResource(name: string, directory: Directory, tenant: string): ServicePrincipal {
  const resource = directory.servicePrincipals.findByName(name)
  if (resource === undefined) throw refusal('resourceNotFound', { resource: name, tenant })
  if (!resource.accountEnabled) throw refusal('resourceDisabled', { resource: name })
  return resource
}
