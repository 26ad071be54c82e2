import type { Configuration } from '../configuration.js'
import type { ExitName } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { isJsonObject, type JsonObject, parseJson, plain, textMember } from '../outside-text.js'
import { destination, isRedirect } from '../redirect.js'
import { retryAfterMs } from '../transport/retry.js'
import type { Answer } from '../transport/transport.js'

interface Refusal {
  exit: ExitName
  why: string
  next: string
  retryAfterMs?: number | undefined
}

/** What the reader is told, by status; anything else is `unexpected`. */
const byStatus: Readonly<
  Record<number, (answer: Answer, problem: JsonObject, configuration: Configuration, url: URL) => Refusal>
> = {
  400: (_answer, problem) => ({
    exit: 'usage',
    why: detail(problem) ?? 'it does not accept the request',
    next: 'correct what the API names and repeat the command',
  }),
  401: (answer, problem, { scope }) => ({
    exit: 'authentication',
    why: detail(problem) ?? challenge(answer) ?? 'it does not accept the token',
    next: `check that SCOPES (${plain(scope)}) names this API and that the API trusts the tenant of AUTHORITY`,
  }),
  403: (_answer, problem, { clientId }) => ({
    exit: 'permission',
    why: missingRoles(problem) ?? detail(problem) ?? 'the application has no permission for this',
    next:
      `an administrator must grant admin consent to the application ${clientId}: for the local tenant run \`npm run up\`; ` +
      'in the cloud open Entra admin center > App registrations > the application > ' +
      'API permissions > Grant admin consent',
  }),
  404: (_answer, problem, { apiEndpoint }, url) => ({
    exit: 'notFound',
    why: detail(problem) ?? 'there is nothing at that address',
    next:
      url.pathname === apiEndpoint.pathname
        ? 'check the path in API_ENDPOINT; the tutorial uses /api/todolist'
        : '`todos list` shows the ids there are',
  }),
  409: conflict,
  412: conflict,
  422: conflict,
  428: conflict,
  429: unavailable,
}

/** Turns an answer of the API to a request for `url` that is not the hoped-for one into the failure to report. */
export function explainApiRefusal(answer: Answer, configuration: Configuration, url: URL): Failure {
  const { status, text } = answer
  const body = parseJson(text)
  const problem = isJsonObject(body) ? body : {}
  const { exit, why, next, retryAfterMs: wait } = refusal(answer, problem, configuration, url)
  const trace = textMember(problem, 'traceId')
  return new Failure(exit, {
    what: `the API at ${url.origin}${url.pathname} answered ${status}`,
    why,
    next,
    ids: trace === undefined ? [] : [`trace id ${trace}`],
    retryAfterMs: wait,
  })
}

function refusal(answer: Answer, problem: JsonObject, configuration: Configuration, url: URL): Refusal {
  const known = byStatus[answer.status]
  if (known) return known(answer, problem, configuration, url)
  if (answer.status >= 500) return unavailable(answer, problem)
  if (isRedirect(answer.status)) return redirected(answer, url)
  return {
    exit: 'unexpected',
    why: detail(problem) ?? 'it should have answered 200 with a list',
    next: 'check API_ENDPOINT and look at the log of the API',
  }
}

function conflict(_answer: Answer, problem: JsonObject): Refusal {
  return {
    exit: 'conflict',
    why: detail(problem) ?? 'the request contradicts the present state',
    next: 'read the present state again and repeat the command',
  }
}

function unavailable(answer: Answer, problem: JsonObject): Refusal {
  const waitMs = retryAfterMs(answer)
  return {
    exit: 'unavailable',
    retryAfterMs: waitMs,
    why: detail(problem) ?? 'it is unavailable or throttles',
    next: !waitMs ? 'try again later, and look at the log of the API' : `try again in ${Math.ceil(waitMs / 1000)} s`,
  }
}

function redirected(answer: Answer, url: URL): Refusal {
  return {
    exit: 'configuration',
    why: `it redirects ${destination(answer, url)}, and the token follows no redirect`,
    next: 'put the final address into API_ENDPOINT',
  }
}

/** RFC 9457's member for people. */
function detail(problem: JsonObject): string | undefined {
  return textMember(problem, 'detail')
}

// RFC 6750 section 3: error_description in WWW-Authenticate.
function challenge({ headers }: Answer): string | undefined {
  const text = /error_description="([^"]+)"/.exec(headers['www-authenticate'] ?? '')?.[1]
  return text === undefined ? undefined : plain(text)
}

function missingRoles(problem: JsonObject): string | undefined {
  const roles: unknown = problem['requiredRoles']
  if (!Array.isArray(roles)) return undefined
  const names = roles.filter((role) => typeof role === 'string').slice(0, 10)
  if (names.length === 0) return undefined
  return `the application lacks the app role ${names.map(plain).join(' or ')}`
}
