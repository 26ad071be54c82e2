import type { Failure } from '../failure.js'
import { retryAfterMs } from '../transport/retry.js'
import type { Answer } from '../transport/transport.js'

/** How one attempt ended that may be made again. */
export type Outcome = { answer: Answer } | { failure: Failure }

const mostAttempts = 4
const firstWaitMs = 500
/** A longer Retry-After is not waited for: the reader is told instead. */
const longestWaitMs = 60_000

/**
 * How long to wait before the next attempt, undefined when there is to be none: the outcome is final, the attempts are
 * used up, or the wait would be too long for the deadline.
 */
export function waitBefore(
  attempt: number,
  outcome: Outcome,
  { random, timeLeftMs }: { random: number; timeLeftMs: number },
): number | undefined {
  if (attempt >= mostAttempts || !isTransient(outcome)) return undefined
  const asked = 'answer' in outcome ? retryAfterMs(outcome.answer) : undefined
  // Full jitter: clients that failed together must not come back together.
  const waitMs = asked === undefined ? random * firstWaitMs * 2 ** attempt : asked + random * asked * 0.1
  return waitMs > longestWaitMs * 1.1 || waitMs >= timeLeftMs ? undefined : Math.ceil(waitMs)
}

const transientStatus: ReadonlySet<number> = new Set([429, 502, 503, 504])
const transientCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])

function isTransient(outcome: Outcome): boolean {
  if ('answer' in outcome) {
    const { status, headers } = outcome.answer
    // A conflict that passes: a request with the same idempotency key is still under way.
    return transientStatus.has(status) || (status === 409 && headers['retry-after'] !== undefined)
  }
  return outcome.failure.exit === 'network' && outcome.failure.ids.some((id) => transientCodes.has(id))
}
