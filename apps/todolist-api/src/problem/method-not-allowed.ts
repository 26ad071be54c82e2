import type { Server } from 'node:https'
import type { FastifyInstance } from 'fastify'
import { RequestRefused } from './problem.js'

/** Answers every other method at this address with 405 and the methods it has (RFC 9110 §15.5.6), before any body is read. */
export function refuseOtherMethods(api: FastifyInstance<Server>, url: string, allowed: readonly string[]): void {
  const allow = allowed.join(', ')
  api.route({
    method: api.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    config: { access: 'public' },
    onRequest: async (_request, reply) => {
      reply.header('allow', allow)
      throw new RequestRefused({
        status: 405,
        code: 'method_not_allowed',
        detail: `This address answers to ${allow} only.`,
      })
    },
    handler: () => undefined,
  })
}
