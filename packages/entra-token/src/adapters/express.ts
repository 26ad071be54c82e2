import type { IRouter, Request, RequestHandler } from 'express'
import { authorizationValues } from '../authorization-header.js'
import { EntraTokenError } from '../errors.js'
import type { AccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import { decide, type Method, methods, type RouteAccess, requireDeclaredAccess } from './answer.js'

/** Adds routes that say who may call them: `routes.get('/todos', readTodos, handler)`. */
export type ProtectedRoutes = Readonly<
  Record<Method, (path: string, access: RouteAccess, ...handlers: RequestHandler[]) => ProtectedRoutes>
>

const callers = new WeakMap<object, Caller>()

/**
 * Routes of an Express app or router that cannot be added without saying who may call them: a missing policy throws at start.
 * A refusal goes to the app's error handler as an EntraTokenError, with its headers already on the response; Express's own
 * handler answers with its status. With the verifier's option `resource`, the API's metadata (RFC 9728) is served as well.
 * Does not protect routes that are added to the app itself.
 */
export function protectedRoutes(app: IRouter, verifier: TokenVerifier): ProtectedRoutes {
  const metadata = verifier.protectedResource()
  if (metadata !== null)
    app.get(metadata.path, (_request, response) => void response.json(verifier.protectedResource()?.document))
  const add =
    (method: Method) =>
    (path: string, access: RouteAccess, ...handlers: RequestHandler[]) => {
      requireDeclaredAccess(`${method.toUpperCase()} ${path}`, access)
      app[method](path, ...(access === 'public' ? [] : [guard(verifier, access)]), ...handlers)
      return routes
    }
  const routes = Object.freeze(Object.fromEntries(methods.map((method) => [method, add(method)]))) as ProtectedRoutes
  return routes
}

/** Who calls. Throws an Error on a public route and before the policy admitted the caller. */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error(`${request.method} ${request.path} has no caller: its route is public.`)
  return caller
}

function guard(verifier: TokenVerifier, access: AccessPolicy): RequestHandler {
  return (request, response, next) => {
    const admitted = (caller: Caller) => {
      callers.set(request, caller)
      next()
    }
    const refused = (error: unknown) => {
      if (error instanceof EntraTokenError) response.set(error.headers)
      next(error)
    }
    const credentials = { authorization: authorizationValues(request.rawHeaders), target: request.originalUrl }
    decide({ verifier, access, credentials }, admitted, refused)
  }
}
