export interface GraphFailure {
  readonly status: number
  readonly code: string
  readonly reason: string
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
  readonly method: string
  readonly path: string
}

/** A call that Graph refused or never answered. Holds no token and no secret, also not where the server echoes one. */
export class GraphError extends Error {
  /** HTTP status; 0 when no complete answer came. */
  readonly status: number
  /** Graph's code, or Node's for a broken connection, or `timeout`, `answer_too_large`, `answer_not_understood`. */
  readonly code: string
  /** What Graph said, without the rest of the message. */
  readonly reason: string
  /** What Microsoft's support asks for. */
  readonly requestId: string | undefined
  /** How long Graph asked to be left alone. */
  readonly retryAfterMs: number | undefined
  readonly method: string
  readonly path: string

  constructor(failure: GraphFailure) {
    super(sentence(failure))
    this.name = 'GraphError'
    this.status = failure.status
    this.code = failure.code
    this.reason = failure.reason
    this.requestId = failure.requestId
    this.retryAfterMs = failure.retryAfterMs
    this.method = failure.method
    this.path = failure.path
  }
}

function sentence({ method, path, status, code, reason, requestId }: GraphFailure): string {
  const what = status === 0 ? `had no answer (${code})` : `was answered with ${status} ${code}`
  const id = requestId === undefined ? '' : ` (request-id ${requestId})`
  return `${method} ${path} ${what}: ${reason.replace(/\.$/, '')}${id}. ${NEXT[status] ?? 'Correct what it names, then apply again: it repairs what is half done.'}`
}

const NEXT: Readonly<Record<number, string>> = {
  0: 'Check that the host can be reached and its certificate is trusted, then apply again.',
  401: 'Sign in again with a token for Microsoft Graph of this tenant.',
  403: 'Sign in as an identity that has Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All.',
  429: 'Wait a while, then apply again.',
  503: 'Wait a while, then apply again.',
}
