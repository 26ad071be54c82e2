import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DesiredState } from '@tenantry/app-registration'

/** The names that Microsoft's tutorial gives its two applications, and the one of ours that users sign in to. */
export const apiName = 'ciam-ToDoList-api'
export const daemonName = 'ciam-client-app'
export const webName = 'ciam-todolist-web'

/** What the tutorial's reader clicks together in the portal, 43 hand actions, as a declaration. */
export function tutorialFile(): string {
  return fileURLToPath(import.meta.resolve('tenantry/tenantry.apps.json'))
}

/** Not checked again: the file is ours, and a test has the reader of declarations read the same out of it. */
export function tutorialApps(): DesiredState {
  return readApps(tutorialFile())
}

/** The same two, and the web app that is served at `origin`. */
export function tutorialAppsWithWeb(origin: string): DesiredState {
  const { applications } = readApps(fileURLToPath(import.meta.resolve('tenantry/with-web.apps.json')))
  const redirectUris = { spa: [`${origin}/`] }
  return { applications: applications.map((app) => (app.uniqueName === webName ? { ...app, redirectUris } : app)) }
}

function readApps(file: string): DesiredState {
  const { applications } = JSON.parse(readFileSync(file, 'utf8')) as DesiredState
  return { applications }
}
