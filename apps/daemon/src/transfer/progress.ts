import type { Reporter } from '../reporter.js'

/** Tells on a terminal how far a transfer is. */
export interface TransferProgress {
  /** `count` to-dos are through; `share` of the whole, from 0 to 1, if that is known. */
  reached(count: number, share?: number): void
}

const betweenMs = 200

/** Writes at most five times a second: rate, and the remaining time where the share is known. */
export function transferProgress(
  verb: string,
  reporter: Pick<Reporter, 'status'>,
  now: () => number,
): TransferProgress {
  const start = now()
  let shown = start
  return {
    reached: (count, share) => {
      const time = now()
      if (time - shown < betweenMs) return
      shown = time
      reporter.status(progressLine(verb, count, { seconds: (time - start) / 1000, share }))
    },
  }
}

/** `imported 1200 to-dos, 300/s, 40 %, 0:06 left`. */
export function progressLine(
  verb: string,
  count: number,
  { seconds, share }: { seconds: number; share: number | undefined },
): string {
  const rate = `${verb} ${count} to-dos, ${Math.round(count / seconds)}/s`
  if (share === undefined || share <= 0) return rate
  return `${rate}, ${Math.floor(share * 100)} %, ${duration((seconds * (1 - share)) / share)} left`
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const minutes = Math.floor(whole / 60)
  const parts = [Math.floor(minutes / 60), minutes % 60, whole % 60]
  const [hours = 0, ...rest] = parts
  const shown = hours > 0 ? parts : rest
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
