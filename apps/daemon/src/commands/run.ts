import { resolve } from 'node:path'
import { createClock } from '../clock.js'
import { settingsIn } from '../configuration.js'
import { asFailure, Failure } from '../failure.js'
import { type Connection, openConnection } from '../run/connection.js'
import { startHealthServer } from '../run/health-server.js'
import type { Job } from '../run/job.js'
import { openLock } from '../run/lock/open-lock.js'
import { createLog, type Log } from '../run/log.js'
import { readJob, readJobsFile } from '../run/read-jobs.js'
import { createService, type Service } from '../run/service.js'
import { openServiceManager } from '../run/service-manager.js'
import { guidOption, numberOption, wrongArgument } from './arguments.js'
import type { Call, Result } from './command.js'

/**
 * The long-lived daemon. The first signal lets running jobs end within --grace, a second one ends the process at once
 * (Node's own handling); SIGHUP reads settings and jobs again. Ends with 0 after a clean stop.
 */
export async function runDaemon(call: Call): Promise<Result> {
  const { world, reporter, options } = call
  const once = options.has('once')
  const graceMs = (numberOption(call, 'grace', 0) ?? 25) * 1000
  const clock = createClock(world.now)
  const log = createLog(reporter, world.now)
  const forced = new AbortController()
  const open = async (): Promise<{ connection: Connection; jobs: Job[] }> => {
    const layers = await call.layers()
    const jobs = await jobsOf(call)
    const surroundings = { world, clock, log, conceal: reporter.conceal, signal: forced.signal }
    return { connection: openConnection(layers, surroundings), jobs }
  }
  const opened = await open()
  let { connection } = opened
  const lock = await openLock(settingsIn(await call.layers()).get('JOB_LOCK'), connection.configuration)
  const service = createService({ ...opened, lock, clock, log, world, forced: forced.signal })
  const manager = openServiceManager(world.env, (text) => log.warning(text))
  const server = await openHealth(call, service, log)
  const grace = limitGrace(world.signal, { graceMs, forced, stopping: () => manager.stopping() })
  try {
    if (once) return await doOnce(service)
    log.info('waiting for the first token')
    await service.start(world.signal)
    const count = opened.jobs.length
    log.info('ready', { jobs: count })
    manager.ready(`${count} ${count === 1 ? 'job' : 'jobs'} scheduled`)
    const reload = async (): Promise<void> => {
      manager.reloading()
      try {
        const newer = await open()
        connection = newer.connection
        service.replace(newer.connection, newer.jobs)
        log.info('settings read again', { jobs: newer.jobs.length })
      } catch (error) {
        log.failure(asFailure(error), { kept: 'the settings as they were' })
      }
      manager.ready('settings read again')
    }
    const stopReloading = world.onReload(() => void reload())
    await service.serve(world.signal)
    stopReloading()
    if (forced.signal.aborted) return { value: undefined, failure: asFailure(forced.signal.reason) }
    log.info('stopped')
    return { value: undefined }
  } catch (error) {
    // Told to stop while it waited for the first token: nothing was begun, so that is a clean stop too.
    if (!once && world.signal.aborted) return { value: undefined }
    throw error
  } finally {
    grace.end()
    server?.close()
    manager.close()
    await connection.retire()
    await lock.close()
  }
}

async function doOnce(service: Service): Promise<Result> {
  const outcomes = await service.doAll()
  const value = outcomes.map(({ job, outcome }) => ({
    job: job.name,
    action: job.action.kind,
    ...('done' in outcome ? { result: 'done', ...outcome.done } : { result: outcome.failure.exit }),
  }))
  const failed = outcomes.map(({ outcome }) => outcome).find((outcome) => 'failure' in outcome)
  return failed && 'failure' in failed ? { value, failure: failed.failure } : { value }
}

async function openHealth(call: Call, { status }: Service, log: Log) {
  const port = numberOption(call, 'health-port', 0)
  const host = call.options.get('health-host') ?? '127.0.0.1'
  if (port === undefined) {
    if (call.options.has('health-host')) throw wrongArgument('--health-host needs --health-port', 'add --health-port')
    return undefined
  }
  if (port > 65_535) throw wrongArgument('--health-port is no port', 'choose one from 0 to 65535')
  const server = await startHealthServer({ host, port }, status)
  log.info('health and metrics', { host, port: server.port })
  return server
}

/** Lets what runs go on for the time of grace, and breaks it off then. */
function limitGrace(
  stop: AbortSignal,
  { graceMs, forced, stopping }: { graceMs: number; forced: AbortController; stopping: () => void },
): { end(): void } {
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => {
    stopping()
    timer = setTimeout(() => forced.abort(graceOver(graceMs)), graceMs)
  }
  if (stop.aborted) begin()
  else stop.addEventListener('abort', begin, { once: true })
  return {
    end: () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', begin)
    },
  }
}

function graceOver(graceMs: number): Failure {
  return new Failure('terminated', {
    what: 'a job was broken off',
    why: `it did not end within the ${graceMs / 1000} s of --grace after the signal to stop`,
    next: 'nothing was left half done: an export keeps the old file, the other jobs go on where they were; give it more --grace',
  })
}

async function jobsOf(call: Call): Promise<Job[]> {
  const { options, positionals, timeoutMs, world } = call
  const file = options.get('job')
  const own = Object.keys(jobOptions).filter((name) => options.has(name))
  if (file !== undefined) {
    if (positionals.length > 0 || own.length > 0)
      throw wrongArgument('--job names a file of jobs, so the command line cannot describe one', 'keep one of the two')
    return readJobsFile(resolve(world.cwd, file), timeoutMs)
  }
  const [action, target] = positionals
  if (action === undefined)
    throw wrongArgument('there is nothing to do', 'name a job (`run export <file> --every 5m`) or --job <file>')
  guidOption(call, 'owner')
  const value: Record<string, unknown> = {
    name: action,
    ...Object.fromEntries(own.map((name) => [jobOptions[name] ?? name, options.get(name) ?? ''])),
    // Once means now.
    ...(options.has('once') && !options.has('every') && !options.has('schedule') && { every: '1d' }),
    [action]: { ...(target !== undefined && { file: target }), ...described(call) },
  }
  refuseIncomplete(call, action)
  try {
    return [readJob(value, { path: 'the command line', index: 0, folder: world.cwd, timeoutMs })]
  } catch (error) {
    throw asWritten(asFailure(error), action)
  }
}

function refuseIncomplete({ options, positionals }: Call, action: string): void {
  const timed = options.has('every') || options.has('schedule') || options.has('once')
  const missing = [
    ...(action !== 'cleanup' && positionals[1] === undefined ? ['<file>'] : []),
    ...(action === 'cleanup' && !options.has('contains') && !options.has('older-than')
      ? ['--contains <text> or --older-than <time> with --record <file>']
      : []),
    ...(options.has('older-than') && !options.has('record') ? ['--record <file>'] : []),
    ...(options.has('record') && !options.has('older-than') ? ['--older-than <time>'] : []),
    ...(timed ? [] : ['--every <time>, --schedule <cron> or --once']),
  ]
  if (missing.length > 0)
    throw wrongArgument(`run ${action} needs ${missing.join(' and ')}`, `add ${missing.join(' ')}`)
  if (options.has('every') && options.has('schedule'))
    throw wrongArgument('--every and --schedule both say when', 'give one of them')
}

/** The failure of a job with the members named as they are on the command line, to which it belongs. */
function asWritten({ parts }: Failure, action: string): Failure {
  const optionsOf = { ...jobOptions, ...actionOptions }
  const optionOf = (member: string): string =>
    member === 'file' ? '<file>' : `--${Object.keys(optionsOf).find((one) => optionsOf[one] === member) ?? member}`
  const why = parts.why
    .replace(`${action}: `, '')
    .replace(
      new RegExp(
        `^(?:${action}\\.)?(every|schedule|timeZone|jitter|catchUp|file|format|owner|contains|olderThan|record|dryRun)\\b`,
      ),
      (_all, member: string) => optionOf(member),
    )
    .replace('`schedule`', '--schedule')
  return wrongArgument(why, 'correct it')
}

/** Options that describe a job, and what they are called in a file. */
const jobOptions: Readonly<Record<string, string>> = {
  every: 'every',
  schedule: 'schedule',
  'time-zone': 'timeZone',
  jitter: 'jitter',
  'catch-up': 'catchUp',
}

/** The same for what an action needs. */
const actionOptions: Readonly<Record<string, string>> = {
  owner: 'owner',
  format: 'format',
  contains: 'contains',
  'older-than': 'olderThan',
  record: 'record',
  'dry-run': 'dryRun',
}

function described({ options }: Call): Record<string, unknown> {
  const given = Object.entries(actionOptions).filter(([name]) => options.has(name))
  return Object.fromEntries(given.map(([name, member]) => [member, name === 'dry-run' ? true : options.get(name)]))
}
