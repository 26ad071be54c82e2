import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { refusal } from '../errors/aadsts.js'
import { checkClientAssertion } from './client-assertion.js'
import type { Federation } from './federation.js'
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

/** What a credential is held against, besides the client it is for. */
export interface AuthenticationContext {
  readonly directory: Directory
  readonly federation: Federation
  /** Scheme and host as the client addressed this tenant, and whom its tokens are from there. */
  readonly origin: string
  readonly issuer: { readonly v1: string; readonly v2: string }
  readonly now: Date
}

/** Proves that the request comes from the client it names. Returns the strength for `azpacr`; throws EntraError. */
export async function authenticateClient(
  request: TokenRequest,
  client: NamedClient,
  context: AuthenticationContext,
): Promise<'1' | '2'> {
  const { clientSecret, clientAssertion, grantType } = request
  if (clientAssertion !== undefined) {
    await checkClientAssertion(clientAssertion, client, context)
    return '2'
  }
  if (clientSecret === undefined) throw refusal('missingCredential', { grantType })
  checkSecret(clientSecret, client, context.directory)
  return '1'
}

function checkSecret(secret: string, client: NamedClient, directory: Directory): void {
  const { appId } = client.servicePrincipal
  switch (directory.passwords.check(client.applicationId, secret)) {
    case 'valid':
      return
    case 'expired':
      throw refusal('expiredSecret', { appId })
    case 'wrong':
      throw refusal('invalidSecret', { appId })
  }
}
