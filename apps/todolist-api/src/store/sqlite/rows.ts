import type Database from 'libsql'

type Kind = 'number' | 'string'
type Shape = Readonly<Record<string, Kind>>
type Row<S extends Shape> = { readonly [Name in keyof S]: S[Name] extends 'number' ? number : string }
type RowGuard<R> = (row: unknown) => row is R

/**
 * Typed reading of rows. Rows of a single read carry one member more than asked for, libsql's `_metadata`: copy the
 * columns you need, never pass such a row on.
 *
 * Two surprises of libsql 0.5 for everybody who writes SQL here. It does not count parameters: a missing one silently
 * keeps its value from the previous run, so always bind all. And all() on a statement that writes (INSERT … RETURNING)
 * runs it twice, so such statements are read with readOptionalRow or readRow only.
 */
export function readRows<R>(statement: Database.Statement, guard: RowGuard<R>, ...parameters: unknown[]): R[] {
  return statement.all(...parameters).map((row) => checked(row, guard))
}

export function readOptionalRow<R>(
  statement: Database.Statement,
  guard: RowGuard<R>,
  ...parameters: unknown[]
): R | undefined {
  const row = statement.get(...parameters)
  return row === undefined ? undefined : checked(row, guard)
}

/** For queries that always answer with a row. */
export function readRow<R>(statement: Database.Statement, guard: RowGuard<R>, ...parameters: unknown[]): R {
  return checked(statement.get(...parameters), guard)
}

/** A guard for rows that have these columns with values of these kinds. */
export function columns<S extends Shape>(shape: S): RowGuard<Row<S>> {
  const expected = Object.entries(shape)
  return (row): row is Row<S> =>
    typeof row === 'object' && row !== null && expected.every(([name, kind]) => typeof Reflect.get(row, name) === kind)
}

function checked<R>(row: unknown, guard: RowGuard<R>): R {
  if (!guard(row)) throw new Error('the database answered with other columns than the query names')
  return row
}
