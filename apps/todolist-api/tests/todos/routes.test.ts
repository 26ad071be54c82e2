import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { readGuid } from '../../src/guid.js'
import { assertProblem } from '../fixtures/assert-problem.js'
import { everyTodo } from '../fixtures/every-todo.js'
import { alice, bob } from '../fixtures/issuer.js'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

let running: RunningApi
let first: number
let second: number

before(async () => {
  running = await startApi()
})

after(() => running.close())

beforeEach(async () => {
  for (const { id } of await everyTodo(running.store)) await running.store.remove(id, 'everything', 'any')
  first = (await running.store.create({ owner: guid(alice), description: 'Pick up grocery' })).todo.id
  second = (await running.store.create({ owner: guid(bob), description: 'Water plants' })).todo.id
})

describe('an application', () => {
  test('with ToDoList.Read.All reads the to-dos of everybody, ascending by id', async () => {
    const answer = await send('GET', '/api/todolist', running.issuer.app('ToDoList.Read.All'))
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    assert.deepEqual(answer.json(), [
      { id: first, owner: alice, description: 'Pick up grocery' },
      { id: second, owner: bob, description: 'Water plants' },
    ])
  })

  test('reads one to-do of anybody', async () => {
    const answer = await send('GET', `/api/todolist/${second}`, running.issuer.app('ToDoList.ReadWrite.All'))
    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.json(), { id: second, owner: bob, description: 'Water plants' })
  })

  test('creates a to-do for the user it names; the owner is kept in lower case, the description trimmed', async () => {
    const body = { owner: bob.toUpperCase(), description: '  Call mum 📞  ' }
    const answer = await send('POST', '/api/todolist', running.issuer.app('ToDoList.ReadWrite.All'), body)
    assert.equal(answer.statusCode, 201)
    const { id } = answer.json<{ id: number }>()
    assert.deepEqual(answer.json(), { id, owner: bob, description: 'Call mum 📞' })
    assert.equal(answer.headers.location, `/api/todolist/${id}`)
    const again = await send('GET', `/api/todolist/${id}`, running.issuer.app('ToDoList.Read.All'))
    assert.deepEqual(again.json(), answer.json())
  })

  test('that names no owner is refused with 400', async () => {
    const answer = await send('POST', '/api/todolist', running.issuer.app('ToDoList.ReadWrite.All'), {
      description: 'x',
    })
    assertProblem(
      answer,
      400,
      'owner_required',
      'An application has no to-dos of its own: name the user in the member owner.',
    )
  })

  test('changes and deletes a to-do of anybody', async () => {
    const token = running.issuer.app('ToDoList.ReadWrite.All')
    const put = await send('PUT', `/api/todolist/${first}`, token, { description: 'Pick up milk' })
    assert.equal(put.statusCode, 200)
    assert.deepEqual(put.json(), { id: first, owner: alice, description: 'Pick up milk' })
    const removed = await send('DELETE', `/api/todolist/${first}`, token)
    assert.equal(removed.statusCode, 204)
    assert.equal(removed.body, '')
    assert.equal((await send('GET', `/api/todolist/${first}`, token)).statusCode, 404)
  })

  test('does not change the owner of a to-do by naming another in a PUT', async () => {
    const body = { id: first, owner: bob, description: 'Pick up milk' }
    const put = await send('PUT', `/api/todolist/${first}`, running.issuer.app('ToDoList.ReadWrite.All'), body)
    assert.equal(put.statusCode, 200)
    assert.deepEqual(put.json(), { id: first, owner: alice, description: 'Pick up milk' })
  })
})

describe('a user', () => {
  test('sees only their own to-dos', async () => {
    const answer = await send('GET', '/api/todolist', running.issuer.user(alice, 'ToDoList.Read'))
    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.json(), [{ id: first, owner: alice, description: 'Pick up grocery' }])
  })

  test('owns what they create, whatever owner they send', async () => {
    const body = { id: 0, owner: bob, description: 'Mine' }
    const answer = await send('POST', '/api/todolist', running.issuer.user(alice, 'ToDoList.ReadWrite'), body)
    assert.equal(answer.statusCode, 201)
    assert.equal(answer.json<{ owner: string }>().owner, alice)
  })

  test('changes and deletes their own to-do', async () => {
    const token = running.issuer.user(alice, 'ToDoList.ReadWrite')
    assert.equal((await send('PUT', `/api/todolist/${first}`, token, { description: 'Done' })).statusCode, 200)
    assert.equal((await send('DELETE', `/api/todolist/${first}`, token)).statusCode, 204)
  })

  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    test(`cannot tell another's to-do from a missing one with ${method}, and changes nothing`, async () => {
      const token = running.issuer.user(alice, 'ToDoList.ReadWrite')
      const body = method === 'PUT' ? { description: 'Stolen' } : undefined
      const others = await send(method, `/api/todolist/${second}`, token, body)
      const missing = await send(method, '/api/todolist/999999', token, body)
      for (const answer of [others, missing]) {
        assertProblem(answer, 404, 'todo_not_found', 'There is no such to-do, or it is not yours.')
      }
      assert.deepEqual(Object.keys(others.headers), Object.keys(missing.headers))
      assert.deepEqual(await running.store.find(second, 'everything'), {
        todo: { id: second, owner: bob, description: 'Water plants' },
        version: 1,
      })
    })
  }

  test('with an app role but no scope reaches nothing', async () => {
    const token = running.issuer.token({ oid: alice, roles: ['ToDoList.Read.All'], idtyp: 'user' })
    assertProblem(await send('GET', '/api/todolist', token), 403, 'insufficient_permission')
  })
})

describe('a refused permission', () => {
  test('names the app roles an application lacks, who grants them, and is repeated for programs', async () => {
    const answer = await send('GET', '/api/todolist', running.issuer.app())
    const problem = assertProblem(
      answer,
      403,
      'insufficient_permission',
      'The token lacks a permission: an application needs the app role ToDoList.Read.All or ToDoList.ReadWrite.All, granted by admin consent.',
    )
    assert.deepEqual(problem.get('requiredRoles'), ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
    assert.deepEqual(problem.get('requiredScopes'), [])
    assert.match(String(answer.headers['www-authenticate']), /^Bearer error="insufficient_scope"/)
  })

  test('names the scope a user lacks', async () => {
    const answer = await send('POST', '/api/todolist', running.issuer.user(alice, 'ToDoList.Read'), {
      description: 'x',
    })
    const problem = assertProblem(
      answer,
      403,
      'insufficient_permission',
      'The token lacks a permission: a user needs the scope ToDoList.ReadWrite.',
    )
    assert.deepEqual(problem.get('requiredRoles'), [])
    assert.deepEqual(problem.get('requiredScopes'), ['ToDoList.ReadWrite'])
  })

  test('comes before a word of the body is read', async () => {
    const answer = await running.api.inject({
      method: 'POST',
      url: '/api/todolist',
      headers: { authorization: `Bearer ${running.issuer.app()}`, 'content-type': 'application/json' },
      payload: '{"not json',
    })
    assert.equal(answer.statusCode, 403)
  })
})

describe('a body', () => {
  const rule =
    'The member description must be a text of 1 to 1000 characters that is not blank and has no control characters.'
  const shape =
    'The body must be a JSON object with the member description and, where needed, owner and id; nothing else.'
  const ownerRule = 'The member owner must be a GUID, written 8-4-4-4-12 with hyphens.'
  const refused: [string, unknown, string][] = [
    ['without description', { owner: alice }, shape],
    ['with a member nobody knows', { owner: alice, description: 'x', done: true }, shape],
    ['that is an array', [], shape],
    ['that is null', null, shape],
    ['with an empty description', { owner: alice, description: '' }, rule],
    ['with a blank description', { owner: alice, description: ' \u00a0 ' }, rule],
    ['with a description that is a number', { owner: alice, description: 5 }, rule],
    ['with a line break in the description', { owner: alice, description: 'a\nb' }, rule],
    ['with NUL in the description', { owner: alice, description: 'a\u0000' }, rule],
    ['with a lone surrogate in the description', { owner: alice, description: 'a\ud800' }, rule],
    ['with a description of 1001 characters', { owner: alice, description: 'x'.repeat(1001) }, rule],
    ['with an owner that is no GUID', { owner: 'alice', description: 'x' }, ownerRule],
    ['with an owner in braces', { owner: `{${alice}}`, description: 'x' }, ownerRule],
    ['with an owner that is null', { owner: null, description: 'x' }, ownerRule],
    ['with an id that is text', { id: '1', owner: alice, description: 'x' }, 'The member id must be an integer.'],
  ]
  for (const [what, body, detail] of refused) {
    test(`${what} is refused with 400, by POST and by PUT`, async () => {
      const token = running.issuer.app('ToDoList.ReadWrite.All')
      assertProblem(await send('POST', '/api/todolist', token, body), 400, 'invalid_body', detail)
      assertProblem(await send('PUT', `/api/todolist/${first}`, token, body), 400, 'invalid_body', detail)
      assert.equal((await everyTodo(running.store)).length, 2)
    })
  }

  test('may hold 1000 characters outside the basic plane', async () => {
    const description = '📞'.repeat(1000)
    const answer = await send('POST', '/api/todolist', running.issuer.user(alice, 'ToDoList.ReadWrite'), {
      description,
    })
    assert.equal(answer.statusCode, 201)
    assert.equal(answer.json<{ description: string }>().description, description)
  })

  test('with another id than the address is refused with 400', async () => {
    const body = { id: second, description: 'x' }
    const answer = await send('PUT', `/api/todolist/${first}`, running.issuer.app('ToDoList.ReadWrite.All'), body)
    assertProblem(
      answer,
      400,
      'id_mismatch',
      'The id in the body is not the id in the address. Leave it out or make them equal.',
    )
  })
})

describe('an address', () => {
  for (const id of ['0', '-1', '01', '1.0', '1e3', 'x', '9007199254740993', '99999999999999999999', '%20', '1%00']) {
    test(`with the id ${id} answers 404`, async () => {
      const answer = await send('GET', `/api/todolist/${id}`, running.issuer.app('ToDoList.Read.All'))
      assertProblem(answer, 404, 'todo_not_found')
    })
  }

  for (const path of ['/api/ToDoList', '/API/TODOLIST', '/api/todolist/']) {
    test(`${path} is the list, as ASP.NET matches paths`, async () => {
      assert.equal((await send('GET', path, running.issuer.app('ToDoList.Read.All'))).statusCode, 200)
    })
  }
})

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Changes go to whatever version there is; versions have a test file of their own. */
async function send(method: Method, url: string, token: string, body?: unknown) {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(['PUT', 'PATCH', 'DELETE'].includes(method) ? { 'if-match': '*' } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return running.api.inject({ method, url, headers, ...(body === undefined ? {} : { payload: JSON.stringify(body) }) })
}

function guid(text: string) {
  const value = readGuid(text)
  assert(value)
  return value
}
