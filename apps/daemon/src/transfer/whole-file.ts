import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ownFileMode } from '../operating-system.js'

/** Where the pieces of a file go until it is complete. */
export interface Pieces {
  write(text: string): Promise<void>
}

/**
 * Lets `fill` write a file that appears under its name only when it is complete and on disk, in place of an older one.
 * Only its owner may read it. After a failure nothing is left and an older file is as it was.
 */
export async function writeWholeFile(
  path: string,
  unique: string,
  fill: (pieces: Pieces) => Promise<void>,
): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.${unique}.part`)
  const file = await open(unfinished, 'wx', ownFileMode)
  try {
    await filled(file, fill)
    // Closed first: Windows does not rename an open file.
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function filled(file: FileHandle, fill: (pieces: Pieces) => Promise<void>): Promise<void> {
  try {
    await fill({ write: (text) => file.appendFile(text) })
    await file.sync()
  } finally {
    await file.close()
  }
}
