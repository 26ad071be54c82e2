import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Guid, readGuid } from '../../src/guid.js'
import { keyLifetime, type TodoStore } from '../../src/store/todo-store.js'
import { everyTodo } from '../fixtures/every-todo.js'

/** What every back end must do. `open` gives an empty store with this clock each time; the suite closes it. */
export function storeConformance(name: string, open: (now: () => Date) => Promise<TodoStore>): void {
  const check = (sentence: string, body: (store: TodoStore, clock: Clock) => Promise<void>) => {
    void test(sentence, async () => {
      const clock = { now: Date.UTC(2026, 10, 23, 12) }
      const store = await open(() => new Date(clock.now))
      try {
        await body(store, clock)
      } finally {
        await store.close()
      }
    })
  }

  describe(`${name} as a to-do store`, () => {
    check('an empty store lists nothing, to the whole and to an owner', async (store) => {
      assert.deepEqual(await everyTodo(store), [])
      assert.deepEqual(await everyTodo(store, { owner: alice }), [])
    })

    check('what was created is found and has the three members only', async (store) => {
      const made = await store.create({ owner: alice, description: 'Wäsche 🧺' })
      const { id } = made.todo
      assert.deepEqual(made, { todo: { id, owner: alice, description: 'Wäsche 🧺' }, version: 1 })
      assert(Number.isSafeInteger(id) && id > 0)
      assert.deepEqual(await store.find(id, 'everything'), made)
      assert.deepEqual(await store.find(id, { owner: alice }), made)
      assert.deepEqual(await everyTodo(store), [made.todo])
    })

    check('ids of one owner grow with time, and a list ascends by id and holds what is within reach', async (store) => {
      const { todo: one } = await store.create({ owner: bob, description: 'one' })
      const { todo: two } = await store.create({ owner: alice, description: 'two' })
      const { todo: three } = await store.create({ owner: bob, description: 'three' })
      assert(one.id < three.id)
      const ascending = [one, two, three].sort((a, b) => a.id - b.id)
      assert.deepEqual(await everyTodo(store), ascending)
      assert.deepEqual(await everyTodo(store, { owner: bob }), [one, three])
    })

    check('pages of any size hold each to-do once, in order, to the whole and to an owner', async (store) => {
      const set = Array.from({ length: 301 }, (_, index) => ({
        owner: index % 3 === 0 ? alice : bob,
        description: `${index}`,
      }))
      await store.seed('many', set)
      for (const reach of ['everything', { owner: bob }] as const) {
        const whole = await everyTodo(store, reach)
        assert.equal(whole.length, reach === 'everything' ? 301 : 200)
        for (const size of [1, 7, 100, 301]) {
          const walked: unknown[] = []
          let after = 0
          for (;;) {
            const page = await store.page(reach, after, size)
            walked.push(...page)
            const last = page.at(-1)
            if (last === undefined) break
            after = last.id
          }
          assert.deepEqual(walked, whole)
        }
      }
      const ofBob = (await everyTodo(store, { owner: bob })).map(({ description }) => Number(description))
      assert.deepEqual(
        ofBob,
        ofBob.toSorted((a, b) => a - b),
      )
    })

    check('a page as text is the same page, in the same order, whatever is written in it', async (store) => {
      const descriptions = ['"quoted" \\ / <b>', 'Grüße 👋 \u2028', "O'Neill\u007e", '{"id":0}', '[]', ' x ']
      const set = Array.from({ length: 300 }, (_, index) => ({
        owner: index % 2 === 0 ? alice : bob,
        description: `${descriptions[index % descriptions.length]} ${index}`,
      }))
      await store.seed('text', set)
      for (const reach of ['everything', { owner: bob }] as const) {
        for (const limit of [1, 99, 400]) {
          const [first] = await store.page(reach, 0, 1)
          const after = first?.id ?? 0
          const page = await store.page(reach, after, limit)
          const text = await store.pageText(reach, after, limit)
          assert.equal(text.json, JSON.stringify(page))
          assert.deepEqual([text.count, text.last], [page.length, page.at(-1)?.id])
        }
      }
      assert.deepEqual(await store.pageText('everything', Number.MAX_SAFE_INTEGER, 9), {
        json: '[]',
        count: 0,
        last: 0,
      })
    })

    check("another's to-do is not found, not changed, not removed", async (store) => {
      const { todo } = await store.create({ owner: alice, description: 'mine' })
      assert.equal(await store.find(todo.id, { owner: bob }), undefined)
      for (const expected of ['any', 1, 2] as const) {
        assert.equal(await store.describe(todo.id, 'stolen', { owner: bob }, expected), undefined)
        assert.equal(await store.remove(todo.id, { owner: bob }, expected), undefined)
      }
      assert.deepEqual(await everyTodo(store), [todo])
    })

    check('a missing to-do is not found, not changed, not removed', async (store) => {
      for (const id of [1, Number.MAX_SAFE_INTEGER]) {
        assert.equal(await store.find(id, 'everything'), undefined)
        assert.equal(await store.describe(id, 'x', 'everything', 'any'), undefined)
        assert.equal(await store.remove(id, 'everything', 1), undefined)
      }
      assert.deepEqual(await everyTodo(store), [])
    })

    check('describing changes that description and its version and nothing else', async (store) => {
      const { todo } = await store.create({ owner: alice, description: 'before' })
      const other = await store.create({ owner: alice, description: 'other' })
      const changed = { todo: { ...todo, description: 'after' }, version: 2 }
      assert.deepEqual(await store.describe(todo.id, 'after', { owner: alice }, 'any'), changed)
      assert.deepEqual(await store.find(todo.id, 'everything'), changed)
      assert.deepEqual(await store.find(other.todo.id, 'everything'), other)
    })

    check('a change that expects another version changes nothing', async (store) => {
      const { todo } = await store.create({ owner: alice, description: 'before' })
      assert.equal(await store.describe(todo.id, 'x', 'everything', 2), 'stale')
      assert.equal(await store.remove(todo.id, { owner: alice }, 2), 'stale')
      assert.deepEqual(await store.find(todo.id, 'everything'), { todo, version: 1 })
      const changed = await store.describe(todo.id, 'after', 'everything', 1)
      assert.deepEqual(changed, { todo: { ...todo, description: 'after' }, version: 2 })
      assert.equal(await store.describe(todo.id, 'late', 'everything', 1), 'stale')
      assert.equal(await store.remove(todo.id, 'everything', 1), 'stale')
      assert.equal(await store.remove(todo.id, 'everything', 2), 'removed')
    })

    check('of changes that expect the same version at the same time one wins', async (store) => {
      const { todo } = await store.create({ owner: alice, description: 'before' })
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store.describe(todo.id, `${index}`, 'everything', 1)),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'stale').length, 7)
      assert.equal((await store.find(todo.id, 'everything'))?.version, 2)
    })

    check('the id of a removed to-do is not given to the next', async (store) => {
      const { todo } = await store.create({ owner: alice, description: 'last' })
      assert.equal(await store.remove(todo.id, { owner: alice }, 'any'), 'removed')
      assert.equal(await store.remove(todo.id, 'everything', 'any'), undefined)
      const next = await store.create({ owner: alice, description: 'next' })
      assert(next.todo.id > todo.id)
    })

    check('a request with a key is carried out once and answered each time', async (store) => {
      const wanted = { owner: alice, description: 'once' }
      const first = await store.createOnce(wanted, request(1))
      assert(first.kind === 'created')
      assert.deepEqual(first.stored, { todo: { ...wanted, id: first.stored.todo.id }, version: 1 })
      assert.deepEqual(await store.createOnce(wanted, request(1)), { kind: 'repeated', stored: first.stored })
      const second = await store.createOnce(wanted, request(2))
      assert.equal(second.kind, 'created')
      assert.equal((await everyTodo(store)).length, 2)
    })

    check('a repeated request is answered as the first was, though the to-do was changed or removed', async (store) => {
      const first = await store.createOnce({ owner: alice, description: 'once' }, request(1))
      assert(first.kind === 'created')
      await store.describe(first.stored.todo.id, 'changed', 'everything', 'any')
      await store.remove(first.stored.todo.id, 'everything', 'any')
      const again = await store.createOnce({ owner: alice, description: 'once' }, request(1))
      assert.deepEqual(again, { kind: 'repeated', stored: first.stored })
      assert.deepEqual(await everyTodo(store), [])
    })

    check('a key that comes with another request is refused', async (store) => {
      await store.createOnce({ owner: alice, description: 'once' }, request(1))
      const other = { ...request(1), fingerprint: 'f'.repeat(64) }
      assert.deepEqual(await store.createOnce({ owner: bob, description: 'twice' }, other), { kind: 'other-request' })
      assert.equal((await everyTodo(store)).length, 1)
    })

    check('a key of a request that failed is free again', async (store) => {
      await assert.rejects(store.createOnce({ owner: alice, description: '' }, request(1)))
      assert.equal((await store.createOnce({ owner: alice, description: 'good' }, request(1))).kind, 'created')
      assert.equal((await everyTodo(store)).length, 1)
    })

    check('a key is remembered for a day, and then it is new', async (store, clock) => {
      const first = await store.createOnce({ owner: alice, description: 'once' }, request(1))
      clock.now += keyLifetime - 1
      assert.equal((await store.createOnce({ owner: alice, description: 'once' }, request(1))).kind, 'repeated')
      assert.equal(await store.forgetOldKeys(), 0)
      clock.now += 1
      const next = await store.createOnce({ owner: alice, description: 'once' }, request(1))
      assert(first.kind === 'created' && next.kind === 'created')
      assert.notEqual(next.stored.todo.id, first.stored.todo.id)
      clock.now += keyLifetime
      assert.equal(await store.forgetOldKeys(), 1)
      assert.equal(await store.forgetOldKeys(), 0)
    })

    check('of requests with one key at the same time one is carried out', async (store) => {
      const wanted = { owner: alice, description: 'once' }
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.createOnce(wanted, request(1))))
      assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), [
        'created',
        ...Array.from({ length: 7 }, () => 'repeated'),
      ])
      assert.equal((await everyTodo(store)).length, 1)
    })

    check('a named set is added once, in its order for each owner', async (store) => {
      const set = [
        { owner: alice, description: 'first' },
        { owner: bob, description: 'second' },
        { owner: alice, description: 'third' },
      ]
      assert.deepEqual(await store.seed('tutorial', set), { applied: true, count: 3 })
      assert.deepEqual(await store.seed('tutorial', [...set, ...set]), { applied: false, count: 3 })
      const ofAlice = await everyTodo(store, { owner: alice })
      assert.deepEqual(
        ofAlice.map(({ description }) => description),
        ['first', 'third'],
      )
      assert.equal((await everyTodo(store)).length, 3)
    })

    check('a set that is added twice at the same time is added once', async (store) => {
      const set = [{ owner: alice, description: 'first' }]
      const outcomes = await Promise.all([store.seed('tutorial', set), store.seed('tutorial', set)])
      assert.equal(outcomes.filter(({ applied }) => applied).length, 1)
      assert.equal((await everyTodo(store)).length, 1)
    })

    check('a set is not added again after its to-dos were removed; another set is', async (store) => {
      await store.seed('tutorial', [{ owner: alice, description: 'first' }])
      for (const { id } of await everyTodo(store)) await store.remove(id, 'everything', 'any')
      assert.deepEqual(await store.seed('tutorial', [{ owner: alice, description: 'first' }]), {
        applied: false,
        count: 1,
      })
      assert.deepEqual(await everyTodo(store), [])
      assert.deepEqual(await store.seed('empty', []), { applied: true, count: 0 })
    })

    check('a set that fails half-way leaves nothing, not even its name', async (store) => {
      const broken = [
        { owner: alice, description: 'good' },
        { owner: alice, description: '' },
      ]
      await assert.rejects(store.seed('tutorial', broken))
      assert.deepEqual(await everyTodo(store), [])
      assert.deepEqual(await store.seed('tutorial', broken.slice(0, 1)), { applied: true, count: 1 })
    })

    check('a write that was refused does not spoil the next one', async (store) => {
      await assert.rejects(store.create({ owner: alice, description: '' }))
      const { todo } = await store.create({ owner: alice, description: 'good' })
      await assert.rejects(store.describe(todo.id, '', 'everything', 'any'))
      const better = { ...todo, description: 'better' }
      assert.deepEqual(await store.describe(todo.id, 'better', 'everything', 'any'), { todo: better, version: 2 })
      assert.deepEqual(await everyTodo(store), [better])
    })

    check('an open store answers a ping', async (store) => {
      await store.ping()
    })

    test('a closed store rejects a ping', async () => {
      const store = await open(() => new Date())
      await store.close()
      await assert.rejects(store.ping())
    })
  })
}

interface Clock {
  now: number
}

function request(number: number) {
  return { key: `${number}`.padStart(64, '0'), fingerprint: 'a'.repeat(64) }
}

const alice = guid('a11ce000-0000-4000-8000-000000000001')
const bob = guid('b0b00000-0000-4000-8000-000000000002')

function guid(text: string): Guid {
  const value = readGuid(text)
  assert(value)
  return value
}
