import type Database from 'libsql'
import { whenBusy } from './busy.js'

/**
 * Runs the work in one IMMEDIATE transaction: it excludes other writers from the start, so that it cannot fail half-way
 * when it turns from reading to writing. Own code because the driver's transaction() rolls back after a failed COMMIT
 * and then reports the failure of the ROLLBACK instead.
 */
export function inTransaction<Result>(database: Database.Database, work: () => Result): Result {
  whenBusy(() => database.exec('BEGIN IMMEDIATE'))
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}
