import Libsql from 'libsql'
import { makePrivateFile } from '../data-folder.js'
import { migrations } from './migrations.js'

/** The directory's file cannot be used. `message` says what to do about it. */
export class DirectoryFileError extends Error {
  override readonly name = 'DirectoryFileError'
  readonly code: 'damaged' | 'too_new'
  constructor(code: 'damaged' | 'too_new', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

type Value = string | number | Uint8Array | null

/**
 * A prepared query whose rows have the shape `Row`; the tables are STRICT, so the shape is the schema's promise.
 * A BLOB is read as an ArrayBuffer; rows of `get` have a member `_metadata` that nobody asked for.
 */
export interface Query<Row> {
  get(...values: Value[]): Row | undefined
  all(...values: Value[]): Row[]
  run(...values: Value[]): number
}

export interface Database {
  query<Row = Record<string, never>>(sql: string): Query<Row>
  /** A query on what is merely noted down, such as a log: its writes leave the generation as it is. */
  queryAside<Row = Record<string, never>>(sql: string): Query<Row>
  /** Another number after every write, so that what was read before can be told from what is true now. */
  generation(): number
  /** Runs `work` so that either all of its writes happen or none. A transaction within a transaction joins it. */
  transaction<T>(work: () => T): T
  close(): void
}

/** Opens the SQLite file at `path`, or one in memory for null, and brings it to the newest schema. */
export function openDatabase(path: string | null): Database {
  if (path !== null) makePrivateFile(path)
  const connection = new Libsql(path ?? ':memory:')
  try {
    configure(connection)
    migrate(connection, path)
  } catch (error) {
    connection.close()
    throw asFileError(path, error)
  }
  let generation = 0
  const written = () => {
    generation += 1
  }
  return {
    query: (sql) => prepare(connection, sql, written),
    queryAside: (sql) => prepare(connection, sql, () => {}),
    generation: () => generation,
    transaction(work) {
      // Asked about a closed connection, libsql does not throw: it ends the process.
      if (!connection.open) throw new Error('The directory is closed.')
      return connection.inTransaction ? work() : inTransaction(connection, work, written)
    },
    close: () => close(connection),
  }
}

function configure(connection: Libsql.Database): void {
  connection.exec('PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON')
  // A write that was acknowledged survives the death of the process; only a power cut may cost the last moments.
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
}

/** libsql leaves the write-ahead log as it is; brought in here, the file is whole by itself and can be copied. */
function close(connection: Libsql.Database): void {
  if (!connection.open) return
  try {
    connection.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Then, as when another program is using the file, the log stays beside it and is read with it: nothing is lost.
  }
  connection.close()
}

function migrate(connection: Libsql.Database, path: string | null): void {
  const version = schemaVersion(connection)
  if (version > migrations.length) {
    throw new DirectoryFileError(
      'too_new',
      `${path} was written by a newer version (schema ${version}, this one knows ${migrations.length}). Update, or use another data folder.`,
    )
  }
  if (version === migrations.length) return
  inTransaction(connection, () => {
    for (const step of migrations.slice(version)) connection.exec(step)
    connection.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

/** libsql's own transaction() reports a failed ROLLBACK in place of what went wrong, such as a full disk. */
function inTransaction<T>(connection: Libsql.Database, work: () => T, undone: () => void = () => {}): T {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    // What was read in between is no longer true either.
    undone()
    throw error
  }
}

function schemaVersion(connection: Libsql.Database): number {
  const row = connection.prepare('SELECT user_version AS version FROM pragma_user_version').get()
  return (row as { version: number }).version
}

/** What SQLite says of a file that is no directory. A lock or a full disk is not among it: such a file is worth keeping. */
const signsOfDamage = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_ERROR'])

/** The error as a DirectoryFileError when the file at `path` is to blame for it; any other as it came. */
export function asFileError(path: string | null, error: unknown): unknown {
  if (path === null || !(error instanceof Libsql.SqliteError) || !signsOfDamage.has(error.code)) return error
  return new DirectoryFileError(
    'damaged',
    `${path} cannot be read as a directory (${error.message}). Move it away, or delete its folder to start with a new tenant.`,
    { cause: error },
  )
}

/**
 * A query with libsql 0.5 held to its word: get() after all() on one statement answers for the values of all(), so each has
 * its own; a statement that failed once fails again, so it is dropped; and statements go on working after close().
 */
function prepare<Row>(connection: Libsql.Database, sql: string, written: () => void): Query<Row> {
  const one = reusable(connection, sql)
  const many = reusable(connection, sql)
  return {
    get: (...values) => one((statement) => statement.get(...values)) as Row | undefined,
    all: (...values) => many((statement) => statement.all(...values)) as Row[],
    run(...values) {
      written()
      return one((statement) => statement.run(...values)).changes
    },
  }
}

type Statement = Libsql.Statement<Value[]>

function reusable(connection: Libsql.Database, sql: string) {
  let kept: Statement | undefined
  return <Result>(use: (statement: Statement) => Result): Result => {
    if (!connection.open) throw new Error('The directory is closed.')
    const statement = kept ?? connection.prepare<Value[]>(sql)
    // Put back only after it worked.
    kept = undefined
    const result = use(statement)
    kept = statement
    return result
  }
}
