import { Agent } from 'node:https'
import { exchange, NoAnswer, type Reply } from '../https/exchange.js'
import { isJsonObject, parseJson } from '../https/json.js'
import { redact } from '../https/redact.js'
import { type ClientCertificate, clientAssertion } from './client-assertion.js'
import type { GraphTokenSource } from './graph-token-source.js'

export interface ClientCredentials {
  /** `https://<host>/<tenant>`, the URL below which `/oauth2/v2.0/token` lies. */
  readonly authority: string
  readonly clientId: string
  /** Either this or a certificate. */
  readonly clientSecret?: string
  readonly clientCertificate?: ClientCertificate
  /** For example `https://graph.microsoft.com/.default`. */
  readonly scope: string
  /** PEM certificates to trust instead of those built into Node. */
  readonly ca?: string
  /** Milliseconds since 1970. Left out: the system's time. */
  readonly now?: () => number
}

/** No token was issued. Holds neither the secret nor a token. */
export class SignInError extends Error {
  /** HTTP status; 0 when no complete answer came. */
  readonly status: number
  /** The OAuth 2.0 error word (RFC 6749 section 5.2), or the code of a failed connection. */
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'SignInError'
    this.status = status
    this.code = code
  }
}

const KEPT_UNTIL_BEFORE_EXPIRY_MS = 5 * 60_000

interface Token {
  readonly value: string
  readonly expiresAt: number
}

/**
 * A source of access tokens by the client credentials grant (RFC 6749 section 4.4). It keeps a token until five minutes
 * before its end; calls that arrive while one is fetched share it. The token itself is not looked into.
 * Throws a TypeError when the authority is not https; the source throws a SignInError.
 */
export function clientCredentialsToken(options: ClientCredentials): GraphTokenSource {
  const url = readAuthority(options.authority)
  const now = options.now ?? Date.now
  const agent = new Agent(options.ca === undefined ? {} : { ca: options.ca })
  let kept: Token | undefined
  let running: Promise<Token> | undefined
  return async () => {
    if (kept !== undefined && now() < kept.expiresAt - KEPT_UNTIL_BEFORE_EXPIRY_MS) return kept.value
    running ??= requestToken(url, options, agent, now).finally(() => {
      running = undefined
    })
    kept = await running
    return kept.value
  }
}

function readAuthority(text: string): URL {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') {
    throw new TypeError(
      `The authority must be an https URL such as https://<name>.ciamlogin.com/<tenant-id>, but is ${text}`,
    )
  }
  return new URL(`${text.replace(/\/+$/, '')}/oauth2/v2.0/token`)
}

async function requestToken(url: URL, options: ClientCredentials, agent: Agent, now: () => number): Promise<Token> {
  const { clientId, scope } = options
  const asked = now()
  const proof = proofOfIdentity(options, url, asked)
  const form = { grant_type: 'client_credentials', client_id: clientId, ...proof, scope }
  const reply = await exchange({
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    agent,
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? unanswered(url, error, Object.values(proof)) : error
  })
  return readToken(reply, asked) ?? refuse(url, clientId, Object.values(proof), reply)
}

function readToken({ status, text }: Reply, asked: number): Token | undefined {
  const body = parseJson(text)
  if (status !== 200 || !isJsonObject(body)) return undefined
  const value = body['access_token']
  // Some servers write the number as text, as Entra's v1 endpoint does.
  const seconds = Number(body['expires_in'])
  if (typeof value !== 'string' || value === '' || !Number.isFinite(seconds)) return undefined
  return { value, expiresAt: asked + seconds * 1000 }
}

function proofOfIdentity({ clientId, clientSecret, clientCertificate }: ClientCredentials, url: URL, now: number) {
  if (clientCertificate === undefined) return { client_secret: clientSecret ?? '' }
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(clientId, clientCertificate, url.href, now),
  }
}

function unanswered(url: URL, { code, message }: NoAnswer, secrets: readonly string[]): SignInError {
  const reason = redact(message, secrets)
  return new SignInError(
    0,
    code,
    `${url.href} had no answer (${code}): ${reason}. Check that the host can be reached and its certificate is trusted.`,
  )
}

function refuse(url: URL, clientId: string, secrets: readonly string[], { status, text }: Reply): never {
  const body = parseJson(text)
  const hidden = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)])
  const field = (name: string): string | undefined => {
    const value = isJsonObject(body) ? body[name] : undefined
    return typeof value === 'string' ? redact(value, hidden) : undefined
  }
  const code = field('error') ?? 'answer_not_understood'
  const reason = field('error_description') ?? 'the answer is not that of a token endpoint'
  const next = 'Check the tenant in the authority, the client id and its secret or certificate.'
  throw new SignInError(
    status,
    code,
    `${clientId} could not sign in at ${url.href}: ${status} ${code}: ${reason} ${next}`,
  )
}
