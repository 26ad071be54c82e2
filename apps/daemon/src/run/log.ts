import type { Failure } from '../failure.js'
import type { Reporter } from '../reporter.js'

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/** What a daemon tells while it lives: one JSON object a line on stderr. */
export interface Log {
  /** With --verbose only. */
  debug(message: string, fields?: Fields): void
  /** Not with --quiet. */
  info(message: string, fields?: Fields): void
  warning(message: string, fields?: Fields): void
  failure(failure: Failure, fields?: Fields): void
}

/** Everything goes through the reporter, which conceals secrets and tokens. */
export function createLog(reporter: Reporter, now: () => number): Log {
  const write =
    (level: 'debug' | 'info' | 'warning' | 'error') =>
    (message: string, fields: Fields = {}): void =>
      reporter.entry(level, { time: new Date(now()).toISOString(), level, message, ...fields })
  const error = write('error')
  return {
    debug: write('debug'),
    info: write('info'),
    warning: write('warning'),
    failure: ({ exit, message, next, ids }, fields) =>
      error(message, { ...fields, code: exit, hint: next, ...(ids.length > 0 && { ids: ids.join(', ') }) }),
  }
}
