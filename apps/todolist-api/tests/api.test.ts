import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
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

test('of a hundred requests that arrive together each gets its own answer', async () => {
  const running = await startApi()
  const address = await running.api.listen({ host: '127.0.0.1', port: 0 })
  const token = running.issuer.app('ToDoList.Read.All')
  const asked = Array.from({ length: 100 }, (_, number) => ({ id: randomUUID(), admitted: number % 3 !== 0 }))
  const answers = await Promise.all(
    asked.map(async ({ id, admitted }) => {
      const authorization = `Bearer ${admitted ? token : 'nonsense'}`
      const answer = await fetch(`${address}/api/todolist`, { headers: { authorization, 'client-request-id': id } })
      await answer.arrayBuffer()
      return { id: answer.headers.get('client-request-id'), admitted: answer.status === 200 }
    }),
  )
  assert.deepEqual(answers, asked)
  running.api.server.closeAllConnections()
  await running.close()
})
