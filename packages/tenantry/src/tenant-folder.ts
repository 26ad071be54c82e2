import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type DataFolder, openDataFolder } from '@tenantry/local-tenant'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import { tenantPortIn } from './ports-in-folder.js'
import { programName } from './spelling.js'

/** What to do where no tenant is found. */
export function startFirst(environment: NodeJS.ProcessEnv): string {
  const program = programName(environment)
  return `start it with \`${program} up\` or \`${program} start\`, and name its --data and --port if they are not the usual ones`
}

/** The folder of a tenant that has run at least once, and what it takes to be its administrator. */
export interface TenantFolder {
  readonly folder: DataFolder
  /** The key of its control plane. */
  readonly key: string
  /** PEM. */
  readonly ca: string
  /** Where it is to be found; whether it runs has not been looked at. */
  readonly origin: string
}

/** Opens the folder and makes none. `port` is null for the one that the folder knows. Throws Failure. */
export function openTenantFolder(data: string, port: number | null, environment: NodeJS.ProcessEnv): TenantFolder {
  const next = startFirst(environment)
  const path = resolve(data)
  if (!existsSync(path)) throw new Failure(exitCodes.configuration, `the folder ${path} does not exist`, next)
  // Opening a folder makes it ours, which one without a tenant need not be.
  const folder = existsSync(join(path, 'control.key')) ? openDataFolder(path) : undefined
  const key = folder?.read('control.key')?.trim()
  const ca = folder?.read('ca.pem')
  if (folder === undefined || key === undefined || ca === undefined) {
    throw new Failure(exitCodes.configuration, `no tenant has ever run in ${path}`, next)
  }
  return { folder, key, ca, origin: `https://localhost:${port ?? tenantPortIn(folder) ?? 8443}` }
}
