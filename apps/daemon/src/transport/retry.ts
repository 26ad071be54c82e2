import type { Clock } from '../clock.js'
import { asFailure, type Failure } from '../failure.js'
import type { Answer } from './transport.js'

/** What waiting for the tenant needs: time to wait in, chance to spread the waiting, an end. */
export interface Patience {
  clock: Clock
  /** From 0 to 1. */
  random: () => number
  signal: AbortSignal
  progress: (text: string) => void
}

/** Which outcomes may be others a moment later, and how long that moment may be. */
export interface RetryPolicy {
  mostAttempts: number
  /** The mean of the first wait; each further one is twice as long. */
  firstWaitMs: number
  /** Waited even by who is told to come back at once. */
  leastWaitMs: number
  /** Who asks for more patience than this gets no further request: the answer goes to the caller. */
  longestRetryAfterMs: number
  isPassingAnswer(answer: Answer): boolean
  /** By the codes of Node and the resolver. A refused connection or certificate is none. */
  passingCodes: ReadonlySet<string>
}

const lostConnection = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EAI_AGAIN']
const apiStatus: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Short: a source of tokens has a back-off of its own, and often a token that is good for a while yet. */
export const tenantRetries: RetryPolicy = {
  mostAttempts: 3,
  firstWaitMs: 200,
  leastWaitMs: 200,
  longestRetryAfterMs: 5_000,
  isPassingAnswer: ({ status }) => status === 429 || status >= 500,
  // Not a timeout, which has had its time.
  passingCodes: new Set(lostConnection),
}

export const apiRetries: RetryPolicy = {
  mostAttempts: 4,
  firstWaitMs: 500,
  leastWaitMs: 0,
  longestRetryAfterMs: 60_000,
  // A conflict that passes: a request with the same idempotency key is still under way.
  isPassingAnswer: ({ status, headers }) =>
    apiStatus.has(status) || (status === 409 && headers['retry-after'] !== undefined),
  passingCodes: new Set([...lostConnection, 'ETIMEDOUT']),
}

/** For what must not be sent twice. */
export const noRetries: RetryPolicy = { ...apiRetries, mostAttempts: 1 }

export interface Surroundings {
  /** Milliseconds since 1970, for a `Retry-After` that is a date of a server which does not tell its own. */
  now(): number
  /** Rejects at the end of everything. */
  wait(ms: number): Promise<void>
  /** From 0 to 1. */
  random(): number
  progress(text: string): void
  /** A wait that would outlast it is not begun. */
  timeLeftMs(): number
}

/**
 * Sends a request until its outcome is final, the attempts are used up or the next wait would be too long; never before
 * `Retry-After` is over. Gives the last answer, or rejects with the last failure.
 */
export async function sendPatiently(
  send: () => Promise<Answer>,
  policy: RetryPolicy,
  { now, wait, random, progress, timeLeftMs }: Surroundings,
): Promise<{ answer: Answer; attempts: number }> {
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt(send)
    const waitMs = attempts < policy.mostAttempts ? waitAfter(outcome, attempts, policy, { now, random }) : undefined
    if (waitMs === undefined || waitMs >= timeLeftMs()) {
      if ('failure' in outcome) throw outcome.failure
      return { answer: outcome.answer, attempts }
    }
    progress(`trying again in ${waitMs} ms`)
    await wait(waitMs)
  }
}

/**
 * Retry-After in milliseconds (RFC 9110 section 10.2.3: seconds or a date); undefined without a valid one. A date is taken by
 * the clock of the server that wrote it, by `now` where that is not told.
 */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>, now = Number.NaN): number | undefined {
  const value = headers['retry-after']?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  const there = Date.parse(headers.date ?? '')
  const waitMs = date - (Number.isNaN(there) ? now : there)
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs)
}

type Outcome = { answer: Answer } | { failure: Failure }

async function attempt(send: () => Promise<Answer>): Promise<Outcome> {
  try {
    return { answer: await send() }
  } catch (error) {
    return { failure: asFailure(error) }
  }
}

/** How long to wait before the next attempt; undefined when there should be none. */
function waitAfter(
  outcome: Outcome,
  attempts: number,
  policy: RetryPolicy,
  { now, random }: Pick<Surroundings, 'now' | 'random'>,
): number | undefined {
  if (!isPassing(outcome, policy)) return undefined
  const askedMs = 'answer' in outcome ? retryAfterMs(outcome.answer, now()) : undefined
  if (askedMs !== undefined && askedMs > policy.longestRetryAfterMs) return undefined
  // Spread: clients that failed together must not come back together.
  if (askedMs === undefined) return Math.ceil((0.5 + random()) * policy.firstWaitMs * 2 ** (attempts - 1))
  return Math.ceil(Math.max(askedMs, policy.leastWaitMs) * (1 + random() * 0.1))
}

function isPassing(outcome: Outcome, { isPassingAnswer, passingCodes }: RetryPolicy): boolean {
  if ('answer' in outcome) return isPassingAnswer(outcome.answer)
  const { exit, ids } = outcome.failure
  return exit === 'network' && ids.some((id) => passingCodes.has(id))
}
