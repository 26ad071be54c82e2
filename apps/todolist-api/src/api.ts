import { randomUUID } from 'node:crypto'
import type { Server } from 'node:https'
import { isIP } from 'node:net'
import type { TokenVerifier } from '@tenantry/entra-token'
import { entraToken } from '@tenantry/entra-token/fastify'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { allowOrigins } from './cors.js'
import { healthRoutes } from './health/routes.js'
import { longestBody, slowestRequest } from './limits.js'
import type { Metrics } from './metrics/metrics.js'
import { observeAnswers } from './metrics/observe.js'
import type { Registration } from './openapi/document.js'
import { openApiRoutes } from './openapi/routes.js'
import { answerError, answerUnknownRoute, answerUnreadableRequest } from './problem/answers.js'
import { refusalOf } from './problem/refusals.js'
import { limitAddresses, limitCallers, type RateLimits } from './rate-limit/hooks.js'
import { clientRequestId } from './request-log/correlation.js'
import { logAnswers } from './request-log/request-log.js'
import { sendTogether } from './send-together.js'
import type { TodoStore } from './store/todo-store.js'
import { todoRoutes } from './todos/routes.js'

export type Api = FastifyInstance<Server>

export interface ApiOptions {
  readonly store: TodoStore
  readonly verifier: TokenVerifier
  /** Where log lines go, and from which level on. Absent: no log. */
  readonly logger?: { readonly level: string; readonly stream: { write(line: string): void } }
  /** PEM texts. Absent: plain HTTP, for tests and behind a proxy that ends TLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Believes the X-Forwarded-* headers of the one proxy in front. */
  readonly behindProxy?: boolean
  /** What the OpenAPI document says of where tokens come from. */
  readonly registration: Registration
  /** Browsers of these origins may call. */
  readonly origins: readonly string[]
  readonly rateLimits: RateLimits
  /** In milliseconds; a clock that never goes back. */
  readonly elapsed: () => number
  readonly metrics?: Metrics
  /** Aborted when the process is about to end: not ready any more, and each answer asks the client to hang up. */
  readonly stopping?: AbortSignal
}

/**
 * The protected to-do API, ready to `listen` or `inject`. Every route names who may call it, or the start fails.
 * The store and the verifier stay the caller's: closing the API closes neither.
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const markAnswer = answerMarker()
  const api = createServer(options, markAnswer)
  api.removeContentTypeParser('text/plain')
  api.setErrorHandler(errorHandler(options.metrics))
  api.setNotFoundHandler(answerUnknownRoute)
  api.addHook('onRequest', (request, reply, done) => {
    markAnswer(request, reply)
    done()
  })
  if (options.logger !== undefined) logAnswers(api)
  if (options.metrics !== undefined) observeAnswers(api, options.metrics)
  const stopping = () => options.stopping?.aborted === true
  sendTogether(api)
  endConnectionsWhenClosing(api, stopping)
  limitAddresses(api, options.rateLimits.perAddress, options.elapsed)
  allowOrigins(api, options.origins)
  await api.register(entraToken, { verifier: options.verifier })
  limitCallers(api, options.rateLimits.perCaller, options.elapsed)
  openApiRoutes(api, options.registration)
  healthRoutes(api, options.store, options.verifier, stopping)
  await todoRoutes(api, options.store)
  await api.ready()
  return api
}

function createServer({ logger, tls, behindProxy }: ApiOptions, markAnswer: Mark): Api {
  return fastify({
    // An empty `ca`: callers show no certificates, and reading Node's own list of roots would take 30 ms of every start.
    https: tls === undefined ? null : { ...tls, ca: [] },
    logger: logger ?? false,
    // One line of our own for each answer instead of Fastify's two: see request-log.
    logController: new LogController({ disableRequestLogging: true }),
    // Hop 0 is the proxy itself; what it reports is believed, what came to it from further away is not.
    trustProxy: behindProxy === true ? (_address, hop) => hop === 0 : false,
    bodyLimit: longestBody,
    requestTimeout: slowestRequest,
    // Fastify would answer requests that arrive during a shutdown with a 503 of its own; they are few, so answer them.
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: answerUnreadableRequest,
    frameworkErrors: (error, request, reply) => {
      markAnswer(request, reply) // no hook runs for an address the router cannot read
      answerError(error, request, reply)
    },
    // As ASP.NET, where the tutorial's API lives, matches paths.
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true },
    // Fastify's defaults repair what they are given: "5" becomes 5, unknown members vanish. A caller should hear of it.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
}

// Node closes idle connections when a server closes; one that is busy then would stay for its keep-alive time afterwards.
function endConnectionsWhenClosing(api: Api, stopping: () => boolean): void {
  let closing = false
  api.addHook('preClose', async () => {
    closing = true
  })
  api.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing || stopping()) reply.header('connection', 'close')
    done()
  })
}

function errorHandler(metrics: Metrics | undefined): typeof answerError {
  if (metrics === undefined) return answerError
  return (error, request, reply) => {
    metrics.refusals.add({ code: refusalOf(error).code })
    return answerError(error, request, reply)
  }
}

type Mark = (request: FastifyRequest, reply: FastifyReply) => void

/** Sets what every answer carries. */
function answerMarker(): Mark {
  const isStrict = remembered(isPublicName)
  return (request, reply) => {
    reply.headers(onEveryAnswer)
    reply.header('request-id', request.id)
    const clientId = clientRequestId(request)
    if (clientId !== undefined) reply.header('client-request-id', clientId)
    if (request.protocol === 'https' && isStrict(request.host)) {
      reply.header('strict-transport-security', 'max-age=31536000')
    }
  }
}

const onEveryAnswer = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

// Browsers keep HSTS for a host and all its ports (RFC 6797 §8.2): for localhost it would break every other
// development server on the machine. For IP addresses they ignore it (§8.1.1).
function isPublicName(host: string): boolean {
  const hostname = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:.*$/, '')
  return hostname !== 'localhost' && !hostname.endsWith('.localhost') && isIP(hostname) === 0
}

/** The same function for an argument that hardly ever changes: the last answer is kept. */
function remembered<Argument, Result>(work: (argument: Argument) => Result): (argument: Argument) => Result {
  let last: { readonly argument: Argument; readonly result: Result } | undefined
  return (argument) => {
    if (last === undefined || last.argument !== argument) last = { argument, result: work(argument) }
    return last.result
  }
}
