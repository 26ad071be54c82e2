import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../fixtures/assert-problem.js'
import { alice, bob } from '../fixtures/issuer.js'
import { startApi } from '../fixtures/running-api.js'

test('a caller has so many requests at once and gets them back one by one; every answer tells what is left', async () => {
  const clock = { now: 0 }
  const running = await startApi({ rateLimits: { perAddress: null, perCaller: 3 }, elapsed: () => clock.now })
  const token = running.issuer.user(alice, 'ToDoList.Read')
  const get = (authorization = `Bearer ${token}`) =>
    running.api.inject({ url: '/api/todolist', headers: { authorization } })
  for (const remaining of [2, 1, 0]) {
    const answer = await get()
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['ratelimit-policy'], '"caller";q=3;w=60')
    assert.equal(answer.headers['ratelimit'], `"caller";r=${remaining};t=${(3 - remaining) * 20}`)
  }
  const refused = await get()
  const detail = 'More than 3 requests in a minute from one caller: wait as long as Retry-After says.'
  assertProblem(refused, 429, 'too_many_requests', detail)
  assert.equal(refused.headers['retry-after'], '20')
  assert.equal(refused.headers['ratelimit'], '"caller";r=0;t=60')

  clock.now += 19_999
  assert.equal((await get()).headers['retry-after'], '1')
  clock.now += 1
  assert.equal((await get()).statusCode, 200)
  assert.equal((await get()).statusCode, 429)

  const others = [
    running.issuer.user(bob, 'ToDoList.Read'),
    running.issuer.token({ oid: alice, azp: bob, scp: 'ToDoList.Read' }),
  ]
  for (const other of others) assert.equal((await get(`Bearer ${other}`)).statusCode, 200)
  await running.close()
})

test('an address is counted before its token is looked at; its neighbours and probes of health are not', async () => {
  const running = await startApi({ rateLimits: { perAddress: 2, perCaller: null }, behindProxy: true })
  const get = (ip: string, url = '/api/todolist') =>
    running.api.inject({ url, headers: { 'x-forwarded-for': ip, authorization: 'Bearer nonsense' } })
  for (const _ of [1, 2]) assertProblem(await get('203.0.113.7'), 401, 'malformed')
  const refused = await get('203.0.113.7')
  const detail = 'More than 2 requests in a minute from one address: wait as long as Retry-After says.'
  assertProblem(refused, 429, 'too_many_requests', detail)
  assert.equal(refused.headers['retry-after'], '30')
  assert.equal(refused.headers['www-authenticate'], undefined)
  assertProblem(await get('203.0.113.7', '/nothing'), 429, 'too_many_requests')
  assertProblem(await get('203.0.113.8'), 401, 'malformed')
  assert.equal((await get('203.0.113.7', '/health/live')).statusCode, 200)
  await running.close()
})

test('all addresses of one IPv6 network of 64 bits are one', async () => {
  const running = await startApi({ rateLimits: { perAddress: 1, perCaller: null }, behindProxy: true })
  const get = (ip: string) => running.api.inject({ url: '/api/todolist', headers: { 'x-forwarded-for': ip } })
  assert.equal((await get('2001:db8:1:2::1')).statusCode, 401)
  for (const ip of ['2001:db8:1:2::2', '2001:db8:1:2:ffff:ffff:ffff:ffff'])
    assert.equal((await get(ip)).statusCode, 429)
  for (const ip of ['2001:db8:1:3::1', '2001:db8::2', '::ffff:192.0.2.1', '::ffff:192.0.2.2']) {
    assert.equal((await get(ip)).statusCode, 401, ip)
  }
  await running.close()
})
