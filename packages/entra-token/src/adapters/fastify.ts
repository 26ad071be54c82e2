import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { authorizationValues } from '../authorization-header.js'
import { EntraTokenError } from '../errors.js'
import { type AccessPolicy, isAccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import { decide } from './answer.js'

const callerSlot = Symbol('caller')

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call this route: a policy made by `anyOf`, or `'public'`, said aloud. */
    access?: AccessPolicy | 'public'
  }
  interface FastifyRequest {
    /** Who calls. Throws on a public route and before the policy admitted the caller; see `callerOf` for logs. */
    readonly caller: Caller
    [callerSlot]: Caller | null
  }
}

/**
 * Protects every route of the instance it is registered on and of the contexts created below it afterwards: register it before
 * the first route. A route without `config.access` makes start-up fail. The token is checked in `onRequest`, before a body is
 * read; refusals are thrown as EntraTokenError, with their headers already on the reply, for the app's error handler to write.
 * With the verifier's option `resource`, the API's metadata (RFC 9728) is served as well. Unknown paths stay 404 without a token. Does not protect contexts created before it, nor what a not-found handler serves.
 */
export const entraToken = Object.assign(
  async (fastify: FastifyInstance, { verifier }: { verifier: TokenVerifier }): Promise<void> => {
    fastify.decorateRequest(callerSlot, null)
    fastify.decorateRequest('caller', { getter: requireCaller })
    fastify.addHook('onRoute', refuseUndeclaredRoute)
    const metadata = verifier.protectedResource()
    fastify.addHook('onRequest', (request, reply, done) => {
      if (request.is404) return done()
      const { access } = request.routeOptions.config
      if (access === 'public') return done()
      // A route added before this plugin was never seen by onRoute; it fails closed here.
      if (!isAccessPolicy(access)) return done(undeclared(request.method, request.routeOptions.url ?? request.url))
      const admitted = (caller: Caller) => {
        request[callerSlot] = caller
        done()
      }
      const refused = (error: unknown) => {
        if (error instanceof EntraTokenError) reply.headers(error.headers)
        done(error instanceof Error ? error : new Error('The token could not be checked.'))
      }
      const { rawHeaders, url = '' } = request.raw
      const credentials = { authorization: authorizationValues(rawHeaders), target: url }
      decide({ verifier, access, credentials }, admitted, refused)
    })
    if (metadata !== null) {
      fastify.get(metadata.path, { config: { access: 'public' } }, () => verifier.protectedResource()?.document)
    }
  },
  // Fastify's marks for a plugin that works on the instance it is given instead of on a child of it.
  {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@tenantry/entra-token',
    [Symbol.for('plugin-meta')]: { name: '@tenantry/entra-token', fastify: '5.x' },
  },
)

/** Who calls, or null where nobody was admitted: on public routes, refused requests and unknown paths. For logs and metrics. */
export function callerOf(request: FastifyRequest): Caller | null {
  return request[callerSlot]
}

function refuseUndeclaredRoute({ method, url, config }: RouteOptions): void {
  const access = config?.access
  if (access !== 'public' && !isAccessPolicy(access)) throw undeclared(String(method), url)
}

function undeclared(method: string, url: string): Error {
  return new Error(
    `${method} ${url} does not say who may call it: set config.access to a policy made by anyOf(…), or to 'public'.`,
  )
}

function requireCaller(this: FastifyRequest): Caller {
  const caller = this[callerSlot]
  if (caller === null) throw new Error(`${this.method} ${this.url.split('?')[0]} has no caller: its route is public.`)
  return caller
}
