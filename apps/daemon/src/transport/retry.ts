import type { Clock } from '../clock.js'
import { Failure } from '../failure.js'
import type { Answer, OutgoingRequest, Transport } from './transport.js'

/** What a repetition needs: time to wait in, chance to spread the waiting, an end. */
export interface Patience {
  clock: Clock
  /** From 0 to 1. */
  random: () => number
  signal: AbortSignal
  progress: (text: string) => void
}

const attempts = 3
const firstWaitMs = 200
/** Who asks for more patience than this gets no second request: the answer goes to the caller. */
const longestWaitMs = 5_000
/** What may be over a moment later. A refused connection or certificate is not, and a timeout has had its time. */
const passing = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EAI_AGAIN'])

/**
 * Sends a request that may be repeated without harm up to three times: after a lost connection, 429 and 5xx, never before
 * `Retry-After` is over. Gives the last answer or failure.
 */
export async function sendPatiently(
  transport: Transport,
  request: OutgoingRequest,
  patience: Patience,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptOnce(transport, request)
    const waitMs = attempt < attempts ? pauseBefore(outcome, attempt, patience) : undefined
    if (waitMs === undefined) return unwrap(outcome)
    patience.progress(`${request.peer.name}: trying again in ${Math.round(waitMs)} ms`)
    await patience.clock.wait(waitMs, patience.signal)
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

type Outcome = { answer: Answer } | { error: unknown }

async function attemptOnce(transport: Transport, request: OutgoingRequest): Promise<Outcome> {
  try {
    return { answer: await transport.send(request) }
  } catch (error) {
    return { error }
  }
}

function unwrap(outcome: Outcome): Answer {
  if ('answer' in outcome) return outcome.answer
  throw outcome.error
}

/** How long to wait before the next attempt; undefined when there should be none. */
function pauseBefore(outcome: Outcome, attempt: number, { clock, random }: Patience): number | undefined {
  const ownMs = firstWaitMs * 2 ** (attempt - 1) * (1 + random() / 2)
  if ('error' in outcome) return isPassing(outcome.error) ? ownMs : undefined
  const { status } = outcome.answer
  if (status !== 429 && status < 500) return undefined
  const askedMs = retryAfterMs(outcome.answer, clock.now()) ?? 0
  return askedMs > longestWaitMs ? undefined : Math.max(askedMs, ownMs)
}

function isPassing(error: unknown): boolean {
  return error instanceof Failure && error.exit === 'network' && error.ids.some((id) => passing.has(id))
}
