import { createRequire } from 'node:module'
import type * as Msal from '@azure/msal-node'
import type { ResolvedAuthority } from '../authority/authority.js'
import type { Credential } from '../credentials/credential.js'
import type { Failure } from '../failure.js'
import { isJsonObject } from '../outside-text.js'
import { type Patience, retryAfterMs } from '../transport/retry.js'
import type { Answer, Transport } from '../transport/transport.js'
import { type Exchange, exchangeWith } from './exchange.js'
import { aadstsCode, explainRefusal } from './refusal.js'
import { recordOf, type TokenRecord } from './token-record.js'

/** What a token is asked for with. */
export interface TokenRequest extends Patience {
  clientId: string
  scope: string
  authority: ResolvedAuthority
  credential: Credential
  /** The claims of a claims challenge, as JSON. */
  claims: string | undefined
  transport: Transport
  /** Sent to the token service and named in its failures. */
  correlationId: string
}

/** A token, or why there is none: for people, for choosing another credential, for choosing when to try again. */
export type Acquisition =
  | { record: TokenRecord }
  | { failure: Failure; aadsts: number | undefined; retryAfterMs: number | undefined }

/** MSAL's CommonJS build: one file, which loads some 50 ms faster than the many files of its ES module build. */
const load: (name: string) => typeof Msal = createRequire(import.meta.url)
const msal = load('@azure/msal-node')

/**
 * Asks the tenant for an app-only access token (OAuth 2.0 client credentials) through MSAL, always anew: MSAL's own
 * cache and its throttle, which refuses calls though a valid token is there, live no longer than this call. An empty
 * token counts as none. Does not look into the token: that is the API's part.
 */
export async function acquireToken(request: TokenRequest): Promise<Acquisition> {
  const { clientId, authority, credential, claims, correlationId, clock, random } = request
  let last: Exchange | undefined
  const startedAt = clock.now()
  const client = new msal.ConfidentialClientApplication({
    auth: {
      clientId,
      ...credential.forMsal,
      authority: authority.href,
      // Without them MSAL asks login.microsoftonline.com whether the host is genuine, and refuses the issuer's.
      knownAuthorities: [...authority.knownHosts],
      authorityMetadata: authority.metadata,
    },
    system: {
      networkClient: networkOf(request, (exchange) => {
        last = exchange
      }),
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
    },
  })
  try {
    const result = await client.acquireTokenByClientCredential({
      scopes: [request.scope],
      correlationId,
      ...(claims !== undefined && { claims }),
    })
    const life = lifeIn(last)
    // MSAL answers with an empty token for a 5xx whose body is an empty JSON object.
    if (!result || !life || !/^[\x21-\x7e]+$/.test(result.accessToken)) return refusal(last, undefined, clock.now())
    return { record: recordOf(result.accessToken, life, startedAt, random) }
  } catch (error) {
    return refusal(last, error, clock.now())
  }
}

function networkOf(request: TokenRequest, keep: (exchange: Exchange) => void): Msal.INetworkModule {
  return {
    sendGetRequestAsync: () => Promise.reject(new Error('MSAL was given all it needs to know of the tenant')),
    sendPostRequestAsync: async <T>(address: string, options?: Msal.NetworkRequestOptions) => {
      const { headers = {}, body = '' } = options ?? {}
      const sent = { method: 'POST' as const, url: new URL(address), headers, body }
      const exchange = await exchangeWith(request.transport, 'token', sent, request)
      keep(exchange)
      if ('error' in exchange) throw exchange.error
      return forMsal<T>(exchange.answer, exchange.json)
    },
  }
}

function forMsal<T>({ status, headers }: Answer, json: unknown): Msal.NetworkResponse<T> {
  if (typeof json !== 'object' || json === null) throw new Error('the answer is not a JSON object')
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { status, headers: Object.fromEntries(single) as Record<string, string>, body: json as T }
}

function lifeIn(exchange: Exchange | undefined) {
  if (!exchange || !('answer' in exchange) || !isJsonObject(exchange.json)) return undefined
  const expiresIn = seconds(exchange.json['expires_in'])
  return expiresIn === undefined ? undefined : { expiresIn, refreshIn: seconds(exchange.json['refresh_in']) }
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
}

function refusal(last: Exchange | undefined, error: unknown, now: number): Acquisition {
  const failure = explainRefusal(last, error)
  if (!last || !('answer' in last)) return { failure, aadsts: undefined, retryAfterMs: undefined }
  const aadsts = isJsonObject(last.json) ? aadstsCode(last.json) : undefined
  return { failure, aadsts, retryAfterMs: retryAfterMs(last.answer, now) }
}
