import type Database from 'libsql'
import { whenBusy } from './busy.js'

// Typed queries that hide four surprises of libsql 0.5:
// - a statement that failed fails once more when it is used again, so it is dropped and prepared anew;
// - prepared statements go on working after the database was closed;
// - all() on a statement that writes (INSERT … RETURNING) runs it twice, so only `readAll` uses it, for plain SELECTs;
// - rows of get() have a member `_metadata` that nobody asked for, so copy the columns you need.
// A fifth is left to the callers: parameters are not counted, and a missing one keeps its value from the run before.

type RowGuard<Row> = (row: unknown) => row is Row

/** For SELECTs without side effects. */
export function readAll<Row>(database: Database.Database, sql: string, guard: RowGuard<Row>) {
  const reuse = reusable(database, sql)
  return (...parameters: unknown[]): Row[] =>
    reuse((statement) => statement.all(...parameters)).map((row) => checked(row, guard))
}

/**
 * For SELECTs whose first row has one column: a JSON array with an array of columns for each row found. SQLite writes it
 * and V8 reads it in half the time that the driver takes to hand over one value after another.
 */
export function readJson<Row>(database: Database.Database, sql: string, read: (columns: unknown) => Row) {
  const values = readValues(database, sql)
  return (...parameters: unknown[]): Row[] => {
    const [text] = values(...parameters)
    const rows: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    if (!Array.isArray(rows)) throw otherColumns()
    return rows.map(read)
  }
}

/** For queries with one row or none, also for INSERT and UPDATE … RETURNING. */
export function readOptional<Row>(database: Database.Database, sql: string, guard: RowGuard<Row>) {
  const reuse = reusable(database, sql)
  return (...parameters: unknown[]): Row | undefined => {
    const row = reuse((statement) => statement.get(...parameters))
    return row === undefined ? undefined : checked(row, guard)
  }
}

/** For queries that always have a row. */
export function readOne<Row>(database: Database.Database, sql: string, guard: RowGuard<Row>) {
  const reuse = reusable(database, sql)
  return (...parameters: unknown[]): Row =>
    checked(
      reuse((statement) => statement.get(...parameters)),
      guard,
    )
}

/** For statements without rows; answers with the number of rows changed. */
export function write(database: Database.Database, sql: string) {
  const reuse = reusable(database, sql)
  return (...parameters: unknown[]): number => reuse((statement) => statement.run(...parameters)).changes
}

/** The columns of the one row that the query always has. */
export function readValues(database: Database.Database, sql: string) {
  const reuse = reusable(database, sql, (statement) => statement.raw(true))
  return (...parameters: unknown[]): readonly unknown[] => {
    const row: unknown = reuse((statement) => statement.get(...parameters))
    if (!Array.isArray(row)) throw otherColumns()
    return row
  }
}

type Kind = 'number' | 'string'
type Shape = Readonly<Record<string, Kind>>
type RowOf<S extends Shape> = { readonly [Name in keyof S]: S[Name] extends 'number' ? number : string }

/** A guard for rows that have these columns with values of these kinds. */
export function columns<S extends Shape>(shape: S): RowGuard<RowOf<S>> {
  const expected = Object.entries(shape)
  return (row): row is RowOf<S> =>
    typeof row === 'object' && row !== null && expected.every(([name, kind]) => typeof Reflect.get(row, name) === kind)
}

type Prepare = (statement: Database.Statement) => Database.Statement

function reusable(database: Database.Database, sql: string, made: Prepare = (statement) => statement) {
  let kept: Database.Statement | undefined
  return <Result>(use: (statement: Database.Statement) => Result): Result => {
    if (!database.open) throw new Error('the database is closed')
    const statement = kept ?? made(database.prepare(sql))
    kept = undefined // and stays so when the next line throws
    const result = whenBusy(() => use(statement))
    kept = statement
    return result
  }
}

function checked<Row>(row: unknown, guard: RowGuard<Row>): Row {
  if (!guard(row)) throw otherColumns()
  return row
}

export function otherColumns(): Error {
  return new Error('the database answered with other columns than the query names')
}
