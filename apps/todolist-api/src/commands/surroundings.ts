import type { Environment } from '../configuration.js'

/** Everything a command may touch of the process it runs in. */
export interface Surroundings {
  readonly environment: Environment
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: Output
  readonly stderr: Output
  readonly now: () => Date
  /** Aborted when the process is asked to end. */
  readonly stop: AbortSignal
  /** In milliseconds: how long running requests get once `stop` is aborted. */
  readonly shutdownDeadline: number
  /** Tells the parent process where the API listens. Does nothing when nobody asked. */
  readonly announce: (url: string) => void
}

export interface Output {
  write(text: string): unknown
}
