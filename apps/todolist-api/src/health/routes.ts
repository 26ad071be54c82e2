import type { Server } from 'node:https'
import type { TokenVerifier } from '@tenantry/entra-token'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { refuseOtherMethods } from '../problem/method-not-allowed.js'
import { RequestRefused } from '../problem/problem.js'
import type { TodoStore } from '../store/todo-store.js'

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work, that is, the store answers and there are
 * keys to check tokens with; stale ones will do, so that an outage of the authority does not take the API down with it.
 * While the process is about to end it is not ready, so that a balancer sends its requests elsewhere.
 */
export function healthRoutes(
  api: FastifyInstance<Server>,
  store: TodoStore,
  verifier: TokenVerifier,
  draining: () => boolean,
): void {
  api.get('/health/live', { config: { access: 'public' } }, async () => ({ status: 'live' }))

  api.get('/health/ready', { config: { access: 'public' } }, async (request) => {
    const checks = {
      store: await storeState(store, request.log),
      keys: verifier.health().state,
      ...(draining() ? { process: 'stopping' } : {}),
    }
    if (checks.store === 'unusable' || checks.keys === 'unusable' || draining()) throw notReady(checks)
    return { status: 'ready', checks }
  })

  refuseOtherMethods(api, '/health/live', ['GET', 'HEAD'])
  refuseOtherMethods(api, '/health/ready', ['GET', 'HEAD'])
}

async function storeState(store: TodoStore, log: FastifyBaseLogger): Promise<'usable' | 'unusable'> {
  try {
    await store.ping()
    return 'usable'
  } catch (error) {
    log.error({ err: error }, 'the store does not answer')
    return 'unusable'
  }
}

function notReady(checks: Readonly<Record<string, string>>): RequestRefused {
  return new RequestRefused({
    status: 503,
    code: 'not_ready',
    detail: 'The API cannot do its work yet: see the member checks for what is unusable.',
    members: { checks },
  })
}
