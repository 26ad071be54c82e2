import { failureLine, StepFailure } from './failure.js'
import { toFailure } from './known-failures.js'

/** Somewhere to write lines for a person, such as standard error. */
export interface Terminal {
  write(text: string): unknown
}

/** What a step found or made, and a few words about it for its line. */
export interface StepResult<T> {
  readonly value: T
  readonly words: string
}

export type Steps = <T>(name: string, work: () => Promise<StepResult<T>>) => Promise<T>

/**
 * Runs steps one by one and writes a line for each: what it did and how long it took, or why it could not and what to do
 * next. Once `signal` is aborted no further step begins; the signal's reason is thrown instead.
 */
export function createSteps(terminal: Terminal, signal: AbortSignal, now: () => number): Steps {
  return async (name, work) => {
    signal.throwIfAborted()
    const started = now()
    try {
      const { value, words } = await work()
      terminal.write(`✓ ${name}: ${words} (${((now() - started) / 1000).toFixed(1)} s)\n`)
      return value
    } catch (error) {
      signal.throwIfAborted()
      const failure = toFailure(error)
      terminal.write(failureLine(failure, name))
      throw new StepFailure(failure, error)
    }
  }
}
