import { readFileSync, writeFileSync } from 'node:fs'
import Libsql from 'libsql'
import { type DataFolder, makePrivateFile } from './data-folder.js'

/** Another process works on the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
  /** The process that holds it, where it could be told. */
  readonly pid: number | undefined
  constructor(folder: string, pid: number | undefined) {
    super(`${folder} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}`)
    this.pid = pid
  }
}

/**
 * Makes this process the only one that works on a data folder; returns how to give it back. The lock is the operating
 * system's, held through an open SQLite transaction: it ends with the process, however that ends, and is never stale.
 * Throws FolderInUse.
 */
export function lockFolder(folder: DataFolder): () => void {
  const file = folder.file('lock.db')
  makePrivateFile(file)
  const connection = new Libsql(file)
  try {
    connection.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY')
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    if (error instanceof Libsql.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new FolderInUse(folder.path, readHolder(folder))
    }
    throw error
  }
  writeFileSync(folder.file('lock.pid'), String(process.pid), { mode: 0o600 })
  return () => void connection.close()
}

function readHolder(folder: DataFolder): number | undefined {
  try {
    const pid = Number(readFileSync(folder.file('lock.pid'), 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}
