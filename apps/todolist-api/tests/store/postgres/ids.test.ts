import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readGuid } from '../../../src/guid.js'
import { bucketOfId, bucketOfOwner, buckets, IdMaker } from '../../../src/store/postgres/ids.js'

const lastMoment = Date.UTC(2093, 11, 31)

test('an id is a safe integer, holds its bucket, and grows within it whatever clock and chance do', () => {
  const moment = fc.integer({ min: Date.UTC(2026, 0, 1), max: lastMoment })
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const step = fc.record({ at: moment, chance, bucket: fc.integer({ min: 0, max: buckets - 1 }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 50 }), (steps) => {
      let current = steps[0]
      const maker = new IdMaker(
        () => new Date(current?.at ?? 0),
        () => current?.chance ?? 0,
      )
      const last = new Map<number, number>()
      for (const one of steps) {
        current = one
        const id = maker.next(one.bucket)
        assert(Number.isSafeInteger(id) && id > 0)
        assert.equal(bucketOfId(id), one.bucket)
        assert(id > (last.get(one.bucket) ?? 0))
        last.set(one.bucket, id)
      }
    }),
    { numRuns: 300 },
  )
})

test('a later eighth of a second gives a greater id in another process too', () => {
  const earlier = new IdMaker(
    () => new Date('2026-11-23T12:00:00.000Z'),
    () => 0.999,
  )
  const later = new IdMaker(
    () => new Date('2026-11-23T12:00:00.125Z'),
    () => 0,
  )
  assert(later.next(7) > earlier.next(7))
})

test('owners spread evenly over the buckets', () => {
  const counts = new Uint32Array(buckets)
  for (let number = 0; number < 100_000; number += 1) {
    const owner = readGuid(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`)
    assert(owner)
    const bucket = bucketOfOwner(owner)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  // 98 are expected in each; five standard deviations are 49.
  assert(Math.min(...counts) > 48 && Math.max(...counts) < 148)
})

test('after its last year it refuses to make ids instead of making wrong ones', () => {
  const maker = new IdMaker(
    () => new Date(Date.UTC(2095, 0, 1)),
    () => 0,
  )
  assert.throws(() => maker.next(0), /the clock is past the year 2094/)
})
