import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { refusal } from '../errors/aadsts.js'
import { isApplicationId, type TokenRequest } from './request.js'

/** The application that the request is from, by its word alone: authenticateClient has not been asked yet. */
export interface NamedClient {
  readonly applicationId: string
  readonly servicePrincipal: ServicePrincipal
}

/** Finds the client that a request names. Throws EntraError when this tenant cannot issue tokens to it. */
export function findClient(request: TokenRequest, directory: Directory, tenantAsRequested: string): NamedClient {
  const appId = request.clientId
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

/** Proves that the request comes from the client it names. Returns the strength for `azpacr`; throws EntraError. */
export function authenticateClient(request: TokenRequest, client: NamedClient, directory: Directory): '1' {
  const { clientSecret, grantType } = request
  const { appId } = client.servicePrincipal
  if (clientSecret === undefined) throw refusal('missingCredential', { grantType })
  switch (directory.passwords.check(client.applicationId, clientSecret)) {
    case 'valid':
      return '1'
    case 'expired':
      throw refusal('expiredSecret', { appId })
    case 'wrong':
      throw refusal('invalidSecret', { appId })
  }
}
