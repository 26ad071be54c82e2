import { closeSync, existsSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Layer } from './configuration.js'
import { Failure } from './failure.js'
import { fileReason } from './file-failure.js'
import { closeFileCommand, distrust, type OperatingSystem, userFolder } from './operating-system.js'

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** The POSIX user id; undefined where there is none. */
  userId: number | undefined
  /** The file named by --config. */
  config: string | undefined
  /** The name given with --profile. */
  profile: string | undefined
  /** Settings given as options. */
  settings: Readonly<Record<string, string>>
  operatingSystem: () => OperatingSystem
}

/** Settings of the local tenant, written by `npm run up`. */
const localSettings = join('.tenantry', 'daemon.env')

const largestFileBytes = 1024 * 1024

/**
 * The origins of settings, the strongest first: options, environment, the file of --config or --profile, `.env` in the
 * current folder (not in production), `.tenantry/daemon.env` in the current folder or the nearest folder above it, and
 * the user's own file. The first one that says who the daemon is or where it signs in is the last one that counts: the
 * secret of one tenant must never meet the authority of another. It names the files that were not read. Throws a `configuration` failure for a file that
 * cannot be read, and for a found one that other users could have written or can read.
 */
export function settingsLayers(surroundings: Surroundings): Layer[] {
  const { env, cwd, config, profile, settings } = surroundings
  const origins: { open: () => Layer | undefined; present?: () => string | undefined }[] = [
    {
      open: () =>
        Object.keys(settings).length === 0 ? undefined : { origin: 'the command line', folder: cwd, values: settings },
    },
    { open: () => ({ origin: 'the environment', folder: cwd, values: env }) },
    {
      open: () => (config === undefined ? undefined : namedFile(resolve(cwd, config))),
      present: () => (config === undefined ? undefined : ifPresent(resolve(cwd, config))),
    },
    {
      open: () => (profile === undefined ? undefined : profileFile(profile, surroundings)),
      present: () => (profile === undefined ? undefined : ifPresent(ownPath(profile, surroundings))),
    },
    {
      open: () => (env['NODE_ENV'] === 'production' ? undefined : openLayer(join(cwd, '.env'))),
      present: () => (env['NODE_ENV'] === 'production' ? undefined : ifPresent(join(cwd, '.env'))),
    },
    { open: () => nearestLocalSettings(cwd, surroundings), present: () => nearestPresent(cwd) },
    {
      open: () => ownFile('daemon', surroundings).layer,
      present: () => ifPresent(ownPath('daemon', surroundings)),
    },
  ]
  const layers: Layer[] = []
  for (const [place, { open }] of origins.entries()) {
    const layer = open()
    if (layer === undefined) continue
    const setting = deciding.find((name) => layer.values[name])
    if (setting === undefined) {
      layers.push(layer)
      continue
    }
    const unread = origins.slice(place + 1).flatMap(({ present }) => present?.() ?? [])
    layers.push(unread.length > 0 ? { ...layer, decides: { setting, unread } } : layer)
    break
  }
  return layers
}

function ifPresent(path: string): string | undefined {
  return existsSync(path) ? path : undefined
}

function nearestPresent(cwd: string): string | undefined {
  const above = dirname(cwd)
  return ifPresent(join(cwd, localSettings)) ?? (above === cwd ? undefined : nearestPresent(above))
}

/** Settings that say who the daemon is or where it signs in. */
const deciding = ['AUTHORITY', 'CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_AUTHORITY_HOST']

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

function profileFile(profile: string, surroundings: Surroundings): Layer {
  const { path, layer } = ownFile(profile, surroundings)
  if (layer) return layer
  throw new Failure('configuration', {
    what: `there is no profile ${profile}`,
    why: `${path} does not exist`,
    next: 'write the settings of the profile into that file, one NAME=value a line',
  })
}

function ownPath(name: string, { operatingSystem, env }: Surroundings): string {
  return join(userFolder(operatingSystem(), env), `${name}.env`)
}

function ownFile(name: string, surroundings: Surroundings): { path: string; layer: Layer | undefined } {
  const path = ownPath(name, surroundings)
  return { path, layer: openLayer(path, (found, stats) => refuseStrangers(found, stats, surroundings)) }
}

function nearestLocalSettings(cwd: string, surroundings: Surroundings): Layer | undefined {
  const layer = openLayer(join(cwd, localSettings), (path, stats) => refuseStrangers(path, stats, surroundings))
  const above = dirname(cwd)
  return layer ?? (above === cwd ? undefined : nearestLocalSettings(above, surroundings))
}

// This file is found, not named: in a folder above (think of /tmp) somebody else could have left one that sends
// the secret of the environment to their own authority.
function refuseStrangers(path: string, stats: Stats, { userId, operatingSystem }: Surroundings): void {
  const why = distrust(stats, userId)
  if (why === 'another owner')
    throw untrusted(path, 'it belongs to another user', 'name it with --config if you trust it')
  if (why === 'open to others')
    throw untrusted(
      path,
      'other users can read or write it',
      `run: ${closeFileCommand(operatingSystem().platform, path)}`,
    )
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
    why: fileReason(error),
    next: 'make it a file that the current user can read, or remove it',
  })
}
