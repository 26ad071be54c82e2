import type { Writable } from 'node:stream'
import { type Command, helpText, readCommandLine } from './command-line.js'
import { exitCodes } from './exit-codes.js'
import { asFailure } from './failure.js'
import { operations } from './operations.js'
import { isJsonObject, parseJson } from './outside-text.js'
import { createReporter, type Reporter } from './reporter.js'
import type { World } from './world.js'

/**
 * Runs one command and returns its exit code; never throws. Data goes to stdout, and only when everything
 * succeeded; a failure leaves one line on stderr.
 */
export async function run(argv: readonly string[], world: World): Promise<number> {
  let verbose = false
  const reporter = createReporter(world.stderr, () => verbose)
  ignoreStreamErrors(world)
  try {
    const command = readCommandLine(argv, operations)
    verbose = command.kind === 'operation' && command.verbose
    await print(world.stdout, await output(command, world, reporter))
    return exitCodes.success.code
  } catch (error) {
    return reporter.failure(asFailure(error))
  }
}

async function output(command: Command, world: World, reporter: Reporter): Promise<string> {
  if (command.kind === 'help') return helpText(operations)
  if (command.kind === 'version') return `${version(world.packageJson())}\n`
  // Loaded late: help and version need neither TLS nor the files of the configuration.
  const { inSession } = await import('./session.js')
  const data = await inSession(command, world, reporter, (session) => command.operation.perform(session))
  return `${JSON.stringify(data, undefined, 2)}\n`
}

function version(packageJson: string): string {
  const content = parseJson(packageJson)
  return isJsonObject(content) && typeof content['version'] === 'string' ? content['version'] : 'unknown'
}

// print learns of a failed write from its callback, and a broken stderr leaves nobody to tell;
// without a listener the same failure would also end the process with a stack trace.
function ignoreStreamErrors({ stdout, stderr }: World): void {
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
}

function print(stdout: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      // EPIPE: the reader, for instance `head`, has all it wanted.
      if (error && !('code' in error && error.code === 'EPIPE')) reject(error)
      else resolve()
    })
  })
}
