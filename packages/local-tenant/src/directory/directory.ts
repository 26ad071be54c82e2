import { randomUUID } from 'node:crypto'
import { asFileError, type Database, openDatabase } from './database.js'
import { addFirstContents, type FirstContents, refreshMicrosoftGraph } from './first-contents.js'
import { type Organization, readOrganization } from './organization.js'
import { createRepositories, type Repositories } from './repositories.js'

/** Everything one tenant contains, and the rules by which it changes. Knows nothing of HTTP. */
export interface Directory extends Repositories {
  readonly organization: Organization
  readonly db: Database
  close(): void
}

export interface DirectoryOptions {
  /** The SQLite file, or null for a directory that lives in memory only. */
  file: string | null
  now: () => Date
  /** What a directory is given when it is made. Ignored when it exists already. */
  first: FirstContents
}

/** Opens the directory, and makes it first if there is none. Throws DirectoryFileError when the file cannot be used. */
export function openDirectory({ file, now, first }: DirectoryOptions): Directory {
  const db = openDatabase(file)
  const source = { now: () => now().toISOString(), newId: randomUUID }
  try {
    const organization = readOrganization(db) ?? addFirstContents(db, source, first)
    const repositories = createRepositories(db, source, organization)
    // Without a transaction around it: when there is nothing to write, it waits for no other writer.
    refreshMicrosoftGraph(repositories)
    return { organization, ...repositories, db, close: () => db.close() }
  } catch (error) {
    db.close()
    throw asFileError(file, error)
  }
}
