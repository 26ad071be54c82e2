import { Failure } from '../../failure.js'

/** The lock cannot be asked; the cause is told without its address, which may hold a password. */
export function lockFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return new Failure('network', {
    what: 'the lock of the jobs cannot be reached',
    why: `the server of JOB_LOCK does not answer as it should${code === undefined ? '' : ` (${code})`}`,
    next: 'check JOB_LOCK and that its server runs; jobs wait until then',
    ids: code === undefined ? [] : [code],
  })
}
