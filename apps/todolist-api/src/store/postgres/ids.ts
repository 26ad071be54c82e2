import { createHash } from 'node:crypto'
import type { Guid } from '../../guid.js'

/**
 * Ids for databases of many machines. No sequence: every process makes them by itself, and they say where a to-do lives.
 *
 *     bucket 10 bits | eighths of a second since 2026 34 bits (until 2094) | tail 9 bits
 *
 * 53 bits, because JSON numbers are doubles. The bucket comes from the owner, so that all to-dos of an owner share one and
 * every query by id or by owner knows the shard; being the highest bits, it spreads the newest rows over the whole key
 * space. Two processes that hit the same tail in the same bucket and the same eighth of a second collide: the primary
 * key refuses the second, which takes the next id.
 */
export const buckets = 1024

const ticksPerSecond = 8
const tails = 512
const idsPerBucket = 2 ** 43
const epoch = Date.UTC(2026, 0, 1)

export function bucketOfOwner(owner: Guid): number {
  // A GUID may be made up by hand or in order; its hash spreads in any case.
  return createHash('sha256').update(owner).digest().readUInt16BE(0) % buckets
}

export function bucketOfId(id: number): number {
  return Math.floor(id / idsPerBucket)
}

/** Ids of one process: within a bucket each is greater than the one before, also when the clock is set back. */
export class IdMaker {
  readonly #now: () => Date
  readonly #random: () => number
  readonly #last = new Float64Array(buckets)

  /** `random` gives numbers from 0 up to, but not including, 1. */
  constructor(now: () => Date, random: () => number) {
    this.#now = now
    this.#random = random
  }

  next(bucket: number): number {
    const ticks = Math.floor(((this.#now().getTime() - epoch) * ticksPerSecond) / 1000)
    const fresh = ticks * tails + Math.floor(this.#random() * tails)
    const inBucket = Math.max(fresh, (this.#last[bucket] ?? 0) + 1)
    if (inBucket >= idsPerBucket) throw new Error('the clock is past the year 2094: ids have run out')
    this.#last[bucket] = inBucket
    return bucket * idsPerBucket + inBucket
  }
}
