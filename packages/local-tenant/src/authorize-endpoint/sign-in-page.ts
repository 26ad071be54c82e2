import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Answer } from '../listener/call.js'
import { attributeFields, type Entered } from '../sign-in/attributes.js'
import type { CodePurpose } from '../sign-in/email-codes.js'
import { type Html, html } from '../sign-in/html.js'
import { field, page } from '../sign-in/page.js'
import type { WaysIn } from '../sign-in/ways-in.js'

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
  readonly ways: WaysIn
  /** Whom somebody at this machine may pick. */
  readonly people: readonly Person[]
  /** Where the mails can be read, for somebody at this machine. */
  readonly outbox: string | null
  /** What was entered of a new account's attributes. */
  readonly entered: Entered
  readonly error?: { readonly field: string; readonly error: string } | undefined
  readonly cookie: string | undefined
}

export interface Person {
  readonly displayName: string
  /** What the person signs in by. */
  readonly name: string
}

export function signInPage(wanted: SignInPage): Answer {
  const { name, ways } = wanted
  const password = {
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'current-password',
    autofocus: name !== '',
    error: errorAt(wanted, 'password'),
  } as const
  const first = ways.password
    ? html`<button name="step" value="password">Sign in</button>`
    : html`<button name="step" value="sign-in">Next</button>`
  const mail = ways.password && ways.code && step('sign-in', 'Email me a code')
  const signUp = ways.signUp && step('sign-up', 'Create an account', 'link')
  const reset = ways.password && step('reset', 'Forgot the password?', 'link')
  const fields = html`${nameField(wanted, ways.password ? 'Email or user name' : 'Email', 'username')}
${ways.password ? field(password) : hiddenError(wanted)}
${ways.password && stay}
<div class="actions">${first} ${mail}</div>
<div class="actions">${signUp} ${reset}</div>
${peopleList(wanted.people, 'Sample users')}`
  return formPage(wanted, 'Sign in', fields)
}

/** Where there is no password to be wrong. */
const hiddenError = ({ error }: SignInPage) =>
  error?.field === 'password' && html`<p class="error" role="alert">${error.error}</p>`

/** Who is signed in, and who else there is. */
export function pickAccountPage(wanted: SignInPage, signedIn: Person): Answer {
  const others = wanted.people.filter(({ name }) => name !== signedIn.name)
  const fields = html`<button class="person" name="step" value="continue"><strong>${signedIn.displayName}</strong>${signedIn.name}, signed in</button>
<div class="actions">${step('back', 'Use another account', 'quiet')}</div>
${peopleList(others, 'Sample users')}`
  return formPage({ ...wanted, name: '' }, 'Pick an account', fields)
}

function peopleList(people: readonly Person[], title: string): Html | false {
  if (people.length === 0) return false
  const buttons = people.map(
    ({ displayName, name }) =>
      html`<button class="person" name="pick" value="${name}" formnovalidate><strong>${displayName}</strong>${name}</button>
`,
  )
  return html`<section class="people" aria-labelledby="people"><h2 id="people">${title}</h2>
${buttons}</section>`
}

const step = (value: string, words: string, look: 'quiet' | 'link' = 'quiet') =>
  html`<button class="${look}" name="step" value="${value}" formnovalidate>${words}</button>`

/** The first page of a sign-up: the address. */
export function signUpPage(wanted: SignInPage): Answer {
  const fields = html`${nameField(wanted, 'Email', 'email')}
<div class="actions"><button name="step" value="sign-up">Next</button> ${step('back', 'I have an account')}</div>`
  return formPage(wanted, 'Create an account', fields)
}

const titles: Readonly<Record<CodePurpose, string>> = {
  'sign-in': 'Enter the code',
  'sign-up': 'Create an account',
  reset: 'Reset the password',
}

/** The page where the code of a mail is entered, and what else there is to say then. */
export function codePage(wanted: SignInPage, purpose: CodePurpose): Answer {
  const { ways, outbox, entered, error } = wanted
  const newPassword = {
    name: 'password',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
  } as const
  const code = { name: 'code', label: 'Code', type: 'text', autocomplete: 'one-time-code', autofocus: true } as const
  const where =
    outbox === null
      ? html`the tenant's outbox`
      : html`<a href="${outbox}" target="_blank" rel="noopener">the tenant's outbox</a>`
  const fields = html`<p>If <strong>${wanted.name}</strong> can have a code, it has been sent. Find it in ${where}.</p>
<input type="hidden" name="name" value="${wanted.name}">
<input type="hidden" name="purpose" value="${purpose}">
${field({ ...code, error: errorAt(wanted, 'code') })}
${purpose === 'sign-up' && attributeFields(ways.inputs, entered, error)}
${purpose !== 'sign-in' && ways.password && field({ ...newPassword, error: errorAt(wanted, 'password') })}
${stay}
<div class="actions"><button name="step" value="code">Continue</button> ${step('back', 'Back')}</div>`
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
  /** What was entered of a new account's attributes, by the names of their inputs. */
  readonly attributes: Entered
  readonly stay: boolean
}

const purposes: readonly CodePurpose[] = ['sign-in', 'sign-up', 'reset']

export function readSignInForm(form: URLSearchParams, cookie: string | undefined): SignInForm {
  const value = (name: string) => form.get(name)?.trim() ?? ''
  return {
    parameters: new URLSearchParams(form.get('request') ?? ''),
    isOurs: same(form.get('form_key') ?? '', cookie ?? ''),
    step: form.has('pick') ? 'pick' : (form.get('step') ?? 'password'),
    purpose: purposes.find((purpose) => purpose === form.get('purpose')) ?? 'sign-in',
    name: form.has('pick') ? value('pick') : value('name'),
    password: form.get('password') ?? '',
    code: value('code'),
    attributes: Object.fromEntries([...form].filter(([name]) => name.startsWith('attribute_'))),
    stay: form.get('stay') === '1',
  }
}

export const newFormKey = () => randomBytes(24).toString('base64url')

function same(one: string, other: string): boolean {
  const [sent, kept] = [Buffer.from(one), Buffer.from(other)]
  return kept.length > 0 && sent.length === kept.length && timingSafeEqual(sent, kept)
}
