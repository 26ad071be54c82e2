import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createClient } from 'redis'
import { createClock } from '../../src/clock.js'
import { recordOf } from '../../src/token/token-record.js'
import { createTokenSource } from '../../src/token/token-source.js'
import { createRedisCache } from '../../src/token-cache/redis-cache.js'
import { noRedis, startRedis } from '../stand-in/redis.js'

const key = randomBytes(32)

function open(t: TestContext, url: string, with_ = key) {
  const warnings: string[] = []
  const cache = createRedisCache({ url, key: with_, now: Date.now, warn: (text) => warnings.push(text) })
  t.after(() => cache.close())
  return { cache, warnings }
}

function record(token: string) {
  return recordOf(token, { expiresIn: 3600, refreshIn: undefined }, Date.now(), Math.random)
}

test('a token is shared, encrypted, until it ends', { skip: noRedis }, async (t) => {
  const { url } = await startRedis(t)
  const [one, two] = [open(t, url), open(t, url)]
  const shared = record('eyJ.made.up')
  await one.cache.write('contoso', shared)
  assert.deepEqual(await two.cache.read('contoso'), shared)
  assert.equal(await two.cache.read('fabrikam'), undefined)
  assert.equal(await open(t, url, randomBytes(32)).cache.read('contoso'), undefined)
  const spy = createClient({ url }).on('error', () => undefined)
  await spy.connect()
  t.after(() => spy.destroy())
  const [place = ''] = await spy.keys('*')
  assert.match(place, /^tenantry:token:[0-9a-f]{64}$/)
  assert.ok(!(await spy.get(place))?.includes('eyJ'))
  const life = await spy.pTTL(place)
  assert.ok(life > 3_590_000 && life <= 3_600_000)
  await spy.set(place, 'damaged')
  assert.equal(await two.cache.read('contoso'), undefined)
})

test('one holds the lease at a time, and only its holder gives it back', { skip: noRedis }, async (t) => {
  const { url } = await startRedis(t)
  const [one, two] = [open(t, url), open(t, url)]
  const lease = await one.cache.lease('contoso', 10_000)
  assert.ok(lease)
  assert.equal(await two.cache.lease('contoso', 10_000), undefined)
  await lease.release()
  const next = await two.cache.lease('contoso', 10_000)
  assert.ok(next)
  await lease.release()
  assert.equal(await one.cache.lease('contoso', 10_000), undefined, 'a late release frees nothing')
})

test('ten members of a fleet ask the tenant once', { skip: noRedis }, async (t) => {
  const { url } = await startRedis(t)
  let asked = 0
  const members = Array.from({ length: 10 }, () =>
    createTokenSource({
      key: 'contoso',
      askTenant: () => Promise.resolve(record(`token-${++asked}`)),
      cache: open(t, url).cache,
      clock: createClock(Date.now),
      random: Math.random,
      generation: () => 0,
      renewAhead: true,
      signal: new AbortController().signal,
    }),
  )
  const tokens = await Promise.all(members.map((member) => member.accessToken()))
  assert.deepEqual([...new Set(tokens)], ['token-1'])
  assert.equal(asked, 1)
})

test('without Redis each goes on alone, is told once, and comes back with it', {
  skip: noRedis,
  timeout: 30_000,
}, async (t) => {
  const redis = await startRedis(t)
  const { cache, warnings } = open(t, redis.url)
  await cache.write('contoso', record('one'))
  await redis.stop()
  assert.equal(await cache.read('contoso'), undefined)
  await cache.write('contoso', record('two'))
  assert.ok(await cache.lease('contoso', 1000), 'nobody waits for a lock that cannot be had')
  assert.deepEqual(warnings, ['the token cache in Redis cannot be reached; each process asks for tokens of its own'])
  await redis.start()
  const back = record('three')
  while ((await cache.read('contoso'))?.token !== 'three') {
    await cache.write('contoso', back)
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
  }
  assert.deepEqual(await cache.read('contoso'), back)
})

test('a Redis that never was there costs a warning', async (t) => {
  const { cache, warnings } = open(t, 'redis://127.0.0.1:9')
  assert.equal(await cache.read('contoso'), undefined)
  await cache.write('contoso', record('one'))
  assert.equal(warnings.length, 1)
})

test('a removed token is gone for the fleet; without Redis nobody claims that it is', { skip: noRedis }, async (t) => {
  const { url } = await startRedis(t)
  const [one, two] = [open(t, url), open(t, url)]
  await one.cache.write('contoso', record('eyJ.made.up'))
  await two.cache.remove('contoso')
  assert.equal(await one.cache.read('contoso'), undefined)
  const nowhere = open(t, 'redis://127.0.0.1:1')
  await assert.rejects(nowhere.cache.remove('contoso'), { exit: 'network' })
})
