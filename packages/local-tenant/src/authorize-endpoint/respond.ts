import { randomUUID } from 'node:crypto'
import type { EntraError } from '../errors/aadsts.js'
import { describeRefusal, noStore } from '../errors/respond.js'
import type { Answer, Call } from '../listener/call.js'
import { type Html, html } from '../sign-in/html.js'
import { page } from '../sign-in/page.js'
import type { Addressee } from './addressee.js'

export type ResponseParameters = Readonly<Record<string, string | undefined>>

/** What the browser is sent back to the client with. */
export interface AuthorizationResponse {
  readonly redirectUri: string
  readonly responseMode: Addressee['responseMode']
  readonly parameters: Readonly<Record<string, string>>
}

export function responseTo(
  { redirectUri, responseMode, state }: Addressee,
  sent: ResponseParameters,
): AuthorizationResponse {
  const parameters: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...sent, state })) if (value !== undefined) parameters[name] = value
  return { redirectUri, responseMode, parameters }
}

/** The response as the browser gets it (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode 1.0). */
export function respond(response: AuthorizationResponse, tenantName: string): Answer {
  if (response.responseMode === 'form_post') return formPost(response, tenantName)
  return { status: 302, headers: { ...noStore, location: addressOf(response), 'referrer-policy': 'no-referrer' } }
}

/** Where the browser goes; a form's parameters are not in it. */
export function addressOf({ redirectUri, responseMode, parameters }: AuthorizationResponse): string {
  if (responseMode === 'form_post') return redirectUri
  const encoded = new URLSearchParams(parameters).toString()
  const separator = responseMode === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return `${redirectUri}${separator}${encoded}`
}

function formPost({ redirectUri, parameters }: AuthorizationResponse, tenantName: string): Answer {
  const fields: Html[] = Object.entries(parameters).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  )
  const content = html`<p>You are being sent back to the application.</p>
<form method="post" action="${redirectUri}">
${fields}<div class="actions"><button>Continue</button></div>
</form>`
  return page({ title: 'Signed in', tenantName, content, formTargets: [redirectUri], submitsItself: true })
}

/** The words of the authorization endpoint where they differ from the token endpoint's (identity-platform/v2-oauth2-auth-code-flow). */
const words: Readonly<Record<number, string>> = {
  65001: 'consent_required',
  50105: 'access_denied',
  50057: 'access_denied',
  50034: 'access_denied',
}

/** A refusal as the client is told of it. */
export function refusalTo(addressee: Addressee, refused: EntraError, call: Call, now: Date): AuthorizationResponse {
  const correlationId = call.correlationId ?? randomUUID()
  const described = describeRefusal(refused, { traceId: randomUUID(), correlationId, now })
  const error = words[refused.row.code] ?? refused.error
  return responseTo(addressee, { error, error_description: described })
}
