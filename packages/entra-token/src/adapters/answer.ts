import type { RequestCredentials } from '../authorization-header.js'
import { EntraTokenError } from '../errors.js'
import { type AccessPolicy, isAccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'

/** Who may call a route: a policy made by `anyOf`, or `'public'`, said aloud. */
export type RouteAccess = AccessPolicy | 'public'

/** Throws an Error for anything that does not say who may call: a route without a policy must not come to be. */
export function requireDeclaredAccess(route: string, access: unknown): asserts access is RouteAccess {
  if (access === 'public' || isAccessPolicy(access)) return
  throw new Error(
    `${route} does not say who may call it: give a policy made by anyOf(…), or 'public', before its handler.`,
  )
}

/** A refusal as a web Response. Throws anything else on: a fault is not a verdict about the caller. */
export function refusalResponse(error: unknown): Response {
  if (!(error instanceof EntraTokenError)) throw error
  const headers = { ...error.headers, 'content-type': jsonType }
  return new Response(JSON.stringify(error.body()), { status: error.status, headers })
}

/** The API's metadata (RFC 9728) as a web Response. */
export function metadataResponse(verifier: TokenVerifier): Response {
  return Response.json(verifier.protectedResource()?.document)
}

export const jsonType = 'application/json; charset=utf-8'

/** The routes of one HTTP method and up, in the words the frameworks share. */
export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

export type Method = (typeof methods)[number]

/** Calls one of the two, at once where no key has to be fetched: most requests bring a token whose key is at hand. */
export function decide(
  verdict: {
    readonly verifier: TokenVerifier
    readonly access: AccessPolicy
    readonly credentials: RequestCredentials
  },
  admitted: (caller: Caller) => void,
  refused: (error: unknown) => void,
): void {
  let caller: Caller | Promise<Caller>
  try {
    caller = verdict.verifier.admit(verdict.access, verdict.credentials)
  } catch (error) {
    refused(error)
    return
  }
  if (caller instanceof Promise) caller.then(admitted, refused)
  else admitted(caller)
}
