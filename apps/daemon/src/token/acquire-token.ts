import { createRequire } from 'node:module'
import type * as Msal from '@azure/msal-node'
import type { Configuration } from '../configuration.js'
import type { Transport } from '../transport.js'
import { recordExchanges } from './recorded-network.js'
import { explainRefusal } from './refusal.js'

/** What a token is asked for with. */
export interface TokenRequest {
  configuration: Configuration
  transport: Transport
  /** Sent to the token service and to the API, and named in every failure of theirs. */
  correlationId: string
  progress: (text: string) => void
}

/** MSAL's CommonJS build: one file, which loads some 50 ms faster than the many files of its ES module build. */
const load: (name: string) => typeof Msal = createRequire(import.meta.url)
const msal = load('@azure/msal-node')

export interface AccessToken {
  token: string
  expiresOn: Date
}

/**
 * Asks the tenant for an app-only access token (OAuth 2.0 client credentials) through MSAL. Throws a `Failure` that
 * says why there is none; an empty token counts as none. Does not look into the token: that is the API's part.
 */
export async function acquireToken(session: TokenRequest, claims?: string): Promise<AccessToken> {
  const { configuration, correlationId } = session
  const network = recordExchanges(session)
  const client = new msal.ConfidentialClientApplication({
    auth: {
      clientId: configuration.clientId,
      clientSecret: configuration.clientSecret,
      authority: configuration.authority.href,
      // Without it MSAL asks login.microsoftonline.com whether the host is genuine.
      knownAuthorities: [configuration.authority.host],
    },
    system: {
      networkClient: network.client,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
    },
  })
  const result = await client
    .acquireTokenByClientCredential({
      scopes: [configuration.scope],
      correlationId,
      ...(claims !== undefined && { claims }),
    })
    .catch((error: unknown) => Promise.reject(explainRefusal(network.last(), configuration, error)))
  // MSAL answers with an empty token for a 5xx whose body is an empty JSON object.
  if (!result?.expiresOn || !/^[\x21-\x7e]+$/.test(result.accessToken)) {
    throw explainRefusal(network.last(), configuration, undefined)
  }
  return { token: result.accessToken, expiresOn: result.expiresOn }
}
