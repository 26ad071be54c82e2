import { SettingsError } from '../../settings/settings.js'
import { SignInNeeded, SignInRefused, Unreachable } from '../session/session.js'
import { Refusal } from '../todos/refusal.js'

/** What happened, why, and what the person at the page can do next. */
export interface Explanation {
  readonly title: string
  readonly text: string
  readonly next: 'try again' | 'sign in' | null
  /** A page that shows more than a browser tells us. */
  readonly link?: { readonly href: string; readonly text: string }
  /** For whoever is asked for help. */
  readonly code?: string | undefined
}

export function explain(error: unknown, { online }: { readonly online: boolean }): Explanation {
  if (error instanceof SettingsError) return { title: 'This page is not set up yet', text: error.message, next: null }
  if (error instanceof SignInNeeded) return explainEnd(error)
  if (error instanceof SignInRefused) return explainSignIn(error)
  if (error instanceof Unreachable) return online ? explainSilence(error) : offline
  if (error instanceof Refusal) return explainRefusal(error)
  const text = error instanceof Error ? error.message : String(error)
  return { title: 'Something went wrong', text, next: 'try again' }
}

function explainEnd({ claims }: SignInNeeded): Explanation {
  if (claims === undefined) {
    const text = 'A sign-in does not last for ever. Sign in again to go on where you were.'
    return { title: 'Your sign-in is over', text, next: 'sign in' }
  }
  const text = 'The to-do list asks for more proof than your sign-in gave. Sign in again to give it.'
  return { title: 'Show that it is you', text, next: 'sign in' }
}

const offline: Explanation = {
  title: 'You are offline',
  text: 'The change was not made. Everything on this page stays as it is until the connection is back.',
  next: 'try again',
}

function explainSilence({ who, address }: Unreachable): Explanation {
  const { origin } = new URL(address)
  const name = who === 'API' ? 'to-do list' : 'sign-in'
  return {
    title: `The ${name} does not answer`,
    text: `Either nothing runs at ${origin}, or this browser does not trust its certificate yet, as is usual for a server on your own machine. Open it once, accept the certificate, and try again here.`,
    next: 'try again',
    link: { href: address, text: `Open ${origin}` },
  }
}

function explainSignIn({ code, message }: SignInRefused): Explanation {
  const known = signInRefusals[code]
  if (known !== undefined) return { next: 'sign in', ...known, code }
  return { title: 'You were not signed in', text: firstLine(message), next: 'sign in', code }
}

const noConsent = {
  title: 'An administrator has to allow this first',
  text: 'Nobody has allowed this page to read and change to-dos for the people who sign in. Ask the administrator of the tenant to grant admin consent to it, and sign in again.',
}

/** By the codes of Entra, and of OAuth 2.0 where there is no such code. */
const signInRefusals: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  AADSTS65001: noConsent,
  consent_required: noConsent,
  access_denied: {
    title: 'You were not signed in',
    text: 'The sign-in was left before its end. Begin again if you want to.',
  },
  AADSTS50105: {
    title: 'This page is not for you yet',
    text: 'Only people whom the administrator of the tenant has assigned to it may use it. Ask to be assigned.',
  },
  interaction_in_progress: {
    title: 'A sign-in is under way',
    text: 'Finish it in the page where you began it, or reload this one and begin again.',
  },
  AADSTS50011: {
    title: 'This address is not registered',
    text: 'The registration of the web app does not name the address of this page among its redirect URIs.',
  },
}

/** The tenant's messages go on with trace ids and times. */
function firstLine(message: string): string {
  return message.split(/\r?\n| Trace ID:/)[0] ?? message
}

function explainRefusal({ status, message, requiredScopes, retryAfter, requestId }: Refusal): Explanation {
  if (status === 403) return { title: 'You may not do that', text: missingScopes(message, requiredScopes), next: null }
  if (status === 404) {
    return {
      title: 'That to-do is gone',
      text: 'Somebody, perhaps you in another window, has deleted it.',
      next: 'try again',
    }
  }
  if (status === 429) {
    const when =
      retryAfter === undefined ? 'in a minute' : `in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}`
    return {
      title: 'That was too much at once',
      text: `The to-do list takes no more just now. Try again ${when}.`,
      next: 'try again',
    }
  }
  const title = status >= 500 ? 'The to-do list has a problem' : 'The to-do list refused that'
  return { title, text: message, next: 'try again', code: requestId }
}

function missingScopes(message: string, scopes: readonly string[]): string {
  if (scopes.length === 0) return message
  return `It takes the permission ${scopes.join(' or ')}, which this page does not have for you. Ask the administrator of the tenant to grant it, then sign out and in again.`
}
