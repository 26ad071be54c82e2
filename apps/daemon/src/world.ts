import type { Readable, Writable } from 'node:stream'

/** Everything the command may touch. Files named by settings are read through `node:fs`. */
export interface World {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** The POSIX user id; undefined where there is none (Windows). */
  userId: number | undefined
  /** Opened when something wants to read it. */
  stdin: () => Readable
  stdout: Writable
  stderr: Writable
  /** Ends the command early; its reason is the `Failure` to report. */
  signal: AbortSignal
  /** Milliseconds since 1970. */
  now: () => number
  /** From 0 to 1. */
  random: () => number
  /** A fresh GUID. */
  newId: () => string
  packageJson: () => string
}
