import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import Database from 'libsql'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import { StoreUnusable } from '../../../src/store/todo-store.js'
import { storeConformance } from '../store-conformance.js'

const folder = mkdtempSync(join(tmpdir(), 'todolist-store-'))
let files = 0
const newFile = () => join(folder, `${++files}`, 'todolist.db')
const now = () => new Date('2026-11-23T12:00:00Z')

after(() => rmSync(folder, { recursive: true }))

storeConformance('SQLite in memory', async (clock) => openSqliteStore(':memory:', clock).store)
storeConformance('SQLite in a file', async (clock) => openSqliteStore(newFile(), clock).store)

describe('a database file', () => {
  test('is private, and so are its folder and its journal', { skip: process.platform === 'win32' }, async () => {
    const file = newFile()
    const { store } = openSqliteStore(file, now)
    await store.seed('x', [])
    assert.equal(mode(join(file, '..')), 0o700)
    for (const name of [file, `${file}-wal`, `${file}-shm`]) assert.equal(mode(name), 0o600, name)
    await store.close()
  })

  test('keeps what was written, for the next opening and for a neighbour', async () => {
    const file = newFile()
    const first = openSqliteStore(file, now)
    assert.deepEqual(first.migration, { applied: [1, 2], current: 2 })
    await first.store.seed('x', [])
    const neighbour = openSqliteStore(file, now)
    assert.deepEqual(neighbour.migration, { applied: [], current: 2 })
    assert.deepEqual(await neighbour.store.seed('x', []), { applied: false, count: 0 })
    await first.store.close()
    await neighbour.store.close()
  })

  test('of a newer program is refused and left alone', async () => {
    const file = await made((database) =>
      database.exec("INSERT INTO schema_migrations VALUES (99, 'later', 'c', 'then')"),
    )
    assertUnusable(file, 'its schema has version 99, this program knows 2: use the newer program, or restore a backup')
  })

  test('whose migration differs from ours is refused', async () => {
    const file = await made((database) => database.exec("UPDATE schema_migrations SET checksum = 'other'"))
    assertUnusable(
      file,
      'its migration 1 is not the one of this program: use the program that made it, or restore a backup',
    )
  })

  test('of another program is refused and left alone', () => {
    const file = join(folder, 'foreign.db')
    const database = new Database(file)
    database.exec('CREATE TABLE accounts (id INTEGER)')
    database.close()
    assertUnusable(file, 'it holds tables of another program: point DATABASE_FILE at a file of its own')
    const again = new Database(file)
    assert.deepEqual(again.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all(), [{ name: 'accounts' }])
    again.close()
  })

  test('that is no database is refused and left alone', () => {
    const file = join(folder, 'letter.txt')
    writeFileSync(file, 'Dear Sir or Madam, '.repeat(100))
    const size = statSync(file).size
    assertUnusable(file, 'it is not an SQLite database: name another file in DATABASE_FILE, or restore a backup')
    assert.equal(statSync(file).size, size)
  })

  test('whose pages are damaged is refused', async () => {
    const file = await made((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xa5, 100)) // the header of SQLite's format is 100 bytes long
    assertUnusable(file, 'it is damaged: restore a backup')
  })

  test('that is a folder is refused', () => {
    assertUnusable(folder, 'it is a folder: name a file in DATABASE_FILE')
  })

  const cannotBeRefused = process.platform === 'win32' || process.getuid?.() === 0
  test('in a folder that may not be written is refused', {
    skip: cannotBeRefused && 'needs a user with limits',
  }, () => {
    const locked = mkdtempSync(join(folder, 'locked-'))
    chmodSync(locked, 0o500)
    const sentence = 'permission denied: check the owner and mode of the file and its folder'
    assertUnusable(join(locked, 'todolist.db'), sentence)
  })

  test('refuses rows that break the rules of the tables', async () => {
    const file = newFile()
    await openSqliteStore(file, now).store.close()
    const database = new Database(file)
    const insert = database.prepare('INSERT INTO todos (owner, description) VALUES (?, ?)')
    assert.throws(() => insert.run('alice', 'x'), /CHECK constraint failed/)
    assert.throws(() => insert.run('a11ce000-0000-4000-8000-000000000001', ''), /CHECK constraint failed/)
    assert.throws(() => insert.run('a11ce000-0000-4000-8000-000000000001', 'x'.repeat(1001)), /CHECK constraint failed/)
    database.close()
  })
})

async function made(change: (database: Database.Database) => void): Promise<string> {
  const file = newFile()
  await openSqliteStore(file, now).store.close()
  const database = new Database(file)
  change(database)
  database.close()
  return file
}

function assertUnusable(file: string, why: string): void {
  assert.throws(
    () => openSqliteStore(file, now),
    (error) => {
      assert(error instanceof StoreUnusable)
      assert.equal(error.message, `cannot use the database ${file}: ${why}`)
      return true
    },
  )
}

function mode(path: string): number {
  return statSync(path).mode & 0o777
}
