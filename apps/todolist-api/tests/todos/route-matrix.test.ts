import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readGuid } from '../../src/guid.js'
import { assertProblem } from '../fixtures/assert-problem.js'
import { alice, bob, clientId } from '../fixtures/issuer.js'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

// Every route, every kind of caller: the status, and what the body is. Whose to-do it is makes the difference between
// `user` and `other user`: the one at the address is Alice's.

let running: RunningApi
let id: number
let strangers: RunningApi

before(async () => {
  running = await startApi()
  strangers = await startApi()
})

after(async () => {
  await running.close()
  await strangers.close()
})

const everybodys = 'all of them'
const own = 'their own'
const none = 'an empty list'
const callers = {
  'no token': () => undefined,
  'a bad token': () => 'nonsense',
  'a forged token': () => {
    const [header, payload] = running.issuer.app('ToDoList.ReadWrite.All').split('.')
    return [header, payload, running.issuer.app('x').split('.')[2]].join('.')
  },
  'a user with Read': () => running.issuer.user(alice, 'ToDoList.Read'),
  'a user with ReadWrite': () => running.issuer.user(alice, 'ToDoList.ReadWrite'),
  'a user without a scope': () => running.issuer.user(alice),
  'a user with app roles': () =>
    running.issuer.token({ oid: alice, sub: 'x', idtyp: 'user', roles: ['ToDoList.ReadWrite.All'] }),
  'another user': () => running.issuer.user(bob, 'ToDoList.ReadWrite'),
  'an app with Read.All': () => running.issuer.app('ToDoList.Read.All'),
  'an app with ReadWrite.All': () => running.issuer.app('ToDoList.ReadWrite.All'),
  'an app without a role': () => running.issuer.app(),
  'another tenant': () =>
    running.issuer.token({ tid: bob, oid: alice, idtyp: 'app', roles: ['ToDoList.ReadWrite.All'] }),
  "another tenant's issuer": () => strangers.issuer.app('ToDoList.ReadWrite.All'),
  'another audience': () => running.issuer.token({ aud: bob, oid: alice, idtyp: 'app', roles: ['ToDoList.Read.All'] }),
  'an expired token': () => running.issuer.token({ exp: 1, nbf: 0, iat: 0, oid: alice, scp: 'ToDoList.ReadWrite' }),
  // As Entra makes them: no idtyp, no scp, a nonce and names; with the roles of the user, for the client's own registration.
  'an id_token': () =>
    running.issuer.token({
      aud: clientId,
      oid: alice,
      sub: 'x',
      nonce: 'n',
      name: 'Alice',
      roles: ['ToDoList.Read.All'],
    }),
} as const

type Who = keyof typeof callers

const refusedTokens = {
  'no token': [401, 'no_token'],
  'a bad token': [401, 'malformed'],
  'a forged token': [401, 'bad_signature'],
  'another tenant': [401, 'wrong_tenant'],
  "another tenant's issuer": [401, 'bad_signature'],
  'another audience': [401, 'wrong_audience'],
  'an expired token': [401, 'expired'],
  'an id_token': [401, 'not_an_access_token'],
  'a user without a scope': [403, 'insufficient_permission'],
  'a user with app roles': [403, 'insufficient_permission'],
  'an app without a role': [403, 'insufficient_permission'],
} as const

const refusedReaders = {
  ...refusedTokens,
  'a user with Read': [403, 'insufficient_permission'],
  'an app with Read.All': [403, 'insufficient_permission'],
} as const

type Outcome = readonly [number, string | undefined]

const matrix: Readonly<Record<string, Readonly<Record<Who, Outcome>>>> = {
  'GET /api/todolist': {
    ...refusedTokens,
    'a user with Read': [200, own],
    'a user with ReadWrite': [200, own],
    'another user': [200, none],
    'an app with Read.All': [200, everybodys],
    'an app with ReadWrite.All': [200, everybodys],
  },
  'HEAD /api/todolist': {
    ...refusedTokens,
    'a user with Read': [200, undefined],
    'a user with ReadWrite': [200, undefined],
    'another user': [200, undefined],
    'an app with Read.All': [200, undefined],
    'an app with ReadWrite.All': [200, undefined],
  },
  'GET /api/todolist/:id': {
    ...refusedTokens,
    'a user with Read': [200, 'the to-do'],
    'a user with ReadWrite': [200, 'the to-do'],
    'another user': [404, 'todo_not_found'],
    'an app with Read.All': [200, 'the to-do'],
    'an app with ReadWrite.All': [200, 'the to-do'],
  },
  'HEAD /api/todolist/:id': {
    ...refusedTokens,
    'a user with Read': [200, undefined],
    'a user with ReadWrite': [200, undefined],
    'another user': [404, undefined],
    'an app with Read.All': [200, undefined],
    'an app with ReadWrite.All': [200, undefined],
  },
  'POST /api/todolist': {
    ...refusedReaders,
    'a user with ReadWrite': [201, "a new to-do of Alice's"],
    'another user': [201, "a new to-do of Bob's"],
    'an app with ReadWrite.All': [201, "a new to-do of Alice's"],
  },
  'PUT /api/todolist/:id': {
    ...refusedReaders,
    'a user with ReadWrite': [200, 'the changed to-do'],
    'another user': [404, 'todo_not_found'],
    'an app with ReadWrite.All': [200, 'the changed to-do'],
  },
  'PATCH /api/todolist/:id': {
    ...refusedReaders,
    'a user with ReadWrite': [200, 'the changed to-do'],
    'another user': [404, 'todo_not_found'],
    'an app with ReadWrite.All': [200, 'the changed to-do'],
  },
  'DELETE /api/todolist/:id': {
    ...refusedReaders,
    'a user with ReadWrite': [204, ''],
    'another user': [404, 'todo_not_found'],
    'an app with ReadWrite.All': [204, ''],
  },
}

const bodies: Readonly<Record<string, unknown>> = {
  POST: { owner: alice, description: 'New' },
  PUT: { description: 'Changed' },
  PATCH: { description: 'Changed' },
}

for (const [route, row] of Object.entries(matrix)) {
  describe(route, () => {
    for (const [who, [status, content]] of Object.entries(row)) {
      test(`answers ${who} with ${status}${content === undefined ? '' : `, ${content}`}`, async () => {
        await onlyAlicesTodo()
        const answer = await send(route, who)
        if (status >= 400) {
          if (!route.startsWith('HEAD')) assertProblem(answer, status, String(content))
          assert.equal(answer.statusCode, status)
          assert.equal(answer.headers['www-authenticate'] !== undefined, status === 401 || status === 403)
          assert.deepEqual(
            (await running.store.page('everything', 0, 9)).map((todo) => todo.id),
            [id],
          )
          assert.equal((await running.store.find(id, 'everything'))?.version, 1)
          return
        }
        assert.equal(answer.statusCode, status)
        assert.deepEqual(answer.body === '' ? '' : answer.json(), bodyOf(content, answer.headers.location))
      })
    }
  })
}

describe('what is open to everybody', () => {
  const open = {
    '/health/live': 'application/json; charset=utf-8',
    '/health/ready': 'application/json; charset=utf-8',
    '/openapi.json': 'application/json; charset=utf-8',
    '/docs': 'text/html; charset=utf-8',
  }
  for (const [path, type] of Object.entries(open)) {
    test(`${path} answers every caller alike, and only to GET and HEAD`, async () => {
      const alone = await send(`GET ${path}`, 'no token')
      assert.deepEqual([alone.statusCode, alone.headers['content-type']], [200, type])
      for (const who of Object.keys(callers)) {
        const answer = await send(`GET ${path}`, who)
        assert.deepEqual([answer.statusCode, answer.body], [200, alone.body], who)
        assert.equal((await send(`HEAD ${path}`, who)).statusCode, 200, who)
        assertProblem(await send(`POST ${path}`, who), 405, 'method_not_allowed')
      }
    })
  }

  test('an address that does not exist is 404 for every caller', async () => {
    for (const who of Object.keys(callers)) {
      assertProblem(await send('GET /api/nothing', who), 404, 'route_not_found')
    }
  })
})

test('the matrix has every route there is', async () => {
  const document = (await running.api.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, unknown>>
  }>()
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('{id}', ':id')}`),
  )
  const tested = Object.keys(matrix).filter((route) => !route.startsWith('HEAD'))
  assert.deepEqual(tested.sort(), documented.sort())
})

function bodyOf(content: string | undefined, location: unknown): unknown {
  const todo = { id, owner: alice, description: 'Water plants' }
  const made = Number(String(location).split('/').at(-1))
  const contents: Readonly<Record<string, unknown>> = {
    [everybodys]: [todo],
    [own]: [todo],
    [none]: [],
    'the to-do': todo,
    'the changed to-do': { ...todo, description: 'Changed' },
    "a new to-do of Alice's": { id: made, owner: alice, description: 'New' },
    "a new to-do of Bob's": { id: made, owner: bob, description: 'New' },
  }
  return content === undefined ? '' : (contents[content] ?? content)
}

async function onlyAlicesTodo(): Promise<void> {
  for (const todo of await running.store.page('everything', 0, 100)) {
    await running.store.remove(todo.id, 'everything', 'any')
  }
  const owner = readGuid(alice)
  assert(owner)
  id = (await running.store.create({ owner, description: 'Water plants' })).todo.id
}

function send(route: string, who: string) {
  const [method = '', path = ''] = route.split(' ')
  const token = Object.entries(callers).find(([name]) => name === who)?.[1]()
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(['PUT', 'PATCH', 'DELETE'].includes(method) ? { 'if-match': '"1"' } : {}),
    ...(bodies[method] === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const payload = bodies[method] === undefined ? {} : { payload: JSON.stringify(bodies[method]) }
  const known = (['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((name) => name === method)
  assert(known)
  return running.api.inject({ method: known, url: path.replace(':id', String(id)), headers, ...payload })
}
