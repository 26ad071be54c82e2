import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type * as Msal from '@azure/msal-node'
import { isJsonObject, parseJson, plain } from '../outside-text.js'
import { type Credential, Unusable } from './credential.js'
import { assertionCredential } from './federated-token.js'

const load: (name: string) => typeof Msal = createRequire(import.meta.url)

/** The audience of tokens that are exchanged for one of another application (Entra: workload identity federation). */
const exchangeAudience = 'api://AzureADTokenExchange'
const timeoutMs = 5_000
const largestBytes = 256 * 1024

/**
 * The managed identity of this machine as a client assertion of the daemon's own application, which must trust that
 * identity by a federated credential. So the permissions stay those of the application, in whichever tenant it is.
 * Throws `Unusable` where no identity service answers.
 */
export async function loadManagedIdentity(clientId: string | undefined, now: number): Promise<Credential> {
  const msal = load('@azure/msal-node')
  let cause: unknown
  const kept = (error: unknown): never => {
    cause = error
    throw error
  }
  const application = new msal.ManagedIdentityApplication({
    ...(clientId !== undefined && { managedIdentityIdParams: { userAssignedClientId: clientId } }),
    system: {
      networkClient: {
        sendGetRequestAsync: (url, options) => ask<never>('GET', url, options).catch(kept),
        sendPostRequestAsync: (url, options) => ask<never>('POST', url, options).catch(kept),
      },
      // Waiting for an identity service that is not there is not worth minutes.
      disableInternalRetries: true,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
    },
  })
  try {
    const { accessToken } = await application.acquireToken({ resource: exchangeAudience })
    return assertionCredential('managed identity', clientId ?? 'of this machine', accessToken, now)
  } catch (error) {
    if (error instanceof Unusable) throw error
    // MSAL's own error for a failed connection is a link to a web page.
    const real = cause ?? error
    const why = real instanceof Error ? plain(real.message) : 'no reason given'
    throw new Unusable('authentication', `the identity service of this machine gave no token: ${why}`)
  }
}

/** The identity service speaks http on a link-local or loopback address, which our own transport refuses. */
async function ask<T>(
  method: 'GET' | 'POST',
  address: string,
  options: Msal.NetworkRequestOptions | undefined,
): Promise<Msal.NetworkResponse<T>> {
  const { request } = await import('node:http')
  const { headers = {}, body } = options ?? {}
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(address, { method, headers, timeout: timeoutMs }, resolve)
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
    outgoing.once('error', reject)
    outgoing.end(body)
  })
  const json = parseJson(await textOf(response))
  if (!isJsonObject(json)) throw new Error(`the answer (HTTP ${response.statusCode}) is not a JSON object`)
  const single = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
  const headersForMsal = Object.fromEntries(single) as Record<string, string>
  return { status: response.statusCode ?? 0, headers: headersForMsal, body: json as T }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > largestBytes) throw new Error('the answer is too long')
  }
  return text
}
