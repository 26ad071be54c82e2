import { Failure } from '../failure.js'

/** The tenant gave no token. Codes are for choosing what to do, the sentences for people. */
export class TokenRefused extends Failure {
  readonly aadsts: number | undefined
  /** How long the tenant asked to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(
    { exit, parts }: Failure,
    { aadsts, retryAfterMs }: { aadsts: number | undefined; retryAfterMs: number | undefined },
  ) {
    super(exit, parts)
    this.aadsts = aadsts
    this.retryAfterMs = retryAfterMs
  }
}
