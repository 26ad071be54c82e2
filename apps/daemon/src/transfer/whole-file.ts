import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ownFileMode } from '../operating-system.js'

/** Where the pieces of a file go until it is complete. */
export interface Pieces {
  write(text: string): Promise<void>
}

/**
 * Lets `fill` write a file that appears under its name only when it is complete and on disk, in place of an older one.
 * Only its owner may read it. After a failure nothing is left and an older file is as it was. What a killed process left of the
 * same file goes with the next one that is written a day later or more. `unique`: a GUID.
 */
export async function writeWholeFile(
  path: string,
  unique: string,
  fill: (pieces: Pieces) => Promise<void>,
): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.${unique}.part`)
  const file = await open(unfinished, 'wx', ownFileMode)
  try {
    await filled(file, async (pieces) => {
      await removeLeftOver(path, file)
      await fill(pieces)
    })
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

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** A writer that lives has written something within it, however slow its API is. */
const abandonedAfterMs = 86_400_000

/**
 * Removes what is called as the unfinished form of this file is, belongs to the same user and was left alone for long, by the
 * clock of the file system, which both files have their times from. Leaves what it cannot remove: the file itself matters more.
 */
async function removeLeftOver(path: string, file: FileHandle): Promise<void> {
  const [folder, prefix, suffix] = [dirname(path), `.${basename(path)}.`, '.part']
  try {
    const own = await file.stat()
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue
      if (!guid.test(name.slice(prefix.length, -suffix.length))) continue
      const other = await lstat(join(folder, name))
      if (!other.isFile() || other.uid !== own.uid || own.mtimeMs - other.mtimeMs < abandonedAfterMs) continue
      await rm(join(folder, name))
    }
  } catch {
    // Somebody else was faster, or may not read the folder.
  }
}
