import { isGuid } from '../api/to-do.js'
import { Failure } from '../failure.js'
import { plain } from '../outside-text.js'
import type { Call } from './command.js'

/** The id of a to-do: a whole number from 1 on. */
export function idArgument({ positionals }: Call): number {
  return wholeNumber(positionals[0] ?? '', 1, 'the id of a to-do')
}

/** The value of an option that must be there. */
export function requiredOption({ options }: Call, name: string): string {
  const value = options.get(name)
  if (value !== undefined) return value
  throw wrongArgument(`--${name} is missing`, `add --${name} <…>`)
}

export function numberOption({ options }: Call, name: string, least: number): number | undefined {
  const text = options.get(name)
  return text === undefined ? undefined : wholeNumber(text, least, `--${name}`)
}

export function guidOption({ options }: Call, name: string): string | undefined {
  const text = options.get(name)
  if (text === undefined || isGuid(text)) return text
  throw wrongArgument(`--${name} ${plain(text)} is not a GUID`, 'write it 8-4-4-4-12 with hyphens')
}

function wholeNumber(text: string, least: number, what: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : -1
  if (number >= least) return number
  throw wrongArgument(`${what} must be a whole number from ${least} on, not "${plain(text)}"`, 'correct it')
}

export function wrongArgument(why: string, next: string): Failure {
  return new Failure('usage', { what: 'wrong command line', why, next: `${next}; --help shows everything` })
}
