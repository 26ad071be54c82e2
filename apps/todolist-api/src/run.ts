import { readCommandLine, usage } from './command-line.js'
import type { Surroundings } from './commands/surroundings.js'
import { CommandFailure, type ExitCode, exitCodes } from './exit-codes.js'

/** Runs one command and answers with the exit code; a failure has then been told on `stderr`, one line for each mistake. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    await perform(args, surroundings)
    return exitCodes.ok
  } catch (error) {
    for (const line of linesOf(error)) surroundings.stderr.write(`todolist-api: ${line}\n`)
    return error instanceof CommandFailure ? error.exitCode : exitCodes.failed
  }
}

// Each command is loaded when it is asked for: seeding needs no web server.
async function perform(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const command = readCommandLine(args)
  switch (command.name) {
    case 'help':
      surroundings.stdout.write(usage)
      return
    case 'serve':
      return (await import('./commands/serve.js')).serve(surroundings)
    case 'migrate':
      return (await import('./commands/migrate.js')).migrate(surroundings)
    case 'seed':
      return (await import('./commands/seed.js')).seed(command.set, command.file, surroundings)
  }
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof CommandFailure) return error.lines
  return [(error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')]
}
