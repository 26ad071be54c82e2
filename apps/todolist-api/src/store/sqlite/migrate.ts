import type Database from 'libsql'
import { checksum, HistoryRefused, type Migration, missingSteps } from '../migration.js'
import type { MigrationOutcome } from '../todo-store.js'
import { inTransaction } from './in-transaction.js'
import { migrations } from './migrations.js'
import { columns, readAll, readOne, write } from './query.js'

/**
 * Brings the schema to the newest version, all steps in one transaction that excludes other writers.
 * Throws HistoryRefused, having changed nothing, for a database that is not ours, was made by a newer version, or whose
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
    const history = 'SELECT number, checksum FROM schema_migrations ORDER BY number'
    const missing = missingSteps(steps, readAll(database, history, columns({ number: 'number', checksum: 'string' }))())
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
    throw new HistoryRefused('it holds tables of another program: point DATABASE_FILE at a file of its own')
  }
}

function perform(database: Database.Database, step: Migration, at: Date): void {
  database.exec(step.sql)
  const record = write(
    database,
    'INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)',
  )
  record(step.number, step.name, checksum(step), at.toISOString())
}
