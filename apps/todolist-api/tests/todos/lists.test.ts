import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readGuid } from '../../src/guid.js'
import type { Todo } from '../../src/todos/todo.js'
import { assertProblem } from '../fixtures/assert-problem.js'
import { everyTodo } from '../fixtures/every-todo.js'
import { alice, bob } from '../fixtures/issuer.js'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

let running: RunningApi
let app: string
let all: readonly Todo[]
const carol = 'ca401000-0000-4000-8000-000000000003'

before(async () => {
  running = await startApi()
  app = running.issuer.app('ToDoList.Read.All')
  const owners = [readGuid(alice), readGuid(bob)]
  await running.store.seed(
    'many',
    Array.from({ length: 1_201 }, (_, index) => {
      const owner = owners[index % 3 === 0 ? 0 : 1]
      assert(owner)
      return { owner, description: index % 400 === 7 ? `Rare ÄPFEL ${index}` : `Water plant ${index}` }
    }),
  )
  all = await everyTodo(running.store)
})

after(() => running.close())

describe('a list without limit', () => {
  test('is the whole array, however long', async () => {
    const answer = await get('')
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(answer.headers.link, undefined)
    assert.deepEqual(answer.json(), all)
  })

  test('holds only what is within reach', async () => {
    const answer = await get('', running.issuer.user(bob, 'ToDoList.Read'))
    assert.deepEqual(
      answer.json(),
      all.filter(({ owner }) => owner === bob),
    )
    assert.deepEqual((await get('', running.issuer.user(carol, 'ToDoList.Read'))).json(), [])
  })

  test('can be filtered', async () => {
    assert.deepEqual(
      (await get(`?owner=${alice.toUpperCase()}`)).json(),
      all.filter(({ owner }) => owner === alice),
    )
    assert.deepEqual(
      (await get(`?q=${encodeURIComponent('äpfel')}&owner=${bob}`)).json(),
      all.filter(({ owner, description }) => owner === bob && description.includes('ÄPFEL')),
    )
    assert.deepEqual((await get('?q=nowhere')).json(), [])
  })

  test('answers HEAD without reading it all', async () => {
    const headers = { authorization: `Bearer ${app}` }
    const answer = await running.api.inject({ method: 'HEAD', url: '/api/todolist', headers })
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.body, '')
  })

  test('is cut off, not ended, when the store fails half-way', async () => {
    let pages = 0
    const failing = await startApi({
      store: {
        pageText: async (_reach, _after, limit) => {
          pages += 1
          if (pages > 3) throw new Error('the disk is gone')
          return { json: JSON.stringify(all.slice(0, limit)), count: limit, last: pages * limit }
        },
      },
    })
    const headers = { authorization: `Bearer ${failing.issuer.app('ToDoList.Read.All')}` }
    await assert.rejects(failing.api.inject({ url: '/api/todolist', headers }))
    await failing.close()
  })
})

describe('a list with limit', () => {
  for (const [limit, query] of [
    [1, `owner=${bob}&q=rare`],
    [7, `owner=${alice}`],
    [100, ''],
    [100, 'q=PLANT'],
  ] as const) {
    test(`of ${limit} and ${query || 'no filter'} leads from page to page through all of it`, async () => {
      const walked: Todo[] = []
      let next: string | undefined = `/api/todolist?limit=${limit}&${query}`
      let pages = 0
      while (next !== undefined) {
        const answer: Awaited<ReturnType<typeof get>> = await getUrl(next, app)
        assert.equal(answer.statusCode, 200)
        const page = answer.json<Todo[]>()
        assert(page.length <= limit)
        walked.push(...page)
        next = nextOf(answer.headers.link)
        pages += 1
        assert(pages < 2_000)
      }
      const filter = new URLSearchParams(query)
      assert.deepEqual(
        walked,
        all.filter(
          ({ owner, description }) =>
            owner === (filter.get('owner') ?? owner) &&
            description.toLowerCase().includes((filter.get('q') ?? '').toLowerCase()),
        ),
      )
      assert(walked.length > 1)
    })
  }

  test('has no Link when it holds everything', async () => {
    const few = await get(`?limit=100&q=rare&owner=${bob}`)
    assert.equal(few.headers.link, undefined)
    assert.equal((await get('?limit=1')).headers.link?.toString().includes('rel="next"'), true)
  })

  test('and a text reads no more than ten thousand to-dos for one page, and says where to go on', async () => {
    let read = 0
    const large = await startApi({
      store: {
        page: async (_reach, start, limit) => {
          read += limit
          const owner = readGuid(alice)
          assert(owner)
          return Array.from({ length: limit }, (_, index) => ({ id: start + index + 1, owner, description: 'hay' }))
        },
      },
    })
    const headers = { authorization: `Bearer ${large.issuer.app('ToDoList.Read.All')}` }
    const answer = await large.api.inject({ url: '/api/todolist?limit=10&q=needle', headers })
    assert.deepEqual(answer.json(), [])
    assert.equal(read, 10_000)
    const further = nextOf(answer.headers.link)
    assert(further)
    await large.api.inject({ url: further, headers })
    assert.equal(read, 20_000)
    await large.close()
  })
})

describe('a user who names an owner', () => {
  test('gets their own for their own, and the same empty list for anybody else', async () => {
    const token = running.issuer.user(alice, 'ToDoList.Read')
    const own = all.filter(({ owner }) => owner === alice)
    assert.deepEqual((await get(`?owner=${alice}`, token)).json(), own)
    const others = await get(`?owner=${bob}`, token)
    const nobodys = await get(`?owner=${carol}`, token)
    for (const answer of [others, nobodys]) {
      assert.equal(answer.statusCode, 200)
      assert.equal(answer.body, '[]')
    }
    assert.deepEqual(Object.keys(others.headers), Object.keys(nobodys.headers))
  })
})

describe('a cursor', () => {
  test('is good for the same caller and filter only', async () => {
    const cursor = new URLSearchParams(nextOf((await get('?limit=5')).headers.link)?.split('?')[1]).get('cursor')
    assert(cursor)
    assert.equal((await get(`?cursor=${cursor}`)).json<Todo[]>().length, 100)
    const detail =
      'The parameter cursor belongs to another caller or another filter: follow the Link header of the page before, or leave it out to begin anew.'
    for (const [query, token] of [
      [`?cursor=${cursor}&owner=${alice}`, app],
      [`?cursor=${cursor}&q=plant`, app],
      [`?cursor=${cursor}`, running.issuer.user(alice, 'ToDoList.Read')],
      [`?cursor=${cursor}`, running.issuer.token({ oid: bob, azp: bob, idtyp: 'app', roles: ['ToDoList.Read.All'] })],
    ] as const) {
      assertProblem(await get(query, token), 400, 'invalid_cursor', detail)
    }
  })

  for (const cursor of ['x', '', 'A'.repeat(22), 'A'.repeat(1_000), '%00', '!!!!']) {
    test(`${JSON.stringify(cursor.slice(0, 30))} is refused with 400`, async () => {
      assertProblem(await get(`?cursor=${cursor}`), 400, 'invalid_cursor')
    })
  }
})

const wrong = [
  ['limit=0', 'The parameter limit must be a number from 1 to 100.'],
  ['limit=101', 'The parameter limit must be a number from 1 to 100.'],
  ['limit=1e1', 'The parameter limit must be a number from 1 to 100.'],
  ['limit=', 'The parameter limit must be a number from 1 to 100.'],
  ['limit=1&limit=2', 'The parameter limit was sent twice.'],
  ['owner=alice', 'The parameter owner must be a GUID, written 8-4-4-4-12 with hyphens.'],
  ['q=%20', 'The parameter q must be a text of 1 to 100 characters that is not blank.'],
  [`q=${'x'.repeat(101)}`, 'The parameter q must be a text of 1 to 100 characters that is not blank.'],
  ['size=5', 'The list has the parameters limit, cursor, owner and q, and no other.'],
  ['__proto__=5', 'The list has the parameters limit, cursor, owner and q, and no other.'],
] as const

for (const [query, detail] of wrong) {
  test(`the query ${query.slice(0, 30)} is refused with 400`, async () => {
    assertProblem(await get(`?${query}`), 400, 'invalid_query', detail)
  })
}

function get(query: string, token = app) {
  return getUrl(`/api/todolist${query}`, token)
}

function getUrl(url: string, token: string) {
  return running.api.inject({ url, headers: { authorization: `Bearer ${token}` } })
}

function nextOf(link: unknown): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(String(link))?.[1]
}
