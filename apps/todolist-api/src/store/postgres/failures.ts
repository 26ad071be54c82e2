import { StoreUnavailable } from '../todo-store.js'

/** A transaction lost against another one and may be run again: serialization_failure, deadlock_detected. */
const lost: ReadonlySet<string> = new Set(['40001', '40P01'])

/** Another row has the key already. */
export const uniqueViolation = '23505'

/** Somebody else holds the row for longer than we wait. */
export const lockNotAvailable = '55P03'

// PostgreSQL's classes 08 (connection), 53 (resources), 57 (operator intervention), and lost or held transactions.
const unavailable = /^(08|53|57)|^40001$|^40P01$|^55P03$/

// What the driver says without a code when there is no connection to be had, or when it broke.
const driverFailure = /timeout exceeded when trying to connect|Connection terminated|Cannot use a pool|not queryable/

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** StoreUnavailable in place of errors that mean it; every other error as it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = codeOf(error)
  const down = unavailable.test(code) || /^E[A-Z]+$/.test(code) || driverFailure.test(error.message)
  return down ? new StoreUnavailable(`PostgreSQL does not answer: ${error.message}`, { cause: error }) : error
}

/**
 * Runs work that is one transaction, again when it lost against another one, at most five times in all; then rejects
 * with StoreUnavailable. A connection that broke is no reason to run it again: it may have been committed.
 */
export async function untilItWins<Result>(
  work: () => Promise<Result>,
  pause: (attempt: number) => Promise<void>,
  isLost: (code: string) => boolean = (code) => lost.has(code),
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= 5 || !isLost(codeOf(error))) throw translated(error)
      await pause(attempt)
    }
  }
}
