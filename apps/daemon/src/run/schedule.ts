import { Cron } from 'croner'
import type { Job, Timing } from './job.js'

/** The moments at which a job is due, in milliseconds since 1970. */
export interface Schedule {
  /** The first one later than `after`; undefined when there is none any more. */
  next(after: number): number | undefined
  /** The last one at or before `now`. */
  latest(now: number): number | undefined
  /** Where a job begins of which nobody knows that it ever ran. */
  first(now: number): number | undefined
}

/** Throws what croner throws for a pattern or time zone that is none. */
export function scheduleOf(timing: Timing): Schedule {
  return timing.kind === 'every' ? interval(timing.ms) : cron(timing)
}

/**
 * The moment to do next what was done last for `done`, possibly a past one. What was missed in between is done once, or
 * never. Undefined when nothing will ever be due.
 */
export function dueAfter(
  schedule: Schedule,
  { done, now, catchUp }: { done: number | undefined; now: number; catchUp: Job['catchUp'] },
): number | undefined {
  if (done === undefined) return schedule.first(now)
  const next = schedule.next(done)
  if (next === undefined || next > now) return next
  return catchUp === 'once' ? schedule.latest(now) : schedule.next(now)
}

function interval(ms: number): Schedule {
  const latest = (now: number): number => Math.floor(now / ms) * ms
  // An interval begins at once; the pause before it is nobody's wish.
  return { latest, next: (after) => latest(after) + ms, first: latest }
}

function cron({ pattern, timeZone }: { pattern: string; timeZone: string }): Schedule {
  const job = new Cron(pattern, { timezone: timeZone })
  const next = (after: number): number | undefined => job.nextRun(new Date(after))?.getTime()
  return {
    next,
    // The reference itself is left out, and moments are whole seconds.
    latest: (now) => job.previousRuns(1, new Date(Math.floor(now / 1000) * 1000 + 1000))[0]?.getTime(),
    first: next,
  }
}
