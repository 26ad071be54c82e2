import { AccessDenied, ClaimsRequired } from './errors.js'
import type { Caller } from './token/caller.js'

/**
 * Returns when the user's sign-in satisfied the authentication context (`c1` to `c99`, as in Conditional Access). Otherwise
 * throws ClaimsRequired (401) for a client that understands claims challenges, AccessDenied (403) for any other and for an
 * application, which has nobody to sign in again. `authorizationEndpoint` is where the client sends the user. The API's
 * registration needs the optional claims `acrs` and `xms_cc`.
 */
export function requireAuthenticationContext(caller: Caller, context: string, authorizationEndpoint: string): void {
  if (!/^c[1-9]\d?$/.test(context)) throw new TypeError(`${JSON.stringify(context)} is not one of c1 to c99.`)
  if (caller.kind === 'app') throw new AccessDenied('kind_not_allowed')
  if (caller.authenticationContexts.has(context)) return
  if (!caller.answersChallenges) {
    const hint = `Application ${caller.clientId} does not declare the client capability cp1, so no claims challenge was sent.`
    throw new AccessDenied('stronger_sign_in_needed', undefined, hint)
  }
  throw new ClaimsRequired({ access_token: { acrs: { essential: true, value: context } } }, authorizationEndpoint)
}
