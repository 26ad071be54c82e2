/** The body of every error answer: problem details (RFC 9457) with our members `code` and `traceId`. */
export interface Problem {
  /** Names the kind of problem; stable, made from `code`. Not an address to open. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** For programs. Stable. */
  readonly code: string
  /** The request's id, also in the log and in the `request-id` header. */
  readonly traceId: string
  readonly [member: string]: unknown
}

/** What went wrong, before it is known in which request. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Further members of the body (RFC 9457 §3.2). */
  readonly members?: Readonly<Record<string, unknown>>
  /** Header fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>
}

export const problemMediaType = 'application/problem+json; charset=utf-8'

export function problemOf(refusal: Refusal, traceId: string): Problem {
  return {
    type: `urn:problem-type:todolist-api:${refusal.code.replaceAll('_', '-')}`,
    title: titles[refusal.status] ?? 'Error',
    status: refusal.status,
    detail: refusal.detail,
    code: refusal.code,
    traceId,
    ...refusal.members,
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Permission missing',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request too slow',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Content too large',
  414: 'Address too long',
  415: 'Media type not supported',
  422: 'Request key reused',
  428: 'Precondition required',
  429: 'Too many requests',
  431: 'Header fields too large',
  500: 'Internal error',
  503: 'Temporarily unavailable',
}

/** Thrown by a route to answer with a problem. Its text is for the caller. */
export class RequestRefused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.refusal = refusal
  }
}
