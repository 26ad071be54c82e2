import type { NamedClient } from '../authorization/client.js'
import { refusal } from '../errors/aadsts.js'
import type { AuthenticationContext } from './authentication-context.js'
import { checkClientAssertion } from './client-assertion.js'
import type { TokenRequest } from './request.js'

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
  checkSecret(clientSecret, client, context)
  return '1'
}

/**
 * The same for a request on behalf of a user, where a client that is public proves nothing: it has no secret, because it could
 * not keep one (RFC 6749 §2.1). Returns `0` for such a one.
 */
export async function authenticateClientOfUser(
  request: TokenRequest,
  client: NamedClient,
  context: AuthenticationContext,
): Promise<'0' | '1' | '2'> {
  const { applications, passwords, keyCredentials, federatedCredentials } = context.directory
  const isPublic = applications.find({ objectId: client.applicationId })?.properties.isFallbackPublicClient === true
  const proves = request.clientSecret !== undefined || request.clientAssertion !== undefined
  if (!proves && isPublic) return '0'
  if (!proves) throw refusal('confidentialClient', {})
  const registered = [passwords, keyCredentials, federatedCredentials].some(
    (credentials) => credentials.of(client.applicationId).length > 0,
  )
  if (isPublic && !registered) throw refusal('publicClient', {})
  return authenticateClient(request, client, context)
}

function checkSecret(secret: string, client: NamedClient, { directory, now }: AuthenticationContext): void {
  const { appId } = client.servicePrincipal
  switch (directory.passwords.check(client.applicationId, secret, now.getTime())) {
    case 'valid':
      return
    case 'expired':
      throw refusal('expiredSecret', { appId })
    case 'wrong':
      throw refusal('invalidSecret', { appId })
  }
}
