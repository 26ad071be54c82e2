import { refusal } from '../errors/aadsts.js'
import type { AuthenticationContext, NamedClient } from './client.js'
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
