import { parseArgs } from 'node:util'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import type { Terminal } from '../steps.js'
import { type Command, type Group, type Options, writtenName } from './command.js'

export interface Io {
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly version: string
}

/**
 * Runs the command that the arguments name, or prints help or version. Resolves to the exit code. Throws a Failure with
 * the exit code for a wrong command line, before anything has run, and whatever the command throws.
 */
export async function interpret(args: readonly string[], program: Group, io: Io): Promise<number> {
  const [first, ...others] = args
  if (first === '--version' || first === '-V') {
    io.stdout.write(`${io.version}\n`)
    return exitCodes.success
  }
  const found = follow(first === 'help' ? others : args, program)
  if (first === 'help' || found.rest.some(asksForHelp)) return printHelp(found, io.stdout, exitCodes.success)
  // A group does nothing by itself.
  if ('commands' in found.target) {
    const [word] = found.rest
    if (word === undefined) return printHelp(found, io.stderr, exitCodes.usage)
    throw await unknownWord(word, found.words, found.target)
  }
  return found.target.run(await readOptions(found.rest, found.target, found.words))
}

interface Found {
  readonly target: Command | Group
  /** How it is called: `tenantry up`. */
  readonly words: string
  /** What stands behind it. */
  readonly rest: readonly string[]
}

const asksForHelp = (word: string) => word === '--help' || word === '-h'

/** From the program down as far as words name commands. */
function follow(args: readonly string[], program: Group): Found {
  let target: Command | Group = program
  let words = program.name
  for (const [index, word] of args.entries()) {
    const next: Command | Group | undefined =
      'commands' in target ? target.commands.find(({ name }) => name === word) : undefined
    if (next === undefined) return { target, words, rest: args.slice(index) }
    target = next
    words = `${words} ${word}`
  }
  return { target, words, rest: [] }
}

async function printHelp({ target, words }: Found, to: Terminal, code: number): Promise<number> {
  const { helpOf } = await import('./help.js')
  to.write(helpOf(target, words))
  return code
}

async function readOptions(
  args: readonly string[],
  { options }: Command,
  words: string,
): Promise<Record<string, unknown>> {
  const names = new Map(Object.keys(options).map((name) => [writtenName(name), name]))
  const values = Object.fromEntries(Object.entries(options).map(([name, { absent }]) => [name, absent]))
  for (const token of tokensOf(args, options)) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional')
      throw misuse(`'${words}' takes options only, and was given '${token.value}'`, words)
    const { rawName, value } = token
    const name = names.get(rawName)
    const option = name === undefined ? undefined : options[name]
    if (name === undefined || option === undefined) throw await unknown('option', rawName, words, [...names.keys()])
    if (option.takes === null && value !== undefined) throw misuse(`'${rawName}' takes no value`, words)
    // What looks like an option is one, and the value was forgotten.
    const missing = option.takes !== null && (value === undefined || (!token.inlineValue && value.startsWith('-')))
    if (missing) throw misuse(`'${rawName} <${option.takes}>' needs its value`, words)
    values[name] = readValue(() => option.read(value ?? '', values[name]), `${rawName} ${value}`, words)
  }
  return values
}

function tokensOf(args: readonly string[], options: Options) {
  const kinds = Object.entries(options).map(([name, { takes }]) => {
    return [writtenName(name).slice(2), { type: takes === null ? 'boolean' : 'string' }] as const
  })
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(kinds),
    // Everything is refused here, in our own words.
    strict: false,
    tokens: true,
  }).tokens
}

function readValue<T>(read: () => T, written: string, words: string): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw misuse(`'${written}': ${error.message}`, words)
    throw error
  }
}

function unknownWord(word: string, words: string, { commands }: Group): Promise<Failure> {
  if (word.startsWith('-')) return unknown('option', word, words, ['--help', '--version'])
  return unknown(
    'command',
    word,
    words,
    commands.map(({ name }) => name),
  )
}

async function unknown(what: string, word: string, words: string, known: readonly string[]): Promise<Failure> {
  const { nearest } = await import('./nearest.js')
  const meant = nearest(word, known)
  return misuse(
    `unknown ${what} '${word}'`,
    words,
    meant === undefined ? undefined : `use '${meant}' if you meant that, or read `,
  )
}

function misuse(why: string, words: string, hint = 'read '): Failure {
  return new Failure(exitCodes.usage, why, `${hint}${words} --help`)
}
