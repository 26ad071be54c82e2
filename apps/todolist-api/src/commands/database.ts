import { type Database, type Environment, readDatabase } from '../configuration.js'
import { CommandFailure, exitCodes } from '../exit-codes.js'
import type { OpenedStore } from '../store/todo-store.js'
import type { Surroundings } from './surroundings.js'

/** Throws CommandFailure (configuration). */
export function requireDatabase(environment: Environment): Database {
  const reading = readDatabase(environment)
  if ('mistakes' in reading) throw new CommandFailure(exitCodes.configuration, reading.mistakes)
  return reading.configuration
}

/** Opens the store and brings its schema up to date; only the driver that is needed is loaded. Throws StoreUnusable. */
export async function openStore(
  database: Database,
  { now, random }: Pick<Surroundings, 'now' | 'random'>,
): Promise<OpenedStore> {
  if (database.kind === 'sqlite') {
    return (await import('../store/sqlite/sqlite-store.js')).openSqliteStore(database.file, now)
  }
  return (await import('../store/postgres/postgres-store.js')).openPostgresStore(database.url, { now, random })
}

/** For people; never the password. */
export function databaseName(database: Database): string {
  if (database.kind === 'sqlite') return database.file
  const { host, pathname } = new URL(database.url)
  return `${host}${pathname}`
}
