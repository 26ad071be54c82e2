import type { ExitName } from '../exit-codes.js'
import { asFailure, Failure } from '../failure.js'
import { isJsonObject, type JsonObject, plain, textMember } from '../outside-text.js'
import { destination, isRedirect } from '../redirect.js'
import { type Hint, hints } from './aadsts.js'
import type { Answered, Exchange } from './exchange.js'

/**
 * Exit codes by the OAuth error word (RFC 6749 section 5.2 and Microsoft's additions); any other word is
 * `authentication`. MSAL fixes the shape of the request, so what is left of `invalid_request` and `invalid_tenant`
 * is a wrong tenant; a wrong scope or resource is a wrong SCOPES.
 */
const exitByError: ReadonlyMap<string, ExitName> = new Map([
  ['invalid_client', 'authentication'],
  ['unauthorized_client', 'authentication'],
  ['invalid_request', 'authentication'],
  ['invalid_tenant', 'authentication'],
  ['invalid_grant', 'permission'],
  ['access_denied', 'permission'],
  ['consent_required', 'permission'],
  ['interaction_required', 'permission'],
  ['invalid_scope', 'configuration'],
  ['invalid_resource', 'configuration'],
  ['temporarily_unavailable', 'unavailable'],
  ['server_error', 'unavailable'],
])

/** Why there is no token, told from the last request rather than from MSAL's error, which hides the cause. */
export function explainRefusal(exchange: Exchange | undefined, error: unknown): Failure {
  if (!exchange) return refusedByMsal(error)
  if (!('answer' in exchange)) return asFailure(exchange.error)
  const { status } = exchange.answer
  if (status === 429 || status >= 500) return unavailable(exchange)
  if (isRedirect(status)) return redirected(exchange)
  const body = isJsonObject(exchange.json) ? exchange.json : {}
  const word = textMember(body, 'error')
  if (word !== undefined) return refused(word, body)
  return exchange.step === 'discovery' ? undiscovered(exchange) : noToken(exchange)
}

const tokenFailed = 'no access token'

function refusedByMsal(error: unknown): Failure {
  return new Failure('unexpected', {
    what: tokenFailed,
    why: `MSAL refused before sending a request: ${error instanceof Error ? plain(error.message) : 'no reason given'}`,
    next: 'check AUTHORITY, CLIENT_ID and SCOPES',
  })
}

function unavailable({ answer, json }: Answered): Failure {
  const wait = answer.headers['retry-after']
  return new Failure('unavailable', {
    what: tokenFailed,
    why: `the authority is unavailable or throttles (HTTP ${answer.status})`,
    next: wait && /^\d{1,6}$/.test(wait) ? `try again in ${wait} s` : 'try again in a minute',
    ids: errorIds(isJsonObject(json) ? json : {}),
  })
}

function redirected({ answer, url }: Answered & { url: URL }): Failure {
  return new Failure('configuration', {
    what: tokenFailed,
    why: `the authority at ${url.origin} answered with a redirect (HTTP ${answer.status}) ${destination(answer, url)}, and the credential follows none`,
    next: 'put the final address into AUTHORITY',
  })
}

/** An OAuth error answer: the word decides, the AADSTS code explains. */
function refused(word: string, body: JsonObject): Failure {
  const { why, next } = hintFor(body) ?? {
    why: description(body) ?? 'the authority gave no reason',
    next: 'check CLIENT_ID, the credential, AUTHORITY and SCOPES',
  }
  return new Failure(exitByError.get(word) ?? 'authentication', {
    what: tokenFailed,
    why: `${why} (${word})`,
    next,
    ids: errorIds(body),
  })
}

function hintFor(body: JsonObject): Hint | undefined {
  const code = aadstsCode(body)
  return code === undefined ? undefined : hints[code]
}

/** The AADSTS code of an error answer. */
export function aadstsCode(body: JsonObject): number | undefined {
  const codes: unknown = body['error_codes']
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined
  return typeof first === 'number' && Number.isSafeInteger(first) ? first : undefined
}

// Behind the sentence follow trace id, correlation id and timestamp, parted by blanks or, formerly, line breaks.
function description(body: JsonObject): string | undefined {
  return textMember(body, 'error_description')?.split(/\.? Trace ID: /)[0]
}

function errorIds(body: JsonObject): string[] {
  const code = aadstsCode(body)
  const trace = textMember(body, 'trace_id')
  return [...(code === undefined ? [] : [`AADSTS${code}`]), ...(trace === undefined ? [] : [`trace id ${trace}`])]
}

function undiscovered({ answer, url }: Answered & { url: URL }): Failure {
  return new Failure('configuration', {
    what: tokenFailed,
    why: `${url.origin}${url.pathname} holds no OpenID configuration (HTTP ${answer.status})`,
    next: 'set AUTHORITY to https://<subdomain>.ciamlogin.com/<tenant-id>',
  })
}

function noToken({ answer }: Answered): Failure {
  return new Failure('unexpected', {
    what: tokenFailed,
    why: `the token endpoint answered ${answer.status} without a usable access token`,
    next: 'check that AUTHORITY is a Microsoft Entra tenant and that no proxy changes its answers',
  })
}
