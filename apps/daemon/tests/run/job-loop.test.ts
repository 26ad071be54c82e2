import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../src/failure.js'
import type { Job } from '../../src/run/job.js'
import { type JobLoop, keepDoing, leaseMs } from '../../src/run/job-loop.js'
import { createMemoryLock, type JobLock } from '../../src/run/lock/job-lock.js'
import { scheduleOf } from '../../src/run/schedule.js'
import { createTestClock } from '../stand-in/clock.js'
import { createTestLog } from '../stand-in/log.js'

const minute = 60_000
const job: Job = {
  name: 'backup',
  timing: { kind: 'every', ms: 5 * minute },
  jitterMs: 0,
  catchUp: 'once',
  timeoutMs: 60 * minute,
  action: { kind: 'cleanup', contains: 'x', age: undefined, owner: undefined, dryRun: false },
}

/** A loop in a time that passes as fast as it is waited for, until `doOnce` has been called often enough. */
function loopOf(times: number, change: Partial<JobLoop> = {}, during: (run: number) => unknown = () => undefined) {
  const clock = createTestClock({ impatient: true })
  const log = createTestLog()
  const stop = new AbortController()
  const runs: { due: string; at: string }[] = []
  const show = (moment: number) => new Date(moment).toISOString().slice(11, 19)
  const loop: JobLoop = {
    clock,
    random: () => 0.5,
    lock: createMemoryLock(),
    log,
    stopping: stop.signal,
    doOnce: async (_job, due) => {
      runs.push({ due: show(due), at: show(clock.now()) })
      await during(runs.length)
      if (runs.length === times) stop.abort(new Error('enough'))
      return true
    },
    ...change,
  }
  return { clock, log, stop, runs, loop }
}

test('a job is done at each moment it is due, late by its share of the jitter', async () => {
  const { loop, runs } = loopOf(3)
  await keepDoing({ ...job, jitterMs: 20_000 }, scheduleOf(job.timing), loop)
  assert.deepEqual(runs, [
    { due: '10:00:00', at: '10:00:10' },
    { due: '10:05:00', at: '10:05:10' },
    { due: '10:10:00', at: '10:10:10' },
  ])
})

test('a run that takes too long is not overlapped; what it missed is done once or never', async () => {
  for (const [catchUp, due] of [
    ['once', '10:15:00'],
    ['never', '10:20:00'],
  ] as const) {
    const { loop, runs, clock } = loopOf(2, {}, (run) => run === 1 && clock.advance(17 * minute))
    await keepDoing({ ...job, catchUp }, scheduleOf(job.timing), loop)
    assert.equal(runs[1]?.due, due)
  }
})

test('what another replica did is not done here', async () => {
  const lock = createMemoryLock()
  const { loop, runs, clock } = loopOf(1, { lock })
  const other = await lock.claim('backup', clock.now(), leaseMs)
  assert.ok(other.kind === 'yours')
  await other.lease.finish()
  await keepDoing(job, scheduleOf(job.timing), loop)
  assert.deepEqual(
    runs.map(({ due }) => due),
    ['10:05:00'],
  )
})

test('while another replica is at work it is waited for, and its end is believed', async () => {
  let asked = 0
  const memory = createMemoryLock()
  const lock: JobLock = {
    ...memory,
    claim: async (name, due, ms) => {
      asked++
      if (asked <= 2) return { kind: 'held by another' }
      return asked === 3 ? { kind: 'done' } : memory.claim(name, due, ms)
    },
  }
  const { loop, runs } = loopOf(1, { lock })
  await keepDoing(job, scheduleOf(job.timing), loop)
  assert.deepEqual([asked, runs.map(({ due }) => due)], [4, ['10:05:00']])
})

test('without the lock nothing is done, and the failure is told until it is over', async () => {
  const memory = createMemoryLock()
  let outages = 3
  const lock: JobLock = {
    ...memory,
    claim: (name, due, ms) =>
      outages-- > 0
        ? Promise.reject(new Failure('network', { what: 'no lock', why: 'down', next: 'wait' }))
        : memory.claim(name, due, ms),
  }
  const { loop, runs, log } = loopOf(1, { lock })
  await keepDoing(job, scheduleOf(job.timing), loop)
  assert.deepEqual(
    log.entries.map(({ level, message, fields }) => [level, message, fields]),
    Array.from({ length: 3 }, () => ['error', 'no lock: down', { job: 'backup' }]),
  )
  assert.equal(runs.length, 1)
})

for (const [title, renew] of [
  ['that ends', () => Promise.resolve(false)],
  ['that cannot be renewed', () => Promise.reject(new Error('down'))],
] as const) {
  test(`a lease ${title} breaks the job off, and another replica may do it`, async () => {
    const told: string[] = []
    const lock: JobLock = {
      ...createMemoryLock(),
      claim: () =>
        Promise.resolve({
          kind: 'yours',
          lease: {
            renew,
            finish: () => Promise.resolve(void told.push('finished')),
            release: () => Promise.resolve(void told.push('released')),
          },
        }),
    }
    const stop = new AbortController()
    const { loop, clock } = loopOf(1, {
      lock,
      stopping: stop.signal,
      doOnce: (_job, _due, lost) =>
        new Promise((resolve) => {
          lost.addEventListener('abort', () => {
            told.push(lost.reason instanceof Failure ? lost.reason.exit : 'no reason')
            stop.abort(new Error('enough'))
            resolve(false)
          })
        }),
    })
    const begin = clock.now()
    await keepDoing(job, scheduleOf(job.timing), loop)
    assert.deepEqual(told, ['conflict', 'released'])
    assert.ok(clock.now() - begin <= leaseMs, 'not later than the lease itself')
  })
}

test('a job that is broken off is not done for that moment', async () => {
  let runs = 0
  const stop = new AbortController()
  const lock = createMemoryLock()
  const { loop } = loopOf(9, {
    lock,
    stopping: stop.signal,
    doOnce: () => {
      if (++runs === 2) stop.abort(new Error('enough'))
      return Promise.resolve(false)
    },
  })
  await keepDoing(job, scheduleOf(job.timing), loop)
  assert.equal(await lock.lastDone('backup'), undefined)
})
