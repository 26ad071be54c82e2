import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import type { Guid } from '../../guid.js'
import type { NewTodo, Todo } from '../../todos/todo.js'
import { type Reach, type SeedOutcome, StoreUnusable, type TodoStore } from '../todo-store.js'
import { inTransaction } from './in-transaction.js'
import { type MigrationOutcome, migrate } from './migrate.js'
import { columns, readOptionalRow, readRow, readRows } from './rows.js'

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
  const statements = prepare(database)
  return {
    async list(reach) {
      if (reach === 'everything') return readRows(statements.listAll, isTodo)
      return readRows(statements.listOwn, isTodo, reach.owner)
    },
    async find(id, reach) {
      return bare(readOptionalRow(statements.find, isTodo, id, ownerOf(reach)))
    },
    async create(todo) {
      return bare(readRow(statements.create, isTodo, todo.owner, todo.description))
    },
    async describe(id, description, reach) {
      return bare(readOptionalRow(statements.describe, isTodo, id, ownerOf(reach), description))
    },
    async remove(id, reach) {
      return statements.remove.run(id, ownerOf(reach)).changes > 0
    },
    async seed(name, todos) {
      return inTransaction(database, () => seed(statements, name, todos, now()))
    },
    async ping() {
      readRow(statements.ping, columns({ alive: 'number' }))
    },
    async close() {
      database.close()
    },
  }
}

type Statements = ReturnType<typeof prepare>

function prepare(database: Database.Database) {
  const reachable = '(?2 IS NULL OR owner = ?2)'
  return {
    listAll: database.prepare('SELECT id, owner, description FROM todos ORDER BY id'),
    listOwn: database.prepare('SELECT id, owner, description FROM todos WHERE owner = ? ORDER BY id'),
    find: database.prepare(`SELECT id, owner, description FROM todos WHERE id = ?1 AND ${reachable}`),
    create: database.prepare('INSERT INTO todos (owner, description) VALUES (?, ?) RETURNING id, owner, description'),
    describe: database.prepare(
      `UPDATE todos SET description = ?3 WHERE id = ?1 AND ${reachable} RETURNING id, owner, description`,
    ),
    remove: database.prepare(`DELETE FROM todos WHERE id = ?1 AND ${reachable}`),
    findSeed: database.prepare('SELECT count FROM applied_seeds WHERE name = ?'),
    markSeed: database.prepare('INSERT INTO applied_seeds (name, count, applied_at) VALUES (?, ?, ?)'),
    ping: database.prepare('SELECT 1 AS alive'),
  }
}

function seed(statements: Statements, name: string, todos: readonly NewTodo[], at: Date): SeedOutcome {
  const earlier = readOptionalRow(statements.findSeed, columns({ count: 'number' }), name)
  if (earlier !== undefined) return { applied: false, count: earlier.count }
  for (const todo of todos) readRow(statements.create, isTodo, todo.owner, todo.description)
  statements.markSeed.run(name, todos.length, at.toISOString())
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
