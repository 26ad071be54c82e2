import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { assertProblem } from '../fixtures/assert-problem.js'
import { everyTodo } from '../fixtures/every-todo.js'
import { alice, bob } from '../fixtures/issuer.js'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

let running: RunningApi
let app: string
let keys = 0
let key: string

before(async () => {
  running = await startApi()
  app = running.issuer.app('ToDoList.ReadWrite.All')
})

after(() => running.close())

beforeEach(async () => {
  keys += 1
  key = `key-${keys}`
  for (const { id } of await everyTodo(running.store)) await running.store.remove(id, 'everything', 'any')
})

test('a POST that is sent again with its key makes nothing new and is answered the same', async () => {
  const first = await post(app, { owner: alice, description: 'once' })
  const second = await post(app, { owner: alice.toUpperCase(), description: ' once ' })
  assert.equal(first.statusCode, 201)
  assert.equal(second.statusCode, 201)
  assert.equal(second.body, first.body)
  for (const name of ['location', 'etag', 'content-type'] as const) {
    assert.equal(second.headers[name], first.headers[name])
  }
  assert.equal((await everyTodo(running.store)).length, 1)
})

test('a key with another body is refused with 422', async () => {
  await post(app, { owner: alice, description: 'once' })
  for (const body of [
    { owner: alice, description: 'twice' },
    { owner: bob, description: 'once' },
  ]) {
    const detail =
      'This Idempotency-Key was sent with another body in the last 24 hours: use a new key for a new to-do.'
    assertProblem(await post(app, body), 422, 'idempotency_key_reused', detail)
  }
  assert.equal((await everyTodo(running.store)).length, 1)
})

test('a key belongs to its caller: others may use the same', async () => {
  const tokens = [
    app,
    running.issuer.user(alice, 'ToDoList.ReadWrite'),
    running.issuer.user(bob, 'ToDoList.ReadWrite'),
    running.issuer.token({ oid: bob, azp: alice, scp: 'ToDoList.ReadWrite' }),
  ]
  const answers = await Promise.all(tokens.map((token) => post(token, { owner: alice, description: 'mine' })))
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [201, 201, 201, 201],
  )
  assert.equal((await everyTodo(running.store)).length, 4)
})

test('a request that was refused leaves its key free', async () => {
  assertProblem(await post(app, { owner: alice, description: '' }), 400, 'invalid_body')
  assert.equal((await post(app, { owner: alice, description: 'good' })).statusCode, 201)
})

for (const wrong of ['', 'two words', 'x'.repeat(256), 'Schlüssel']) {
  test(`the key ${JSON.stringify(wrong.slice(0, 20))} is refused with 400`, async () => {
    const answer = await post(app, { owner: alice, description: 'x' }, wrong)
    assertProblem(answer, 400, 'invalid_idempotency_key')
    assert.deepEqual(await everyTodo(running.store), [])
  })
}

test('a key whose request is still under way elsewhere is answered with 409 and Retry-After', async () => {
  // Only several processes on one PostgreSQL can bring this about; tests/store/postgres shows that they do.
  const busy = await startApi({ store: { createOnce: async () => ({ kind: 'running' }) } })
  const headers = {
    authorization: `Bearer ${busy.issuer.app('ToDoList.ReadWrite.All')}`,
    'content-type': 'application/json',
    'idempotency-key': key,
  }
  const payload = JSON.stringify({ owner: alice, description: 'x' })
  const answer = await busy.api.inject({ method: 'POST', url: '/api/todolist', headers, payload })
  const detail =
    'A request with this Idempotency-Key is still under way: send it again in a moment to learn its outcome.'
  assertProblem(answer, 409, 'request_running', detail)
  assert.equal(answer.headers['retry-after'], '1')
  await busy.close()
})

function post(token: string, body: unknown, withKey = key) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': withKey,
  }
  return running.api.inject({ method: 'POST', url: '/api/todolist', headers, payload: JSON.stringify(body) })
}
