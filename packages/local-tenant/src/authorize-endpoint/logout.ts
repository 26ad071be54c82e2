import { redirectKind } from '../authorization/client-kind.js'
import { nonEmpty, readForm } from '../authorization/form.js'
import type { Directory } from '../directory/directory.js'
import { noStore } from '../errors/respond.js'
import type { Answer, Call } from '../listener/call.js'
import { cookieNames, readCookie, setCookie } from '../sign-in/cookies.js'
import { type Html, html } from '../sign-in/html.js'
import { page } from '../sign-in/page.js'
import type { Session, Sessions } from '../sign-in/sessions.js'
import type { KeyRing } from '../signing/key-ring.js'
import { readOwnJwt } from '../signing/sign.js'

export interface LogoutEndpoint {
  readonly directory: Directory
  readonly sessions: Sessions
  readonly keys: KeyRing
}

/**
 * GET or POST /{tenant}/oauth2/v2.0/logout: ends the session, tells the clients that the user was signed in to (OpenID Connect
 * Front-Channel Logout 1.0), and goes on to `post_logout_redirect_uri` where a client of the session, of the `id_token_hint` or of
 * `client_id` has registered it (identity-platform/v2-protocols-oidc). As with the real one, any site may sign a user out.
 */
export async function answerLogout(call: Call, tenant: LogoutEndpoint, issuer: string): Promise<Answer> {
  const parameters = call.method === 'POST' ? await readForm(call) : call.query
  const { directory, sessions } = tenant
  const { organization } = directory
  const name = cookieNames(organization.tenantId).session
  const session = sessions.find(readCookie(call.headers, name))
  if (session !== undefined) sessions.end(session)
  const cookie = setCookie(name, '', { sameSite: 'None', maxAge: 0 })
  const next = nextAddress(parameters, session, tenant)
  const frames = session === undefined ? [] : logoutAddresses(session, directory, issuer)
  if (next !== undefined && frames.length === 0) {
    return { status: 302, headers: { ...noStore, location: next, 'set-cookie': cookie } }
  }
  const hidden: Html[] = frames.map((address) => html`<iframe src="${address}" title="" hidden></iframe>\n`)
  const goOn = next === undefined ? html`You can close this page.` : html`<a href="${next}">Go on</a>`
  const content = html`<p>You are signed out. ${goOn}</p>
${hidden}`
  return page({ title: 'Signed out', tenantName: organization.displayName, content, frames, goOn: next, cookie })
}

function nextAddress(
  parameters: URLSearchParams,
  session: Session | undefined,
  { directory, keys }: LogoutEndpoint,
): string | undefined {
  const address = nonEmpty(parameters.get('post_logout_redirect_uri'))
  if (address === undefined) return undefined
  const hinted = readOwnJwt(parameters.get('id_token_hint') ?? '', keys)?.['aud']
  const clients = [hinted, parameters.get('client_id'), ...(session?.clients ?? [])]
  const known = clients.some((appId) => {
    const application = typeof appId === 'string' ? directory.applications.find({ appId }) : undefined
    return application !== undefined && redirectKind(application.properties, address) !== undefined
  })
  if (!known) return undefined
  const state = parameters.get('state')
  if (state === null) return address
  return `${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams({ state }).toString()}`
}

function logoutAddresses({ id, clients }: Session, { applications }: Directory, iss: string): string[] {
  return clients.flatMap((appId) => {
    const address = applications.find({ appId })?.properties.web.logoutUrl ?? undefined
    if (address === undefined || !URL.canParse(address)) return []
    const url = new URL(address)
    url.searchParams.set('iss', iss)
    url.searchParams.set('sid', id)
    return [url.href]
  })
}
