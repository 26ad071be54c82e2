import type { Configuration } from '../configuration.js'
import type { ExitName } from '../exit-codes.js'
import { asFailure, Failure } from '../failure.js'
import { isJsonObject, type JsonObject, plain, textMember } from '../outside-text.js'
import { destination, isRedirect } from '../redirect.js'
import { type Hint, hints } from './aadsts.js'
import type { Answered, Exchange } from './recorded-network.js'

/**
 * Exit codes by the OAuth error word (RFC 6749 section 5.2 and Microsoft's additions); any other word is
 * `authentication`. MSAL fixes the shape of the request, so what is left of `invalid_request` and `invalid_tenant`
 * is a wrong tenant; a wrong scope or resource is a wrong SCOPES.
 */
const exitByError: Readonly<Record<string, ExitName>> = {
  invalid_client: 'authentication',
  unauthorized_client: 'authentication',
  invalid_request: 'authentication',
  invalid_tenant: 'authentication',
  invalid_grant: 'permission',
  access_denied: 'permission',
  consent_required: 'permission',
  interaction_required: 'permission',
  invalid_scope: 'configuration',
  invalid_resource: 'configuration',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
}

/** Why there is no token, told from MSAL's last request rather than from MSAL's error, which hides the cause. */
export function explainRefusal(
  exchange: Exchange | undefined,
  configuration: Configuration,
  correlationId: string,
  error: unknown,
): Failure {
  const ids = [`correlation id ${correlationId}`]
  if (!exchange) return refusedByMsal(error, ids)
  if (!('answer' in exchange)) return asFailure(exchange.error)
  const { status } = exchange.answer
  if (status === 429 || status >= 500) return unavailable(exchange, ids)
  if (isRedirect(status)) return redirected(exchange, ids)
  if (isJsonObject(exchange.json) && typeof exchange.json['error'] === 'string') return refused(exchange.json, ids)
  return exchange.step === 'discovery' ? undiscovered(exchange, configuration, ids) : noToken(exchange, ids)
}

const tokenFailed = 'no access token'

function refusedByMsal(error: unknown, ids: string[]): Failure {
  return new Failure('unexpected', {
    what: tokenFailed,
    why: `MSAL refused before sending a request: ${error instanceof Error ? plain(error.message) : 'no reason given'}`,
    next: 'check AUTHORITY, CLIENT_ID and SCOPES',
    ids,
  })
}

function unavailable({ answer, json }: Answered, ids: string[]): Failure {
  const wait = answer.headers['retry-after']
  return new Failure('unavailable', {
    what: tokenFailed,
    why: `the authority is unavailable or throttles (HTTP ${answer.status})`,
    next: wait && /^\d{1,6}$/.test(wait) ? `try again in ${wait} s` : 'try again in a minute',
    ids: [...errorIds(isJsonObject(json) ? json : {}), ...ids],
  })
}

function redirected({ answer, url }: Answered & { url: URL }, ids: string[]): Failure {
  return new Failure('configuration', {
    what: tokenFailed,
    why: `the authority at ${url.origin} answered with a redirect (HTTP ${answer.status}) ${destination(answer, url)}, and the client secret follows none`,
    next: 'put the final address into AUTHORITY',
    ids,
  })
}

/** An OAuth error answer: the word decides, the AADSTS code explains. */
function refused(body: JsonObject, ids: string[]): Failure {
  const word = textMember(body, 'error') ?? ''
  const { why, next } = hintFor(body) ?? {
    why: description(body) ?? 'the authority gave no reason',
    next: 'check CLIENT_ID, CLIENT_SECRET, AUTHORITY and SCOPES',
  }
  return new Failure(exitByError[word] ?? 'authentication', {
    what: tokenFailed,
    why: `${why} (${word})`,
    next,
    ids: [...errorIds(body), ...ids],
  })
}

function hintFor(body: JsonObject): Hint | undefined {
  const code = aadstsCode(body)
  return code === undefined ? undefined : hints[code]
}

function aadstsCode(body: JsonObject): number | undefined {
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

function undiscovered(exchange: Answered & { url: URL }, { authority }: Configuration, ids: string[]): Failure {
  const issuer = isJsonObject(exchange.json) ? textMember(exchange.json, 'issuer') : undefined
  if (exchange.answer.status === 200 && issuer !== undefined) return strangeIssuer(issuer, authority, ids)
  return new Failure('configuration', {
    what: tokenFailed,
    why: `${exchange.url.origin}${exchange.url.pathname} holds no OpenID configuration (HTTP ${exchange.answer.status})`,
    next: 'set AUTHORITY to https://<subdomain>.ciamlogin.com/<tenant-id>',
    ids,
  })
}

// MSAL accepts an issuer of the authority's own host, or one of ciamlogin.com whose tenant the authority's path names.
function strangeIssuer(issuer: string, authority: URL, ids: string[]): Failure {
  const tenantId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(issuer)?.[0] ?? '<tenant-id>'
  const fitting = new URL(tenantId, authority.origin)
  return new Failure('configuration', {
    what: tokenFailed,
    why: `MSAL does not accept the authority ${authority.href}, because its issuer is ${issuer}`,
    next:
      fitting.pathname === authority.pathname
        ? 'check that AUTHORITY names the tenant you mean, by its own host'
        : `set AUTHORITY to ${authority.origin}/${tenantId}`,
    ids,
  })
}

function noToken({ answer }: Answered, ids: string[]): Failure {
  return new Failure('unexpected', {
    what: tokenFailed,
    why: `the token endpoint answered ${answer.status} without a usable access token`,
    next: 'check that AUTHORITY is a Microsoft Entra tenant and that no proxy changes its answers',
    ids,
  })
}
