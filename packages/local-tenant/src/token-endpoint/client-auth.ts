import type { NamedClient } from '../authorization/client.js'
import type { ClientKind } from '../authorization/client-kind.js'
import { refusal } from '../errors/aadsts.js'
import type { AuthenticationContext } from './authentication-context.js'
import { checkClientAssertion } from './client-assertion.js'
import type { TokenRequest } from './request.js'

/**
 * Proves that the request comes from the client it names. Returns the strength for `azpacr`, for a secret at once; throws
 * EntraError, or rejects with it.
 */
export function authenticateClient(
  request: TokenRequest,
  client: NamedClient,
  context: AuthenticationContext,
): '1' | Promise<'2'> {
  const { clientSecret, clientAssertion, grantType } = request
  if (clientAssertion !== undefined) return checkClientAssertion(clientAssertion, client, context)
  if (clientSecret === undefined) throw refusal('missingCredential', { grantType })
  return checkSecret(clientSecret, client, context)
}

/**
 * The same for a request on behalf of a user, where a client that is public proves nothing: it has no secret, because it could
 * not keep one (RFC 6749 §2.1). A page in a browser says its origin instead, and nobody else may. Returns `0` for such ones.
 */
export async function authenticateClientOfUser(
  request: TokenRequest,
  client: NamedClient,
  kind: ClientKind,
  context: AuthenticationContext,
): Promise<'0' | '1' | '2'> {
  const origin = request.user?.origin
  if (kind === 'spa' && origin === undefined) throw refusal('sameOrigin', {})
  if (kind !== 'spa' && origin !== undefined) throw refusal('crossOrigin', { origin })
  const proves = request.clientSecret !== undefined || request.clientAssertion !== undefined
  const isPublic = kind === 'registered' ? isRegisteredPublic(client, context) : kind !== 'web'
  if (!proves && isPublic) return '0'
  if (!proves) throw refusal('confidentialClient', {})
  if (isPublic && (kind !== 'registered' || !hasCredential(client, context))) throw refusal('publicClient', {})
  return authenticateClient(request, client, context)
}

function isRegisteredPublic({ applicationId }: NamedClient, { directory }: AuthenticationContext): boolean {
  return directory.applications.find({ objectId: applicationId })?.properties.isFallbackPublicClient === true
}

function hasCredential({ applicationId }: NamedClient, { directory }: AuthenticationContext): boolean {
  const { passwords, keyCredentials, federatedCredentials } = directory
  return [passwords, keyCredentials, federatedCredentials].some((kept) => kept.of(applicationId).length > 0)
}

function checkSecret(secret: string, client: NamedClient, { directory, now }: AuthenticationContext): '1' {
  const { appId } = client.servicePrincipal
  switch (directory.passwords.check(client.applicationId, secret, now.getTime())) {
    case 'valid':
      return '1'
    case 'expired':
      throw refusal('expiredSecret', { appId })
    case 'wrong':
      throw refusal('invalidSecret', { appId })
  }
}
