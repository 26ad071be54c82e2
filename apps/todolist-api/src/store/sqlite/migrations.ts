import { createHash } from 'node:crypto'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

/**
 * Forward only: a migration that was released is never edited, a mistake is repaired by the next number.
 * AUTOINCREMENT keeps SQLite from giving the id of a deleted to-do to a new one.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'to-dos and applied seeds',
    sql: `
      CREATE TABLE todos (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL CHECK (length(owner) = 36),
        description TEXT NOT NULL CHECK (length(description) BETWEEN 1 AND 1000)
      ) STRICT;
      CREATE INDEX todos_by_owner ON todos (owner, id);
      CREATE TABLE applied_seeds (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        applied_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
]

/** Changes with any character of the migration except its white space. */
export function checksum(migration: Migration): string {
  const text = `${migration.number} ${migration.name} ${migration.sql.replaceAll(/\s+/g, ' ').trim()}`
  return createHash('sha256').update(text).digest('hex')
}
