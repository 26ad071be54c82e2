import type { Readable, Writable } from 'node:stream'
import type { OperatingSystem } from './operating-system.js'

/** Everything the command may touch. Files named by settings and arguments are reached through `node:fs`. */
export interface World {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** The POSIX user id; undefined where there is none (Windows). */
  userId: number | undefined
  /** Asked for late: the home folder costs a look into the user database. */
  operatingSystem: () => OperatingSystem
  /** Opened only by commands that read it. */
  stdin: () => Readable & { isTTY?: boolean }
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable & { isTTY?: boolean; columns?: number }
  /** Ends the command early; its reason is the `Failure` to report. */
  signal: AbortSignal
  /** Calls `listener` whenever the process is told to read its settings again; gives what ends that. */
  onReload: (listener: () => void) => () => void
  /** Hands over what nobody caught, instead of letting Node print it as it is; the process ends right afterwards. */
  onCrash: (listener: (error: unknown) => void) => void
  /** Milliseconds since 1970. */
  now: () => number
  /** From 0 up to but not including 1. */
  random: () => number
  /** A fresh GUID. */
  newId: () => string
  packageJson: () => string
  /** For instance 20.20.2. */
  nodeVersion: string
}
