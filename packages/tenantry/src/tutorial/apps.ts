import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DesiredState } from '@tenantry/app-registration'

/** The names that Microsoft's tutorial gives its two applications. */
export const apiName = 'ciam-ToDoList-api'
export const daemonName = 'ciam-client-app'

/** What the tutorial's reader clicks together in the portal, 43 hand actions, as a declaration. */
export function tutorialFile(): string {
  return fileURLToPath(import.meta.resolve('tenantry/tenantry.apps.json'))
}

/** Not checked again: the file is ours, and a test has the reader of declarations read the same out of it. */
export function tutorialApps(): DesiredState {
  const { applications } = JSON.parse(readFileSync(tutorialFile(), 'utf8')) as DesiredState
  return { applications }
}
