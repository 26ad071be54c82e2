import { asFailure } from '../failure.js'
import { isJsonObject, parseJson } from '../outside-text.js'
import type { Session } from '../session.js'
import type { Answer, OutgoingRequest } from '../transport.js'
import { type Outcome, waitBefore } from './retry.js'

export interface ApiRequest {
  method: OutgoingRequest['method']
  url: URL
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  body?: unknown
  /** Makes a POST repeatable: the API makes one to-do for one key. */
  idempotencyKey?: string
}

export interface ApiAnswer {
  answer: Answer
  /** An earlier attempt may have done the work although it did not say so. */
  repeated: boolean
}

const peer = { name: 'the API', setting: 'API_ENDPOINT' }
const maxBytes = 32 * 1024 * 1024

/**
 * Sends a request with the token and returns whatever the API finally answers. What fails for a moment is tried again
 * within the deadline, a POST only with its idempotency key; a token that lacks something is renewed once. Throws the
 * last attempt's `Failure` when there is no answer.
 */
export async function callApi(session: Session, request: ApiRequest): Promise<ApiAnswer> {
  const token = await session.accessToken()
  const first = await persist(session, request, token)
  const ask = whatNewTokenNeeds(first.answer)
  if (ask === undefined) return first
  const renewed = await session.accessToken(ask)
  if (renewed === token) return first
  session.progress('API: asking again with a new token')
  return persist(session, request, renewed)
}

async function persist(session: Session, request: ApiRequest, token: string): Promise<ApiAnswer> {
  const repeatable = request.method !== 'POST' || request.idempotencyKey !== undefined
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptOnce(session, request, token)
    const surroundings = { random: session.random(), timeLeftMs: session.timeLeftMs() }
    const waitMs = repeatable ? waitBefore(attempt, outcome, surroundings) : undefined
    if (waitMs === undefined) {
      if ('failure' in outcome) throw outcome.failure
      return { answer: outcome.answer, repeated: attempt > 1 }
    }
    session.progress(`API: trying again in ${waitMs} ms`)
    await session.wait(waitMs)
  }
}

async function attemptOnce(session: Session, request: ApiRequest, token: string): Promise<Outcome> {
  const { transport, progress, correlationId } = session
  const { method, url, body } = request
  progress(`API: asking ${method === 'GET' ? '' : `${method} `}${url.origin}${url.pathname}`)
  // The only requests that carry the token; the transport follows no redirect with it.
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'client-request-id': correlationId,
    ...request.headers,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(request.idempotencyKey !== undefined && { 'idempotency-key': request.idempotencyKey }),
  }
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  try {
    const answer = await transport.send({ peer, method, url, headers, ...content, maxBytes })
    progress(`API: answered ${answer.status}`)
    return { answer }
  } catch (error) {
    return { failure: asFailure(error) }
  }
}

/** What to ask the tenant for when the API refuses the token: a claims challenge, or a newer token; else undefined. */
function whatNewTokenNeeds(answer: Answer): { claims?: string; renew: true } | undefined {
  const challenge = answer.headers['www-authenticate'] ?? ''
  if (answer.status === 401) {
    const claims = /\bclaims="([\w+/=-]{1,8192})"/.exec(challenge)?.[1]
    if (claims !== undefined && /error="insufficient_claims"/.test(challenge)) return withClaims(claims)
    return /error="invalid_token"/.test(challenge) ? { renew: true } : undefined
  }
  if (answer.status !== 403) return undefined
  const body = parseJson(answer.text)
  return isJsonObject(body) && Array.isArray(body['requiredRoles']) ? { renew: true } : undefined
}

// Base64 or base64url of JSON: learn.microsoft.com/entra/identity-platform/claims-challenge.
function withClaims(encoded: string): { claims?: string; renew: true } {
  const claims = Buffer.from(encoded, 'base64').toString('utf8')
  return isJsonObject(parseJson(claims)) ? { claims, renew: true } : { renew: true }
}
