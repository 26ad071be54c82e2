import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createTokenVerifier } from '@tenantry/entra-token'
import { Metrics } from '../../src/metrics/metrics.js'
import { observedStore, observeTokens } from '../../src/metrics/observe.js'
import { serveMetrics } from '../../src/metrics/server.js'
import { permissions } from '../../src/permissions.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { alice, clientId, tenantId } from '../fixtures/issuer.js'
import { startApi } from '../fixtures/running-api.js'

const keys = { state: 'fresh', keyCount: 2, generation: 1, loadedAt: new Date(0), lastFailure: null } as const
const vitals = { keys, now: new Date(90_000), residentBytes: 5 }

test('requests, refusals and the work of the store are counted, and nobody is named', async () => {
  const metrics = new Metrics()
  let now = 0
  const inner = openSqliteStore(':memory:', () => new Date(0)).store
  const tick = () => {
    now += 2
    return now
  }
  const running = await startApi({ metrics, store: observedStore(inner, metrics, tick) })
  const token = running.issuer.user(alice, 'ToDoList.Read')
  const headers = { authorization: `Bearer ${token}` }
  for (const _ of [1, 2]) await running.api.inject({ url: '/api/todolist', headers })
  await running.api.inject('/api/todolist/7')
  await running.api.inject('/wp-login.php')
  await running.close()
  const lines = metrics.text(vitals).split('\n')
  const count = (labels: string) => lines.includes(`http_request_duration_seconds_count{${labels}`)
  assert(count('method="GET",route="/api/todolist",status="200"} 2'))
  assert(count('method="GET",route="/api/todolist/:id",status="401"} 1'))
  assert(count('method="GET",route="none",status="404"} 1'))
  assert(lines.includes('http_refusals_total{code="no_token"} 1'))
  assert(lines.includes('store_operation_duration_seconds_bucket{operation="page",le="0.0025"} 2'))
  assert(lines.includes('store_operation_duration_seconds_bucket{operation="page",le="0.001"} 0'))
  assert(lines.includes('store_operation_duration_seconds_sum{operation="page"} 0.004'))
  assert(lines.includes('signing_keys 2'))
  assert(lines.includes('signing_keys_age_seconds 90'))
  assert(lines.includes('process_resident_memory_bytes 5'))
  assert.doesNotMatch(lines.join('\n'), new RegExp(`${alice}|eyJ|wp-login`))
})

test('operations that fail are counted as such', async () => {
  const metrics = new Metrics()
  const { store } = openSqliteStore(':memory:', () => new Date(0))
  await store.close()
  const observed = observedStore(store, metrics, () => 0)
  await assert.rejects(observed.ping())
  await assert.rejects(observed.find(1, 'everything'))
  const lines = metrics.text(vitals).split('\n')
  assert(lines.includes('store_failures_total{operation="ping"} 1'))
  assert(lines.includes('store_failures_total{operation="find"} 1'))
})

test('every line is in the form that Prometheus reads', async () => {
  const metrics = new Metrics()
  metrics.requests.observe({ method: 'GET', route: '/', status: '200' }, 0.3)
  metrics.requests.observe({ method: 'GET', route: '/', status: '200' }, 99)
  metrics.refusals.add({ code: 'x' })
  const sample = /^[a-z_]+(\{([a-z]+="[^"\\\n]*",?)+\})? (\d+(\.\d+)?|NaN)$/
  const comment = /^# (HELP [a-z_]+ \S.*|TYPE [a-z_]+ (counter|gauge|histogram))$/
  const body = metrics.text({ ...vitals, keys: { ...keys, loadedAt: null } })
  assert(body.endsWith('\n'))
  for (const line of body.slice(0, -1).split('\n')) assert.match(line, line.startsWith('#') ? comment : sample)
  assert.match(body, /_bucket\{method="GET",route="\/",status="200",le="\+Inf"\} 2\n/)
})

test('they are served on a port of their own, and nothing else is', async () => {
  const server = await serveMetrics(() => 'up 1\n', '127.0.0.1', 0)
  const address: AddressInfo | string | null = server.address()
  assert(typeof address === 'object' && address !== null)
  const get = (path: string, method = 'GET') =>
    new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: address.port, path, method }, (answer) => {
        text(answer).then(
          (body) => resolve({ status: answer.statusCode, type: answer.headers['content-type'], body }),
          reject,
        )
      }).end()
    })
  const type = 'text/plain; version=0.0.4; charset=utf-8'
  assert.deepEqual(await get('/metrics'), { status: 200, type, body: 'up 1\n' })
  for (const [path, method] of [
    ['/', 'GET'],
    ['/metrics', 'POST'],
    ['/api/todolist', 'GET'],
  ] as const) {
    assert.deepEqual(await get(path, method), { status: 404, type: undefined, body: '' })
  }
  server.close()
  server.closeAllConnections()
})

test('tokens are counted by whether they were seen before, and the attempts to fetch keys by how they ended', async () => {
  const metrics = new Metrics()
  const stopCounting = observeTokens(metrics)
  const running = await startApi({ metrics })
  const headers = { authorization: `Bearer ${running.issuer.user(alice, 'ToDoList.Read')}` }
  for (const _ of [1, 2, 3]) await running.api.inject({ url: '/api/todolist', headers })
  await running.api.inject({ url: '/api/todolist', headers: { authorization: 'Bearer x.y.z' } })
  await running.close()
  const unreachable = createTokenVerifier({
    authority: `https://localhost:1/${tenantId}`,
    tenantId,
    audience: clientId,
    permissions,
    allowedApps: null,
  })
  await assert.rejects(unreachable.ready())
  unreachable.close()
  const counted = () =>
    metrics
      .text(vitals)
      .split('\n')
      .filter((line) => /^(tokens|signing_keys_loads)/.test(line))
  const expected = [
    'tokens_verified_total{from="signature"} 2',
    'tokens_verified_total{from="memory"} 1',
    'signing_keys_loads_total{outcome="loaded"} 1',
    'signing_keys_loads_total{outcome="failed"} 1',
  ]
  assert.deepEqual(counted(), expected)
  stopCounting()
  const later = await startApi()
  await later.close()
  assert.deepEqual(counted(), expected)
})
