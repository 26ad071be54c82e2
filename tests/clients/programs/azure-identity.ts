// The credentials of @azure/identity for a service principal; CA and proxy come from the environment.
import {
  AuthenticationRequiredError,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  CredentialUnavailableError,
} from '@azure/identity'
import { type Acquisition, acquired, refused } from '../acquisition.js'
import { readRequest } from './request.js'

const { authority, instanceDiscovery, clientId, proof, scope } = readRequest(process.env)
const { origin, pathname } = new URL(authority)
const tenant = pathname.slice(1)
const options = {
  authorityHost: origin,
  disableInstanceDiscovery: !instanceDiscovery,
  // One try: a refusal that is worth a second one would be a fault of the tenant.
  retryOptions: { maxRetries: 0 },
}

function createCredential() {
  switch (proof.kind) {
    case 'secret':
      return new ClientSecretCredential(tenant, clientId, proof.secret, options)
    case 'certificate':
      return new ClientCertificateCredential(tenant, clientId, { certificate: proof.pem }, options)
    case 'assertion':
      return new ClientAssertionCredential(tenant, clientId, async () => proof.assertion, options)
  }
}

async function acquireTwice(): Promise<Acquisition> {
  const credential = createCredential()
  try {
    const first = await credential.getToken(scope)
    const second = await credential.getToken(scope)
    return acquired(first.token, second.token)
  } catch (error) {
    if (error instanceof AuthenticationRequiredError || error instanceof CredentialUnavailableError) {
      // MSAL's error code begins the text; there is no member for it.
      return refused(/^\w+/.exec(error.message)?.[0] ?? error.name, error.message)
    }
    throw error
  }
}

console.log(JSON.stringify(await acquireTwice()))
