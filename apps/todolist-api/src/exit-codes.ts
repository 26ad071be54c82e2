/** What the process says to its parent when it ends. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  configuration: 6,
  cannotListen: 7,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A failure whose sentence is for the person at the terminal: one line, what happened and what to do next. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode
  readonly lines: readonly string[]

  constructor(exitCode: ExitCode, lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.exitCode = exitCode
    this.lines = lines
  }
}
