/** The API answered, but not with what was asked for; the message is its own explanation. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** Scopes of which a user needs one; only of a 403. */
  readonly requiredScopes: readonly string[]
  /** When to ask again, in whole seconds; only where the API says so. */
  readonly retryAfter: number | undefined
  /** Finds the request in the API's log. */
  readonly requestId: string | undefined
  constructor(response: Response, problem: Readonly<Record<string, unknown>>) {
    super(typeof problem['detail'] === 'string' ? problem['detail'] : `The API answered ${response.status}.`)
    const { requiredScopes } = problem
    this.status = response.status
    this.requiredScopes = Array.isArray(requiredScopes) ? requiredScopes.map(String) : []
    this.retryAfter = readSeconds(response.headers.get('retry-after'))
    this.requestId = response.headers.get('request-id') ?? undefined
  }
}

/** Reads the problem details (RFC 9457) of an answer; one without them is refused with its status alone. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  const problem: unknown = isProblem ? await response.json().catch(() => ({})) : {}
  return new Refusal(response, typeof problem === 'object' && problem !== null ? { ...problem } : {})
}

/** Of the two forms of Retry-After (RFC 9110 §10.2.3) the API sends seconds. */
function readSeconds(text: string | null): number | undefined {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : undefined
}
