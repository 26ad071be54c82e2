import type { Session } from '../session.js'
import { callWithToken } from '../token/challenge.js'
import { apiRetries, noRetries, sendPatiently } from '../transport/retry.js'
import type { Answer, OutgoingRequest } from '../transport/transport.js'

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
  let repeated = false
  const answer = await callWithToken(session, async (token) => {
    const last = await persist(session, request, token)
    repeated ||= last.repeated
    return last.answer
  })
  return { answer, repeated }
}

async function persist(session: Session, request: ApiRequest, token: string): Promise<ApiAnswer> {
  const isRepeatable = request.method !== 'POST' || request.idempotencyKey !== undefined
  const { answer, attempts } = await sendPatiently(
    () => attemptOnce(session, request, token),
    isRepeatable ? apiRetries : noRetries,
    { ...session, progress: (text) => session.progress(`API: ${text}`) },
  )
  return { answer, repeated: attempts > 1 }
}

async function attemptOnce(session: Session, request: ApiRequest, token: string): Promise<Answer> {
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
  const answer = await transport.send({ peer, method, url, headers, ...content, maxBytes })
  progress(`API: answered ${answer.status}`)
  return answer
}
