import type { Clock } from '../clock.js'
import { asFailure, Failure } from '../failure.js'
import type { Job } from './job.js'
import type { JobLease, JobLock } from './lock/job-lock.js'
import type { Log } from './log.js'
import { dueAfter, type Schedule } from './schedule.js'

export interface JobLoop {
  clock: Clock
  /** From 0 up to but not including 1. */
  random: () => number
  lock: JobLock
  log: Log
  /** Does the job once; never rejects. True when it was done or failed, false when it was broken off and another may do it. */
  doOnce: (job: Job, due: number, leaseLost: AbortSignal) => Promise<boolean>
  /** No job begins any more; one that runs is not touched. */
  stopping: AbortSignal
}

/** A replica that was killed counts as such after this time. */
export const leaseMs = 30_000
const renewEveryMs = leaseMs / 3
const longestSleepMs = 60_000
const unreachablePauseMs = 5_000

/**
 * Does a job whenever it is due, until `stopping` fires; one moment is dealt with by one replica, and no run of a job begins
 * before its last one ended. Without the lock nothing is done. Resolves when the last run has ended.
 */
export async function keepDoing(job: Job, schedule: Schedule, loop: JobLoop): Promise<void> {
  const { clock, random, lock, log, stopping } = loop
  let done: number | undefined
  while (!stopping.aborted) {
    try {
      done = latest(done, await lock.lastDone(job.name))
      const due = dueAfter(schedule, { done, now: clock.now(), catchUp: job.catchUp })
      if (due === undefined) return log.info('the job is never due again', { job: job.name })
      await sleepUntil(due + random() * job.jitterMs, loop)
      if (await dealWith(job, due, loop)) done = latest(done, due)
    } catch (error) {
      if (stopping.aborted) return
      log.failure(asFailure(error), { job: job.name })
      await pause(unreachablePauseMs * (1 + random()), loop)
    }
  }
}

/** True when the moment is over for us: we or another replica did the job for it. */
async function dealWith(job: Job, due: number, loop: JobLoop): Promise<boolean> {
  const { lock, log, stopping } = loop
  while (!stopping.aborted) {
    const claim = await lock.claim(job.name, due, leaseMs)
    if (claim.kind === 'yours') return withLease(job, due, { ...loop, lease: claim.lease })
    if (claim.kind === 'done') {
      log.debug('another replica did the job', { job: job.name, due: new Date(due).toISOString() })
      return true
    }
    // Its holder may be dead: then the lease ends, and the job is ours.
    await pause(renewEveryMs, loop)
  }
  return false
}

async function withLease(job: Job, due: number, { lease, ...loop }: JobLoop & { lease: JobLease }): Promise<boolean> {
  const ended = new AbortController()
  const lost = new AbortController()
  const working = loop.doOnce(job, due, lost.signal)
  const renewing = keepRenewing(lease, { clock: loop.clock, ended: ended.signal, lost })
  try {
    const isOver = await working
    await (isOver ? lease.finish() : lease.release())
    return isOver
  } finally {
    ended.abort()
    await renewing
  }
}

async function keepRenewing(
  lease: JobLease,
  { clock, ended, lost }: { clock: Clock; ended: AbortSignal; lost: AbortController },
): Promise<void> {
  let until = clock.now() + leaseMs
  while (!ended.aborted) {
    await clock.wait(renewEveryMs, ended).catch(() => undefined)
    if (ended.aborted) return
    const asked = clock.now()
    const isRenewed = await lease.renew().catch(() => undefined)
    if (isRenewed === true) until = asked + leaseMs
    // Whoever cannot ask goes on as long as the lease is sure to last.
    else if (isRenewed === false || clock.now() + renewEveryMs > until) return lost.abort(leaseLost())
  }
}

function leaseLost(): Failure {
  return new Failure('conflict', {
    what: 'the job was broken off',
    why: 'its lease ended, and another replica may have begun it',
    next: 'look at the server of JOB_LOCK: it did not answer for half a minute',
  })
}

/** In short steps: a timer knows no more than 24 days, and nothing of a machine that slept. */
async function sleepUntil(moment: number, loop: JobLoop): Promise<void> {
  while (!loop.stopping.aborted && loop.clock.now() < moment) {
    await loop.clock.wait(Math.min(moment - loop.clock.now(), longestSleepMs), loop.stopping)
  }
  loop.stopping.throwIfAborted()
}

async function pause(ms: number, { clock, stopping }: JobLoop): Promise<void> {
  await clock.wait(ms, stopping).catch(() => undefined)
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one
}
