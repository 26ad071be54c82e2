import { plan } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { credentialsStore } from './credentials-folder.js'
import { loadDeclaration } from './declaration-file.js'
import { explained } from './explain.js'
import { openPlace } from './open-place.js'
import type { AppsOptions, Output } from './options.js'
import type { AppsSurroundings } from './surroundings.js'

export interface PlanOptions extends AppsOptions {
  readonly output: Output
}

/** Says in words what apply would change. Resolves to 10 when that is anything, and to 0 otherwise. */
export function planApps(options: PlanOptions, surroundings: AppsSurroundings): Promise<number> {
  return explained(async () => {
    const desired = await loadDeclaration(options.file)
    const place = await openPlace(options, { writes: false, desired }, surroundings)
    const { changes } = await plan(place.graph, desired, credentialsStore(place))
    const lines = changes.map(({ subject, sentence }) => `${subject}: ${sentence}\n`)
    const { stdout, terminal } = surroundings
    stdout.write(options.output === 'json' ? `${JSON.stringify({ changes }, null, 2)}\n` : lines.join(''))
    terminal.write(`${changes.length === 0 ? 'No changes' : countOf(changes.length)} in ${place.name}\n`)
    return changes.length === 0 ? exitCodes.success : exitCodes.changesPending
  })
}

export const countOf = (changes: number) => (changes === 1 ? '1 change' : `${changes} changes`)
