import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/directory/database.js'
import { remember } from '../../src/directory/remember.js'

function lookedUp() {
  const db = openDatabase(null)
  const asked: string[] = []
  const row = db.query<{ display_name: string }>('SELECT display_name FROM tenant WHERE tenant_id = ?')
  const find = remember(db, (key) => {
    asked.push(key)
    return row.get(key)?.display_name
  })
  const insert = db.query("INSERT INTO tenant VALUES (?, 'sub', ?, 'now')")
  return { db, asked, find, insert }
}

test('an answer is looked up once, and again after anything was written', () => {
  const { asked, find, insert } = lookedUp()
  insert.run('a', 'first')
  assert.deepEqual([find('a'), find('a')], ['first', 'first'])
  insert.run('b', 'second')
  assert.deepEqual([find('a'), find('b')], ['first', 'second'])
  assert.deepEqual(asked, ['a', 'a', 'b'])
})

test('what is missing is looked up every time', () => {
  const { asked, find } = lookedUp()
  assert.deepEqual([find('x'), find('x')], [undefined, undefined])
  assert.deepEqual(asked, ['x', 'x'])
})

test('what was read in a transaction that was undone is forgotten', () => {
  const { db, find, insert } = lookedUp()
  assert.throws(() =>
    db.transaction(() => {
      insert.run('a', 'undone')
      assert.equal(find('a'), 'undone')
      throw new Error('undo')
    }),
  )
  assert.equal(find('a'), undefined)
})

test('what is written aside makes nobody forget', () => {
  const { db, asked, find, insert } = lookedUp()
  insert.run('a', 'first')
  find('a')
  db.queryAside("UPDATE tenant SET display_name = 'changed'").run()
  assert.equal(find('a'), 'first')
  assert.deepEqual(asked, ['a'])
})
