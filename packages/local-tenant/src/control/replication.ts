import { ControlRefusal } from './refusal.js'

/** How long after its creation Graph does not find an object, by the tenant's clock: 404, and in no list. */
export interface Replication {
  /** 0: found at once. Throws ControlRefusal for what is no number of milliseconds up to ten minutes. */
  delayMs: number
}

const maxDelay = 600_000

/** Throws RangeError for a first delay that makes no sense. */
export function createReplication(firstDelayMs: number): Replication {
  if (!makesSense(firstDelayMs)) throw new RangeError(`A replication delay of ${firstDelayMs} ms makes no sense.`)
  let delay = firstDelayMs
  return {
    get delayMs() {
      return delay
    },
    set delayMs(value) {
      if (!makesSense(value)) {
        throw new ControlRefusal('invalid_replication', `'delayMs' must be 0 to ${maxDelay} milliseconds.`)
      }
      delay = value
    },
  }
}

const makesSense = (delayMs: number) => Number.isSafeInteger(delayMs) && delayMs >= 0 && delayMs <= maxDelay
