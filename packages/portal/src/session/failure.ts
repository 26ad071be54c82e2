/** A call that did not succeed. `message` is what the tenant said, `code` its code. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The failure in an answer of Graph or of the control plane, which have one shape. */
export function failureOf(status: number, body: unknown): Failure {
  const error = memberOf(body, 'error')
  const code = memberOf(error, 'code')
  const message = memberOf(error, 'message')
  return new Failure(
    typeof code === 'string' ? code : `HTTP ${status}`,
    typeof message === 'string' ? message : `The tenant answered ${status} and did not say why.`,
  )
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** What to do about a failure, where its own message does not say. */
export function nextStep({ code }: Failure): string | null {
  return steps[code] ?? null
}

const unreachable = 'See in its terminal whether the tenant still runs, and start it again with npm run up.'

const steps: Readonly<Record<string, string>> = {
  unreachable,
  Authorization_RequestDenied: 'The portal acts as the administrator of the tenant: start the tenant again.',
  Request_ResourceNotFound: 'It may have been deleted meanwhile: go back to the list and reload it.',
  CannotDeleteOrUpdateEnabledEntitlement: 'Disable it first and save, then delete it.',
  HostNameNotOnVerifiedDomain:
    "Write api:// and this application's own ID, or https:// and a domain of the tenant, and whatever you like behind it.",
  TooManyRequests: 'A fault may be set: see Keys, clock and faults.',
  ServiceUnavailable: 'A fault may be set: see Keys, clock and faults.',
  InternalServerError: 'A fault may be set: see Keys, clock and faults.',
}
