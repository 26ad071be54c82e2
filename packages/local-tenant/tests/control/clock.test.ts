import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClock } from '../../src/control/clock.js'
import { administer } from '../graph-client.js'
import { claimsOf } from '../token-client.js'
import { codeOf, given, nextMidnight } from './asking.js'

const noon = Date.parse('2027-01-01T12:00:00Z')

function machine() {
  let time = noon
  const pass = (ms: number) => {
    time += ms
  }
  return { now: () => new Date(time), pass }
}

test('a clock runs with the machine until it is told otherwise', () => {
  const { now, pass } = machine()
  const clock = createClock(now)
  assert.equal(clock.now().getTime(), noon)
  pass(5)
  assert.equal(clock.now().getTime(), noon + 5)
})

test('set and advance move the clock, and it runs on from there', () => {
  const { now, pass } = machine()
  const clock = createClock(now)
  clock.set(new Date('2030-01-01T00:00:00Z'))
  pass(1_000)
  assert.equal(clock.now().toISOString(), '2030-01-01T00:00:01.000Z')
  clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 })
  assert.equal(clock.now().toISOString(), '2030-01-02T02:03:05.005Z')
  clock.advance(-5)
  assert.equal(clock.now().toISOString(), '2030-01-02T02:03:05.000Z')
})

test('a frozen clock stands, can be moved, and is released to the time of the machine', () => {
  const { now, pass } = machine()
  const clock = createClock(now)
  clock.freeze()
  pass(1_000)
  clock.freeze()
  assert.equal(clock.now().getTime(), noon)
  clock.advance({ minutes: 1 })
  assert.equal(clock.now().getTime(), noon + 60_000)
  clock.set(new Date(0))
  assert.equal(clock.now().getTime(), 0)
  clock.release()
  assert.equal(clock.now().getTime(), noon + 1_000)
})

test('a time that no clock shows is refused, and the clock stays as it is', () => {
  const clock = createClock(machine().now)
  for (const move of [
    () => clock.set(new Date(Number.NaN)),
    () => clock.set(new Date(-1)),
    () => clock.set(new Date(Date.UTC(10_000, 0))),
    () => clock.advance(Number.POSITIVE_INFINITY),
    () => clock.advance({ days: -100_000 }),
  ]) {
    assert.throws(move, { name: 'RangeError', message: 'A clock can show the years 1970 to 9999.' })
  }
  assert.equal(clock.now().getTime(), noon)
})

test("tokens, ends of secrets, Graph and timestamps go by the tenant's clock, and by that of no other", async () => {
  await using here = await given()
  await using there = await given()
  const { tenant, client, ask } = here
  const graph = await administer(client, tenant)
  const midnight = nextMidnight().getTime()
  tenant.clock.set(new Date(midnight))
  tenant.clock.freeze()
  assert.equal(claimsOf(await ask())['nbf'], midnight / 1_000 - 300)
  tenant.clock.advance({ days: 800 })
  const refused = await ask()
  assert.equal(codeOf(refused), 7000222)
  const day = new Date(midnight + 800 * 86_400_000).toISOString().slice(0, 10)
  assert.equal(refused.body['timestamp'], `${day} 00:00:00Z`)
  const late = await graph.send('GET', 'organization')
  assert.equal(late.status, 401)
  assert.match(late.text, new RegExp(`token is expired.*"date":"${day}T00:00:00"`))
  assert.equal((await there.ask()).status, 200)
  tenant.clock.release()
  assert.equal((await ask()).status, 200)
})
