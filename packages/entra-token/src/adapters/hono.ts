import type { Context, Env, Handler, Hono, MiddlewareHandler, Schema } from 'hono'
import type { AccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import {
  type Method,
  metadataResponse,
  methods,
  type RouteAccess,
  refusalResponse,
  requireDeclaredAccess,
} from './answer.js'

/** Adds routes that say who may call them: `routes.get('/todos', readTodos, handler)`. */
export type ProtectedRoutes = Readonly<
  Record<Method, (path: string, access: RouteAccess, handler: Handler) => ProtectedRoutes>
>

const callers = new WeakMap<Request, Caller>()

/**
 * Routes of a Hono app that cannot be added without saying who may call them: a missing policy throws at start. A refusal is
 * thrown as an EntraTokenError that knows its answer, so Hono writes it unless the app's onError does. With the verifier's
 * option `resource`, the API's metadata (RFC 9728) is served as well. Does not protect routes that are added to the app itself.
 */
export function protectedRoutes<E extends Env, S extends Schema, Path extends string>(
  app: Hono<E, S, Path>,
  verifier: TokenVerifier,
): ProtectedRoutes {
  const metadata = verifier.protectedResource()
  if (metadata !== null) app.on('GET', metadata.path, () => metadataResponse(verifier))
  const add = (method: Method) => (path: string, access: RouteAccess, handler: Handler) => {
    requireDeclaredAccess(`${method.toUpperCase()} ${path}`, access)
    const handlers = access === 'public' ? [handler] : [guard(verifier, access), handler]
    app.on(method.toUpperCase(), [path], ...handlers)
    return routes
  }
  const routes = Object.freeze(Object.fromEntries(methods.map((method) => [method, add(method)]))) as ProtectedRoutes
  return routes
}

/** Who calls. Throws an Error on a public route and before the policy admitted the caller. */
export function callerOf(context: Context): Caller {
  const caller = callers.get(context.req.raw)
  if (caller === undefined)
    throw new Error(`${context.req.method} ${context.req.path} has no caller: its route is public.`)
  return caller
}

function guard(verifier: TokenVerifier, access: AccessPolicy): MiddlewareHandler {
  return async ({ req }, next) => {
    const credentials = { authorization: req.raw.headers.get('authorization') ?? undefined, target: req.url }
    try {
      callers.set(req.raw, await verifier.admit(access, credentials))
    } catch (error) {
      const response = refusalResponse(error)
      // Hono's own error handler asks an error for its answer; the app's may write another one.
      throw Object.assign(error instanceof Error ? error : new Error(), { getResponse: () => response })
    }
    await next()
  }
}
