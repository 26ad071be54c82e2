import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Answer } from '../listener/call.js'
import type { CodePurpose } from '../sign-in/email-codes.js'
import { type Html, html } from '../sign-in/html.js'
import { field, page } from '../sign-in/page.js'

/** What all pages of a sign-in have in common. */
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
  readonly error?: { readonly field: string; readonly error: string } | undefined
  readonly cookie: string | undefined
}

export function signInPage(wanted: SignInPage): Answer {
  const { name } = wanted
  const fields = html`${nameField(wanted, 'Email or user name', 'username')}
${field({
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
  autofocus: name !== '',
  error: errorAt(wanted, 'password'),
})}
${stay}
<div class="actions"><button name="step" value="password">Sign in</button> <button class="quiet" name="step" value="sign-in" formnovalidate>Email me a code</button></div>
<div class="actions"><button class="link" name="step" value="sign-up" formnovalidate>Create an account</button> <button class="link" name="step" value="reset" formnovalidate>Forgot the password?</button></div>`
  return formPage(wanted, 'Sign in', fields)
}

/** The first page of a sign-up: the address. */
export function signUpPage(wanted: SignInPage): Answer {
  const fields = html`${nameField(wanted, 'Email', 'email')}
<div class="actions"><button name="step" value="sign-up">Next</button> <button class="quiet" name="step" value="back" formnovalidate>I have an account</button></div>`
  return formPage(wanted, 'Create an account', fields)
}

const titles: Readonly<Record<CodePurpose, string>> = {
  'sign-in': 'Enter the code',
  'sign-up': 'Create an account',
  reset: 'Reset the password',
}

/** The page where the code of a mail is entered, and what else there is to say then. */
export function codePage(wanted: SignInPage, purpose: CodePurpose, displayName: string): Answer {
  const shownName = { name: 'display_name', label: 'Your name', type: 'text', autocomplete: 'name' } as const
  const newPassword = {
    name: 'password',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
  } as const
  const code = { name: 'code', label: 'Code', type: 'text', autocomplete: 'one-time-code', autofocus: true } as const
  const fields = html`<p>If <strong>${wanted.name}</strong> can have a code, it has been sent. Find it in the tenant's outbox.</p>
<input type="hidden" name="name" value="${wanted.name}">
<input type="hidden" name="purpose" value="${purpose}">
${field({ ...code, error: errorAt(wanted, 'code') })}
${purpose === 'sign-up' && field({ ...shownName, value: displayName, error: errorAt(wanted, 'display_name') })}
${purpose !== 'sign-in' && field({ ...newPassword, error: errorAt(wanted, 'password') })}
${stay}
<div class="actions"><button name="step" value="code">Continue</button> <button class="quiet" name="step" value="back" formnovalidate>Back</button></div>`
  return formPage(wanted, titles[purpose], fields)
}

const stay = html`<div class="check"><input id="stay" name="stay" type="checkbox" value="1"><label for="stay">Keep me signed in</label></div>`

function nameField(wanted: SignInPage, label: string, autocomplete: string): Html {
  const { name } = wanted
  return field({
    name: 'name',
    label,
    type: 'text',
    value: name,
    autocomplete,
    autofocus: name === '',
    error: errorAt(wanted, 'name'),
  })
}

const errorAt = ({ error }: SignInPage, name: string) => (error?.field === name ? error.error : undefined)

function formPage(
  { action, tenantName, appName, formTarget, parameters, formKey, error, cookie }: SignInPage,
  title: string,
  fields: Html,
): Answer {
  const content = html`<p>to go on to <strong>${appName}</strong></p>
<form method="post" action="${action}">
<input type="hidden" name="request" value="${parameters.toString()}">
<input type="hidden" name="form_key" value="${formKey}">
${fields}
</form>`
  const status = error === undefined ? 200 : 400
  return page({ title, tenantName, content, status, formTargets: [formTarget], cookie })
}

export interface SignInForm {
  readonly parameters: URLSearchParams
  /** Whether the form is one that this browser was shown, and not one of another site (double submit of a cookie). */
  readonly isOurs: boolean
  readonly step: string
  readonly purpose: CodePurpose
  readonly name: string
  readonly password: string
  readonly code: string
  readonly displayName: string
  readonly stay: boolean
}

const purposes: readonly CodePurpose[] = ['sign-in', 'sign-up', 'reset']

export function readSignInForm(form: URLSearchParams, cookie: string | undefined): SignInForm {
  const value = (name: string) => form.get(name)?.trim() ?? ''
  return {
    parameters: new URLSearchParams(form.get('request') ?? ''),
    isOurs: same(form.get('form_key') ?? '', cookie ?? ''),
    step: form.get('step') ?? 'password',
    purpose: purposes.find((purpose) => purpose === form.get('purpose')) ?? 'sign-in',
    name: value('name'),
    password: form.get('password') ?? '',
    code: value('code'),
    displayName: value('display_name'),
    stay: form.get('stay') === '1',
  }
}

export const newFormKey = () => randomBytes(24).toString('base64url')

function same(one: string, other: string): boolean {
  const [sent, kept] = [Buffer.from(one), Buffer.from(other)]
  return kept.length > 0 && sent.length === kept.length && timingSafeEqual(sent, kept)
}
