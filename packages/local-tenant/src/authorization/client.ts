import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { refusal } from '../errors/aadsts.js'
import { isGuid } from '../guid.js'

/** The application that the request is from, by its word alone: authenticateClient has not been asked yet. */
export interface NamedClient {
  readonly applicationId: string
  readonly servicePrincipal: ServicePrincipal
}

/** Finds the client that a request names. Throws EntraError when this tenant cannot issue tokens to it. */
export function findClient(appId: string, directory: Directory, tenantAsRequested: string): NamedClient {
  if (!isApplicationId(appId)) throw refusal('invalidApplicationId', { appId })
  const application = directory.applications.find({ appId })
  if (application === undefined) throw refusal('applicationNotFound', { appId, tenant: tenantAsRequested })
  const servicePrincipal = directory.servicePrincipals.find({ appId })
  if (servicePrincipal === undefined) {
    throw refusal('missingServicePrincipal', { appId, tenantId: directory.organization.tenantId })
  }
  if (!servicePrincipal.accountEnabled) {
    throw refusal('applicationDisabled', { appId, name: servicePrincipal.appDisplayName })
  }
  return { applicationId: application.objectId, servicePrincipal }
}

function isApplicationId(text: string): boolean {
  return isGuid(text) && !/^[0-]+$/.test(text)
}
