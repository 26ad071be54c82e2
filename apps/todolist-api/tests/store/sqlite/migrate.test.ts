import assert from 'node:assert/strict'
import { test } from 'node:test'
import Database from 'libsql'
import { checksum } from '../../../src/store/migration.js'
import { migrate } from '../../../src/store/sqlite/migrate.js'
import { migrations } from '../../../src/store/sqlite/migrations.js'

const now = () => new Date('2026-11-23T12:00:00Z')
const one = { number: 1, name: 'one', sql: 'CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT' }
const two = { number: 2, name: 'two', sql: 'CREATE TABLE two (id INTEGER PRIMARY KEY) STRICT' }
const broken = { number: 3, name: 'broken', sql: 'CREATE TABLE three (id INTEGER); CREATE TABLE one (id INTEGER)' }

test('steps are applied in order and each once', () => {
  const database = new Database(':memory:')
  assert.deepEqual(migrate(database, now, [one]), { applied: [1], current: 1 })
  assert.deepEqual(migrate(database, now, [one, two]), { applied: [2], current: 2 })
  assert.deepEqual(migrate(database, now, [one, two]), { applied: [], current: 2 })
  assert.deepEqual(database.prepare('SELECT number, name, applied_at FROM schema_migrations ORDER BY number').all(), [
    { number: 1, name: 'one', applied_at: '2026-11-23T12:00:00.000Z' },
    { number: 2, name: 'two', applied_at: '2026-11-23T12:00:00.000Z' },
  ])
})

test('a step that fails takes back everything of this run', () => {
  const database = new Database(':memory:')
  migrate(database, now, [one])
  assert.throws(() => migrate(database, now, [one, two, broken]), /table one already exists/)
  assert.deepEqual(database.prepare("SELECT name FROM sqlite_schema WHERE name IN ('two', 'three')").all(), [])
  assert.deepEqual(migrate(database, now, [one, two]), { applied: [2], current: 2 })
})

test('a checksum changes with the text but not with its white space', () => {
  assert.equal(checksum({ ...one, sql: one.sql.replaceAll(' ', '\n  ') }), checksum(one))
  assert.notEqual(checksum({ ...one, sql: `${one.sql};` }), checksum(one))
  assert.notEqual(checksum({ ...one, name: 'uno' }), checksum(one))
})

// When this fails a released migration was edited: undo that and add a new one. A new migration adds a line here.
test('released migrations are what they were', () => {
  assert.deepEqual(
    migrations.map((migration) => [migration.number, checksum(migration)]),
    [
      [1, '70efe4c62c188e937faf6a427bff8dbebc3fbf11608a4ce38c1e9a510324e6bc'],
      [2, '6b83ccce66970f88a44c84feea520e02ed74f1739d9b4a708278a4cfea6d0b8a'],
    ],
  )
})
