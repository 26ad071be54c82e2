import type { TokenState } from '../token/token-source.js'

/** What health and metrics are made of. */
export interface JobStatus {
  running: boolean
  succeeded: number
  failed: number
  brokenOff: number
  /** The end of the last run, milliseconds since 1970. */
  lastEnd: number | undefined
  lastSuccess: number | undefined
  /** Whether the last run that ended of itself failed. */
  failing: boolean
  /** Of all runs together. */
  seconds: number
}

export interface Status {
  /** The first token was there. */
  started: boolean
  stopping: boolean
  token(): TokenState
  jobs: ReadonlyMap<string, JobStatus>
}

export function newJobStatus(): JobStatus {
  return {
    running: false,
    succeeded: 0,
    failed: 0,
    brokenOff: 0,
    lastEnd: undefined,
    lastSuccess: undefined,
    failing: false,
    seconds: 0,
  }
}

/** Ready to be relied on: begun, not ending, with a valid token, and no job whose last run failed. */
export function isReady(status: Status): boolean {
  const token = status.token()
  const hasToken = token.kind === 'degraded' ? token.expiresAt !== undefined : token.kind !== 'none'
  return status.started && !status.stopping && hasToken && [...status.jobs.values()].every(({ failing }) => !failing)
}
