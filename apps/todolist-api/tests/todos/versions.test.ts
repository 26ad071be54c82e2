import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { assertProblem } from '../fixtures/assert-problem.js'
import { alice, bob } from '../fixtures/issuer.js'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

let running: RunningApi
let app: string
let url: string
let first: { id: number; owner: string; description: string }

before(async () => {
  running = await startApi()
  app = running.issuer.app('ToDoList.ReadWrite.All')
})

after(() => running.close())

beforeEach(async () => {
  const made = await call('POST', '/api/todolist', {}, { owner: alice, description: 'before' })
  assert.equal(made.headers.etag, '"1"')
  first = made.json()
  url = `/api/todolist/${first.id}`
  assert.equal(made.headers.location, url)
})

describe('ETag', () => {
  test('is the same for GET and HEAD and another after each change', async () => {
    for (const method of ['GET', 'HEAD'] as const) assert.equal((await call(method, url)).headers.etag, '"1"')
    const put = await call('PUT', url, { 'if-match': '"1"' }, { description: 'after' })
    assert.equal(put.headers.etag, '"2"')
    const patch = await call('PATCH', url, { 'if-match': '"2"' }, { description: 'later' })
    assert.equal(patch.headers.etag, '"3"')
    assert.equal((await call('GET', url)).headers.etag, '"3"')
  })

  for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*']) {
    test(`answers 304 without a body to If-None-Match: ${tag}`, async () => {
      const answer = await call('GET', url, { 'if-none-match': tag })
      assert.equal(answer.statusCode, 304)
      assert.equal(answer.body, '')
      assert.equal(answer.headers.etag, '"1"')
    })
  }

  test('answers 200 to the tag of another version', async () => {
    const answer = await call('GET', url, { 'if-none-match': '"2"' })
    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.json(), first)
  })
})

const changes = [
  { method: 'PUT', body: { description: 'after' }, done: 200 },
  { method: 'PATCH', body: { description: 'after' }, done: 200 },
  { method: 'DELETE', body: undefined, done: 204 },
] as const

for (const { method, body, done } of changes) {
  describe(method, () => {
    test('without If-Match is refused with 428 and changes nothing', async () => {
      const detail =
        'Send the header If-Match with the ETag of the to-do you mean to change, or * to change whatever is there.'
      assertProblem(await call(method, url, {}, body), 428, 'version_required', detail)
      await assertUnchanged()
    })

    for (const tag of ['"2"', 'W/"1"', '"one"', '"1', '""']) {
      const malformed = tag === '"1'
      test(`with If-Match: ${tag} is refused with ${malformed ? 400 : 412} and changes nothing`, async () => {
        const answer = await call(method, url, { 'if-match': tag }, body)
        assertProblem(answer, malformed ? 400 : 412, malformed ? 'invalid_condition' : 'version_changed')
        await assertUnchanged()
      })
    }

    for (const tag of ['"1"', '*', '"9", "1"']) {
      test(`with If-Match: ${tag} is done`, async () => {
        assert.equal((await call(method, url, { 'if-match': tag }, body)).statusCode, done)
        const now = await call('GET', url)
        assert.equal(method === 'DELETE' ? now.statusCode : now.headers.etag, method === 'DELETE' ? 404 : '"2"')
      })
    }

    test("of another user's to-do is 404 with any If-Match, so that tags tell nothing", async () => {
      const token = running.issuer.user(bob, 'ToDoList.ReadWrite')
      for (const tag of ['"1"', '"2"', '*', '"1", "2"']) {
        assertProblem(await call(method, url, { 'if-match': tag }, body, token), 404, 'todo_not_found')
      }
      await assertUnchanged()
    })
  })
}

describe('PATCH', () => {
  for (const type of ['application/merge-patch+json', 'application/json']) {
    test(`takes ${type}`, async () => {
      const answer = await call('PATCH', url, { 'if-match': '"1"', 'content-type': type }, { description: ' after ' })
      assert.equal(answer.statusCode, 200)
      assert.deepEqual(answer.json(), { ...first, description: 'after' })
    })
  }

  test('that names nothing changes nothing, and still needs the version', async () => {
    const answer = await call('PATCH', url, { 'if-match': '"1"' }, {})
    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.json(), first)
    assert.equal(answer.headers.etag, '"1"')
    assertProblem(await call('PATCH', url, { 'if-match': '"2"' }, {}), 412, 'version_changed')
    assertProblem(await call('PATCH', '/api/todolist/999999', { 'if-match': '*' }, {}), 404, 'todo_not_found')
  })

  for (const body of [{ description: null }, { description: '' }, { owner: bob }, { id: 1 }, [], null, 'x']) {
    test(`with ${JSON.stringify(body)} is refused with 400`, async () => {
      assertProblem(await call('PATCH', url, { 'if-match': '*' }, body), 400, 'invalid_body')
      await assertUnchanged()
    })
  }

  test('alone takes a merge patch: PUT and POST refuse it with 415', async () => {
    const headers = { 'if-match': '*', 'content-type': 'application/merge-patch+json' }
    assertProblem(await call('PUT', url, headers, { description: 'x' }), 415, 'unsupported_media_type')
    const body = { owner: alice, description: 'x' }
    assertProblem(await call('POST', '/api/todolist', headers, body), 415, 'unsupported_media_type')
  })
})

async function assertUnchanged(): Promise<void> {
  assert.deepEqual(await running.store.find(first.id, 'everything'), { todo: first, version: 1 })
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

function call(method: Method, path: string, headers: Record<string, string> = {}, body?: unknown, token = app) {
  return running.api.inject({
    method,
    url: path,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
}
