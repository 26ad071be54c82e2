import { randomUUID } from 'node:crypto'
import { Agent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, NoAnswer, type Reply } from '../https/exchange.js'
import { isJsonObject, parseJson } from '../https/json.js'
import { redact } from '../https/redact.js'
import type { GraphTokenSource } from '../sign-in/graph-token-source.js'
import { GraphError } from './error.js'
import { pauseBeforeRetry, readRetryAfter } from './retry.js'

export interface GraphClientOptions {
  /** `https://graph.microsoft.com/v1.0`, or the same path on another host. */
  readonly baseUrl: string
  /** Asked once per call, so it should keep its token. */
  readonly accessToken: GraphTokenSource
  /** PEM certificates to trust instead of those built into Node. */
  readonly ca?: string
  /** Ends running calls and waits with its reason. */
  readonly signal?: AbortSignal
  /** Left out: the system's. */
  readonly clock?: Clock
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export interface GraphRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the base URL, beginning with a slash, already encoded. */
  readonly path: string
  readonly body?: object
  /** Makes a PATCH create what it does not find. */
  readonly createIfMissing?: boolean
  /** Concerns an object created a moment ago: an answer that it is unknown is asked again for up to a minute. */
  readonly settling?: boolean
}

export interface GraphAnswer {
  readonly status: number
  /** Parsed JSON; undefined when the answer had no body. */
  readonly body: unknown
}

/**
 * Calls Microsoft Graph. Waits and tries again when Graph throttles (as long as Retry-After says, at most 60 seconds a
 * time and two minutes a call), when a new object is not known everywhere yet, and when a connection breaks while reading.
 * Everything else that is not a success throws a GraphError.
 */
export interface GraphClient {
  send(request: GraphRequest): Promise<GraphAnswer>
  /** All pages of a collection. Refuses to follow a link to another origin. */
  list(path: string): Promise<readonly unknown[]>
}

const MOST_PAGES = 1000

/** Throws a TypeError when the base URL is not https. */
export function createGraphClient(options: GraphClientOptions): GraphClient {
  const base = readBaseUrl(options.baseUrl)
  const agent = new Agent({ keepAlive: true, ...(options.ca === undefined ? {} : { ca: options.ca }) })
  const clock = options.clock ?? systemClock
  const connection: Connection = { ...options, agent, clock }
  const send = (request: GraphRequest): Promise<GraphAnswer> =>
    sendAgain(connection, request, new URL(`${base}${request.path}`))
  const follow = (link: string, path: string): Promise<GraphAnswer> =>
    sendAgain(connection, { method: 'GET', path }, sameOrigin(link, base, path))
  return { send, list: (path) => readPages(path, () => send({ method: 'GET', path }), follow) }
}

interface Connection extends GraphClientOptions {
  readonly agent: Agent
  readonly clock: Clock
}

function readBaseUrl(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') {
    throw new TypeError(
      `The Graph base URL must be an https URL such as https://graph.microsoft.com/v1.0, but is ${text}`,
    )
  }
  return text.replace(/\/+$/, '')
}

const systemClock: Clock = {
  now: () => Date.now(),
  async wait(milliseconds, signal) {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
  },
}

async function sendAgain(connection: Connection, request: GraphRequest, url: URL): Promise<GraphAnswer> {
  const { clock, signal } = connection
  let waited = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(connection, request, url)
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      const pause = pauseBeforeRetry(error, request.settling ?? false, attempt, waited)
      if (pause === undefined) throw error
      await clock.wait(pause, signal)
      waited += pause
    }
  }
}

async function sendOnce(connection: Connection, request: GraphRequest, url: URL): Promise<GraphAnswer> {
  const { agent, signal, clock } = connection
  const { method, body } = request
  const token = await connection.accessToken()
  const reply = await exchange({
    method,
    url,
    headers: headersFor(request, token),
    body: body === undefined ? undefined : JSON.stringify(body),
    agent,
    signal,
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? unanswered(request, error, token) : error
  })
  if (reply.status < 200 || reply.status > 299) throw refused(request, reply, token, clock.now())
  return { status: reply.status, body: readBody(request, reply) }
}

function headersFor({ body, createIfMissing }: GraphRequest, token: string): Record<string, string> {
  return {
    Authorization: `Bearer ${token}`,
    Accept: 'application/json',
    'client-request-id': randomUUID(),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(createIfMissing ? { Prefer: 'create-if-missing' } : {}),
  }
}

function readBody({ method, path }: GraphRequest, { status, headers, text }: Reply): unknown {
  if (text === '') return undefined
  const body = parseJson(text)
  if (body !== undefined) return body
  return notUnderstood(method, path, status, 'the answer is not JSON', headerText(headers['request-id']))
}

function unanswered({ method, path }: GraphRequest, { code, message }: NoAnswer, token: string): GraphError {
  const reason = redact(message, [token])
  return new GraphError({ method, path, status: 0, code, reason, requestId: undefined, retryAfterMs: undefined })
}

function refused({ method, path }: GraphRequest, { status, headers, text }: Reply, token: string, now: number) {
  const error = readGraphError(text)
  const show = (words: string): string => redact(words, [token])
  return new GraphError({
    method,
    path,
    status,
    code: show(error?.code ?? 'answer_not_understood'),
    reason: show(error?.message ?? 'the answer is not one of Microsoft Graph; is the base URL right?'),
    requestId: headerText(headers['request-id']) ?? error?.requestId,
    retryAfterMs: readRetryAfter(headers['retry-after'], now),
  })
}

function readGraphError(text: string): { code: string; message: string; requestId: string | undefined } | undefined {
  const body = parseJson(text)
  const error = isJsonObject(body) ? body['error'] : undefined
  if (!isJsonObject(error) || typeof error['code'] !== 'string') return undefined
  const message = typeof error['message'] === 'string' && error['message'] !== '' ? error['message'] : 'no reason given'
  const inner = error['innerError']
  const requestId = isJsonObject(inner) ? headerText(inner['request-id']) : undefined
  return { code: error['code'], message, requestId }
}

function headerText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : undefined
}

function notUnderstood(method: string, path: string, status: number, reason: string, requestId?: string): never {
  const code = 'answer_not_understood'
  throw new GraphError({ method, path, status, code, reason, requestId, retryAfterMs: undefined })
}

async function readPages(
  path: string,
  first: () => Promise<GraphAnswer>,
  follow: (link: string, path: string) => Promise<GraphAnswer>,
): Promise<readonly unknown[]> {
  const items: unknown[] = []
  let answer = await first()
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { body, status } = answer
    if (!isJsonObject(body) || !Array.isArray(body['value'])) {
      return notUnderstood('GET', path, status, 'a collection was expected')
    }
    for (const item of body['value']) items.push(item)
    const link = body['@odata.nextLink']
    if (typeof link !== 'string') return items
    answer = await follow(link, path)
  }
  return notUnderstood('GET', path, 200, `the collection has more than ${MOST_PAGES} pages`)
}

// The link comes from the answer, and the token goes wherever it points.
function sameOrigin(link: string, base: string, path: string): URL {
  if (!URL.canParse(link) || new URL(link).origin !== new URL(base).origin) {
    return notUnderstood('GET', path, 200, 'the next page is said to be on another host; it is not followed')
  }
  return new URL(link)
}
