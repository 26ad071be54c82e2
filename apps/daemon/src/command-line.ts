import { parseArgs } from 'node:util'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import type { Operation } from './operations.js'
import { plain } from './outside-text.js'

export type Command =
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'operation'; operation: Operation; config: string | undefined; timeoutMs: number; verbose: boolean }

const options = {
  op: { type: 'string', value: '<operation>', summary: 'what to do (--operation is the same)' },
  operation: { type: 'string', value: '<operation>', summary: '' },
  config: {
    type: 'string',
    value: '<file>',
    summary: 'read settings from this env file instead of .tenantry/daemon.env',
  },
  timeout: { type: 'string', value: '<seconds>', summary: 'deadline for the whole command (default 30)' },
  verbose: { type: 'boolean', value: '', summary: 'tell on stderr what happens; never shows a token or secret' },
  help: { type: 'boolean', value: '', summary: 'print this text' },
  version: { type: 'boolean', value: '', summary: 'print the version' },
} as const

type OptionName = keyof typeof options

const longestTimeoutSeconds = 86_400

/**
 * Turns the arguments after the script's name into a command. `operations` are the known names.
 * Throws a `usage` failure for anything it does not know; never reads a file.
 */
export function readCommandLine(argv: readonly string[], operations: ReadonlyMap<string, Operation>): Command {
  const given = readOptions(argv)
  if (given.has('help')) return { kind: 'help' }
  if (given.has('version')) return { kind: 'version' }
  return {
    kind: 'operation',
    operation: readOperation(given, operations),
    config: given.get('config'),
    timeoutMs: readTimeout(given.get('timeout')),
    verbose: given.has('verbose'),
  }
}

/** What `--help` prints. */
export function helpText(operations: ReadonlyMap<string, Operation>): string {
  const shown = Object.entries(options).filter(([, { summary }]) => summary !== '')
  return [
    'Signs in as itself and calls the ToDoList web API. Data goes to stdout as JSON, everything else to stderr.',
    '',
    'Usage: node . --op <operation> [options]',
    '',
    'Operations:',
    ...columns([...operations].map(([name, { summary }]) => [name, summary])),
    '',
    'Options:',
    ...columns(shown.map(([name, { value, summary }]) => [`--${name} ${value}`.trim(), summary])),
    '',
    'Settings: CLIENT_ID, AUTHORITY, CLIENT_SECRET or CLIENT_SECRET_FILE, SCOPES, API_ENDPOINT, CA_FILE.',
    'The environment wins over .env in the current folder, and that over --config <file> or .tenantry/daemon.env.',
    '',
    'Exit codes:',
    ...columns(Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning])),
    '',
  ].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

// parseArgs only splits here (strict: false): its own refusals do not say what this command would understand.
function readOptions(argv: readonly string[]): Map<OptionName, string> {
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const given = new Map<OptionName, string>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional')
      throw usage(`"${plain(token.value)}" is not understood`, 'name the operation with --op')
    const name = knownOption(token.name, token.rawName)
    if (given.has(name)) throw usage(`--${name} is given twice`, 'give it once')
    given.set(name, readValue(name, token.value))
  }
  return given
}

function knownOption(name: string, asWritten: string): OptionName {
  if (isOption(name)) return name
  throw usage(
    `${plain(asWritten)} is not an option`,
    `use one of ${list(Object.keys(options).map((option) => `--${option}`))}`,
  )
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name)
}

function readValue(name: OptionName, value: string | undefined): string {
  const { type, value: placeholder } = options[name]
  if (type === 'boolean' && value !== undefined) throw usage(`--${name} takes no value`, `write --${name} alone`)
  if (type === 'string' && !value) throw usage(`--${name} needs a value`, `write --${name} ${placeholder}`)
  return value ?? ''
}

function readOperation(given: ReadonlyMap<OptionName, string>, operations: ReadonlyMap<string, Operation>): Operation {
  if (given.has('op') && given.has('operation'))
    throw usage('--op and --operation are the same option', 'give one of them')
  const name = given.get('op') ?? given.get('operation')
  const known = [...operations.keys()]
  if (name === undefined) throw usage('no operation is named', `use --op with one of: ${list(known)}`)
  const operation = operations.get(name)
  if (operation) return operation
  throw usage(`"${plain(name)}" is not an operation; known: ${list(known)}`, `try --op ${nearest(name, known)}`)
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return 30_000
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (seconds > 0 && seconds <= longestTimeoutSeconds) return Math.ceil(seconds * 1000)
  throw usage(
    `--timeout ${plain(text)} is not a number of seconds between 0 and ${longestTimeoutSeconds}`,
    'for instance --timeout 30',
  )
}

function usage(why: string, next: string): Failure {
  return new Failure('usage', { what: 'wrong command line', why, next: `${next}; --help shows everything` })
}

function list(names: readonly string[]): string {
  return names.join(', ')
}

function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((candidate) => ({
    candidate,
    steps: editSteps(name.toLowerCase(), candidate.toLowerCase()),
  }))
  ranked.sort((a, b) => a.steps - b.steps)
  return ranked[0]?.candidate ?? ''
}

// Levenshtein distance, one row at a time.
function editSteps(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [index, letter] of from.split('').entries()) {
    const above = row
    row = [index + 1]
    for (let column = 1; column <= to.length; column++) {
      const replaced = cell(above, column - 1) + (letter === to[column - 1] ? 0 : 1)
      row.push(Math.min(replaced, cell(above, column) + 1, cell(row, column - 1) + 1))
    }
  }
  return cell(row, to.length)
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
