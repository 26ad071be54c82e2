import { Failure } from './failure.js'

export interface Deadline {
  /** Fires when the time is over; its reason is a `deadline` failure. */
  signal: AbortSignal
  timeLeftMs(): number
  clear(): void
}

/** The one deadline of a command. */
export function startDeadline(timeoutMs: number, now: () => number): Deadline {
  const controller = new AbortController()
  const end = now() + timeoutMs
  const timer = setTimeout(() => {
    controller.abort(
      new Failure('deadline', {
        what: 'deadline passed',
        why: `the command did not finish within ${timeoutMs / 1000} s`,
        next: 'run it with --verbose to see which step is slow, or give it more time with --timeout <seconds>',
      }),
    )
  }, timeoutMs)
  return { signal: controller.signal, timeLeftMs: () => end - now(), clear: () => clearTimeout(timer) }
}
