import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import type { Guid } from '../../guid.js'
import type { NewTodo, Todo } from '../../todos/todo.js'
import { type Reach, type SeedOutcome, StoreUnusable, type TodoStore } from '../todo-store.js'
import { inTransaction } from './in-transaction.js'
import { type MigrationOutcome, migrate } from './migrate.js'
import { columns, readAll, readOne, readOptional, write } from './query.js'

export interface OpenedSqliteStore {
  readonly store: TodoStore
  /** What opening did to the schema. */
  readonly migration: MigrationOutcome
}

/**
 * Opens the database file, creates it when missing (0600, a new folder 0700) and brings its schema up to date.
 * `:memory:` keeps nothing. Other processes may use the same file at the same time; a write waits up to five seconds for
 * theirs. Throws StoreUnusable. Not checked: the rest of the file, page by page; a torn page shows when it is read.
 */
export function openSqliteStore(file: string, now: () => Date): OpenedSqliteStore {
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
  // FULL: in WAL mode NORMAL would keep the file whole, but a power cut could take back commits already acknowledged.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  return database
}

const reasons: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not an SQLite database: name another file in DATABASE_FILE, or restore a backup',
  SQLITE_CORRUPT: 'it is damaged: restore a backup',
  SQLITE_BUSY: 'another program keeps it locked: stop that program and try again',
  SQLITE_READONLY: 'it cannot be written: check the owner and mode of the file',
  SQLITE_FULL: 'the disk is full: free some space and try again',
  EACCES: 'permission denied: check the owner and mode of the file and its folder',
  EISDIR: 'it is a folder: name a file in DATABASE_FILE',
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return reasons[code] ?? error.message
}

function sqliteStore(database: Database.Database, now: () => Date): TodoStore {
  const sql = prepare(database)
  return {
    async list(reach) {
      return reach === 'everything' ? sql.listAll() : sql.listOwn(reach.owner)
    },
    async find(id, reach) {
      return bare(sql.find(id, ownerOf(reach)))
    },
    async create({ owner, description }) {
      return bare(sql.create(owner, description))
    },
    async describe(id, description, reach) {
      return bare(sql.describe(id, ownerOf(reach), description))
    },
    async remove(id, reach) {
      return sql.remove(id, ownerOf(reach)) > 0
    },
    async seed(name, todos) {
      return inTransaction(database, () => seed(sql, name, todos, now()))
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
  const select = 'SELECT id, owner, description FROM todos'
  const reachable = 'id = ?1 AND (?2 IS NULL OR owner = ?2)'
  const returning = 'RETURNING id, owner, description'
  return {
    listAll: readAll(database, `${select} ORDER BY id`, isTodo),
    listOwn: readAll(database, `${select} WHERE owner = ? ORDER BY id`, isTodo),
    find: readOptional(database, `${select} WHERE ${reachable}`, isTodo),
    create: readOne(database, `INSERT INTO todos (owner, description) VALUES (?, ?) ${returning}`, isTodo),
    describe: readOptional(database, `UPDATE todos SET description = ?3 WHERE ${reachable} ${returning}`, isTodo),
    remove: write(database, `DELETE FROM todos WHERE ${reachable}`),
    findSeed: readOptional(database, 'SELECT count FROM applied_seeds WHERE name = ?', columns({ count: 'number' })),
    markSeed: write(database, 'INSERT INTO applied_seeds (name, count, applied_at) VALUES (?, ?, ?)'),
    ping: readOne(database, 'SELECT 1 AS alive', columns({ alive: 'number' })),
  }
}

function seed(sql: Prepared, name: string, todos: readonly NewTodo[], at: Date): SeedOutcome {
  const earlier = sql.findSeed(name)
  if (earlier !== undefined) return { applied: false, count: earlier.count }
  for (const { owner, description } of todos) sql.create(owner, description)
  sql.markSeed(name, todos.length, at.toISOString())
  return { applied: true, count: todos.length }
}

function ownerOf(reach: Reach): Guid | null {
  return reach === 'everything' ? null : reach.owner
}

// The tables are STRICT and only this program writes them, so the kinds of the columns are enough.
function isTodo(row: unknown): row is Todo {
  return todoColumns(row)
}

const todoColumns = columns({ id: 'number', owner: 'string', description: 'string' })

function bare<Found extends Todo | undefined>(row: Found): Found
function bare(row: Todo | undefined): Todo | undefined {
  return row && { id: row.id, owner: row.owner, description: row.description }
}
