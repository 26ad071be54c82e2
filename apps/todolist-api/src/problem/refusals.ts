import { AccessDenied, EntraTokenError } from '@tenantry/entra-token'
import { longestBody } from '../limits.js'
import { StoreUnavailable } from '../store/todo-store.js'
import { type Refusal, RequestRefused } from './problem.js'

/** What the caller is told about an error; `internalError` for everything that is not the caller's doing. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RequestRefused) return error.refusal
  if (error instanceof AccessDenied) return permissionMissing(error)
  if (error instanceof EntraTokenError) return { status: error.status, code: error.code, detail: error.message }
  if (error instanceof StoreUnavailable) return storeUnavailable
  if (isClientError(error)) return frameworkRefusals[error.code ?? ''] ?? badRequest
  return internalError
}

const storeUnavailable: Refusal = {
  status: 503,
  code: 'store_unavailable',
  detail: 'The to-dos cannot be reached at the moment. Try again as late as Retry-After says.',
  headers: { 'retry-after': '2' },
}

const internalError: Refusal = {
  status: 500,
  code: 'internal_error',
  detail: 'The request failed for a reason inside this API. Try again; if it persists, report the traceId.',
}

function permissionMissing(error: AccessDenied): Refusal {
  const { roles, scopes } = error.required
  return {
    status: error.status,
    code: error.code,
    detail: error.code === 'insufficient_permission' ? missingSentence(roles, scopes) : error.message,
    members: { requiredRoles: roles, requiredScopes: scopes },
  }
}

// The policy names what would admit this kind of caller: roles for an application, scopes for a user.
function missingSentence(roles: readonly string[], scopes: readonly string[]): string {
  const wanted = [
    roles.length > 0 ? `an application needs the app role ${roles.join(' or ')}, granted by admin consent` : '',
    scopes.length > 0 ? `a user needs the scope ${scopes.join(' or ')}` : '',
  ]
  return `The token lacks a permission: ${wanted.filter((part) => part !== '').join('; ')}.`
}

// What Fastify blames on the client carries a status below 500; also a body that broke off.
function isClientError(error: unknown): error is Error & { readonly code?: string } {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
}

const badRequest: Refusal = {
  status: 400,
  code: 'bad_request',
  detail: 'The request cannot be answered in the form it was sent.',
}

// Fastify's own messages are not passed on: some quote the request.
const frameworkRefusals: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: invalidJson('The body is empty'),
  FST_ERR_CTP_INVALID_JSON_BODY: invalidJson('The body is not JSON'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'bad_request',
    detail: 'The body is not as long as its Content-Length says.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'body_too_large',
    detail: `The body is larger than ${longestBody} bytes.`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported_media_type',
    detail:
      'Send the body as JSON, with the header Content-Type: application/json (a PATCH also as application/merge-patch+json).',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'bad_request', detail: 'The address is not a valid URL path.' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'address_too_long', detail: 'The address is too long.' },
}

function invalidJson(what: string): Refusal {
  return { status: 400, code: 'invalid_json', detail: `${what}: send a JSON object.` }
}
