import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { exitCodes } from './exit-codes.js'
import type { StartOptions } from './start.js'
import type { Terminal } from './steps.js'
import type { UpOptions } from './up.js'

/** What each command does; the command line only reads. */
export interface Commands {
  up(options: UpOptions): Promise<number>
  start(options: StartOptions): Promise<number>
}

interface StartFlags {
  port: number
  data: string
  memory: boolean
  tenant: readonly string[]
  seed?: string
  json: boolean
}

/** Reads the arguments and runs the command they name. Resolves to the exit code. */
export async function runCommandLine(
  args: readonly string[],
  commands: Commands,
  io: { stdout: Terminal; stderr: Terminal; version: string },
): Promise<number> {
  let code: number = exitCodes.success
  const program = new Command('tenantry')
    .description('A Microsoft Entra External ID tenant on this machine, and what belongs to it.')
    .version(io.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text) })
  program
    .command('up')
    .description('start tenant and API, register the applications, and stay up until Ctrl-C')
    .option('--once', 'run the daemon once (node . --op getToDos) and stop everything again', false)
    .option('--port <number>', 'port of the tenant', readPort, 8443)
    .option('--api-port <number>', 'port of the ToDoList API', readPort, 44351)
    .option('--data <folder>', 'folder for databases, keys and settings', readFolder, '.tenantry')
    .option('--verbose', 'name every change of the registration', false)
    .action(async (options: UpOptions) => {
      code = await commands.up(options)
    })
  program
    .command('start')
    .description('start one or more tenants alone, and stay up until Ctrl-C')
    .option('--port <number>', 'port of the tenant', readPort, 8443)
    .option('--data <folder>', 'folder for database and keys', readFolder, '.tenantry')
    .option('--memory', 'keep nothing on disk', false)
    .option('--tenant <name>', 'subdomain of a tenant; once for each (default: contoso)', addName, [])
    .option('--seed <file>', 'fill the tenant, which has to be empty, from an export')
    .option('--json', 'say in one line of JSON on standard output where everything is', false)
    .action(async ({ memory, data, tenant: tenants, seed: file, json, port }: StartFlags, command: Command) => {
      const seed = file ?? null
      if (seed !== null && tenants.length > 1)
        command.error("error: '--seed' fills one tenant: name one with --tenant.")
      const announceTo = json ? io.stdout : null
      code = await commands.start({ port, data: memory ? null : data, tenants, seed, announceTo })
    })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage
    throw error
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 takes any that is free.')
}

function addName(name: string, names: readonly string[]): string[] {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new InvalidArgumentError('A name has 1 to 63 of a-z, 0-9 and inner hyphens.')
  }
  if (names.includes(name)) throw new InvalidArgumentError('Each tenant needs a name of its own.')
  return [...names, name]
}

function readFolder(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('A folder needs a name.')
}
