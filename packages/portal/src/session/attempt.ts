import { useState } from 'react'

/** A change that a page makes at once, without a panel that would say how it went: `error` is why the last one failed. */
export interface Attempts {
  readonly error: unknown
  attempt(change: () => Promise<void>): void
}

export function useAttempts(): Attempts {
  const [error, setError] = useState<unknown>()
  const attempt = (change: () => Promise<void>) => {
    change().then(() => setError(undefined), setError)
  }
  return { error, attempt }
}
