import type { ListenError } from '@tenantry/local-tenant'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'

/** Any error as a Failure: the ones we know with their cure, the rest with what they say. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isListenError(error)) return portFailure(error.port, '--port', error.code)
  if (isNamed(error, 'DirectoryFileError') || isNamed(error, 'DataFolderError')) {
    return new Failure(exitCodes.configuration, error.message, null, { cause: error })
  }
  if (isNamed(error, 'FolderInUse')) {
    const next = 'use what runs there, stop it, or choose another folder with --data and other ports'
    return new Failure(exitCodes.configuration, error.message, next, { cause: error })
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const next = fileSystemCures[error.code] ?? reportIt
    return new Failure(exitCodes.unexpected, error.message, next, { cause: error })
  }
  const why = error instanceof Error ? error.message : String(error)
  return new Failure(exitCodes.unexpected, why, reportIt, { cause: error })
}

/** Errors of the tenant are known by name: with its classes the whole tenant would be loaded. */
const isNamed = (error: unknown, name: string): error is Error => error instanceof Error && error.name === name
const isListenError = (error: unknown): error is ListenError => isNamed(error, 'ListenError')

/** The port of one of the servers cannot be had; `option` chooses another. */
export function portFailure(port: number, option: string, code: string): Failure {
  const why = code === 'EACCES' ? `port ${port} needs privileges` : `port ${port} is in use already`
  const cause = code === 'EACCES' || code === 'EADDRINUSE' ? why : `port ${port} cannot be listened on (${code})`
  const example = port < 1024 || port > 64_000 ? 18_443 : port + 1_000
  return new Failure(exitCodes.network, cause, `choose another port with ${option}, for instance ${option} ${example}`)
}

const reportIt = 'run it again with --verbose and report what it prints'

const fileSystemCures: Readonly<Record<string, string>> = {
  EACCES: 'make the folder yours, or choose another with --data',
  EPERM: 'make the folder yours, or choose another with --data',
  EROFS: 'choose a folder that can be written with --data',
  ENOSPC: 'free some space on the disk and run it again',
  ENOTDIR: 'choose a folder, not a file, with --data',
  EEXIST: 'choose a folder, not a file, with --data',
  SQLITE_FULL: 'free some space on the disk and run it again',
}
