/** Why a step did not succeed, and what the person at the terminal can do about it. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number
  /** Null when the message itself says what to do. */
  readonly next: string | null

  constructor(exitCode: number, why: string, next: string | null, options?: ErrorOptions) {
    super(why, options)
    this.exitCode = exitCode
    this.next = next
  }
}

/** A step did not succeed; its line has been written. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
  readonly exitCode: number

  constructor({ exitCode, message }: Failure, cause: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** A failure as one line for the terminal, behind the name of the step that failed, if it was one. */
export function failureLine({ message, next }: Failure, step?: string): string {
  const cure = next === null ? '' : ` Next: ${next}.`
  return `✗ ${step === undefined ? '' : `${step}: `}${message.replace(/\.$/, '')}.${cure}\n`
}
