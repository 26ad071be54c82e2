import type { Writable } from 'node:stream'
import { exitCodes } from './exit-codes.js'
import type { Failure } from './failure.js'

/** The only writer to stderr. Whatever it writes is one line, without any concealed value and without any JWT. */
export interface Reporter {
  /** From now on `value` is written as `[concealed]`, in its plain and in its form-encoded shape. */
  conceal(value: string): void
  /** Writes a line of progress if the command runs with `--verbose`. */
  progress(text: string): void
  /** Writes the one line of a failure and returns its exit code. */
  failure(failure: Failure): number
}

export function createReporter(stderr: Writable, verbose: () => boolean): Reporter {
  const concealed = new Set<string>()
  const write = (text: string): void => {
    stderr.write(`todolist-daemon: ${oneLine(hide(text, concealed))}\n`)
  }
  return {
    conceal: (value) => {
      for (const form of [value, encodeURIComponent(value)]) if (form !== '') concealed.add(form)
    },
    progress: (text) => {
      if (verbose()) write(text)
    },
    failure: (failure) => {
      write(sentence(failure))
      return exitCodes[failure.exit].code
    },
  }
}

function sentence({ message, next, ids }: Failure): string {
  const references = ids.length > 0 ? ` (${ids.join(', ')})` : ''
  return `${message.replace(/\.$/, '')}. Next: ${next.replace(/\.$/, '')}.${references}`
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
