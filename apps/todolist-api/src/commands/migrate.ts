import { databaseName, openStore, requireDatabase } from './database.js'
import type { Surroundings } from './surroundings.js'

/** Brings the database to the newest schema and says what it did. */
export async function migrate(surroundings: Surroundings): Promise<void> {
  const database = requireDatabase(surroundings.environment)
  const { store, migration } = await openStore(database, surroundings)
  await store.close()
  const did = migration.applied.length === 0 ? 'no changes' : `applied ${migration.applied.join(', ')}`
  surroundings.stderr.write(
    `todolist-api: ${databaseName(database)} is at schema version ${migration.current}: ${did}\n`,
  )
}
