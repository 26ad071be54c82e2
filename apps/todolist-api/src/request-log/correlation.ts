import type { FastifyRequest } from 'fastify'
import { guidPattern } from '../guid.js'

/** The id that the client chose for its request, if it is a GUID; anything else may be anything. */
export function clientRequestId(request: FastifyRequest): string | undefined {
  const id = request.headers['client-request-id']
  return typeof id === 'string' && guidPattern.test(id) ? id : undefined
}
