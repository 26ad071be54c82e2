import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorizationValues } from '../authorization-header.js'
import { EntraTokenError } from '../errors.js'
import { type AccessPolicy, isAccessPolicy } from '../permissions.js'
import type { Caller } from '../token/caller.js'
import type { TokenVerifier } from '../verifier.js'
import { decide, jsonType } from './answer.js'

/** A request handler that is only called for a caller whom the policy admitted. What it returns or throws is its own affair. */
export type ProtectedHandler = (request: IncomingMessage, response: ServerResponse, caller: Caller) => void

/**
 * A listener for `node:http` that lets through whom the policy admits and answers everybody else itself, before a body is read.
 * Throws a TypeError without a policy made by anyOf(…): there is no public handler to protect. Does no routing.
 */
export function protect(
  verifier: TokenVerifier,
  access: AccessPolicy,
  handler: ProtectedHandler,
): (request: IncomingMessage, response: ServerResponse) => void {
  if (!isAccessPolicy(access)) throw new TypeError('protect: pass a policy made by anyOf(…).')
  return (request, response) => {
    const refused = (error: unknown) => refuse(response, error)
    const admitted = (caller: Caller) => handler(request, response, caller)
    const credentials = { authorization: authorizationValues(request.rawHeaders), target: request.url ?? '' }
    decide({ verifier, access, credentials }, admitted, refused)
  }
}

/** Serves the API's metadata (RFC 9728); mount it at `verifier.protectedResource().path`. Throws a TypeError without `resource`. */
export function protectedResource(
  verifier: TokenVerifier,
): (request: IncomingMessage, response: ServerResponse) => void {
  if (verifier.protectedResource() === null)
    throw new TypeError('protectedResource: the verifier needs the option resource.')
  return (_request, response) => {
    response.writeHead(200, { 'content-type': jsonType })
    response.end(JSON.stringify(verifier.protectedResource()?.document))
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof EntraTokenError)) throw error
  const body = JSON.stringify(error.body())
  response.writeHead(error.status, {
    ...error.headers,
    'content-type': jsonType,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
