import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Guid, readGuid } from '../../src/guid.js'
import type { TodoStore } from '../../src/store/todo-store.js'

/** What every back end must do. `open` gives an empty store each time; the suite closes it. */
export function storeConformance(name: string, open: () => Promise<TodoStore>): void {
  const check = (sentence: string, body: (store: TodoStore) => Promise<void>) => {
    void test(sentence, async () => {
      const store = await open()
      try {
        await body(store)
      } finally {
        await store.close()
      }
    })
  }

  describe(`${name} as a to-do store`, () => {
    check('an empty store lists nothing, to the whole and to an owner', async (store) => {
      assert.deepEqual(await store.list('everything'), [])
      assert.deepEqual(await store.list({ owner: alice }), [])
    })

    check('what was created is found and has the three members only', async (store) => {
      const todo = await store.create({ owner: alice, description: 'Wäsche 🧺' })
      assert.deepEqual(todo, { id: todo.id, owner: alice, description: 'Wäsche 🧺' })
      assert(Number.isSafeInteger(todo.id) && todo.id > 0)
      assert.deepEqual(await store.find(todo.id, 'everything'), todo)
      assert.deepEqual(await store.find(todo.id, { owner: alice }), todo)
    })

    check('a list ascends by id and holds what is within reach', async (store) => {
      const one = await store.create({ owner: bob, description: 'one' })
      const two = await store.create({ owner: alice, description: 'two' })
      const three = await store.create({ owner: bob, description: 'three' })
      assert(one.id < two.id && two.id < three.id)
      assert.deepEqual(await store.list('everything'), [one, two, three])
      assert.deepEqual(await store.list({ owner: bob }), [one, three])
    })

    check('a list of several hundred is complete', async (store) => {
      await store.seed(
        'many',
        Array.from({ length: 301 }, (_, index) => ({ owner: index % 3 === 0 ? alice : bob, description: `${index}` })),
      )
      assert.deepEqual(
        (await store.list('everything')).map((todo) => todo.description),
        Array.from({ length: 301 }, (_, index) => `${index}`),
      )
      assert.equal((await store.list({ owner: bob })).length, 200)
    })

    check("another's to-do is not found, not changed, not removed", async (store) => {
      const todo = await store.create({ owner: alice, description: 'mine' })
      assert.equal(await store.find(todo.id, { owner: bob }), undefined)
      assert.equal(await store.describe(todo.id, 'stolen', { owner: bob }), undefined)
      assert.equal(await store.remove(todo.id, { owner: bob }), false)
      assert.deepEqual(await store.list('everything'), [todo])
    })

    check('a missing to-do is not found, not changed, not removed', async (store) => {
      for (const id of [1, Number.MAX_SAFE_INTEGER]) {
        assert.equal(await store.find(id, 'everything'), undefined)
        assert.equal(await store.describe(id, 'x', 'everything'), undefined)
        assert.equal(await store.remove(id, 'everything'), false)
      }
      assert.deepEqual(await store.list('everything'), [])
    })

    check('describing changes that description and nothing else', async (store) => {
      const todo = await store.create({ owner: alice, description: 'before' })
      const other = await store.create({ owner: alice, description: 'other' })
      const changed = { ...todo, description: 'after' }
      assert.deepEqual(await store.describe(todo.id, 'after', { owner: alice }), changed)
      assert.deepEqual(await store.list('everything'), [changed, other])
      assert.deepEqual(await store.describe(other.id, 'again', 'everything'), { ...other, description: 'again' })
    })

    check('the id of a removed to-do is never given again', async (store) => {
      const todo = await store.create({ owner: alice, description: 'last' })
      assert.equal(await store.remove(todo.id, { owner: alice }), true)
      assert.equal(await store.remove(todo.id, 'everything'), false)
      const next = await store.create({ owner: alice, description: 'next' })
      assert(next.id > todo.id)
    })

    check('a named set is added once, in its order', async (store) => {
      const set = [
        { owner: alice, description: 'first' },
        { owner: bob, description: 'second' },
      ]
      assert.deepEqual(await store.seed('tutorial', set), { applied: true, count: 2 })
      assert.deepEqual(await store.seed('tutorial', [...set, ...set]), { applied: false, count: 2 })
      assert.deepEqual(
        (await store.list('everything')).map(({ owner, description }) => ({ owner, description })),
        set,
      )
    })

    check('a set is not added again after its to-dos were removed; another set is', async (store) => {
      await store.seed('tutorial', [{ owner: alice, description: 'first' }])
      for (const { id } of await store.list('everything')) await store.remove(id, 'everything')
      assert.deepEqual(await store.seed('tutorial', [{ owner: alice, description: 'first' }]), {
        applied: false,
        count: 1,
      })
      assert.deepEqual(await store.list('everything'), [])
      assert.deepEqual(await store.seed('empty', []), { applied: true, count: 0 })
    })

    check('a set that fails half-way leaves nothing, not even its name', async (store) => {
      const broken = [
        { owner: alice, description: 'good' },
        { owner: alice, description: '' },
      ]
      await assert.rejects(store.seed('tutorial', broken))
      assert.deepEqual(await store.list('everything'), [])
      assert.deepEqual(await store.seed('tutorial', broken.slice(0, 1)), { applied: true, count: 1 })
    })

    check('a write that was refused does not spoil the next one', async (store) => {
      await assert.rejects(store.create({ owner: alice, description: '' }))
      const todo = await store.create({ owner: alice, description: 'good' })
      await assert.rejects(store.describe(todo.id, '', 'everything'))
      assert.deepEqual(await store.describe(todo.id, 'better', 'everything'), { ...todo, description: 'better' })
      assert.deepEqual(await store.list('everything'), [{ ...todo, description: 'better' }])
    })

    check('an open store answers a ping', async (store) => {
      await store.ping()
    })

    test('a closed store rejects a ping', async () => {
      const store = await open()
      await store.close()
      await assert.rejects(store.ping())
    })
  })
}

const alice = guid('a11ce000-0000-4000-8000-000000000001')
const bob = guid('b0b00000-0000-4000-8000-000000000002')

function guid(text: string): Guid {
  const value = readGuid(text)
  assert(value)
  return value
}
