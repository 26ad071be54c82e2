import { createHash } from 'node:crypto'
import type { Server } from 'node:https'
import type { Caller } from '@tenantry/entra-token'
import { callerOf } from '@tenantry/entra-token/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientRequestId } from './correlation.js'

/**
 * One line for each answer: what was asked, by whom, and how it ended. Neither headers nor the query, in which some
 * clients put tokens, nor bodies; of a user a hash, which is enough to find all lines of one.
 */
export function logAnswers(api: FastifyInstance<Server>): void {
  const failuresOnly = aboveInfo.has(api.log.level)
  api.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode >= 500) request.log.warn(lineOf(request, reply), 'answered')
    else if (!failuresOnly) request.log.info(lineOf(request, reply), 'answered')
    done()
  })
}

const aboveInfo = new Set(['warn', 'error', 'fatal', 'silent'])

function lineOf(request: FastifyRequest, reply: FastifyReply) {
  const caller = callerOf(request)
  return {
    method: request.method,
    path: pathOf(request.url),
    route: request.routeOptions.url,
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    remoteAddress: request.ip,
    clientRequestId: clientRequestId(request),
    trace: traceOf(request),
    caller: caller === null ? undefined : loggedCaller(caller),
  }
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

type LoggedCaller = ReturnType<typeof describeCaller>

/** A token seen before brings the same object: hashing is done once for it. */
const loggedCallers = new WeakMap<Caller, LoggedCaller>()

function loggedCaller(caller: Caller): LoggedCaller {
  const known = loggedCallers.get(caller)
  if (known !== undefined) return known
  const logged = describeCaller(caller)
  loggedCallers.set(caller, logged)
  return logged
}

function describeCaller({ kind, tenantId, clientId, objectId, tokenId }: Caller) {
  const object = createHash('sha256').update(`${tenantId} ${objectId}`).digest('hex').slice(0, 16)
  return { kind, tenantId, clientId, object, tokenId }
}

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/

/** The id of the trace this request belongs to (W3C Trace Context). */
function traceOf(request: FastifyRequest): string | undefined {
  const header = request.headers['traceparent']
  return typeof header === 'string' ? traceparent.exec(header)?.[1] : undefined
}
