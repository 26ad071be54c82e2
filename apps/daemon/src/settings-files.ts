import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Layer } from './configuration.js'
import { Failure } from './failure.js'
import { plain } from './outside-text.js'

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** The POSIX user id; undefined where there is none. */
  userId: number | undefined
  /** The file named by --config. */
  config: string | undefined
}

/** Settings of the local tenant, written by `npm run up`. */
const localSettings = join('.tenantry', 'daemon.env')

const largestFileBytes = 1024 * 1024

/**
 * The origins of settings, the strongest first: environment, the file of --config, `.env` in the current folder, and
 * `.tenantry/daemon.env` in the current folder or the nearest folder above it. The first one that says who the daemon
 * is or where it signs in is the last one that counts: the secret of one tenant must never meet the authority of
 * another. Throws a `configuration` failure for a file that cannot be read, and for a found one that other users could
 * have written or can read.
 */
export function settingsLayers({ env, cwd, userId, config }: Surroundings): Layer[] {
  const origins: (() => Layer | undefined)[] = [
    () => ({ origin: 'the environment', folder: cwd, values: env }),
    () => (config === undefined ? undefined : namedFile(resolve(cwd, config))),
    () => openLayer(join(cwd, '.env')),
    () => nearestLocalSettings(cwd, userId),
  ]
  const layers: Layer[] = []
  for (const open of origins) {
    const layer = open()
    if (layer === undefined) continue
    layers.push(layer)
    if (layer.values['AUTHORITY'] || layer.values['CLIENT_ID']) break
  }
  return layers
}

/** The text of a file of at most 1 MiB. Throws what `node:fs` throws, or an Error for a larger file. */
export function readSettingsFile(path: string | number): string {
  const text = readFileSync(path, 'utf8')
  if (text.length > largestFileBytes) throw new Error(`it is larger than ${largestFileBytes} bytes`)
  return text
}

function namedFile(path: string): Layer {
  const layer = openLayer(path)
  if (layer) return layer
  throw new Failure('configuration', {
    what: `cannot read ${path}`,
    why: 'there is no such file',
    next: 'correct --config, or leave it out to use .tenantry/daemon.env',
  })
}

function nearestLocalSettings(cwd: string, userId: number | undefined): Layer | undefined {
  const layer = openLayer(join(cwd, localSettings), (path, stats) => refuseStrangers(path, stats, userId))
  const above = dirname(cwd)
  return layer ?? (above === cwd ? undefined : nearestLocalSettings(above, userId))
}

// This file is found, not named: in a folder above (think of /tmp) somebody else could have left one that sends
// the secret of the environment to their own authority.
function refuseStrangers(path: string, stats: Stats, userId: number | undefined): void {
  if (userId === undefined) return
  if (stats.uid !== userId) throw untrusted(path, 'it belongs to another user', 'name it with --config if you trust it')
  if ((stats.mode & 0o077) !== 0) throw untrusted(path, 'other users can read or write it', `run: chmod 600 ${path}`)
}

function untrusted(path: string, why: string, next: string): Failure {
  return new Failure('configuration', { what: `refused to use ${path}`, why, next })
}

/** The layer of an env file, undefined when there is none. `check` sees the very file that is then read. */
function openLayer(path: string, check?: (path: string, stats: Stats) => void): Layer | undefined {
  const file = openIfPresent(path)
  if (file === undefined) return undefined
  try {
    check?.(path, fstatSync(file))
    return { origin: path, folder: dirname(path), values: parseEnv(readSettingsFile(file)) }
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    closeSync(file)
  }
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    // ENOTDIR: a file called .tenantry is in the way, so there is no daemon.env in it.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('configuration', {
    what: `cannot read ${path}`,
    why: error instanceof Error ? plain(error.message) : 'unknown reason',
    next: 'make it a file that the current user can read, or remove it',
  })
}
