import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { alice } from './fixtures/issuer.js'
import { type RunningApi, startApi } from './fixtures/running-api.js'

const listed = 'https://app.example.com'
let running: RunningApi

before(async () => {
  running = await startApi({ origins: [listed] })
})

after(() => running.close())

test('a listed origin may call, and may read what the answers say in their headers', async () => {
  const headers = { origin: listed, authorization: `Bearer ${running.issuer.user(alice, 'ToDoList.Read')}` }
  const answer = await running.api.inject({ url: '/api/todolist', headers })
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['access-control-allow-origin'], listed)
  assert.match(String(answer.headers['access-control-expose-headers']), /\betag, link, location\b/)
  assert.equal(answer.headers['access-control-allow-credentials'], undefined)
  assert.equal(answer.headers['vary'], 'origin')
})

test('its pre-flight request needs no token and reads nothing', async () => {
  const headers = { origin: listed, 'access-control-request-method': 'PATCH' }
  const answer = await running.api.inject({ method: 'OPTIONS', url: '/api/todolist/1', headers })
  assert.equal(answer.statusCode, 204)
  assert.equal(answer.body, '')
  assert.equal(answer.headers['access-control-allow-origin'], listed)
  assert.match(String(answer.headers['access-control-allow-methods']), /\bPATCH\b/)
  assert.match(String(answer.headers['access-control-allow-headers']), /\bauthorization\b.*\bif-match\b/)
})

test('a refusal can be read by a listed origin too', async () => {
  const answer = await running.api.inject({ url: '/api/todolist', headers: { origin: listed } })
  assert.equal(answer.statusCode, 401)
  assert.equal(answer.headers['access-control-allow-origin'], listed)
})

for (const origin of [
  'https://evil.example',
  'https://app.example.com.evil.example',
  'http://app.example.com',
  'null',
]) {
  test(`the origin ${origin} is not let in`, async () => {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const headers = { origin, 'access-control-request-method': 'GET' }
      const answer = await running.api.inject({ method, url: '/api/todolist', headers })
      assert.equal(answer.statusCode, method === 'GET' ? 401 : 405)
      const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))
      assert.deepEqual(names, [])
      assert.equal(answer.headers['vary'], 'origin')
    }
  })
}
