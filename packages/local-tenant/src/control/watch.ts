import { resourceNamed } from '../authorization/delegated-scope.js'
import type { Directory } from '../directory/directory.js'
import { aadsts, EntraError } from '../errors/aadsts.js'
import { isGuid } from '../guid.js'
import type { Answer, Call, Silence } from '../listener/call.js'
import type { HearsSignIns, UserSignIn } from '../sign-in/user-sign-in.js'
import type { Granted, Reached, UserOfGrant } from '../token-endpoint/endpoint.js'
import type { TokenRequest } from '../token-endpoint/request.js'
import { isUserGrant } from '../token-endpoint/user-grants.js'
import { askerOf, askerOfToken } from './asker.js'
import { diagnoseGrant, diagnoseRefusal } from './diagnosis.js'
import type { FaultDefinition, FaultSource, FaultStatus, Where } from './faults.js'
import type { Notices } from './notices.js'
import type { Asker, RequestLog } from './request-log.js'
import type { ByUser, SignInLog, SignInNote } from './sign-in-log.js'

/** What a tenant remembers of the calls to it, and what they are made to suffer. */
export interface Watch {
  readonly faults: FaultSource
  readonly requests: RequestLog
  readonly signIns: SignInLog
  readonly notices: Notices
  /** Until when each client was told to stay away, by the tenant's clock. */
  readonly toldToWait: Map<string, number>
  /** Milliseconds of a clock that nobody sets. */
  elapsed(): number
  wait(delayMs: number): Promise<unknown>
}

export interface Watched {
  readonly directory: Directory
  readonly watch: Watch
  now(): Date
}

/** Hears what a call asks for and what it gets, from a part that knows. */
export type Hearing = Pick<Reached, 'onRequest' | 'onGrant' | 'onUser'> & HearsSignIns

/** A part of a tenant: how it answers, and how it says that it cannot. */
export interface WatchedPart {
  readonly where: Where
  /** May throw. */
  answer(hearing: Hearing): Answer | Promise<Answer>
  /** What was thrown, as this part words it. */
  refuse(error: unknown): Answer
  /** The refusal of a part that has a fault. */
  fail(status: FaultStatus): Answer
}

/** Answers a call and notes it; a fault comes first. Does not throw. */
export async function watched(call: Call, tenant: Watched, part: WatchedPart): Promise<Answer | Silence> {
  const { watch, now } = tenant
  const time = now()
  const started = watch.elapsed()
  const fault = watch.faults.next(part.where)
  const turn = await answerInTurn(call, tenant, part, fault)
  const asker = part.where === 'token' ? askerOfToken(call, turn.request) : askerOf(call)
  const durationMs = watch.elapsed() - started
  note(call, tenant, { where: part.where, turn, asker, time, durationMs, fault })
  return turn.outcome
}

interface Turn {
  readonly outcome: Answer | Silence
  readonly diagnosis?: string | undefined
  readonly request?: TokenRequest | undefined
  readonly granted?: Granted | undefined
  readonly user?: UserOfGrant | undefined
  readonly signIn?: UserSignIn | undefined
}

async function answerInTurn(
  call: Call,
  tenant: Watched,
  part: WatchedPart,
  fault: FaultDefinition | undefined,
): Promise<Turn> {
  if (fault?.action === 'slow') await tenant.watch.wait(fault.delayMs ?? 0)
  else if (fault !== undefined) return { outcome: await suffer(call, part, fault) }
  let request: TokenRequest | undefined
  let granted: Granted | undefined
  let user: UserOfGrant | undefined
  let signIn: UserSignIn | undefined
  try {
    const answer = await part.answer({
      onRequest: (read) => {
        request = read
      },
      onGrant: (grant) => {
        granted = grant
      },
      onUser: (shown) => {
        user = shown
      },
      onSignIn: (told) => {
        signIn = told
      },
    })
    const diagnosis = granted && diagnoseGrant(granted)
    return { outcome: diagnosed(answer, diagnosis), diagnosis, request, granted, user, signIn }
  } catch (error) {
    const diagnosis =
      part.where === 'token' && error instanceof EntraError
        ? diagnoseRefusal(error.row.code, new URLSearchParams(call.heard), tenant.directory)
        : undefined
    return { outcome: diagnosed(part.refuse(error), diagnosis), diagnosis, request, user, signIn }
  }
}

const bodyLimit = 65_536

async function suffer(call: Call, part: WatchedPart, { action, status, retryAfter }: FaultDefinition) {
  // Read all the same: who asked is worth knowing, and the connection stays usable.
  await call.readBody(bodyLimit).catch(() => '')
  if (action === 'hang' || action === 'reset') return { silence: action }
  const answer = part.fail(status ?? 503)
  return retryAfter === undefined ? answer : withHeader(answer, 'retry-after', String(retryAfter))
}

function diagnosed(answer: Answer, diagnosis: string | undefined): Answer {
  return diagnosis === undefined ? answer : withHeader(answer, diagnosisHeader, diagnosis)
}

const diagnosisHeader = 'x-tenantry-diagnosis'

function withHeader(answer: Answer, name: string, value: string): Answer {
  return { ...answer, headers: { ...answer.headers, [name]: value } }
}

interface Noted {
  readonly where: Where
  readonly turn: Turn
  readonly asker: Asker
  readonly time: Date
  readonly durationMs: number
  readonly fault: FaultDefinition | undefined
}

function note(call: Call, { directory, watch }: Watched, noted: Noted): void {
  const { where, turn, asker, time, durationMs, fault } = noted
  const { outcome, diagnosis = null } = turn
  const status = 'status' in outcome ? outcome.status : null
  const correlationId = call.correlationId ?? null
  const who = () => `${where} ${asker.clientId ?? call.remoteAddress}`
  const tooEarly = watch.toldToWait.size > 0 && isTooEarly(watch, who(), time.getTime())
  if (fault?.retryAfter !== undefined) tellToWait(watch, who(), time.getTime() + fault.retryAfter * 1_000)
  const errorCode = status !== null && status >= 400 && 'status' in outcome ? errorCodeOf(outcome.body) : null
  const { method, path } = call
  const host = call.family.kind
  watch.requests.note({
    time,
    method,
    host,
    path,
    where,
    status,
    durationMs,
    asker,
    errorCode,
    diagnosis,
    correlationId,
    tooEarly,
  })
  if (host === 'ciam') watch.notices.notice(call, where, asker, directory.organization)
  if (turn.signIn !== undefined) {
    noteSignIn({ directory, watch }, turn.signIn, { time, correlationId, ipAddress: call.remoteAddress })
  }
  if (where !== 'token' || !isGuid(asker.clientId) || status === null || isWaiting(errorCode)) return
  const user = userOfTurn(turn, asker)
  watch.signIns.note({
    time: time.getTime(),
    appId: asker.clientId.toLowerCase(),
    resource: turn.granted?.resourceName ?? resourceAsked(user, asker),
    errorCode: errorCode === null ? 0 : Number(errorCode.slice('AADSTS'.length)),
    correlationId,
    ipAddress: call.remoteAddress,
    byUser: user && ofGrant(user, directory),
  })
}

/** Of a grant that failed before anything of its user was known, its kind alone says that there is one. */
function userOfTurn({ user, request }: Turn, { grant }: Asker): UserOfGrant | undefined {
  if (user !== undefined || grant === null || !isUserGrant(grant)) return user
  const resource = request?.scope === undefined ? null : resourceNamed(request.scope)
  return { userId: undefined, clientKind: undefined, grantType: grant, resource }
}

function resourceAsked(user: UserOfGrant | undefined, { scope }: Asker): string | null {
  return user === undefined ? (scope?.replace(/\/\.default$/, '') ?? null) : user.resource
}

/** What a page told of a user who signed in, or tried to. */
export function noteSignIn(
  { directory, watch }: Pick<Watched, 'directory' | 'watch'>,
  { interactive, protocol, userId, clientId, resource, errorCode }: UserSignIn,
  { time, ...from }: Pick<SignInNote, 'correlationId' | 'ipAddress'> & { readonly time: Date },
): void {
  const byUser: ByUser = {
    eventType: interactive ? 'interactiveUser' : 'nonInteractiveUser',
    user: userOf(userId, directory),
    protocol,
    clientApp: protocol === 'deviceCode' ? 'Mobile Apps and Desktop clients' : 'Browser',
  }
  watch.signIns.note({ time: time.getTime(), appId: clientId, resource, errorCode, ...from, byUser })
}

/** Whoever shows a token or a code of a user has it sign in without it (entra: concept-noninteractive-sign-ins). */
function ofGrant({ userId, clientKind, grantType }: UserOfGrant, directory: Directory): ByUser {
  return {
    eventType: 'nonInteractiveUser',
    user: userOf(userId, directory),
    protocol: grantType.endsWith('device_code') ? 'deviceCode' : 'oAuth2',
    clientApp: clientKind === 'spa' ? 'Browser' : 'Mobile Apps and Desktop clients',
  }
}

function userOf(userId: string | undefined, { users }: Directory): ByUser['user'] {
  const user = userId === undefined ? undefined : users.find(userId)
  if (user === undefined) return null
  const { objectId, userPrincipalName, displayName } = user
  return { id: objectId, userPrincipalName: userPrincipalName.toLowerCase(), displayName }
}

/** A device that asks whether its user has decided is no attempt to sign in. */
const isWaiting = (errorCode: string | null) =>
  errorCode === `AADSTS${aadsts.authorizationPending.code}` || errorCode === `AADSTS${aadsts.pollingTooFast.code}`

function isTooEarly({ toldToWait }: Watch, who: string, time: number): boolean {
  const until = toldToWait.get(who)
  if (until === undefined) return false
  if (time < until) return true
  toldToWait.delete(who)
  return false
}

const maxTold = 1_000

function tellToWait({ toldToWait }: Watch, who: string, until: number): void {
  const [oldest] = toldToWait.keys()
  if (toldToWait.size >= maxTold && oldest !== undefined) toldToWait.delete(oldest)
  toldToWait.set(who, until)
}

/** The code in the body of a refusal, of either kind. */
function errorCodeOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  if ('error_codes' in body && Array.isArray(body.error_codes)) return `AADSTS${String(body.error_codes[0])}`
  if (!('error' in body) || typeof body.error !== 'object' || body.error === null) return null
  return 'code' in body.error && typeof body.error.code === 'string' ? body.error.code : null
}
