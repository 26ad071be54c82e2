/** What is left of an allowance after a request was counted. */
export interface Standing {
  readonly admitted: boolean
  /** Requests that may follow at once. */
  readonly remaining: number
  /** In seconds, rounded up: until the allowance is whole again. */
  readonly wholeIn: number
  /** In seconds, rounded up: when the next request will be admitted; 0 when it is now. */
  readonly retryIn: number
}

/** In milliseconds. */
const window = 60_000

/** So many callers are remembered at a time; the one seen first is forgotten for the next. A row is some 100 bytes. */
const longestMemory = 50_000

/**
 * So many requests a minute for each caller: as many at once, then as time gives them back one by one (the generic cell
 * rate algorithm). Counts in this process only: behind a balancer a caller has this allowance at every replica.
 */
export class Allowance {
  readonly perMinute: number
  readonly #now: () => number
  /** For each caller when its allowance will be whole again, in milliseconds. */
  readonly #wholeAt = new Map<string, number>()

  /** `now` in milliseconds; a clock that never goes back. */
  constructor(perMinute: number, now: () => number) {
    this.perMinute = perMinute
    this.#now = now
  }

  count(caller: string): Standing {
    const now = this.#now()
    const cost = window / this.perMinute
    const known = this.#wholeAt.get(caller)
    const wholeAt = Math.max(known ?? 0, now) + cost
    const over = wholeAt - now - window
    // A thousandth of a millisecond is no debt: sums of fractions are never exact.
    if (over > 0.001)
      return { admitted: false, remaining: 0, wholeIn: seconds(wholeAt - cost - now), retryIn: seconds(over) }
    if (known === undefined) this.#makeRoom()
    this.#wholeAt.set(caller, wholeAt)
    return { admitted: true, remaining: Math.floor(-over / cost + 0.001), wholeIn: seconds(wholeAt - now), retryIn: 0 }
  }

  #makeRoom(): void {
    if (this.#wholeAt.size < longestMemory) return
    const [oldest] = this.#wholeAt.keys()
    if (oldest !== undefined) this.#wholeAt.delete(oldest)
  }
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000)
}
