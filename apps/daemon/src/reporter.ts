import type { Writable } from 'node:stream'
import { exitCodes } from './exit-codes.js'
import type { Failure } from './failure.js'

/** The only writer to stderr. Whatever it writes is one line, without any concealed value and without any JWT. */
export interface Reporter {
  /** From now on `value` is written as `[concealed]`, in its plain and in its form-encoded shape. */
  conceal(value: string): void
  /** Writes a line of progress if the command runs with `--verbose`. */
  progress(text: string): void
  /** Writes a line about something that works today and will not for ever. */
  warning(text: string): void
  /** Writes the one line of a failure and returns its exit code. */
  failure(failure: Failure): number
}

export function createReporter(stderr: Writable, verbose: () => boolean): Reporter {
  const concealed = new Set<string>()
  const show = (text: string, longest = 1500): string => shorten(oneLine(hide(text, concealed)), longest)
  const write = (text: string): void => {
    stderr.write(`todolist-daemon: ${text}\n`)
  }
  return {
    conceal: (value) => {
      for (const form of [value, encodeURIComponent(value)]) if (form !== '') concealed.add(form)
    },
    progress: (text) => {
      if (verbose()) write(show(text))
    },
    warning: (text) => write(`warning: ${show(text)}`),
    failure: ({ exit, message, next, ids }) => {
      const references = ids.length > 0 ? ` (${ids.map((id) => show(id, 100)).join(', ')})` : ''
      write(`${sentence(show(message))} Next: ${sentence(show(next))}${references}`)
      return exitCodes[exit].code
    },
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
