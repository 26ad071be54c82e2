import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './fixtures/running-api.js'

test('a route that does not say who may call it cannot be added', async () => {
  const running = await startApi()
  assert.throws(() => running.api.get('/forgotten', () => 'open'))
  await running.close()
})

const hosts = [
  { host: 'todo.example.com', expected: 'max-age=31536000' },
  { host: 'localhost:44351', expected: undefined },
  { host: 'api.localhost', expected: undefined },
  { host: '127.0.0.1:44351', expected: undefined },
  { host: '[::1]:44351', expected: undefined },
]

for (const { host, expected } of hosts) {
  test(`over HTTPS, ${host} ${expected === undefined ? 'gets no' : 'gets'} Strict-Transport-Security`, async () => {
    const running = await startApi({ behindProxy: true })
    const headers = { host, 'x-forwarded-proto': 'https' }
    const answer = await running.api.inject({ url: '/health/live', headers })
    assert.equal(answer.headers['strict-transport-security'], expected)
    await running.close()
  })
}

test('over plain HTTP nobody gets Strict-Transport-Security', async () => {
  const running = await startApi()
  const headers = { host: 'todo.example.com', 'x-forwarded-proto': 'https' }
  const answer = await running.api.inject({ url: '/health/live', headers })
  assert.equal(answer.headers['strict-transport-security'], undefined)
  await running.close()
})
