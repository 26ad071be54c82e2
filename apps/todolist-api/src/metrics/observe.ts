import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:https'
import { channelNames, type KeysRefreshEvent, type VerifiedEvent } from '@tenantry/entra-token'
import type { FastifyInstance } from 'fastify'
import type { TodoStore } from '../store/todo-store.js'
import type { Metrics } from './metrics.js'

/** Measures every answer of the API. Unknown addresses share one label, or a scanner would fill the memory. */
export function observeAnswers(api: FastifyInstance<Server>, metrics: Metrics): void {
  api.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.requests.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    )
    done()
  })
}

/**
 * Counts what entra-token tells of tokens and keys, until the returned function is called. It tells it to the whole
 * process: with a second verifier in it, the figures would be of both.
 */
export function observeTokens(metrics: Metrics): () => void {
  const verified = (event: unknown) => {
    metrics.tokens.add({ from: (event as VerifiedEvent).cached ? 'memory' : 'signature' })
  }
  const loaded = (event: unknown) => {
    metrics.keyLoads.add({ outcome: (event as KeysRefreshEvent).outcome })
  }
  subscribe(channelNames.verified, verified)
  subscribe(channelNames.keysRefresh, loaded)
  return () => {
    unsubscribe(channelNames.verified, verified)
    unsubscribe(channelNames.keysRefresh, loaded)
  }
}

/** The same store, measured. `now` in milliseconds; a clock that never goes back. */
export function observedStore(store: TodoStore, metrics: Metrics, now: () => number): TodoStore {
  const timed = async <Result>(operation: string, work: () => Promise<Result>): Promise<Result> => {
    const started = now()
    try {
      return await work()
    } catch (error) {
      metrics.storeFailures.add({ operation })
      throw error
    } finally {
      metrics.store.observe({ operation }, (now() - started) / 1000)
    }
  }
  return {
    page: (...given) => timed('page', () => store.page(...given)),
    pageText: (...given) => timed('page', () => store.pageText(...given)),
    find: (...given) => timed('find', () => store.find(...given)),
    create: (...given) => timed('create', () => store.create(...given)),
    createOnce: (...given) => timed('create_once', () => store.createOnce(...given)),
    describe: (...given) => timed('describe', () => store.describe(...given)),
    remove: (...given) => timed('remove', () => store.remove(...given)),
    seed: (...given) => timed('seed', () => store.seed(...given)),
    forgetOldKeys: () => timed('forget_old_keys', () => store.forgetOldKeys()),
    ping: () => timed('ping', () => store.ping()),
    close: () => store.close(),
  }
}
