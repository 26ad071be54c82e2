import { resourceNamed } from '../authorization/delegated-scope.js'
import { readForm } from '../authorization/form.js'
import { grantToUser, type UserGrant } from '../authorization/user-grant.js'
import type { Directory } from '../directory/directory.js'
import type { User } from '../directory/users.js'
import { EntraError, refusal } from '../errors/aadsts.js'
import type { Answer, Call } from '../listener/call.js'
import { type Collected, collectAttributes, type Entered } from '../sign-in/attributes.js'
import type { EmailSignIn } from '../sign-in/by-email.js'
import { cookieNames, readCookie, setCookie } from '../sign-in/cookies.js'
import { html } from '../sign-in/html.js'
import { page } from '../sign-in/page.js'
import { type PasswordSignIn, type SignInRefusal, signInErrorCodes, signInRefusals } from '../sign-in/password.js'
import type { Session, Sessions } from '../sign-in/sessions.js'
import { isAtThisMachine, isCalledHere } from '../sign-in/this-machine.js'
import type { HearsSignIns } from '../sign-in/user-sign-in.js'
import { isOffered, type WaysIn, waysInto } from '../sign-in/ways-in.js'
import type { KeyRing } from '../signing/key-ring.js'
import { encodeSegment } from '../signing/sign.js'
import { issueAccessToken, type TokenTimes } from '../tokens/access-token.js'
import type { AuthorizationCodes } from '../tokens/authorization-codes.js'
import { issueIdToken } from '../tokens/id-token.js'
import { signInName } from '../tokens/sign-in-name.js'
import { prepareUserToken } from '../tokens/user-token.js'
import { type Addressee, readAddressee } from './addressee.js'
import { type AuthorizationRequest, readAuthorizationRequest } from './request.js'
import { type AuthorizationResponse, refusalTo, respond, responseTo } from './respond.js'
import {
  codePage,
  newFormKey,
  type Person,
  pickAccountPage,
  readSignInForm,
  type SignInForm,
  type SignInPage,
  signInPage,
  signUpPage,
} from './sign-in-page.js'

export interface AuthorizeEndpoint {
  readonly directory: Directory
  readonly codes: AuthorizationCodes
  readonly sessions: Sessions
  readonly passwordSignIn: PasswordSignIn
  readonly emailSignIn: EmailSignIn
  readonly keys: KeyRing
  readonly times: TokenTimes
  /** The users that it was started with. */
  readonly firstUsers: readonly { readonly name: string }[]
  now(): Date
}

/** How a call reached the tenant. */
export interface ReachedByBrowser extends HearsSignIns {
  readonly tenantAsRequested: string
  readonly issuer: { readonly v1: string; readonly v2: string }
}

/**
 * GET or POST /{tenant}/oauth2/v2.0/authorize (RFC 6749 §4.1.1): sends the browser back with what the client asked for if its user
 * is signed in already, and shows the sign-in page else. What cannot be answered to the client is shown as a page.
 */
export async function answerAuthorization(
  call: Call,
  tenant: AuthorizeEndpoint,
  reached: ReachedByBrowser,
): Promise<Answer> {
  return onPage(tenant, async () => {
    const parameters = call.method === 'POST' ? await readForm(call) : call.query
    return answering(parameters, call, tenant, reached, async (addressee, request) => {
      const session = tenant.sessions.find(readCookie(call.headers, names(tenant).session))
      const usable = session !== undefined && suits(session, request, tenant)
      if (usable) return authorized({ addressee, request, session, interactive: false }, tenant, reached)
      if (request.prompt === 'none') throw refusal('noSession', {})
      const parts = pageParts(call, tenant, { addressee, request, parameters })
      if (request.prompt === 'create' && parts.ways.signUp) return signUpPage(parts)
      const isChosen = request.prompt === 'select_account' && request.loginHint === undefined
      const user = isChosen && session !== undefined ? tenant.directory.users.find(session.userId) : undefined
      return user === undefined ? signInPage(parts) : pickAccountPage(parts, personOf(user))
    })
  })
}

/**
 * POST /{tenant}/oauth2/v2.0/signin: a page of the sign-in comes back, filled in. Signs in with a password or with a code that
 * comes by mail, which can also make an account or replace a password.
 */
export async function answerSignIn(call: Call, tenant: AuthorizeEndpoint, reached: ReachedByBrowser): Promise<Answer> {
  return onPage(tenant, async () => {
    const entered = readSignInForm(await readForm(call), readCookie(call.headers, names(tenant).form))
    const { parameters, name } = entered
    return answering(parameters, call, tenant, reached, async (addressee, request) => {
      const shown = (error?: SignInPage['error']) =>
        pageParts(call, tenant, { addressee, request, parameters, name, entered: entered.attributes, error })
      if (!entered.isOurs) return signInPage(shown({ field: 'password', error: notOurs }))
      if (entered.step === 'continue') {
        const session = tenant.sessions.find(readCookie(call.headers, names(tenant).session))
        return session === undefined
          ? signInPage(shown())
          : authorized({ addressee, request, session, interactive: false }, tenant, reached)
      }
      const failed: Failed = (why, userId) =>
        reached.onSignIn({
          ...toldOf({ addressee, request }),
          interactive: true,
          userId,
          errorCode: signInErrorCodes[why],
        })
      const result = await signInStep(entered, tenant, shown, failed)
      if ('status' in result) return result
      const how = { lasting: entered.stay, byCode: isByCode(entered, shown().ways) }
      const { session, secret, maxAge } = tenant.sessions.add(result.user.objectId, how)
      // Who may not have what the client asked for has signed in all the same.
      const answer = await orRefusal(addressee, call, tenant, () =>
        authorized({ addressee, request, session, interactive: true }, tenant, reached),
      )
      const cookie = setCookie(names(tenant).session, secret, { sameSite: 'None', maxAge })
      return { ...answer, headers: { ...answer.headers, 'set-cookie': cookie } }
    })
  })
}

/** Nothing but the code says who it is: a new password says it too. */
const isByCode = ({ step, purpose }: SignInForm, ways: WaysIn) =>
  step === 'code' && (purpose === 'sign-in' || !ways.password)

const notOurs = 'This page was open for too long, or cookies are off. Try again.'

/** Told why somebody did not get in, and whose account it was. */
type Failed = (why: SignInRefusal, userId: string | undefined) => void

/** The user who has signed in, or the page to show next. What the user flow does not offer is not done, whatever the form says. */
async function signInStep(
  entered: SignInForm,
  tenant: AuthorizeEndpoint,
  shown: (error?: SignInPage['error']) => SignInPage,
  failed: Failed,
): Promise<Answer | { readonly user: User }> {
  const { step, purpose, name, password, code, attributes } = entered
  const { passwordSignIn, emailSignIn, directory } = tenant
  const { ways } = shown()
  if (step === 'pick') return picked(name, ways, tenant, shown)
  if (step === 'sign-in' || step === 'sign-up' || step === 'reset') {
    if (!isOffered(ways, step)) return signInPage(shown())
    const isAddress = /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(name)
    if (!isAddress) return (step === 'sign-up' ? signUpPage : signInPage)(shown({ field: 'name', error: noAddress }))
    emailSignIn.send(step, name)
    return codePage(shown(), step)
  }
  if (step === 'code' && isOffered(ways, purpose)) {
    const newPassword = ways.password ? password : null
    const result = await emailSignIn.finish({
      purpose,
      address: name,
      code,
      password: newPassword,
      attributes: () => newUser(attributes, ways, directory),
    })
    if (!('refused' in result)) return result
    if (result.failed !== undefined) failed(result.failed.why, result.failed.userId)
    return codePage(shown(result.refused), purpose)
  }
  if (step !== 'password' || !ways.password) return signInPage(shown())
  const result = await passwordSignIn.check(name, password)
  if (!('refused' in result)) return result
  failed(result.refused, result.userId)
  return signInPage(shown({ field: 'password', error: signInRefusals[result.refused] }))
}

const noAddress = 'Enter your email address here first.'

function newUser(entered: Entered, { inputs, userType }: WaysIn, directory: Directory): Collected {
  const collected = collectAttributes(inputs, entered, directory)
  return 'refused' in collected ? collected : { user: { ...collected.user, userType } }
}

/** Somebody at this machine has picked a user: what is left to do is entering the password, or the code where there is none. */
function picked(
  name: string,
  ways: WaysIn,
  { directory: { users, userPasswords }, emailSignIn }: AuthorizeEndpoint,
  shown: (error?: SignInPage['error']) => SignInPage,
): Answer {
  // Nobody else learns who has a password.
  const isOnPage = shown().people.some((person) => person.name === name)
  const user = isOnPage ? users.find(name) : undefined
  const byCode = ways.code && user !== undefined && userPasswords.changed(user.objectId) === null
  if (!byCode) return signInPage(shown())
  emailSignIn.send('sign-in', name)
  return codePage(shown(), 'sign-in')
}

/** What a browser would be sent back with whose user has just signed in. Throws EntraError. */
export async function authorizeWithoutBrowser(
  parameters: URLSearchParams,
  userId: string,
  tenant: AuthorizeEndpoint,
  reached: ReachedByBrowser,
): Promise<AuthorizationResponse> {
  const { directory, sessions } = tenant
  const addressee = readAddressee(parameters, directory, reached.tenantAsRequested)
  const request = readAuthorizationRequest(parameters, addressee, directory, reached.tenantAsRequested)
  const { session } = sessions.add(userId, { lasting: false, byCode: false })
  return authorize({ addressee, request, session, interactive: true }, tenant, reached)
}

const names = ({ directory }: AuthorizeEndpoint) => cookieNames(directory.organization.tenantId)

/** Answers the client where there is one to answer to; what is thrown here is for the person at the browser. */
async function answering(
  parameters: URLSearchParams,
  call: Call,
  tenant: AuthorizeEndpoint,
  { tenantAsRequested }: ReachedByBrowser,
  answer: (addressee: Addressee, request: AuthorizationRequest) => Promise<Answer> | Answer,
): Promise<Answer> {
  const { directory } = tenant
  const addressee = readAddressee(parameters, directory, tenantAsRequested)
  return orRefusal(addressee, call, tenant, () =>
    answer(addressee, readAuthorizationRequest(parameters, addressee, directory, tenantAsRequested)),
  )
}

/** The answer, or the refusal that it ended in, as the client is told of it. */
async function orRefusal(
  addressee: Addressee,
  call: Call,
  { directory, now }: AuthorizeEndpoint,
  answer: () => Promise<Answer> | Answer,
): Promise<Answer> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    return respond(refusalTo(addressee, error, call, now()), directory.organization.displayName)
  }
}

async function onPage({ directory }: AuthorizeEndpoint, answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    const content = html`<p>The application sent a request that cannot be answered.</p>
<p>AADSTS${String(error.row.code)}: ${error.message}</p>`
    return page({
      title: 'Sign-in is not possible',
      tenantName: directory.organization.displayName,
      content,
      status: error.status,
    })
  }
}

/** Whether a session is what the client asked for: nobody has to type anything, and it is the user that it hinted at. */
function suits(
  { userId }: Session,
  { prompt, loginHint }: AuthorizationRequest,
  { directory }: AuthorizeEndpoint,
): boolean {
  if (prompt === 'login' || prompt === 'select_account' || prompt === 'create') return false
  const user = directory.users.find(userId)
  if (user === undefined || loginHint === undefined) return user !== undefined
  return [user.userPrincipalName, signInName(user)].some((name) => name.toLowerCase() === loginHint.toLowerCase())
}

interface Asked {
  readonly addressee: Addressee
  readonly request: AuthorizationRequest
  readonly parameters: URLSearchParams
  readonly name?: string
  readonly entered?: Entered
  readonly error?: SignInPage['error']
}

function pageParts(call: Call, tenant: AuthorizeEndpoint, asked: Asked): SignInPage {
  const { form } = names(tenant)
  const known = readCookie(call.headers, form)
  const formKey = known ?? newFormKey()
  const { organization } = tenant.directory
  const { client, redirectUri } = asked.addressee
  return {
    action: `/${organization.tenantId}/oauth2/v2.0/signin`,
    tenantName: organization.displayName,
    appName: client.appDisplayName,
    formTarget: redirectUri,
    ways: waysInto(client.appId, tenant.directory),
    people: isAtThisMachine(call) ? samplePeople(tenant) : [],
    outbox: isCalledHere(call) ? `/${organization.tenantId}/outbox` : null,
    entered: asked.entered ?? {},
    parameters: asked.parameters,
    formKey,
    name: asked.name ?? asked.request.loginHint ?? '',
    error: asked.error,
    cookie: known === undefined ? setCookie(form, formKey, { sameSite: 'Lax' }) : undefined,
  }
}

/** The users that the tenant was started with, as far as they may sign in; for the convenience of who works here alone. */
function samplePeople({ directory, firstUsers }: AuthorizeEndpoint): Person[] {
  const { users, organization } = directory
  return firstUsers
    .map(({ name }) => users.find(`${name}@${organization.initialDomain}`))
    .filter((user) => user !== undefined)
    .filter(({ accountEnabled }) => accountEnabled)
    .slice(0, 8)
    .map(personOf)
}

const personOf = (user: User): Person => ({ displayName: user.displayName, name: signInName(user) })

interface Authorized {
  readonly addressee: Addressee
  readonly request: AuthorizationRequest
  readonly session: Session
  /** The user has just shown who it is. */
  readonly interactive: boolean
}

async function authorized(signedIn: Authorized, tenant: AuthorizeEndpoint, reached: ReachedByBrowser): Promise<Answer> {
  return respond(await authorize(signedIn, tenant, reached), tenant.directory.organization.displayName)
}

/** What the client gets through the browser. Throws EntraError for what the user may not have or nobody consented to. */
async function authorize(
  signedIn: Authorized,
  { directory, codes, sessions, keys, times, now }: AuthorizeEndpoint,
  reached: ReachedByBrowser,
): Promise<AuthorizationResponse> {
  const { addressee, request, session } = signedIn
  const { issuer } = reached
  const { client, clientKind, redirectUri } = addressee
  const { wants, scope, nonce, challenge, clientInfo } = request
  const { userId, id: sessionId, byCode } = session
  const granted = grantedAndTold(signedIn, directory, reached)
  const { user, openid, clientRoles, clientGroups } = granted
  const { tenantId } = directory.organization
  sessions.joined(session, client.appId)
  const content = {
    clientId: client.appId,
    clientKind,
    redirectUri,
    scope,
    userId,
    sessionId,
    byCode,
    nonce,
    challenge,
  }
  const code = wants.code ? codes.add(content) : undefined
  const [key, time] = [keys.current(), now()]
  const prepared = prepareUserToken({
    ...granted,
    sessionId,
    byCode,
    throughBrowser: true,
    credential: '0',
    tenantId,
    issuer,
  })
  const token = wants.token ? await issueAccessToken(prepared, key, time, times) : undefined
  const beside = { code, accessToken: token?.accessToken }
  const known = { roles: clientRoles, groups: clientGroups, throughBrowser: true }
  const about = { ...known, user, client, openid, nonce, sessionId, beside, tenantId, issuer: issuer.v2 }
  return responseTo(addressee, {
    code,
    access_token: token?.accessToken,
    token_type: token && 'Bearer',
    expires_in: token && String(token.expiresIn),
    scope: token && granted.scope,
    id_token: wants.idToken ? await issueIdToken(about, key, time, times.backdate) : undefined,
    client_info: clientInfo ? encodeSegment({ uid: user.objectId, utid: tenantId }) : undefined,
    session_state: sessionId,
  })
}

/** What the client may have of its user. Either end of it is a sign-in, and told. Throws EntraError. */
function grantedAndTold(
  { addressee, request, session, interactive }: Authorized,
  directory: Directory,
  { tenantAsRequested, onSignIn }: ReachedByBrowser,
): UserGrant {
  const { userId } = session
  const told = { ...toldOf({ addressee, request }), interactive, userId }
  try {
    const { client } = addressee
    const granted = grantToUser({ userId, client, scope: request.scope, tenantAsRequested }, directory)
    onSignIn({ ...told, errorCode: 0 })
    return granted
  } catch (error) {
    if (error instanceof EntraError) onSignIn({ ...told, errorCode: error.row.code })
    throw error
  }
}

function toldOf({ addressee: { client }, request: { scope } }: Pick<Authorized, 'addressee' | 'request'>) {
  return { protocol: 'oAuth2', clientId: client.appId, resource: resourceNamed(scope) } as const
}
