import { randomUUID } from 'node:crypto'
import type { Server } from 'node:https'
import { isIP } from 'node:net'
import type { TokenVerifier } from '@tenantry/entra-token'
import { entraToken } from '@tenantry/entra-token/fastify'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { guidPattern } from './guid.js'
import { healthRoutes } from './health/routes.js'
import { longestBody, slowestRequest } from './limits.js'
import { answerError, answerUnknownRoute, answerUnreadableRequest } from './problem/answers.js'
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
}

/**
 * The protected to-do API, ready to `listen` or `inject`. Every route names who may call it, or the start fails.
 * The store and the verifier stay the caller's: closing the API closes neither.
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const api = createServer(options)
  api.removeContentTypeParser('text/plain')
  api.setErrorHandler(answerError)
  api.setNotFoundHandler(answerUnknownRoute)
  api.addHook('onRequest', async (request, reply) => markAnswer(request, reply))
  endConnectionsWhenClosing(api)
  await api.register(entraToken, { verifier: options.verifier })
  healthRoutes(api, options.store, options.verifier)
  todoRoutes(api, options.store)
  await api.ready()
  return api
}

function createServer({ logger, tls, behindProxy }: ApiOptions): Api {
  return fastify({
    // An empty `ca`: callers show no certificates, and reading Node's own list of roots would take 30 ms of every start.
    https: tls === undefined ? null : { ...tls, ca: [] },
    logger: logger === undefined ? false : { ...logger, serializers: { req: loggedRequest } },
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
function endConnectionsWhenClosing(api: Api): void {
  let closing = false
  api.addHook('preClose', async () => {
    closing = true
  })
  api.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
}

// Neither headers nor the query, in which some clients put tokens.
function loggedRequest(request: FastifyRequest) {
  return {
    method: request.method,
    path: request.url.split('?', 1)[0],
    clientRequestId: clientRequestId(request),
    remoteAddress: request.ip,
  }
}

function markAnswer(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('request-id', request.id)
  const clientId = clientRequestId(request)
  if (clientId !== undefined) reply.header('client-request-id', clientId)
  reply.header('cache-control', 'no-store')
  reply.header('x-content-type-options', 'nosniff')
  if (request.protocol === 'https' && isPublicName(request.hostname)) {
    reply.header('strict-transport-security', 'max-age=31536000')
  }
}

function clientRequestId(request: FastifyRequest): string | undefined {
  const id = request.headers['client-request-id']
  return typeof id === 'string' && guidPattern.test(id) ? id : undefined
}

// Browsers keep HSTS for a host and all its ports (RFC 6797 §8.2): for localhost it would break every other
// development server on the machine. For IP addresses they ignore it (§8.1.1).
function isPublicName(hostname: string): boolean {
  return hostname !== 'localhost' && !hostname.endsWith('.localhost') && isIP(hostname.replaceAll(/[[\]]/g, '')) === 0
}
