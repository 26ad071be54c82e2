import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import type { Guid } from '../../guid.js'
import type { NewTodo, Todo } from '../../todos/todo.js'
import {
  type CreatedOnce,
  type Expected,
  keyLifetime,
  type OpenedStore,
  type Reach,
  type RequestKey,
  type SeedOutcome,
  type StoredTodo,
  StoreUnavailable,
  StoreUnusable,
  type TodoStore,
  type TodosText,
} from '../todo-store.js'
import { inTransaction } from './in-transaction.js'
import { migrate } from './migrate.js'
import { columns, otherColumns, readJson, readOne, readOptional, readValues, write } from './query.js'

/**
 * Opens the database file, creates it when missing (0600, a new folder 0700) and brings its schema up to date.
 * `:memory:` keeps nothing. Other processes may use the same file at the same time; a write waits up to five seconds for
 * theirs. Throws StoreUnusable. Not checked: the rest of the file, page by page; a torn page shows when it is read.
 */
export function openSqliteStore(file: string, now: () => Date): OpenedStore {
  try {
    makePrivateFile(file)
    const database = connect(file)
    try {
      const migration = migrate(database, now)
      return { store: sqliteStore(database, now), migration }
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    throw new StoreUnusable(`cannot use the database ${file}: ${reason(error)}`, { cause: error })
  }
}

// SQLite gives its -wal and -shm files the mode of the database file, so one private file makes three.
function makePrivateFile(file: string): void {
  if (file === ':memory:') return
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
}

function connect(file: string): Database.Database {
  const database = new Database(file, { timeout: 5_000 })
  // NORMAL: a commit is in the kernel's hands before it is acknowledged, so it survives the end of this process however
  // sudden, and the file stays whole in a power cut, which may take back the last commits (sqlite.org/pragma.html). FULL
  // would keep those too, but waits for the disk at each write, and in this process every other request waits along.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
  return database
}

const reasons: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not an SQLite database: name another file in DATABASE_FILE, or restore a backup',
  SQLITE_CORRUPT: 'it is damaged: restore a backup',
  SQLITE_READONLY: 'it cannot be written: check the owner and mode of the file',
  SQLITE_FULL: 'the disk is full: free some space and try again',
  EACCES: 'permission denied: check the owner and mode of the file and its folder',
  EISDIR: 'it is a folder: name a file in DATABASE_FILE',
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof StoreUnavailable) return `${error.message}: stop that program and try again`
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return reasons[code] ?? error.message
}

function sqliteStore(database: Database.Database, now: () => Date): TodoStore {
  const sql = prepare(database)
  return {
    async page(reach, after, limit) {
      return reach === 'everything' ? sql.page(after, limit) : sql.pageOf(reach.owner, after, limit)
    },
    async pageText(reach, after, limit) {
      return reach === 'everything' ? sql.text(after, limit) : sql.textOf(reach.owner, after, limit)
    },
    async find(id, reach) {
      return stored(sql.find(id, ownerOf(reach)))
    },
    async create({ owner, description }) {
      return stored(sql.create(owner, description))
    },
    async createOnce(todo, request) {
      return inTransaction(database, () => createOnce(sql, todo, request, now().getTime()))
    },
    async describe(id, description, reach, expected) {
      const changed = sql.describe(id, ownerOf(reach), versionOf(expected), description)
      return changed === undefined ? staleOrMissing(sql, id, reach) : stored(changed)
    },
    async remove(id, reach, expected) {
      const removed = sql.remove(id, ownerOf(reach), versionOf(expected)) > 0
      return removed ? 'removed' : staleOrMissing(sql, id, reach)
    },
    async seed(name, todos) {
      return inTransaction(database, () => seed(sql, name, todos, now()))
    },
    async forgetOldKeys() {
      return sql.forgetKeys(now().getTime() - keyLifetime)
    },
    async ping() {
      sql.ping()
    },
    async close() {
      database.close()
    },
  }
}

type Prepared = ReturnType<typeof prepare>

function prepare(database: Database.Database) {
  const reachable = 'id = ?1 AND (?2 IS NULL OR owner = ?2)'
  const expected = '(?3 IS NULL OR version = ?3)'
  const returning = 'RETURNING id, owner, description, version'
  return {
    page: readPage(database, 'id > ?'),
    pageOf: readPage(database, 'owner = ? AND id > ?'),
    text: readText(database, 'id > ?'),
    textOf: readText(database, 'owner = ? AND id > ?'),
    find: readOptional(database, `SELECT id, owner, description, version FROM todos WHERE ${reachable}`, isTodoRow),
    create: readOne(database, `INSERT INTO todos (owner, description) VALUES (?, ?) ${returning}`, isTodoRow),
    describe: readOptional(
      database,
      `UPDATE todos SET description = ?4, version = version + 1 WHERE ${reachable} AND ${expected} ${returning}`,
      isTodoRow,
    ),
    remove: write(database, `DELETE FROM todos WHERE ${reachable} AND ${expected}`),
    findKey: readOptional(
      database,
      'SELECT fingerprint, id, owner, description FROM request_keys WHERE key = ? AND made_at > ?',
      isKeyRow,
    ),
    keepKey: write(
      database,
      `INSERT OR REPLACE INTO request_keys (key, fingerprint, id, owner, description, made_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    forgetKeys: write(
      database,
      'DELETE FROM request_keys WHERE key IN (SELECT key FROM request_keys WHERE made_at <= ? LIMIT 1000)',
    ),
    findSeed: readOptional(database, 'SELECT count FROM applied_seeds WHERE name = ?', columns({ count: 'number' })),
    markSeed: write(database, 'INSERT INTO applied_seeds (name, count, applied_at) VALUES (?, ?, ?)'),
    ping: readOne(database, 'SELECT 1 AS alive', columns({ alive: 'number' })),
  }
}

function readPage(database: Database.Database, condition: string) {
  const sql = `SELECT json_group_array(json_array(id, owner, description)) FROM (${rowsOfPage(condition)})`
  return readJson(database, sql, todoOf)
}

function readText(database: Database.Database, condition: string) {
  const todo = "json_object('id', id, 'owner', owner, 'description', description)"
  const sql = `SELECT json_group_array(${todo}), count(*), ifnull(max(id), 0) FROM (${rowsOfPage(condition)})`
  const read = readValues(database, sql)
  return (...parameters: unknown[]): TodosText => {
    const [json, count, last] = read(...parameters)
    if (typeof json !== 'string' || typeof count !== 'number' || typeof last !== 'number') throw otherColumns()
    return { json, count, last }
  }
}

// A subquery with a limit is run by itself, row by row into the aggregate, so the order holds. SQLite's manual does not
// promise it; ORDER BY inside the aggregate would be the promise and sort once more, for a third of the time. The
// conformance suite holds it.
function rowsOfPage(condition: string): string {
  return `SELECT id, owner, description FROM todos WHERE ${condition} ORDER BY id LIMIT ?`
}

function createOnce(sql: Prepared, todo: NewTodo, { key, fingerprint }: RequestKey, at: number): CreatedOnce {
  const earlier = sql.findKey(key, at - keyLifetime)
  if (earlier !== undefined) {
    if (earlier.fingerprint !== fingerprint) return { kind: 'other-request' }
    return { kind: 'repeated', stored: stored({ ...earlier, version: 1 }) }
  }
  const created = stored(sql.create(todo.owner, todo.description))
  sql.keepKey(key, fingerprint, created.todo.id, todo.owner, todo.description, at)
  return { kind: 'created', stored: created }
}

function seed(sql: Prepared, name: string, todos: readonly NewTodo[], at: Date): SeedOutcome {
  const earlier = sql.findSeed(name)
  if (earlier !== undefined) return { applied: false, count: earlier.count }
  for (const { owner, description } of todos) sql.create(owner, description)
  sql.markSeed(name, todos.length, at.toISOString())
  return { applied: true, count: todos.length }
}

function staleOrMissing(sql: Prepared, id: number, reach: Reach): 'stale' | undefined {
  return sql.find(id, ownerOf(reach)) === undefined ? undefined : 'stale'
}

function ownerOf(reach: Reach): Guid | null {
  return reach === 'everything' ? null : reach.owner
}

function versionOf(expected: Expected): number | null {
  return expected === 'any' ? null : expected
}

type TodoRow = Todo & { readonly version: number }

// The tables are STRICT and only this program writes them, so the kinds of the columns are enough.
function todoOf(row: unknown): Todo {
  if (!isTodoTuple(row)) throw otherColumns()
  const [id, owner, description] = row
  return { id, owner, description }
}

function isTodoTuple(row: unknown): row is [id: number, owner: Guid, description: string] {
  if (!Array.isArray(row) || row.length !== 3) return false
  return typeof row[0] === 'number' && typeof row[1] === 'string' && typeof row[2] === 'string'
}

function isTodoRow(row: unknown): row is TodoRow {
  return todoRowColumns(row)
}

function isKeyRow(row: unknown): row is Todo & { readonly fingerprint: string } {
  return keyColumns(row)
}

const todoShape = { id: 'number', owner: 'string', description: 'string' } as const
const todoRowColumns = columns({ ...todoShape, version: 'number' })
const keyColumns = columns({ ...todoShape, fingerprint: 'string' })

function stored(row: TodoRow): StoredTodo
function stored(row: TodoRow | undefined): StoredTodo | undefined
function stored(row: TodoRow | undefined): StoredTodo | undefined {
  return row && { todo: { id: row.id, owner: row.owner, description: row.description }, version: row.version }
}
