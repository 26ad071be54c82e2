/** Parts of a span of time; they are added up and may be negative. */
export interface Duration {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

/**
 * The time of one tenant: its tokens, the ends of its credentials, its Graph and the timestamps of its errors. TLS, timeouts
 * and the machine's other tenants keep the machine's time. Not kept: a tenant starts with the machine's time.
 */
export interface Clock {
  now(): Date
  /** Goes to a time and runs on from there, or stands there when it is frozen. Throws RangeError beyond the years 1970 to 9999. */
  set(time: Date): void
  /** Goes forward by milliseconds or a duration, backward by a negative one. Throws as set. */
  advance(by: number | Duration): void
  /** Stands still until release(). */
  freeze(): void
  /** Back to the machine's time: undoes set, advance and freeze. */
  release(): void
}

const end = Date.UTC(10_000, 0)
const milliseconds = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000, milliseconds: 1 }

/** A clock that runs with `machine` until it is told otherwise. */
export function createClock(machine: () => Date): Clock {
  let offset = 0
  let frozen: number | undefined
  const now = (): Date => {
    if (frozen !== undefined) return new Date(frozen)
    const time = machine()
    return offset === 0 ? time : new Date(time.getTime() + offset)
  }
  function goTo(time: number): void {
    if (!(time >= 0 && time < end)) throw new RangeError('A clock can show the years 1970 to 9999.')
    if (frozen === undefined) offset = time - machine().getTime()
    else frozen = time
  }
  return {
    now,
    set: (time) => goTo(time.getTime()),
    advance: (by) => goTo(now().getTime() + spanOf(by)),
    freeze() {
      frozen ??= now().getTime()
    },
    release() {
      frozen = undefined
      offset = 0
    },
  }
}

function spanOf(by: number | Duration): number {
  if (typeof by === 'number') return by
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds: rest = 0 } = by
  return (
    days * milliseconds.days +
    hours * milliseconds.hours +
    minutes * milliseconds.minutes +
    seconds * milliseconds.seconds +
    rest
  )
}
