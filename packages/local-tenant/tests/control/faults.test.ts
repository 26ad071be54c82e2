import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFaults, type FaultDefinition } from '../../src/control/faults.js'
import { administer } from '../graph-client.js'
import { object } from '../https-client.js'
import { codeOf, given } from './asking.js'

function faults(random = () => 0) {
  let last = 0
  return createFaults(random, () => String(++last))
}

test('a fault counts its times and is gone', () => {
  const source = faults()
  source.add({ where: 'token', status: 500, times: 2 })
  assert.equal(source.next('keys'), undefined)
  assert.equal(source.next('token')?.status, 500)
  assert.deepEqual(
    source.list().map(({ times }) => times),
    [1],
  )
  assert.equal(source.next('token')?.status, 500)
  assert.equal(source.next('token'), undefined)
  assert.deepEqual(source.list(), [])
})

test('a fault with a probability happens as often as chance will have it', () => {
  const draws = [0.29, 0.3, 0.9, 0]
  const source = faults(() => draws.shift() ?? 1)
  source.add({ where: 'graph', action: 'reset', probability: 0.3 })
  assert.deepEqual(
    [1, 2, 3, 4].map(() => source.next('graph')?.action),
    ['reset', undefined, undefined, 'reset'],
  )
})

test('the first fault that fits comes first; each is removed by its handle, and all of them at once', () => {
  const source = faults()
  const first = source.add({ where: 'token', status: 500 })
  source.add({ where: 'token', status: 503 })
  assert.equal(source.next('token')?.status, 500)
  first.remove()
  first.remove()
  assert.equal(source.next('token')?.status, 503)
  source.clear()
  assert.equal(source.next('token'), undefined)
})

test('a definition that makes no sense is refused with the reason', () => {
  const wrong: [FaultDefinition, RegExp][] = [
    [
      { where: 'portal' as 'token', status: 500 },
      /'where' must be one of token, keys, discovery, graph, device, sign-in\./,
    ],
    [{ where: 'token' }, /either 'status' or 'action'/],
    [{ where: 'token', status: 500, action: 'hang' }, /either 'status' or 'action'/],
    [{ where: 'token', status: 418 as 429 }, /'status' must be one of 429, 500, 503/],
    [{ where: 'token', action: 'explode' as 'hang' }, /'action' must be one of hang, reset, slow/],
    [{ where: 'token', action: 'slow' }, /'delayMs' belongs/],
    [{ where: 'token', status: 500, delayMs: 5 }, /'delayMs' belongs/],
    [{ where: 'token', action: 'slow', delayMs: 600_001 }, /1 to 600000 milliseconds/],
    [{ where: 'token', action: 'hang', retryAfter: 1 }, /'retryAfter' belongs to 'status'/],
    [{ where: 'token', status: 429, retryAfter: 1.5 }, /0 to 86400 seconds/],
    [{ where: 'token', status: 429, times: 0 }, /'times' must be a whole number/],
    [{ where: 'token', status: 429, probability: 0 }, /more than 0 and at most 1/],
    [{ where: 'token', status: 429, probability: 1.1 }, /more than 0 and at most 1/],
    [{ where: 'token', status: 429, times: 1, probability: 0.5 }, /Give 'times' or 'probability'/],
  ]
  const source = faults()
  for (const [definition, message] of wrong) {
    assert.throws(() => source.add(definition), { name: 'ControlRefusal', code: 'invalid_fault', message })
  }
  for (let count = 0; count < 100; count += 1) source.add({ where: 'token', status: 500 })
  assert.throws(() => source.add({ where: 'token', status: 500 }), { message: /at most 100 faults/ })
})

test('a part with a fault by status refuses in its own words and says when to come again', async () => {
  await using here = await given()
  const { tenant, client, ask } = here
  const login = [
    { status: 429, code: 90055 },
    { status: 500, code: 90033 },
    { status: 503, code: 90033 },
  ] as const
  for (const { status, code } of login) {
    tenant.faults.add({ where: 'token', status, retryAfter: 7, times: 1 })
    const reply = await ask()
    assert.equal(reply.status, status)
    assert.equal(reply.headers['retry-after'], '7')
    assert.equal(codeOf(reply), code)
    assert.equal(reply.body['error'], 'temporarily_unavailable')
  }
  const { tenantId } = tenant
  for (const [where, path] of [
    ['keys', `/${tenantId}/discovery/v2.0/keys`],
    ['keys', `/${tenantId}/discovery/keys`],
    ['discovery', `/${tenantId}/v2.0/.well-known/openid-configuration`],
    ['discovery', `/${tenantId}/.well-known/openid-configuration`],
  ] as const) {
    tenant.faults.add({ where, status: 503, times: 1 })
    const reply = await client.send('GET', path)
    assert.deepEqual([reply.status, codeOf(reply), reply.headers['retry-after']], [503, 90033, undefined])
    assert.equal((await client.send('GET', path)).status, 200)
  }
  const graph = await administer(client, tenant)
  for (const [status, code] of [
    [429, 'TooManyRequests'],
    [500, 'InternalServerError'],
    [503, 'ServiceUnavailable'],
  ] as const) {
    tenant.faults.add({ where: 'graph', status, retryAfter: 3, times: 1 })
    const reply = await graph.send('GET', 'organization')
    assert.deepEqual([reply.status, reply.headers['retry-after']], [status, '3'])
    assert.equal(object(reply.body['error'])['code'], code)
  }
  assert.equal((await graph.send('GET', 'organization')).status, 200)
})

test('a slow part answers late, a reset one cuts the connection, and a hanging one is silent until the tenant closes', async () => {
  await using here = await given()
  const { tenant, ask } = here
  tenant.faults.add({ where: 'token', action: 'slow', delayMs: 60, times: 1 })
  const started = performance.now()
  assert.equal((await ask()).status, 200)
  assert.ok(performance.now() - started >= 59)
  tenant.faults.add({ where: 'token', action: 'reset', times: 1 })
  await assert.rejects(ask(), { code: 'ECONNRESET' })
  assert.equal((await ask()).status, 200)
  tenant.faults.add({ where: 'token', action: 'hang' })
  const hanging = assert.rejects(ask(), { code: 'ECONNRESET' })
  while (tenant.requests.count({ status: null }) < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  await tenant.close()
  await hanging
})

test('a client that comes again too early is known by it, and one that waits is not', async () => {
  await using here = await given()
  const { tenant, ask } = here
  tenant.clock.freeze()
  const fault = tenant.faults.add({ where: 'token', status: 429, retryAfter: 30 })
  await ask()
  fault.remove()
  tenant.clock.advance({ seconds: 29 })
  await ask()
  tenant.clock.advance({ seconds: 1 })
  await ask()
  const seen = tenant.requests.list({ where: 'token' }).map(({ status, tooEarly }) => ({ status, tooEarly }))
  assert.deepEqual(seen, [
    { status: 429, tooEarly: false },
    { status: 200, tooEarly: true },
    { status: 200, tooEarly: false },
  ])
})
