import { parseArgs } from 'node:util'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import type { Terminal } from '../steps.js'
import { type Command, type Group, type Options, shortNames, writtenName } from './command.js'

export interface Io {
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly version: string
  /** How the program is called here, which is where every name of a command begins. */
  readonly program: string
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
  const found = follow(first === 'help' ? others : args, program, io.program)
  const [own, foreign] = splitAtDashes(found.rest)
  if (first === 'help' || own.some(asksForHelp)) return printHelp(found, program, io.stdout, exitCodes.success)
  // A group does nothing by itself.
  if ('commands' in found.target) {
    const [word] = found.rest
    if (word === undefined) return printHelp(found, program, io.stderr, exitCodes.usage)
    throw await unknownWord(word, found.words, found.target)
  }
  const { values, operands } = await readOptions(own, found.target, found.words)
  return found.target.run(values, readOperands([operands, foreign], found.target, found.words))
}

/** What stands before the first `--` and what stands behind it, where nothing is ours to read. */
function splitAtDashes(args: readonly string[]): [own: readonly string[], foreign: readonly string[]] {
  const at = args.indexOf('--')
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)]
}

/** `npm start --port 9443` keeps the option for itself and hands on the number. */
const npmKeepsOptions = 'behind npm, options go after two dashes: npm start -- --port 9443'

/** The words that are no options. Throws a Failure where the command takes none, more or fewer. */
function readOperands(
  [plain, behind]: readonly [readonly string[], readonly string[]],
  { operands }: Command,
  words: string,
): readonly string[] {
  const [first] = [...plain, ...behind]
  if (operands === undefined) {
    if (first === undefined) return []
    const why = `'${words}' takes options only, and was given '${first}'`
    throw misuse(why, words, words.startsWith('npm ') ? `${npmKeepsOptions}, or read ` : undefined)
  }
  const { takes, behindDashes, named, example, atMost } = operands
  if (behindDashes && plain.length > 0) throw misuse(`'${plain[0]}' has to stand behind --`, words)
  const given = [...plain, ...behind]
  if (given.length === 0) throw new Failure(exitCodes.usage, `'${words}' needs ${named}`, `${words} ${example}`)
  if (given.length > atMost)
    throw misuse(`'${words}' takes ${takes} and nothing more, and was given '${given[atMost]}'`, words)
  return given
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
function follow(args: readonly string[], program: Group, called: string): Found {
  let target: Command | Group = program
  let words = called
  for (const [index, word] of args.entries()) {
    const next: Command | Group | undefined =
      'commands' in target ? target.commands.find(({ name }) => name === word) : undefined
    if (next === undefined) return { target, words, rest: args.slice(index) }
    target = next
    words = `${words} ${word}`
  }
  return { target, words, rest: [] }
}

async function printHelp({ target, words }: Found, program: Group, to: Terminal, code: number): Promise<number> {
  const { helpOf } = await import('./help.js')
  to.write(helpOf(target, words, target === program))
  return code
}

async function readOptions(
  args: readonly string[],
  { options }: Command,
  words: string,
): Promise<{ values: Record<string, unknown>; operands: readonly string[] }> {
  const names = new Map(Object.keys(options).map((name) => [writtenName(name), name]))
  const values = Object.fromEntries(Object.entries(options).map(([name, { absent }]) => [name, absent]))
  const operands: string[] = []
  for (const token of tokensOf(args, options)) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { rawName, value } = token
    const name = names.get(rawName.startsWith('--') ? rawName : `--${token.name}`)
    const option = name === undefined ? undefined : options[name]
    if (name === undefined || option === undefined) throw await unknown('option', rawName, words, [...names.keys()])
    if (option.takes === null && value !== undefined) throw misuse(`'${rawName}' takes no value`, words)
    // What looks like an option is one, and the value was forgotten.
    const missing = option.takes !== null && (value === undefined || (!token.inlineValue && value.startsWith('-')))
    if (missing) throw misuse(`'${rawName} <${option.takes}>' needs its value`, words)
    values[name] = readValue(() => option.read(value ?? '', values[name]), `${rawName} ${value}`, words)
  }
  return { values, operands }
}

function tokensOf(args: readonly string[], options: Options) {
  const kinds = Object.entries(options).map(([name, { takes }]) => {
    const short = shortNames[name] === undefined ? {} : { short: shortNames[name] }
    return [writtenName(name).slice(2), { type: takes === null ? 'boolean' : 'string', ...short }] as const
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
