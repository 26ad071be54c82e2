import type { EventHandler, H3, H3Event } from 'h3'
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
  Record<Method, (path: string, access: RouteAccess, handler: EventHandler) => ProtectedRoutes>
>

const callers = new WeakMap<object, Caller>()

/**
 * Routes of an h3 app (version 2) that cannot be added without saying who may call them: a missing policy throws at start. A
 * refusal is answered as a Response. With the verifier's option `resource`, the API's metadata (RFC 9728) is served as well.
 * Does not protect routes that are added to the app itself.
 */
export function protectedRoutes(app: H3, verifier: TokenVerifier): ProtectedRoutes {
  const metadata = verifier.protectedResource()
  if (metadata !== null) app.get(metadata.path, () => metadataResponse(verifier))
  const add = (method: Method) => (path: string, access: RouteAccess, handler: EventHandler) => {
    requireDeclaredAccess(`${method.toUpperCase()} ${path}`, access)
    app[method](path, access === 'public' ? handler : guarded(verifier, access, handler))
    return routes
  }
  const routes = Object.freeze(Object.fromEntries(methods.map((method) => [method, add(method)]))) as ProtectedRoutes
  return routes
}

/** Who calls. Throws an Error on a public route and before the policy admitted the caller. */
export function callerOf(event: H3Event): Caller {
  const caller = callers.get(event)
  if (caller === undefined)
    throw new Error(`${event.req.method} ${event.url.pathname} has no caller: its route is public.`)
  return caller
}

function guarded(verifier: TokenVerifier, access: AccessPolicy, handler: EventHandler): EventHandler {
  return async (event) => {
    const credentials = { authorization: event.req.headers.get('authorization') ?? undefined, target: event.req.url }
    try {
      callers.set(event, await verifier.admit(access, credentials))
    } catch (error) {
      return refusalResponse(error)
    }
    return handler(event)
  }
}
