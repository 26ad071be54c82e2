import { Agent } from 'node:https'
import type {
  AuthenticationResult,
  DeviceCodeRequest,
  INetworkModule,
  NetworkResponse,
  SilentFlowRequest,
} from '@azure/msal-node'
import { exchange, NoAnswer } from '../https/exchange.js'
import { parseJson } from '../https/json.js'
import { redact } from '../https/redact.js'
import { SignInError } from './client-credentials.js'
import type { GraphTokenSource } from './graph-token-source.js'

export interface DeviceCodeOptions {
  /** `https://login.microsoftonline.com/<tenant>`, or the same on another host. */
  readonly authority: string
  /** A public client that may use the device code flow. */
  readonly clientId: string
  readonly scopes: readonly string[]
  /** Shows the person where to go and what to type there. */
  readonly invite: (invitation: SignInInvitation) => void
  /** PEM certificates to trust instead of those built into Node. */
  readonly ca?: string
  /** Milliseconds since 1970. Left out: the system's time. */
  readonly now?: () => number
  /** Left out: MSAL Node's. */
  readonly client?: DeviceCodeClient
}

export interface SignInInvitation {
  readonly url: string
  readonly code: string
  readonly scopes: readonly string[]
}

/** The part of MSAL Node's PublicClientApplication that is used. */
export interface DeviceCodeClient {
  acquireTokenByDeviceCode(request: DeviceCodeRequest): Promise<AuthenticationResult | null>
  acquireTokenSilent(request: SilentFlowRequest): Promise<AuthenticationResult>
}

const KEPT_UNTIL_BEFORE_EXPIRY_MS = 5 * 60_000

/**
 * A source of tokens of a person who signs in once, on any device (RFC 8628). It renews the token silently, and asks the
 * person again only when that fails. Nothing is kept beyond the process. The source throws a SignInError.
 */
export function deviceCodeToken(options: DeviceCodeOptions): GraphTokenSource {
  const { now = Date.now } = options
  let client: Promise<DeviceCodeClient> | undefined
  let kept: AuthenticationResult | undefined
  let running: Promise<AuthenticationResult> | undefined
  const isFresh = ({ expiresOn }: AuthenticationResult): boolean =>
    expiresOn !== null && now() < expiresOn.getTime() - KEPT_UNTIL_BEFORE_EXPIRY_MS
  return async () => {
    if (kept !== undefined && isFresh(kept)) return kept.accessToken
    client ??= options.client === undefined ? createClient(options) : Promise.resolve(options.client)
    running ??= signIn(client, options, kept).finally(() => {
      running = undefined
    })
    kept = await running
    return kept.accessToken
  }
}

async function signIn(
  clientComing: Promise<DeviceCodeClient>,
  { scopes, invite }: DeviceCodeOptions,
  before: AuthenticationResult | undefined,
): Promise<AuthenticationResult> {
  const client = await clientComing
  const account = before?.account ?? null
  if (account !== null) {
    const renewed = await client.acquireTokenSilent({ account, scopes: [...scopes] }).catch(() => undefined)
    if (renewed !== undefined) return renewed
  }
  const result = await client
    .acquireTokenByDeviceCode({
      scopes: [...scopes],
      deviceCodeCallback({ verificationUri, userCode }) {
        // MSAL also calls this with the answer of a server that does not know the flow; it refuses right after.
        if (verificationUri && userCode) invite({ url: verificationUri, code: userCode, scopes })
      },
    })
    .catch((error: unknown) => Promise.reject(refusal(error)))
  if (result === null) throw new SignInError(0, 'no_token', 'The sign-in ended without a token. Run it again.')
  return result
}

/** MSAL's error, which may quote what a server said. */
function refusal(error: unknown): SignInError {
  const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : 'sign_in_failed'
  const reason = redact(error instanceof Error ? error.message : String(error), []).replace(/\.$/, '')
  const next = 'Run it again and sign in as an administrator of the tenant, or use --graph-token-env.'
  return new SignInError(400, code, `Nobody signed in: ${reason}. ${next}`)
}

async function createClient({ authority, clientId, ca }: DeviceCodeOptions): Promise<DeviceCodeClient> {
  const { PublicClientApplication } = await import('@azure/msal-node')
  return new PublicClientApplication({
    // Without knownAuthorities MSAL asks login.microsoftonline.com whether the host is genuine.
    auth: { clientId, authority, knownAuthorities: [new URL(authority).host] },
    system: {
      networkClient: networkClient(ca),
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
    },
  })
}

/** MSAL's requests over our own exchange, so that they trust what the other calls trust. */
function networkClient(ca: string | undefined): INetworkModule {
  const agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
  const send = async <T>(
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<NetworkResponse<T>> => {
    const target = new URL(url)
    if (target.protocol !== 'https:') throw new NoAnswer('not_https', `${target.host} is to be called without TLS`)
    const reply = await exchange({ method, url: target, headers, body, agent })
    const named = Object.entries(reply.headers).map(([name, value]) => [name, String(value)] as const)
    // MSAL names the type of the body that it expects and checks it itself.
    return { status: reply.status, headers: Object.fromEntries(named), body: (parseJson(reply.text) ?? {}) as T }
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options?.headers),
    sendPostRequestAsync: (url, options) => send('POST', url, options?.headers, options?.body),
  }
}
