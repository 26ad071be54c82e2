import type { GraphError } from './error.js'

interface Rule {
  readonly fits: (error: GraphError, settling: boolean) => boolean
  /** Longest time one call may spend waiting for this reason. */
  readonly budgetMs: number
}

const LONGEST_PAUSE_MS = 60_000

const RULES: readonly Rule[] = [
  { fits: ({ status }) => status === 429 || status === 503, budgetMs: 120_000 },
  // A new object reaches Graph's replicas with a delay: until then it is unknown, also as a reference in a body.
  { fits: (error, settling) => settling && isUnknownObject(error), budgetMs: 60_000 },
  // Only reading may be repeated when nobody knows whether the first attempt arrived.
  { fits: ({ code, method }) => method === 'GET' && BROKEN_CONNECTION.has(code), budgetMs: 4_000 },
]

const BROKEN_CONNECTION = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
])

/** Milliseconds to wait before the next attempt; undefined: give up. `attempt` counts from 1. */
export function pauseBeforeRetry(
  error: GraphError,
  settling: boolean,
  attempt: number,
  waitedMs: number,
): number | undefined {
  const rule = RULES.find(({ fits }) => fits(error, settling))
  if (rule === undefined) return undefined
  const backoff = Math.min(500 * 2 ** (attempt - 1), 10_000)
  // "Retry-After: 0" must not become a busy loop, hence || and not ??.
  const pause = Math.min(error.retryAfterMs || backoff, LONGEST_PAUSE_MS)
  return waitedMs + pause > rule.budgetMs ? undefined : pause
}

/** Retry-After in either of its forms, seconds or a date (RFC 9110 section 10.2.3), as milliseconds from now. */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0)
}

function isUnknownObject({ status, reason }: GraphError): boolean {
  if (status === 404) return true
  return (
    status === 400 &&
    /does not (yet )?exist|was not found|not a valid reference|does not reference a valid/i.test(reason)
  )
}
