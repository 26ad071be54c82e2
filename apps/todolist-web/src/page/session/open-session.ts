import { readSettings } from '../../settings/settings.js'
import type { Session } from './session.js'

/**
 * Whether somebody may be signed in, as far as can be told before MSAL is here: an answer in the address, or an account in its
 * storage. Decides what is shown meanwhile, and nothing else.
 */
export function mayBeSignedIn(): boolean {
  return location.hash.length > 1 || Object.keys(sessionStorage).some((key) => /^msal\..*account/.test(key))
}

/** Reads the settings that are served beside the page, and what is known of the user. MSAL, which most of it needs, loads meanwhile. */
export async function openSession(): Promise<Session> {
  const [{ openMsalSession }, settings] = await Promise.all([import('./msal-session.js'), loadSettings()])
  return openMsalSession(settings)
}

async function loadSettings() {
  const response = await fetch('/settings.json')
  if (!response.ok) throw new Error(`The settings of the page cannot be read: ${response.status}. Reload the page.`)
  return readSettings((await response.json()) as Record<string, unknown>, 'settings.json')
}
