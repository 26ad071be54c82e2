import type { Page } from 'playwright-core'

/** Every page of the portal that is about nothing in particular, and one that is not there. */
const places = [
  'app-registrations',
  'app-registrations/new',
  'enterprise-applications',
  'users',
  'groups',
  'user-flows',
  'sign-in-logs',
  'audit-logs',
  'requests',
  'conditions',
  'token-inspector',
  'nowhere',
]

/** The pages of an application. */
const sections = [
  'overview',
  'quickstart',
  'credentials',
  'token-configuration',
  'api-permissions',
  'expose-an-api',
  'app-roles',
  'owners',
  'manifest',
]

/** All of them, with those of the application that has this place: `app-registrations/` and its id. */
export function placesWith(application: string): readonly string[] {
  return [...places, ...sections.map((section) => `${application}/${section}`)]
}

/** Where the page is, without the section at its end. */
export function placeOf(page: Page, section: string): string {
  return new URL(page.url()).pathname.replace('/portal/', '').replace(new RegExp(`/${section}$`), '')
}

/** Goes there without loading the page anew, as the browser's Back does. */
export async function goTo(page: Page, place: string): Promise<void> {
  const path = JSON.stringify(`/portal/${place}`)
  await page.evaluate(`history.pushState(null, '', ${path}); dispatchEvent(new PopStateEvent('popstate'))`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('.waiting').waitFor({ state: 'detached' })
}
