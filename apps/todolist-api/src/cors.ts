import type { Server } from 'node:https'
import type { FastifyInstance } from 'fastify'

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const requestHeaders =
  'authorization, content-type, if-match, if-none-match, idempotency-key, client-request-id, traceparent'
const answerHeaders =
  'etag, link, location, ratelimit, ratelimit-policy, request-id, client-request-id, retry-after, www-authenticate'

/**
 * Lets the browsers of these origins in, and answers their pre-flight requests, which carry no token: add it before the
 * plug-in that checks tokens. Cookies are not allowed along. Without origins it does nothing at all.
 */
export function allowOrigins(api: FastifyInstance<Server>, origins: readonly string[]): void {
  if (origins.length === 0) return
  api.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'origin')
    const { origin } = request.headers
    if (origin === undefined || !origins.includes(origin)) return
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', answerHeaders)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    reply.header('access-control-allow-methods', methods)
    reply.header('access-control-allow-headers', requestHeaders)
    reply.header('access-control-max-age', '600')
    await reply.code(204).send()
  })
}
