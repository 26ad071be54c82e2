import { parseArgs } from 'node:util'
import { CommandFailure, exitCodes } from './exit-codes.js'

export type Command =
  | { readonly name: 'serve' }
  | { readonly name: 'migrate' }
  | { readonly name: 'seed'; readonly set: string; readonly file: string | undefined }
  | { readonly name: 'help' }

export const usage = `Usage: todolist-api <command>

  serve                            answers requests until it is stopped
  migrate                          brings the schema of the database up to date
  seed --name <set> [--file <f>]   adds a named set of to-dos once, a JSON array of
                                   { "owner", "description" } from standard input or a file

Settings come from the environment: AUTHORITY, TENANT_ID, CLIENT_ID, DATABASE_FILE or
DATABASE_URL, HOST, PORT, TLS_CERT_FILE, TLS_KEY_FILE, TRUST_PROXY, CA_FILE, LOG_LEVEL,
CORS_ORIGINS, RATE_LIMIT_PER_ADDRESS, RATE_LIMIT_PER_CALLER, METRICS_HOST, METRICS_PORT,
DRAIN_SECONDS (see README.md).

Exit codes: 0 done, 2 usage, 6 configuration, 7 cannot listen, 1 any other failure.
`

/** Throws CommandFailure (usage). */
export function readCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parse(args)
  if (values.help === true) return { name: 'help' }
  const [name = '', ...rest] = positionals
  const read = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (read === undefined) throw wrongUsage(name === '' ? 'no command given' : `unknown command ${quote(name)}`)
  if (rest.length > 0) throw wrongUsage(`unexpected argument ${quote(rest.join(' '))}`)
  return read(values)
}

interface Options {
  readonly help?: boolean | undefined
  readonly name?: string | undefined
  readonly file?: string | undefined
}

const commands: Readonly<Record<string, (options: Options) => Command>> = {
  serve: (options) => without(options, { name: 'serve' }),
  migrate: (options) => without(options, { name: 'migrate' }),
  seed: readSeed,
}

function readSeed({ name, file }: Options): Command {
  if (name === undefined) throw wrongUsage('seed needs --name <set>')
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    throw wrongUsage('the name of a set is 1 to 64 lower-case letters, digits and hyphens')
  }
  return { name: 'seed', set: name, file }
}

function without(options: Options, command: Command): Command {
  if (options.name !== undefined || options.file !== undefined) {
    throw wrongUsage(`${command.name} takes neither --name nor --file`)
  }
  return command
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, name: { type: 'string' }, file: { type: 'string' } },
    })
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error))
  }
}

function wrongUsage(what: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, [`${what}; see todolist-api --help`])
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
