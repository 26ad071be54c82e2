import type { Writable } from 'node:stream'
import { type CommandLine, type Invocation, readCommandLine, wantsJson } from './command-line.js'
import type { Call, Command, Result } from './commands/command.js'
import { type Deadline, startDeadline } from './deadline.js'
import { exitCodes } from './exit-codes.js'
import { asFailure } from './failure.js'
import type { Format } from './output/formats.js'
import { print } from './output/print.js'
import { isJsonObject, parseJson } from './outside-text.js'
import { createReporter, type Reporter } from './reporter.js'
import type { World } from './world.js'

/**
 * Runs one command and returns its exit code; never throws. Data goes to stdout, and only when everything
 * succeeded (an export to stdout excepted, which streams); a failure leaves one line on stderr.
 */
export async function run(argv: readonly string[], world: World): Promise<number> {
  const manner = { verbose: false, quiet: false, json: wantsJson(argv) }
  const reporter = createReporter(world.stderr, () => manner)
  ignoreStreamErrors(world)
  // Node would print the error with all it holds: whatever is concealed has to stay so.
  world.onCrash((error) => reporter.failure(asFailure(error)))
  try {
    const line = readCommandLine(argv)
    if (line.kind !== 'command') return await tell(line, world)
    manner.verbose = line.invocation.verbose
    manner.quiet = line.invocation.quiet
    return await perform(line.command, line.invocation, { world, reporter })
  } catch (error) {
    reporter.status(undefined)
    return reporter.failure(asFailure(error))
  }
}

async function tell(line: Exclude<CommandLine, { kind: 'command' }>, world: World): Promise<number> {
  const text =
    line.kind === 'version' ? `${version(world.packageJson())}\n` : (await import('./help.js')).helpText(line.topic)
  await print(world.stdout, text)
  return exitCodes.success.code
}

async function perform(
  command: Command,
  invocation: Invocation,
  { world, reporter }: { world: World; reporter: Reporter },
): Promise<number> {
  const deadline = startDeadline(invocation.timeoutMs, world.now)
  try {
    const act = await command.load()
    const result = await act(openCall(invocation, { world, reporter, deadline }))
    reporter.status(undefined)
    await print(world.stdout, await rendered(result, invocation, world))
    if (result.failure) return reporter.failure(result.failure)
    return exitCodes[result.exit ?? 'success'].code
  } finally {
    deadline.clear()
  }
}

function openCall(
  invocation: Invocation,
  { world, reporter, deadline }: { world: World; reporter: Reporter; deadline: Deadline },
): Call {
  const signal = AbortSignal.any([world.signal, deadline.signal])
  let { correlationId } = invocation
  const layers = async () => (await import('./settings-files.js')).settingsLayers({ ...world, ...invocation })
  return {
    ...invocation,
    world,
    reporter,
    signal,
    // Made when it is needed: with it comes node:crypto.
    get correlationId() {
      correlationId ??= world.newId()
      return correlationId
    },
    layers,
    timeLeftMs: deadline.timeLeftMs,
    // Loaded late: most commands without a session need neither TLS nor the settings.
    inSession: async (work, manner) => {
      const { inSession } = await import('./session.js')
      correlationId ??= world.newId()
      return inSession(
        await layers(),
        { world, reporter, signal, correlationId, timeLeftMs: deadline.timeLeftMs },
        work,
        manner,
      )
    },
  }
}

async function rendered({ value, text }: Result, { format, query, color }: Invocation, world: World): Promise<string> {
  if (format === undefined && query === undefined && text !== undefined) return text
  const selected = query === undefined ? value : (await import('./output/query.js')).select(value, query)
  const chosen: Format = format ?? (world.stdout.isTTY === true ? 'table' : 'json')
  // The usual one without loading the others.
  if (chosen === 'json') return selected === undefined ? '' : `${JSON.stringify(selected, undefined, 2)}\n`
  const { render } = await import('./output/render.js')
  const bold = world.stdout.isTTY === true && color && !world.env['NO_COLOR']
  return render(selected, chosen, { bold, columns: world.stdout.isTTY === true ? world.stdout.columns : undefined })
}

function version(packageJson: string): string {
  const content = parseJson(packageJson)
  return isJsonObject(content) && typeof content['version'] === 'string' ? content['version'] : 'unknown'
}

// print learns of a failed write from its callback, and a broken stderr leaves nobody to tell;
// without a listener the same failure would also end the process with a stack trace.
function ignoreStreamErrors({ stdout, stderr }: { stdout: Writable; stderr: Writable }): void {
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
}
