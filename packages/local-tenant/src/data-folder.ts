import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A folder that only its owner can read: databases, keys and generated credentials live here. */
export interface DataFolder {
  readonly path: string
  file(name: string): string
  /** The text of a file, or undefined when there is none. */
  read(name: string): string | undefined
  /** Replaces a file whole or not at all; the result is readable by its owner alone (0600). Returns its path. */
  write(name: string, text: string): string
}

/**
 * Opens the folder and makes it first where it is missing.
 * Throws what the file system throws when the folder cannot be made or is not ours to change.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path)
  const file = (name: string) => join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  // Wherever somebody puts the folder, git shall never pick up what is in it.
  writeFileSync(file('.gitignore'), '*\n', { mode: 0o600 })
  return {
    path: folder,
    file,
    read: (name) => readIfPresent(file(name)),
    write(name, text) {
      const unfinished = file(`${name}.${process.pid}.tmp`)
      writeFileSync(unfinished, text, { mode: 0o600 })
      renameSync(unfinished, file(name))
      return file(name)
    },
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
