import { writeFileSync } from 'node:fs'
import { adopt } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { usualFile } from './declaration-file.js'
import { explained } from './explain.js'
import { openPlace } from './open-place.js'
import type { AppsOptions } from './options.js'
import type { AppsSurroundings } from './surroundings.js'

export interface ImportAppsOptions extends AppsOptions {
  /** appIds or display names. */
  readonly apps: readonly string[]
}

/** Writes a declaration of applications that exist, as they are. The file must not exist. Resolves to the exit code. */
export function importApps(options: ImportAppsOptions, surroundings: AppsSurroundings): Promise<number> {
  return explained(async () => {
    const { apps, file } = options
    if (apps.length === 0) {
      throw new Failure(exitCodes.usage, 'import needs applications', 'name each with --app <appId or display name>')
    }
    const place = await openPlace(options, { writes: false, desired: null }, surroundings)
    const { desired, notes } = await adopt(place.graph, apps)
    writeNew(file ?? usualFile, `${JSON.stringify({ $schema: schema, ...desired }, null, 2)}\n`)
    const { terminal } = surroundings
    for (const note of notes) terminal.write(`  ${note}\n`)
    terminal.write(`✓ ${file ?? usualFile}: ${desired.applications.length} of ${place.name} declared as they are\n`)
    return exitCodes.success
  })
}

/** Where the schema lies for whoever has the package installed. */
const schema = './node_modules/@tenantry/app-registration/schema/tenantry.apps.schema.json'

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    if (!exists) throw cause
    throw new Failure(exitCodes.conflict, `${path} exists already`, 'name another file with --file', { cause })
  }
}
