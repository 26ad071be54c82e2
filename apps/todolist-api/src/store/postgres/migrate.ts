import type { ClientBase } from 'pg'
import { type AppliedMigration, checksum, HistoryRefused, type Migration, missingSteps } from '../migration.js'
import type { MigrationOutcome } from '../todo-store.js'
import { inTransaction } from './in-transaction.js'
import { migrations } from './migrations.js'

/**
 * Brings the schema to the newest version, all steps in one transaction that holds the lock of migrations: of several
 * processes that start together one does the work and the others wait. Throws HistoryRefused, having changed nothing, for
 * a database of another program, of a newer version, or with another history.
 */
export async function migrate(
  client: ClientBase,
  now: () => Date,
  steps: readonly Migration[] = migrations,
): Promise<MigrationOutcome> {
  await refuseForeign(client)
  await client.query(lockTable)
  await client.query('INSERT INTO schema_lock (id) VALUES (1) ON CONFLICT DO NOTHING')
  return inTransaction(client, async () => {
    // A row and not an advisory lock, which CockroachDB does not have.
    await client.query("SET LOCAL lock_timeout = '60s'")
    await client.query('SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE')
    await client.query(historyTable)
    const missing = missingSteps(steps, await history(client))
    for (const step of missing) await perform(client, step, now())
    return { applied: missing.map((step) => step.number), current: steps.at(-1)?.number ?? 0 }
  })
}

const lockTable = 'CREATE TABLE IF NOT EXISTS schema_lock (id INTEGER PRIMARY KEY)'

const historyTable = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
  )
`

async function refuseForeign(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ table_name: string }>(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
  )
  const names = new Set(rows.map((row) => row.table_name))
  if (names.size > 0 && !names.has('schema_lock')) {
    throw new HistoryRefused('it holds tables of another program: point DATABASE_URL at a database of its own')
  }
}

async function history(client: ClientBase): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'SELECT number, checksum FROM schema_migrations ORDER BY number',
  )
  return rows
}

async function perform(client: ClientBase, step: Migration, at: Date): Promise<void> {
  await client.query(step.sql)
  await client.query('INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)', [
    step.number,
    step.name,
    checksum(step),
    at.toISOString(),
  ])
}
