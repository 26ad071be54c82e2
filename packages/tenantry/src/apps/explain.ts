import { GraphError, SignInError } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'

/** Errors of the registration by name: all of them say themselves what to do next. */
const codes: Readonly<Record<string, number>> = {
  DeclarationError: exitCodes.configuration,
  DesiredStateError: exitCodes.configuration,
  AdoptionRefused: exitCodes.conflict,
  AdoptedApplicationMissing: exitCodes.configuration,
  RotationRefused: exitCodes.configuration,
  UnexpectedAnswer: exitCodes.unexpected,
  ProofError: exitCodes.notPermitted,
}

const statusCodes: Readonly<Record<number, number>> = {
  0: exitCodes.network,
  401: exitCodes.authentication,
  403: exitCodes.notPermitted,
  409: exitCodes.conflict,
  429: exitCodes.unavailable,
  500: exitCodes.unavailable,
  502: exitCodes.unavailable,
  503: exitCodes.unavailable,
  504: exitCodes.unavailable,
}

/** Runs a command of `apps`; an error of the registration becomes a Failure with its exit code. */
export async function explained(work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Failure) throw error
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new Failure(code, error.message, null, { cause: error })
  }
}

function codeOf(error: Error): number | undefined {
  if (error instanceof GraphError) return statusCodes[error.status] ?? exitCodes.unexpected
  if (error instanceof SignInError) return error.status === 0 ? exitCodes.network : exitCodes.authentication
  return Object.hasOwn(codes, error.name) ? codes[error.name] : undefined
}
