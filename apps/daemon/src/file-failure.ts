import { Failure } from './failure.js'
import { plain } from './outside-text.js'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is a file and not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'the current user may not',
  EPERM: 'the current user may not',
  EROFS: 'the file system can only be read',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many files are open',
}

/** Why a file cannot be read or written, without the path: that of Node's own text may be of a file of ours. */
export function fileReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  if (!('code' in error) || typeof error.code !== 'string' || !('syscall' in error)) return plain(error.message)
  return reasons[error.code] ?? `the operating system says ${error.code}`
}

/** What writing a file ended with: a `configuration` failure where the operating system refused, otherwise what it was. */
export function writeFailure(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || error instanceof Failure) return error
  return new Failure('configuration', {
    what: `cannot write ${plain(file)}`,
    why: fileReason(error),
    next:
      'code' in error && error.code === 'ENOSPC'
        ? 'make room on that disk'
        : 'name a file in a folder that exists and that the daemon may write to',
  })
}
