import { parseArgs } from 'node:util'
import { commands, globalOptions, settingOptions } from './command-table.js'
import type { Command, Option } from './commands/command.js'
import { Failure } from './failure.js'
import { nearest } from './nearest.js'
import { type Format, isFormat } from './output/formats.js'
import { plain } from './outside-text.js'

export type CommandLine =
  | { kind: 'help'; topic: readonly string[] }
  | { kind: 'version' }
  | { kind: 'command'; command: Command; invocation: Invocation }

/** A command line whose every part is known and of the right form. */
export interface Invocation {
  positionals: readonly string[]
  options: ReadonlyMap<string, string>
  /** Named by --op. */
  legacy: boolean
  /** undefined: to be chosen by where stdout goes. */
  format: Format | undefined
  query: string | undefined
  config: string | undefined
  profile: string | undefined
  /** Settings given as options, under the names they have in the environment. */
  settings: Readonly<Record<string, string>>
  timeoutMs: number
  correlationId: string | undefined
  verbose: boolean
  quiet: boolean
  color: boolean
}

const longestTimeoutSeconds = 86_400
const defaultTimeoutSeconds = 30

/**
 * Turns the arguments after the script's name into a command. Throws a `usage` failure for anything it does not know;
 * never reads a file.
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { words, given } = split(argv)
  if (given.has('help')) return { kind: 'help', topic: words }
  if (words[0] === 'help') return { kind: 'help', topic: words.slice(1) }
  if (given.has('version')) return { kind: 'version' }
  const operation = operationName(given)
  const { command, rest } =
    operation === undefined ? namedByWords(words) : { command: namedByOperation(operation), rest: words }
  refuseForeignOptions(command, given, operation !== undefined)
  const id = given.get('id')
  return {
    kind: 'command',
    command,
    invocation: {
      positionals: readPositionals(command, id === undefined ? rest : [id, ...rest]),
      options: given,
      legacy: operation !== undefined,
      ...readManner(given, operation !== undefined),
      config: given.get('config'),
      profile: readProfile(given),
      settings: readSettings(given),
      timeoutMs: readTimeout(given.get('timeout'), command.timeoutSeconds ?? defaultTimeoutSeconds),
      correlationId: readCorrelationId(given.get('correlation-id')),
    },
  }
}

/** Whether failures are wanted as JSON; asked before the rest is known to be right, so that its refusal is JSON too. */
export function wantsJson(argv: readonly string[]): boolean {
  const text = argv.join('\n')
  return /(^|\n)(-o\n?|--output[\n=])json(\n|$)/.test(text)
}

/** The options of all commands by name: an option has one meaning, so the words can be split before the command is known. */
const allOptions: Readonly<Record<string, Option>> = Object.fromEntries(
  [...commands.map(({ options = {} }) => options), globalOptions].flatMap((options) => Object.entries(options)),
)

interface Split {
  words: string[]
  given: Map<string, string>
}

// parseArgs only splits here (strict: false): its own refusals do not say what this command would understand.
function split(argv: readonly string[]): Split {
  const options = Object.fromEntries(
    Object.entries(allOptions).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const words: string[] = []
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      words.push(token.value)
      continue
    }
    const option = knownOption(token.name, token.rawName)
    if (given.has(token.name)) throw usage(`--${token.name} is given twice`, 'give it once')
    given.set(token.name, readValue(token.name, option, token.value))
  }
  return { words, given }
}

function knownOption(name: string, asWritten: string): Option {
  const option = Object.hasOwn(allOptions, name) ? allOptions[name] : undefined
  if (option) return option
  throw usage(`${plain(asWritten)} is not an option`, guess(name, Object.keys(allOptions), '--'))
}

function readValue(name: string, { value: placeholder, choices }: Option, value: string | undefined): string {
  if (placeholder === undefined) {
    if (value !== undefined) throw usage(`--${name} takes no value`, `write --${name} alone`)
    return ''
  }
  if (!value) throw usage(`--${name} needs a value`, `write --${name} ${placeholder}`)
  if (choices && !choices.includes(value))
    throw usage(`--${name} ${plain(value)} is not known`, `use one of ${choices.join(', ')}`)
  return value
}

function operationName(given: ReadonlyMap<string, string>): string | undefined {
  if (given.has('op') && given.has('operation'))
    throw usage('--op and --operation are the same option', 'give one of them')
  return given.get('op') ?? given.get('operation')
}

function namedByOperation(name: string): Command {
  const command = commands.find(({ operation }) => operation === name)
  if (command) return command
  const known = commands.flatMap(({ operation }) => operation ?? [])
  throw usage(`"${plain(name)}" is not an operation; known: ${known.join(', ')}`, guess(name, known, '--op '))
}

function namedByWords(words: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const command of commands) {
    const own = command.name.split(' ')
    if (own.every((word, index) => words[index] === word)) return { command, rest: words.slice(own.length) }
  }
  if (words.length === 0) throw usage('no command is named', 'for instance `todos list`, or --op getToDos')
  const operation = commands.find((command) => command.operation === words[0])
  if (operation)
    throw usage(`"${plain(words[0] ?? '')}" is an operation`, `write --op ${words[0]}, or ${signature(operation)}`)
  throw unknownCommand(words)
}

function unknownCommand(words: readonly string[]): Failure {
  const [first = ''] = words
  const written = words.slice(0, 2).join(' ')
  const why = `"${plain(written)}" is not a command`
  const whole = nearest(
    written,
    commands.map(({ name }) => name),
  )
  if (whole !== undefined && words.length > 1) return usage(why, `did you mean \`${whole}\`?`)
  const begins = nearest(
    first,
    commands.map(({ name }) => name.split(' ')[0] ?? name),
  )
  if (begins === undefined) return usage(why)
  const group = commands.filter(({ name }) => name.split(' ')[0] === begins).map(({ name }) => `\`${name}\``)
  return usage(why, `did you mean ${group.length > 1 ? 'one of ' : ''}${group.join(', ')}?`)
}

/** `did you mean --owner?`, undefined when no known name is near. */
function guess(name: string, known: readonly string[], before: string): string | undefined {
  const near = nearest(name, known)
  return near === undefined ? undefined : `did you mean ${before}${near}?`
}

function refuseForeignOptions(command: Command, given: ReadonlyMap<string, string>, legacy: boolean): void {
  const own = command.options ?? {}
  for (const name of given.keys()) {
    if (name === 'id' && (!legacy || command.positionals === undefined))
      throw usage('--id belongs to the operations of one to-do', `write ${signature(command)}`)
    if (Object.hasOwn(own, name) || Object.hasOwn(globalOptions, name)) continue
    throw usage(`--${name} is not an option of ${command.name}`, `write ${signature(command)}`)
  }
}

function readPositionals({ name, positionals = [], operation }: Command, words: readonly string[]): readonly string[] {
  const missing = positionals.slice(words.length).find(({ required }) => required)
  if (missing) {
    const also = missing.name === 'id' && operation !== undefined ? ` (or --op ${operation} --id <id>)` : ''
    throw usage(`${name} needs <${missing.name}>`, `write ${name} <${missing.name}>${also}`)
  }
  const surplus = words[positionals.length]
  if (surplus !== undefined)
    throw usage(`"${plain(surplus)}" is not understood`, `write ${signature({ name, positionals })}`)
  for (const [index, { choices }] of positionals.entries()) {
    const word = words[index]
    if (word !== undefined && choices && !choices.includes(word))
      throw usage(`"${plain(word)}" is not known to ${name}`, `use one of ${choices.join(', ')}`)
  }
  return words
}

/** `todos get <id>`: how a command is written, without its options. */
export function signature({ name, positionals = [] }: Pick<Command, 'name' | 'positionals'>): string {
  return [name, ...positionals.map((one) => (one.required ? `<${one.name}>` : `[${one.name}]`))].join(' ')
}

function readManner(
  given: ReadonlyMap<string, string>,
  legacy: boolean,
): Pick<Invocation, 'format' | 'query' | 'verbose' | 'quiet' | 'color'> {
  const output = given.get('output')
  const format = output !== undefined && isFormat(output) ? output : undefined
  if (legacy && format !== undefined && format !== 'json')
    throw usage('--op always prints JSON', 'leave --output out, or use the command `todos`')
  return {
    format: legacy ? 'json' : format,
    query: given.get('query'),
    verbose: given.has('verbose'),
    quiet: given.has('quiet'),
    color: !given.has('no-color'),
  }
}

function readProfile(given: ReadonlyMap<string, string>): string | undefined {
  const profile = given.get('profile')
  if (profile === undefined) return undefined
  if (given.has('config')) throw usage('--config and --profile both name a file of settings', 'give one of them')
  if (/^[\w-]{1,64}$/.test(profile)) return profile
  throw usage(`--profile ${plain(profile)} is not a name`, 'use letters, digits, - and _, at most 64')
}

function readSettings(given: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settingOptions).flatMap(([option, setting]) => {
      const value = given.get(option)
      return value === undefined ? [] : [[setting, value]]
    }),
  )
}

function readTimeout(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise * 1000
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (seconds > 0 && seconds <= longestTimeoutSeconds) return Math.ceil(seconds * 1000)
  throw usage(
    `--timeout ${plain(text)} is not a number of seconds between 0 and ${longestTimeoutSeconds}`,
    'for instance --timeout 30',
  )
}

function readCorrelationId(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  throw usage(`--correlation-id ${plain(text)} is not a GUID`, 'leave it out for a fresh one')
}

function usage(why: string, next?: string): Failure {
  const advice = next === undefined ? '' : `${next}${next.endsWith('?') ? '' : ';'} `
  return new Failure('usage', { what: 'wrong command line', why, next: `${advice}--help shows everything` })
}
