import { readDatabaseFile } from '../configuration.js'
import { openSqliteStore } from '../store/sqlite/sqlite-store.js'
import type { Surroundings } from './surroundings.js'

/** Brings the database to the newest schema and says what it did. */
export async function migrate({ environment, stderr, now }: Surroundings): Promise<void> {
  const file = readDatabaseFile(environment)
  const { store, migration } = openSqliteStore(file, now)
  await store.close()
  const did = migration.applied.length === 0 ? 'no changes' : `applied ${migration.applied.join(', ')}`
  stderr.write(`todolist-api: ${file} is at schema version ${migration.current}: ${did}\n`)
}
