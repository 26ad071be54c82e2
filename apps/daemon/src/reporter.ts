import type { Writable } from 'node:stream'
import { exitCodes } from './exit-codes.js'
import type { Failure } from './failure.js'

/** How the command line wants to be told things. */
export interface Manner {
  verbose: boolean
  quiet: boolean
  /** Failures as one JSON object instead of one sentence. */
  json: boolean
}

const shortestConcealed = 8

type Entry = string | number | boolean

/** The only writer to stderr. Whatever it writes is one line, without any concealed value and without any JWT. */
export interface Reporter {
  /**
   * From now on `value` is written as `[concealed]`, in its plain and in its form-encoded shape. A value of fewer than 8
   * characters is not: it would be found inside ordinary words, and every message be spoilt and tell what it is.
   */
  conceal(value: string): void
  /** Writes a line of progress if the command runs with `--verbose`. */
  progress(text: string): void
  /** Writes a line unless the command runs with `--quiet`. */
  note(text: string): void
  /** Shows a line that the next one replaces, undefined to remove it; nothing with `--quiet` or without a terminal. */
  status(text: string | undefined): void
  /** Writes a line about something that works today and will not for ever. */
  warning(text: string): void
  /** Writes one JSON object, `debug` only with `--verbose`, `info` not with `--quiet`; members without a value are left out. */
  entry(level: 'debug' | 'info' | 'warning' | 'error', fields: Readonly<Record<string, Entry | undefined>>): void
  /** Writes the one line of a failure and returns its exit code. */
  failure(failure: Failure): number
}

export function createReporter(
  stderr: Writable & { isTTY?: boolean; columns?: number },
  manner: () => Manner,
): Reporter {
  const concealed = new Set<string>()
  const show = (text: string, longest = 1500): string => shorten(oneLine(hide(text, concealed)), longest)
  let statusShown = false
  const clearStatus = (): void => {
    if (statusShown) stderr.write('\r\u001b[K')
    statusShown = false
  }
  const write = (line: string): void => {
    clearStatus()
    stderr.write(`${line}\n`)
  }
  const say = (text: string): void =>
    write(manner().json ? JSON.stringify({ progress: show(text) }) : `todolist-daemon: ${show(text)}`)
  return {
    conceal: (value) => {
      if (value.length < shortestConcealed) return
      for (const form of [value, encodeURIComponent(value)]) concealed.add(form)
    },
    progress: (text) => {
      if (manner().verbose) say(text)
    },
    note: (text) => {
      if (!manner().quiet) say(text)
    },
    warning: (text) =>
      write(manner().json ? JSON.stringify({ warning: show(text) }) : `todolist-daemon: warning: ${show(text)}`),
    status: (text) => {
      clearStatus()
      if (text === undefined || stderr.isTTY !== true || manner().quiet || manner().json) return
      stderr.write(show(text, Math.max(20, (stderr.columns ?? 80) - 1)))
      statusShown = true
    },
    entry: (level, fields) => {
      if ((level === 'debug' && !manner().verbose) || (level === 'info' && manner().quiet)) return
      const shown = Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? show(value) : value,
      ])
      write(JSON.stringify(Object.fromEntries(shown)))
    },
    failure: (failure) => {
      write(manner().json ? JSON.stringify(asObject(failure, show)) : `todolist-daemon: ${asSentences(failure, show)}`)
      return exitCodes[failure.exit].code
    },
  }
}

type Show = (text: string, longest?: number) => string

function asSentences({ message, next, ids }: Failure, show: Show): string {
  const references = ids.length > 0 ? ` (${ids.map((id) => show(id, 100)).join(', ')})` : ''
  return `${sentence(show(message))} Next: ${sentence(show(next))}${references}`
}

/** For programs: every member is always there, null where nothing is known. */
function asObject({ exit, message, next, ids, parts }: Failure, show: Show): Record<string, string | number | null> {
  const id = (pattern: RegExp): string | null => {
    const found = ids.map((text) => pattern.exec(text)?.[1]).find((text) => text !== undefined)
    return found === undefined ? null : show(found, 100)
  }
  return {
    code: exit,
    exitCode: exitCodes[exit].code,
    message: show(message),
    aadsts: id(/^(AADSTS\d+)$/),
    hint: show(next),
    correlationId: id(/^correlation id (.+)$/),
    traceId: id(/^trace id (.+)$/),
    retryAfterMs: parts.retryAfterMs ?? null,
  }
}

function hide(text: string, concealed: ReadonlySet<string>): string {
  let shown = text
  for (const value of concealed) shown = shown.replaceAll(value, '[concealed]')
  // A JWT header is a JSON object, whose first characters {" are eyJ in base64url.
  return shown.replace(/eyJ[\w.-]*/g, '[token]')
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

function shorten(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

function sentence(text: string): string {
  return /[.…]$/.test(text) ? text : `${text}.`
}
