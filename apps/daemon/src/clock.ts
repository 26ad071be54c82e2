import { setTimeout as pause } from 'node:timers/promises'

/** Time as the token layer sees it; tests hand in one that they move themselves. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`. Rejects with the signal's reason once that has fired. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

export function createClock(now: () => number): Clock {
  return {
    now,
    wait: async (ms, signal) => {
      await pause(ms, undefined, signal && { signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw error
      })
    },
  }
}
