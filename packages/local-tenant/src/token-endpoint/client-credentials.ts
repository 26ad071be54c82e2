import type { NamedClient } from '../authorization/client.js'
import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { refusal } from '../errors/aadsts.js'
import type { AppTokenRequest } from '../tokens/access-token.js'

export type Grant = Pick<AppTokenRequest, 'client' | 'resource' | 'resourceName' | 'roles'>

/** What an authenticated client gets for the resource it asked for (RFC 6749 §4.4). Throws EntraError. */
export function grantClientCredentials(
  { servicePrincipal: client }: NamedClient,
  resourceName: string,
  directory: Directory,
  tenantAsRequested: string,
): Grant {
  const resource = findResource(resourceName, directory, tenantAsRequested)
  if (resource.appRoleAssignmentRequired && !directory.assignments.isAssigned(client, resource)) {
    const { appId, appDisplayName } = client
    throw refusal('notAssigned', {
      appId,
      name: appDisplayName,
      resource: resource.appId,
      resourceName: resource.appDisplayName,
    })
  }
  // Nothing granted is no error here: the token simply carries no roles, and the API has to refuse it.
  const roles = directory.assignments.roleValues(client, resource)
  return { client, resource, resourceName, roles }
}

function findResource(name: string, directory: Directory, tenant: string): ServicePrincipal {
  const resource = directory.servicePrincipals.findByName(name)
  if (resource === undefined) throw refusal('resourceNotFound', { resource: name, tenant })
  if (!resource.accountEnabled) throw refusal('resourceDisabled', { resource: name })
  return resource
}
