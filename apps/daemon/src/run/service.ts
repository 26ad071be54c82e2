import { type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Clock } from '../clock.js'
import { asFailure, Failure } from '../failure.js'
import type { World } from '../world.js'
import { type Done, perform } from './actions/actions.js'
import type { Connection } from './connection.js'
import type { Job } from './job.js'
import { keepDoing } from './job-loop.js'
import type { JobLock } from './lock/job-lock.js'
import type { Log } from './log.js'
import { scheduleOf } from './schedule.js'
import { type JobStatus, newJobStatus, type Status } from './status.js'

export interface ServiceOptions {
  connection: Connection
  jobs: readonly Job[]
  lock: JobLock
  clock: Clock
  log: Log
  world: World
  /** Breaks off the jobs that run. */
  forced: AbortSignal
}

/** How the run of a job ended. */
export type Outcome = { done: Done } | { failure: Failure; isBrokenOff: boolean }

/** The jobs of a daemon at work. */
export interface Service {
  readonly status: Status
  /** Waits for the first token; unless `once`, an identity provider that cannot be reached or is unavailable is waited for. */
  start(stopping: AbortSignal): Promise<void>
  /** Does every job whenever it is due until `stopping` fires and what runs has ended. */
  serve(stopping: AbortSignal): Promise<void>
  /** Does every job once, one after the other, for the moments they are due. */
  doAll(): Promise<readonly { job: Job; outcome: Outcome }[]>
  /** Goes on with other settings and jobs: what runs ends with the old ones. */
  replace(connection: Connection, jobs: readonly Job[]): void
}

const betweenTokenLooksMs = 30_000
const firstTryMs = 1_000
const longestTryMs = 60_000

export function createService(options: ServiceOptions): Service {
  const { lock, clock, log, world, forced } = options
  let { connection, jobs } = options
  const statuses = new Map<string, JobStatus>()
  const working = new Map<string, Promise<void>>()
  let generation = new AbortController()
  const status = {
    started: false,
    stopping: false,
    token: () => connection.state(),
    jobs: statuses,
  }
  const know = (): void => {
    const names = new Set(jobs.map(({ name }) => name))
    for (const name of statuses.keys()) if (!names.has(name)) statuses.delete(name)
    for (const name of names) if (!statuses.has(name)) statuses.set(name, newJobStatus())
  }
  know()

  const doOnce = async (job: Job, leaseLost: AbortSignal): Promise<Outcome> => {
    const about = { job: job.name, action: job.action.kind, correlationId: world.newId() }
    const signals = [forced, leaseLost]
    const { outcome, seconds } = await measured(clock, statuses.get(job.name), () =>
      inSpan(job, () => attempt(job, { connection, clock, signals, correlationId: about.correlationId })),
    )
    if ('done' in outcome) log.info('job done', { ...about, seconds, ...outcome.done })
    else log.failure(outcome.failure, { ...about, seconds })
    return outcome
  }

  /** Begins a loop for each job, which waits for the end of the job's last one. */
  const beginLoops = (): void => {
    const { signal: stopping } = generation
    for (const job of jobs) {
      const before = working.get(job.name)
      const isOver = async (leaseLost: AbortSignal): Promise<boolean> => {
        const outcome = await doOnce(job, leaseLost)
        return 'done' in outcome || !outcome.isBrokenOff
      }
      const loop = { clock, lock, log, stopping, random: world.random }
      working.set(
        job.name,
        (async () => {
          await before
          await keepDoing(job, scheduleOf(job.timing), { ...loop, doOnce: (_job, _due, lost) => isOver(lost) })
        })(),
      )
    }
  }

  return {
    status,
    start: async (stopping) => {
      for (let pauseMs = firstTryMs; ; pauseMs = Math.min(pauseMs * 2, longestTryMs)) {
        try {
          await connection.accessToken()
          status.started = true
          return
        } catch (error) {
          const failure = asFailure(error)
          if (!passing.has(failure.exit) || stopping.aborted) throw failure
          log.failure(failure)
          await clock.wait(pauseMs * (1 + world.random() / 4), stopping)
        }
      }
    },
    serve: async (stopping) => {
      beginLoops()
      stopping.addEventListener('abort', () => generation.abort(stopping.reason), { once: true })
      const token = keepToken(() => connection, { clock, stopping })
      await new Promise<void>((resolve) => {
        if (stopping.aborted) resolve()
        else stopping.addEventListener('abort', () => resolve(), { once: true })
      })
      status.stopping = true
      generation.abort(stopping.reason)
      await Promise.all([...working.values(), token])
    },
    doAll: async () => {
      const outcomes: { job: Job; outcome: Outcome }[] = []
      for (const job of jobs) outcomes.push({ job, outcome: await doOnce(job, new AbortController().signal) })
      return outcomes
    },
    replace: (newConnection, newJobs) => {
      generation.abort(new Error('the settings were read again'))
      generation = new AbortController()
      const old = connection
      connection = newConnection
      jobs = newJobs
      know()
      beginLoops()
      void old.retire()
    },
  }
}

/** What is over some time later, without anybody doing something here. */
const passing: ReadonlySet<string> = new Set(['network', 'unavailable'])

interface Attempt {
  connection: Connection
  clock: Clock
  signals: readonly AbortSignal[]
  correlationId: string
}

async function attempt(job: Job, { connection, clock, signals, correlationId }: Attempt): Promise<Outcome> {
  const timeOver = new AbortController()
  const end = clock.now() + job.timeoutMs
  const timer = setTimeout(() => timeOver.abort(tooLong(job)), Math.min(job.timeoutMs, 2 ** 31 - 1))
  const signal = AbortSignal.any([...signals, timeOver.signal])
  try {
    const frame = { signal, correlationId, timeLeftMs: () => end - clock.now() }
    return { done: await connection.inJob(frame, (session) => perform(job.action, session, signal)) }
  } catch (error) {
    const isBrokenOff = signals.some(({ aborted }) => aborted)
    return { failure: asFailure(error).withCorrelationId(correlationId), isBrokenOff }
  } finally {
    clearTimeout(timer)
  }
}

function tooLong({ timeoutMs }: Job): Failure {
  return new Failure('deadline', {
    what: 'the job took too long',
    why: `it did not end within ${timeoutMs / 1000} s`,
    next: 'look with --verbose at which request is slow, or give the job a longer `timeout`',
  })
}

async function measured(
  clock: Clock,
  status: JobStatus | undefined,
  work: () => Promise<Outcome>,
): Promise<{ outcome: Outcome; seconds: number }> {
  const begin = clock.now()
  if (status) status.running = true
  const outcome = await work()
  const seconds = (clock.now() - begin) / 1000
  if (status) count(status, outcome, { seconds, now: clock.now() })
  return { outcome, seconds }
}

function count(status: JobStatus, outcome: Outcome, { seconds, now }: { seconds: number; now: number }): void {
  status.running = false
  status.seconds += seconds
  status.lastEnd = now
  if ('done' in outcome) {
    status.succeeded++
    status.lastSuccess = now
    status.failing = false
  } else if (outcome.isBrokenOff) status.brokenOff++
  else {
    status.failed++
    status.failing = true
  }
}

/** Without an SDK of the user's choice this records nothing. */
function inSpan(job: Job, work: () => Promise<Outcome>): Promise<Outcome> {
  const attributes = { 'todolist.job.name': job.name, 'todolist.job.action': job.action.kind }
  return trace.getTracer('todolist-daemon').startActiveSpan(`job ${job.name}`, { attributes }, async (span: Span) => {
    const outcome = await work()
    if ('failure' in outcome) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.failure.exit })
    span.end()
    return outcome
  })
}

/** A source renews its token when it is asked for one; jobs may be rarer than tokens end. */
async function keepToken(
  connection: () => Connection,
  { clock, stopping }: { clock: Clock; stopping: AbortSignal },
): Promise<void> {
  while (!stopping.aborted) {
    await clock.wait(betweenTokenLooksMs, stopping).catch(() => undefined)
    // Its failure is in the state that health and metrics show.
    if (!stopping.aborted) {
      await connection()
        .accessToken()
        .catch(() => undefined)
    }
  }
}
