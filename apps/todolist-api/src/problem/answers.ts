import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AccessDenied, EntraTokenError } from '@tenantry/entra-token'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { StoreUnavailable } from '../store/todo-store.js'
import { type Problem, problemMediaType, problemOf, type Refusal } from './problem.js'
import { refusalOf } from './refusals.js'

/** Answers with the problem and logs what an operator has to know; the caller is not told why a 500 happened. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error)
  if (refusal.status === 500) request.log.error({ err: error }, 'request failed')
  if (error instanceof EntraTokenError) logTokenError(error, request)
  if (error instanceof StoreUnavailable) request.log.error({ err: error }, 'the store does not answer')
  return answerRefusal(refusal, request, reply)
}

export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return answerRefusal(unknownRoute, request, reply)
}

/** Answers for what Node's HTTP parser refuses before there is a request. */
export function answerUnreadableRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(unreadable[error.code ?? ''] ?? notHttp, randomUUID())
  socket.end(rawAnswer(problem))
}

const unknownRoute: Refusal = {
  status: 404,
  code: 'route_not_found',
  detail: 'There is nothing at this address. The to-do list is at /api/todolist, its description at /docs.',
}

const notHttp: Refusal = { status: 400, code: 'bad_request', detail: 'The request is not well-formed HTTP/1.1.' }

const unreadable: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'header_too_large',
    detail: 'The header fields of the request are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_too_slow',
    detail: 'The request did not arrive in time. Send it again.',
  },
}

// A hint means that a registration or this configuration is wrong, which an operator wants to see at the default level.
function logTokenError(error: EntraTokenError, request: FastifyRequest): void {
  const missing = error instanceof AccessDenied ? error.required : undefined // nothing of what the caller has
  const facts = { status: error.status, code: error.code, hint: error.hint, missing }
  if (error.hint !== undefined || error.status === 503) request.log.warn(facts, error.message)
  else request.log.info(facts, error.message)
}

function answerRefusal(refusal: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Serialized here: the schema of a route's successful answers must not cut a problem down.
  const body = JSON.stringify(problemOf(refusal, request.id))
  return reply
    .code(refusal.status)
    .headers(refusal.headers ?? {})
    .header('content-type', problemMediaType)
    .send(body)
}

function rawAnswer(problem: Problem): string {
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `request-id: ${problem.traceId}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
