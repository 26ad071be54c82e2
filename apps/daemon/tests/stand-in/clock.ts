import type { Clock } from '../../src/clock.js'

export interface TestClock extends Clock {
  /** Moves the time; who waited until then goes on. */
  advance(ms: number): void
  /** What was waited for, in milliseconds, in the order of asking. */
  readonly waits: readonly number[]
}

/** Time that stands still until a test moves it. With `impatient` every wait ends at once and moves the time itself. */
export function createTestClock({ impatient = false } = {}): TestClock {
  let time = Date.parse('2026-11-23T10:00:00Z')
  const waits: number[] = []
  const waiting: { until: number; go: () => void }[] = []
  const advance = (ms: number): void => {
    time += ms
    for (const { until, go } of waiting) if (until <= time) go()
  }
  return {
    now: () => time,
    waits,
    advance,
    wait: (ms) => {
      waits.push(ms)
      if (impatient) advance(ms)
      return impatient ? Promise.resolve() : new Promise((go) => waiting.push({ until: time + ms, go }))
    },
  }
}
