import { isGuid } from '../api/to-do.js'
import { resolveAuthority } from '../authority/authority.js'
import { asFailure, type Failure } from '../failure.js'
import { setClockCommand } from '../operating-system.js'
import { isJsonObject, parseJson, plain, textMember } from '../outside-text.js'
import { isRedirect } from '../redirect.js'
import { hints } from '../token/aadsts.js'
import type { Findings, Tried, Verdict } from './findings.js'

export interface Check {
  name: string
  judge: (findings: Findings) => Verdict
}

/** In the order in which a fault of one hides the next. The settings were read before. */
export const checks: readonly Check[] = [
  { name: 'clock', judge: clock },
  { name: 'DNS', judge: names },
  { name: 'proxy', judge: proxy },
  { name: 'TLS', judge: tls },
  { name: 'discovery', judge: discovery },
  { name: 'issuer', judge: issuer },
  { name: 'credential', judge: credential },
  { name: 'token', judge: token },
  { name: 'roles', judge: roles },
  { name: 'API', judge: api },
]

const tolerableSkewSeconds = 60
/** Beyond it Entra and most APIs refuse what is signed or bounded in time. */
const fatalSkewSeconds = 300

function clock({ authority, api: apiProbe, now, platform }: Findings): Verdict {
  const there = [authority, apiProbe].map(dateOf).find((date) => date !== undefined)
  if (there === undefined) return skipped('no answer told what time it is')
  const skew = Math.round((now - there) / 1000)
  if (skew === 0) return ok('this machine and the other side agree')
  const detail = `this machine is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} the other side`
  const fix = `set the clock: ${setClockCommand(platform)}`
  if (Math.abs(skew) > fatalSkewSeconds) return { status: 'failed', detail, fix, exit: 'authentication' }
  if (Math.abs(skew) > tolerableSkewSeconds) return { status: 'warning', detail, fix }
  return ok(detail)
}

function dateOf(tried: Tried<{ headers: { date?: string | undefined } }>): number | undefined {
  const date = 'value' in tried ? Date.parse(tried.value.headers.date ?? '') : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

function names({ names: looked, proxy: found }: Findings): Verdict {
  const direct = looked.filter(({ host }) => !found?.hosts.includes(host))
  for (const { found: lookup } of direct) if ('failure' in lookup) return failed(lookup.failure)
  if (direct.length === 0) return skipped('the proxy looks the names up')
  const told = direct.map(({ host, found: lookup }) => `${host} is ${'value' in lookup ? lookup.value : ''}`)
  return ok([...new Set(told)].join(', '))
}

function proxy({ proxy: found }: Findings): Verdict {
  if (found === undefined) return ok('none is set')
  const { variable, address, reachable, hosts } = found
  const detail = `${variable} names ${address.host}`
  if (hosts.length === 0)
    return ok(`${detail}, which is for none of our hosts: they are in NO_PROXY or on this machine`)
  if (!reachable)
    return {
      status: 'failed',
      detail: `${detail}, where nothing listens`,
      fix: `correct ${variable}, or remove it`,
      exit: 'network',
    }
  return ok(`${detail} for ${hosts.join(', ')}`)
}

const nameCodes = /^(ENOTFOUND|EAI_AGAIN)$/
const refusedCode = 'ECONNREFUSED'

function tls({ authority, api: apiProbe }: Findings): Verdict {
  if ('failure' in authority) {
    const named = authority.failure.ids.some((id) => nameCodes.test(id))
    return named ? skipped('the name of the authority leads nowhere') : failed(authority.failure)
  }
  // That nothing listens where the API should be is the last check's to say.
  if ('failure' in apiProbe && ![...apiProbe.failure.ids].some((id) => id === refusedCode || nameCodes.test(id)))
    return failed(apiProbe.failure)
  return ok('the certificates are trusted')
}

function discovery({ authority, configuration, discovery: document }: Findings): Verdict {
  if ('failure' in authority) return skipped('the authority cannot be reached')
  const { status, text } = authority.value
  const where = configuration.authority.href
  if (status === 429 || status >= 500)
    return {
      status: 'failed',
      detail: `the authority is unavailable or throttles (HTTP ${status})`,
      fix: 'try again in a minute',
      exit: 'unavailable',
    }
  if (isRedirect(status))
    return {
      status: 'failed',
      detail: `the authority redirects (HTTP ${status})`,
      fix: 'put the final address into AUTHORITY',
      exit: 'configuration',
    }
  const refusal = parseJson(text)
  const code = isJsonObject(refusal)
    ? /AADSTS(\d+)/.exec(textMember(refusal, 'error_description') ?? '')?.[1]
    : undefined
  const hint = code === undefined ? undefined : hints[Number(code)]
  if (hint)
    return { status: 'failed', detail: hint.why, fix: hint.next, exit: 'authentication', ids: [`AADSTS${code}`] }
  const complete =
    document && ['issuer', 'token_endpoint', 'jwks_uri'].every((name) => textMember(document, name) !== undefined)
  if (status !== 200 || !complete)
    return {
      status: 'failed',
      detail: `${where} holds no OpenID configuration (HTTP ${status})`,
      fix: 'set AUTHORITY to https://<subdomain>.ciamlogin.com/<tenant-id>',
      exit: 'configuration',
    }
  const endpoint = textMember(document, 'token_endpoint') ?? ''
  if (!endpoint.startsWith('https://'))
    return {
      status: 'failed',
      detail: `the token endpoint ${endpoint} is not https`,
      fix: 'check that AUTHORITY is the right address',
      exit: 'configuration',
    }
  return ok(`the token endpoint is ${endpoint}`)
}

/** The judgement of the token layer itself. */
function issuer({ configuration: { authority }, discovery: document }: Findings): Verdict {
  const text = document && textMember(document, 'issuer')
  if (text === undefined) return skipped('there is no discovery document')
  try {
    resolveAuthority(authority, document)
    return ok(`the issuer is ${text}`)
  } catch (error) {
    return failed(asFailure(error))
  }
}

const credentialCodes =
  /^AADSTS(7000215|7000222|7000216|7000218|700025|700027|700030|700024|7000214|7000274|7000277|1000502)$/

function credential({ token: acquired, credential: tried }: Findings): Verdict {
  if (tried && 'failure' in tried) return failed(tried.failure)
  if (acquired === undefined || tried === undefined) return skipped('no token could be asked for')
  const { label, forMsal } = tried.value
  if (!('failure' in acquired)) return ok(`the tenant accepts the ${label}`)
  const { failure } = acquired
  if (!failure.ids.some((id) => credentialCodes.test(id)))
    return skipped('the tenant refused for another reason; see token')
  if (failure.ids.includes('AADSTS7000215') && isGuid(forMsal.clientSecret ?? ''))
    return { ...failed(failure), detail: 'the client secret is a GUID, so it is the Secret ID and not the Value' }
  return failed(failure)
}

function token({ token: acquired, credential: tried, configuration: { scope } }: Findings): Verdict {
  if (acquired === undefined) return skipped('the authority cannot be asked')
  if ('failure' in acquired)
    return acquired.failure.ids.some((id) => credentialCodes.test(id)) || (tried && 'failure' in tried)
      ? skipped('there is none; see credential')
      : failed(acquired.failure)
  const { explained } = acquired.value
  if (explained === undefined)
    return {
      status: 'warning',
      detail: 'there is one, but it cannot be read: it is not a JWT',
      fix: 'ask the API what it makes of it',
    }
  const { version, audience, claims, secondsLeft } = explained
  if (version === '1.0')
    return {
      status: 'warning',
      detail: 'it is a version 1 token, whose issuer and audience have other forms',
      fix: 'set requestedAccessTokenVersion of the API to 2 (Entra admin center > App registrations > the API > Manifest)',
    }
  const resource = scope.replace(/\/\.default$/, '')
  if (audience !== resource && audience !== resource.replace(/^api:\/\//, ''))
    return {
      status: 'warning',
      detail: `it is for ${audience ?? 'nobody'}, SCOPES asks for ${resource}`,
      fix: 'check that SCOPES names the API',
    }
  if (secondsLeft !== null && secondsLeft <= 0)
    return {
      status: 'warning',
      detail: `by the clock of this machine it expired ${-secondsLeft} s ago`,
      fix: 'set the clock of this machine',
    }
  if (claims['idtyp'] === undefined)
    return {
      status: 'warning',
      detail: 'it has no idtyp, so the API must guess that no user signed in',
      fix: 'add the optional claim idtyp to the access tokens of the API (App registrations > the API > Token configuration)',
    }
  return ok(`it is for ${plain(audience)} and expires in ${secondsLeft} s`)
}

function roles({ token: acquired, configuration: { clientId } }: Findings): Verdict {
  if (!acquired || 'failure' in acquired) return skipped('there is no token')
  const { explained } = acquired.value
  if (explained === undefined) return skipped('the token cannot be read')
  const fix = `an administrator grants app roles and admin consent to the application ${clientId}: \`npm run up\` for the local tenant, Entra admin center > API permissions > Grant admin consent in the cloud`
  const have = explained.roles
  if (have.length === 0) return { status: 'failed', detail: 'the token has no app roles', fix, exit: 'permission' }
  const listed = have.map(plain).join(', ')
  if (!have.some((role) => /^ToDoList\.Read(Write)?\.All$/.test(role)))
    return {
      status: 'failed',
      detail: `the token has ${listed}, but neither ToDoList.Read.All nor ToDoList.ReadWrite.All`,
      fix,
      exit: 'permission',
    }
  return ok(have.includes('ToDoList.ReadWrite.All') ? listed : `${listed}: may read and not write`)
}

function api({ api: probe, list, token: acquired }: Findings): Verdict {
  if ('failure' in probe) return failed(probe.failure)
  if (list === undefined) return skipped('it answers, but there is no token to call it with')
  if ('value' in list) return ok('it accepts the token and sends to-dos')
  const verdict = failed(list.failure)
  const version = acquired && 'value' in acquired ? acquired.value.explained?.version : undefined
  if (list.failure.exit !== 'authentication' || version !== '1.0') return verdict
  return { ...verdict, fix: 'set requestedAccessTokenVersion of the API to 2: it gets a version 1 token' }
}

function ok(detail: string): Verdict {
  return { status: 'ok', detail }
}

function skipped(detail: string): Verdict {
  return { status: 'skipped', detail }
}

/** A failure as the verdict that it is the fault. */
export function failed(failure: Failure): Verdict {
  return { status: 'failed', detail: failure.message, fix: failure.next, exit: failure.exit, ids: failure.ids }
}
