import type Database from 'libsql'
import { StoreUnusable } from '../todo-store.js'
import { inTransaction } from './in-transaction.js'
import { checksum, type Migration, migrations } from './migrations.js'
import { columns, readAll, readOne, write } from './query.js'

export interface MigrationOutcome {
  /** The numbers applied now, in order; empty when the schema was current. */
  readonly applied: readonly number[]
  readonly current: number
}

/**
 * Brings the schema to the newest version, all steps in one transaction that excludes other writers.
 * Throws StoreUnusable, having changed nothing, for a database that is not ours, was made by a newer version, or whose
 * recorded history differs from ours.
 */
export function migrate(
  database: Database.Database,
  now: () => Date,
  steps: readonly Migration[] = migrations,
): MigrationOutcome {
  return inTransaction(database, () => {
    refuseForeign(database)
    database.exec(historyTable)
    const done = checkedHistory(database, steps)
    const missing = steps.filter((step) => !done.has(step.number))
    for (const step of missing) perform(database, step, now())
    return { applied: missing.map((step) => step.number), current: steps.at(-1)?.number ?? 0 }
  })
}

const historyTable = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL
  ) STRICT
`

const countTables = `
  SELECT count(*) AS tables, coalesce(sum(name = 'schema_migrations'), 0) AS ours
    FROM sqlite_schema
   WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'
`

function refuseForeign(database: Database.Database): void {
  const { tables, ours } = readOne(database, countTables, columns({ tables: 'number', ours: 'number' }))()
  if (tables > 0 && ours === 0) {
    throw new StoreUnusable('it holds tables of another program: point DATABASE_FILE at a file of its own')
  }
}

function checkedHistory(database: Database.Database, steps: readonly Migration[]): ReadonlySet<number> {
  const history = 'SELECT number, checksum FROM schema_migrations ORDER BY number'
  const done = readAll(database, history, columns({ number: 'number', checksum: 'string' }))()
  for (const record of done) {
    const step = steps.find((candidate) => candidate.number === record.number)
    if (step === undefined) {
      throw new StoreUnusable(
        `its schema has version ${record.number}, this program knows ${steps.length}: use the newer program, or restore a backup`,
      )
    }
    if (checksum(step) !== record.checksum) {
      throw new StoreUnusable(
        `its migration ${record.number} is not the one of this program: use the program that made it, or restore a backup`,
      )
    }
  }
  return new Set(done.map((record) => record.number))
}

function perform(database: Database.Database, step: Migration, at: Date): void {
  database.exec(step.sql)
  const record = write(
    database,
    'INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)',
  )
  record(step.number, step.name, checksum(step), at.toISOString())
}
