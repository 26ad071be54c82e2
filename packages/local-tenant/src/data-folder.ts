import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'

/** A folder that only its owner can read: databases, keys and generated credentials live here. */
export interface DataFolder {
  readonly path: string
  file(name: string): string
  /** The text of a file, or undefined when there is none. */
  read(name: string): string | undefined
  /** Replaces a file whole or not at all; the result is readable by its owner alone (0600). Returns its path. */
  write(name: string, content: string | Buffer): string
  /** Removes a file; one that is not there is gone already. */
  remove(name: string): void
}

/** The folder cannot hold data of ours. `message` says what to do about it. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/** Marks a folder as ours, and keeps git from ever picking up what is in it. */
const marker = { name: '.gitignore', text: '*\n' }

/**
 * Opens the folder, and makes it first where it is missing. Throws DataFolderError for a folder with other things in it,
 * which is not ours to close to everybody else, and what the file system throws when the folder cannot be made.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path)
  const file = (name: string) => join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const isOurs = readIfPresent(file(marker.name)) === marker.text
  if (!isOurs && hasOtherThings(folder)) {
    throw new DataFolderError(`${folder} has other things in it. Choose a folder that is empty, or does not exist yet.`)
  }
  chmodSync(folder, 0o700)
  if (!isOurs) writeFileSync(file(marker.name), marker.text, { mode: 0o600 })
  return {
    path: folder,
    file,
    read: (name) => readIfPresent(file(name)),
    write(name, content) {
      const unfinished = file(`${name}.${process.pid}.tmp`)
      writeFileSync(unfinished, content, { mode: 0o600 })
      renameSync(unfinished, file(name))
      return file(name)
    },
    remove: (name) => rmSync(file(name), { force: true }),
  }
}

/** Looks for the mark again, and behind everything else: another process may be making the folder its own at this moment. */
function hasOtherThings(folder: string): boolean {
  const names = readdirSync(folder)
  if (names.length === 0) return false
  const text = readIfPresent(join(folder, marker.name))
  const isBeingMarked = text === '' && names.length === 1
  return text !== marker.text && !isBeingMarked
}

/**
 * Makes an empty file for its owner alone, unless there is one: SQLite gives its side files the permissions that it finds on
 * the database. A file that exists is not even opened, because closing it would drop the locks that SQLite holds on it in
 * this process (POSIX advisory locks belong to process and file).
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
