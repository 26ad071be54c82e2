import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Allowance } from '../../src/rate-limit/allowance.js'

test('whoever never asks faster than allowed is never refused, and nobody gets more than twice the rate in a minute', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 0, max: 2_000 })), (rate, gaps) => {
      let now = 0
      const allowance = new Allowance(rate, () => now)
      const admitted: number[] = []
      for (const gap of gaps) {
        now += gap
        if (allowance.count('greedy').admitted) admitted.push(now)
      }
      for (const start of admitted) {
        assert(admitted.filter((at) => at >= start && at < start + 60_000).length <= 2 * rate)
      }
      for (let turn = 0; turn < 2 * rate; turn += 1) {
        now += 60_000 / rate
        assert(allowance.count('steady').admitted)
      }
    }),
    { numRuns: 100 },
  )
})

test('it remembers fifty thousand callers and forgets the one it saw first', () => {
  const allowance = new Allowance(1, () => 0)
  allowance.count('first')
  for (let number = 1; number < 50_000; number += 1) allowance.count(`${number}`)
  assert.equal(allowance.count('first').admitted, false)
  allowance.count('one more')
  assert.equal(allowance.count('one more').admitted, false)
  assert.equal(allowance.count('first').admitted, true)
})
