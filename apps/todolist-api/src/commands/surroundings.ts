import type { Environment } from '../configuration.js'

/** Everything a command may touch of the process it runs in. */
export interface Surroundings {
  readonly environment: Environment
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: Output
  readonly stderr: Output
  readonly now: () => Date
  /** In milliseconds; a clock that never goes back. */
  readonly elapsed: () => number
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
  /** In bytes. */
  readonly residentMemory: () => number
  /** Call once. From then on a request to end the process aborts this signal, instead of ending it at once. */
  readonly takeOverStopping: () => AbortSignal
  /** In milliseconds: how long running requests get to finish. */
  readonly shutdownDeadline: number
  /** Tells the parent process where the API listens. Does nothing when nobody asked. */
  readonly announce: (url: string) => void
}

export interface Output {
  write(text: string): unknown
}
