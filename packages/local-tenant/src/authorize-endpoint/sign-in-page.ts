import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Answer } from '../listener/call.js'
import { html } from '../sign-in/html.js'
import { field, page } from '../sign-in/page.js'

export interface SignInPage {
  /** The path that the form is sent to. */
  readonly action: string
  readonly tenantName: string
  readonly appName: string
  /** Where the browser is sent after the sign-in. */
  readonly formTarget: string
  /** The request of the client, which is read again when the form comes back: nothing of it is kept here. */
  readonly parameters: URLSearchParams
  readonly formKey: string
  readonly name: string
  readonly error?: string | undefined
  readonly cookie: string | undefined
}

export function signInPage(wanted: SignInPage): Answer {
  const { action, tenantName, appName, formTarget, parameters, formKey, name, error, cookie } = wanted
  const signInName = {
    name: 'name',
    label: 'Email or user name',
    type: 'text',
    value: name,
    autocomplete: 'username',
  } as const
  const password = {
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'current-password',
    error,
  } as const
  const content = html`<p>to go on to <strong>${appName}</strong></p>
<form method="post" action="${action}">
<input type="hidden" name="request" value="${parameters.toString()}">
<input type="hidden" name="form_key" value="${formKey}">
${field({ ...signInName, autofocus: name === '' })}
${field({ ...password, autofocus: name !== '' })}
<div class="check"><input id="stay" name="stay" type="checkbox" value="1"><label for="stay">Keep me signed in</label></div>
<div class="actions"><button>Sign in</button></div>
</form>`
  const status = error === undefined ? 200 : 400
  return page({ title: 'Sign in', tenantName, content, status, formTargets: [formTarget], cookie })
}

export interface SignInForm {
  readonly parameters: URLSearchParams
  /** Whether the form is one that this browser was shown, and not one of another site (double submit of a cookie). */
  readonly isOurs: boolean
  readonly name: string
  readonly password: string
  readonly stay: boolean
}

export function readSignInForm(form: URLSearchParams, cookie: string | undefined): SignInForm {
  return {
    parameters: new URLSearchParams(form.get('request') ?? ''),
    isOurs: same(form.get('form_key') ?? '', cookie ?? ''),
    name: form.get('name')?.trim() ?? '',
    password: form.get('password') ?? '',
    stay: form.get('stay') === '1',
  }
}

export const newFormKey = () => randomBytes(24).toString('base64url')

function same(one: string, other: string): boolean {
  const [sent, kept] = [Buffer.from(one), Buffer.from(other)]
  return kept.length > 0 && sent.length === kept.length && timingSafeEqual(sent, kept)
}
