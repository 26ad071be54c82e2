import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeysUnavailable, TokenRejected } from '../../src/errors.js'
import { type KeySet, readKeySet } from '../../src/keys/key-set.js'
import { KeySource } from '../../src/keys/key-source.js'
import { keyDocument, keyPair, keySource, publishedKey } from '../test-tenant.js'

const second = 1000
const hour = 3600 * second

test('a hundred first requests load the keys once', async () => {
  const world = newWorld()
  await Promise.all(Array.from({ length: 100 }, () => world.source.find('a')))
  assert.equal(world.loads(), 1)
  assert.ok(world.source.known('a'))
})

test('nothing is loaded before somebody asks', () => {
  assert.equal(newWorld().loads(), 0)
})

test('a hundred different unknown keys cause one load, and none until the window has passed', async () => {
  const world = newWorld()
  await world.source.ready()
  const kids = Array.from({ length: 100 }, (_, n) => `unknown-${n}`)
  for (const outcome of await Promise.allSettled(kids.map((kid) => world.source.find(kid)))) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TokenRejected)
    assert.equal(outcome.reason.code, 'unknown_key')
    assert.match(outcome.reason.hint ?? '', /not among the keys of the configured authority/)
  }
  assert.equal(world.loads(), 2)
  world.pass(29 * second)
  await rejection(world.source.find('unknown'), TokenRejected)
  assert.equal(world.loads(), 2)
  world.pass(2 * second)
  await rejection(world.source.find('unknown'), TokenRejected)
  assert.equal(world.loads(), 3)
})

test('a new key is found at once by the first token that names it', async () => {
  const world = newWorld()
  await world.source.ready()
  world.publish('a', 'b')
  assert.ok(await world.source.find('b'))
  assert.equal(world.loads(), 2)
})

test('a key that is no longer published is gone after the next load', async () => {
  const world = newWorld()
  await world.source.ready()
  world.publish('b')
  await world.source.find('b')
  assert.equal(world.source.known('a'), undefined)
})

test('keys roll from A over A and B to B without a failed request', async () => {
  const world = newWorld()
  await world.source.find('a')
  world.publish('a', 'b')
  await world.timer()
  assert.ok(world.source.known('a') && world.source.known('b'))
  world.publish('b')
  await world.timer()
  assert.ok(await world.source.find('b'))
  assert.equal(world.loads(), 3)
})

test('an unknown key during a load that began earlier is looked up again', async () => {
  const world = newWorld()
  await world.source.ready()
  const finish = world.hold()
  world.fire()
  const found = world.source.find('b')
  finish()
  world.publish('a', 'b')
  assert.ok(await found)
  assert.equal(world.loads(), 3)
})

test('keys are refreshed in the background every hour, or up to a tenth later', async () => {
  const world = newWorld({ random: 0.5 })
  await world.source.ready()
  assert.deepEqual(world.timers, [1.05 * hour])
  await world.timer()
  assert.equal(world.loads(), 2)
  assert.deepEqual(world.source.health(), {
    state: 'fresh',
    keyCount: 1,
    generation: 1,
    loadedAt: new Date(world.now()),
    lastFailure: null,
  })
})

test('an overdue refresh is noticed by a request as well, which does not wait for it', async () => {
  const world = newWorld()
  await world.source.ready()
  world.pass(10 * hour)
  assert.ok(world.source.known('a'))
  assert.equal(world.loads(), 2)
})

for (const hours of [1, 23]) {
  test(`while the provider is down for ${hours} h, known keys go on verifying`, async () => {
    const world = newWorld()
    await world.source.ready()
    world.goDown()
    world.pass(hours * hour)
    await world.timer()
    assert.ok(world.source.known('a'))
    const { state, lastFailure } = world.source.health()
    assert.equal(state, 'stale')
    assert.equal(lastFailure?.reason, 'provider down')
  })
}

test('keys that could not be refreshed for 25 h are no longer used, and come back by themselves', async () => {
  const world = newWorld()
  await world.source.ready()
  world.goDown()
  world.pass(25 * hour)
  await rejection(world.source.find('a'), KeysUnavailable)
  assert.equal(world.source.known('a'), undefined)
  assert.equal(world.source.health().state, 'unusable')
  world.publish('a')
  await world.timer()
  assert.ok(world.source.known('a'))
})

test('after a night of sleep the first request loads the keys and waits for them', async () => {
  const world = newWorld()
  await world.source.ready()
  world.pass(30 * hour)
  assert.ok(await world.source.find('a'))
})

test('an empty or broken key document keeps the last good keys', async () => {
  const world = newWorld()
  await world.source.ready()
  for (const text of ['{"keys":[]}', '{"keys":[', '<html>']) {
    world.answer(async () => readKeySet(Buffer.from(text), keySource))
    await world.timer()
    assert.ok(world.source.known('a'))
    assert.equal(world.source.health().state, 'stale')
  }
})

test('an unknown key while the last refresh failed is a 503: nobody can know that key now', async () => {
  const world = newWorld()
  await world.source.ready()
  world.goDown()
  const error = await rejection(world.source.find('unknown'), KeysUnavailable)
  assert.equal(error.status, 503)
  assert.equal(error.hint, 'provider down')
  assert.ok(world.source.known('a'))
})

test('fifty requests at a cold start while the provider is down cause one load and fifty 503s', async () => {
  const world = newWorld()
  world.goDown()
  for (let request = 0; request < 50; request++) {
    const error = await rejection(world.source.find('a'), KeysUnavailable)
    assert.deepEqual(error.headers, { 'Retry-After': '1' })
  }
  assert.equal(world.loads(), 1)
})

test('the pauses between attempts double up to a minute, and end with the first success', async () => {
  const world = newWorld({ random: 0.5 })
  world.goDown()
  await rejection(world.source.ready(), KeysUnavailable)
  for (let attempt = 0; attempt < 7; attempt++) await world.timer()
  assert.deepEqual(
    world.timers.map((pause) => Math.round(pause / second)),
    [1, 2, 4, 8, 16, 32, 60, 60],
  )
  const error = await rejection(world.source.ready(), KeysUnavailable)
  assert.equal(error.retryAfterSeconds, 60)
  world.publish('a')
  await world.timer()
  await world.source.ready()
  assert.equal(world.source.health().state, 'fresh')
  world.goDown()
  await world.timer()
  assert.equal(world.timers.at(-1), second)
})

test('a process that starts during an outage recovers without anybody asking', async () => {
  const world = newWorld()
  world.goDown()
  await rejection(world.source.ready(), KeysUnavailable)
  world.publish('a')
  await world.timer()
  assert.equal(world.source.health().state, 'fresh')
})

test('a clock set back by a year neither blocks new keys nor sends callers away for long', async () => {
  const world = newWorld()
  await world.source.ready()
  await rejection(world.source.find('unknown'), TokenRejected)
  world.pass(-365 * 24 * hour)
  world.publish('a', 'b')
  assert.ok(await world.source.find('b'))
  world.goDown()
  world.pass(365 * 24 * hour + 60 * second)
  const error = await rejection(world.source.find('unknown'), KeysUnavailable)
  assert.ok(error.retryAfterSeconds <= 60)
})

test('once closed it starts no load and no timer', async () => {
  const world = newWorld()
  await world.source.ready()
  world.source.close()
  assert.equal(world.isWaiting(), false)
  assert.ok(world.source.known('a'))
  await rejection(world.source.find('unknown'), TokenRejected)
  assert.equal(world.loads(), 1)
  const closed = newWorld()
  closed.source.close()
  const error = await rejection(closed.source.ready(), KeysUnavailable)
  assert.equal(error.hint, 'The key source is closed.')
})

function keySet(...kids: string[]): KeySet {
  return readKeySet(keyDocument(...kids.map((kid) => publishedKey(kid, keyPair.publicKey))), keySource)
}

/** A provider, a clock and a timer in the test's hands. */
function newWorld({ random = 0 } = {}) {
  let load: () => Promise<KeySet> = async () => keySet('a')
  let due: (() => void) | null = null
  let gate = Promise.resolve()
  let now = Date.UTC(2026, 10, 23)
  let loads = 0
  const timers: number[] = []
  const source = new KeySource({
    load: async () => {
      loads++
      const answer = load
      await gate
      return answer()
    },
    now: () => now,
    random: () => random,
    after: (milliseconds, run) => {
      timers.push(milliseconds)
      due = run
      return () => {
        due = null
      }
    },
  })
  const answer = (next: () => Promise<KeySet>) => {
    load = next
  }
  const fire = () => {
    now += timers.at(-1) ?? 0
    due?.()
  }
  return {
    source,
    timers,
    answer,
    fire,
    now: () => now,
    loads: () => loads,
    isWaiting: () => due !== null,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    publish: (...kids: string[]) => answer(async () => keySet(...kids)),
    goDown: () => answer(() => Promise.reject(new Error('provider down'))),
    /** Keeps loads from ending until the returned function is called. */
    hold: () => {
      const { promise, resolve } = withResolver()
      gate = promise
      return resolve
    },
    /** Lets the pending timer run out, and everything it causes come to an end. */
    timer: async () => {
      fire()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

async function rejection<Refusal extends Error>(
  attempt: Promise<unknown>,
  type: abstract new (...parts: never[]) => Refusal,
): Promise<Refusal> {
  const error: unknown = await attempt.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof type, String(error))
  return error
}
