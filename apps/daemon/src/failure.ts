import type { ExitName } from './exit-codes.js'

/** The parts of the one line that a failed command leaves on stderr. None may hold a secret or a token. */
export interface FailureParts {
  what: string
  why: string
  /** What the reader should do now. */
  next: string
  /** Identifiers to quote when asking for help, for instance `AADSTS7000215` or `correlation id …`. */
  ids?: readonly string[]
}

/** An end of the command that has an exit code and tells its reader what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit: ExitName
  readonly next: string
  readonly ids: readonly string[]

  constructor(exit: ExitName, { what, why, next, ids = [] }: FailureParts) {
    super(`${what}: ${why}`)
    this.exit = exit
    this.next = next
    this.ids = ids
  }
}

/** The failure itself, or for anything else that was thrown an `unexpected` one with its message. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('unexpected', {
    what: 'unexpected error',
    why: error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error was thrown',
    next: 'run the command again with --verbose; if it fails again, report this line as a bug',
  })
}
