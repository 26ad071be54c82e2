import type { ExitName } from './exit-codes.js'

/** The parts of the one line that a failed command leaves on stderr. None may hold a secret or a token. */
export interface FailureParts {
  what: string
  why: string
  /** What the reader should do now. */
  next: string
  /** Identifiers to quote when asking for help, for instance `AADSTS7000215` or `correlation id …`. */
  ids?: readonly string[]
  /** How long the other side asks to be left alone. */
  retryAfterMs?: number | undefined
}

/** An end of the command that has an exit code and tells its reader what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit: ExitName
  readonly parts: FailureParts

  constructor(exit: ExitName, parts: FailureParts) {
    super(`${parts.what}: ${parts.why}`)
    this.exit = exit
    this.parts = parts
  }

  get next(): string {
    return this.parts.next
  }

  get ids(): readonly string[] {
    return this.parts.ids ?? []
  }

  /** The same failure, which also names the correlation id of the requests it comes from. */
  withCorrelationId(id: string): Failure {
    const others = this.ids.filter((other) => !other.endsWith(id))
    return new Failure(this.exit, { ...this.parts, ids: [...others, `correlation id ${id}`] })
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
