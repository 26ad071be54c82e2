import type { Fields, Log } from '../../src/run/log.js'

/** Keeps what is told: level and message, and what is told with it. */
export function createTestLog(): Log & { entries: { level: string; message: string; fields: Fields }[] } {
  const entries: { level: string; message: string; fields: Fields }[] = []
  const keep =
    (level: string) =>
    (message: string, fields: Fields = {}): void => {
      entries.push({ level, message, fields })
    }
  return {
    entries,
    debug: keep('debug'),
    info: keep('info'),
    warning: keep('warning'),
    failure: ({ message }, fields) => keep('error')(message, fields),
  }
}
