import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../failure.js'
import { ownFileMode, ownFolderMode } from '../operating-system.js'
import { plain } from '../outside-text.js'
import { seal, unseal } from './sealed-record.js'
import { freeLease, type TokenCache } from './token-cache.js'

const largestBytes = 64 * 1024

export interface FileCacheOptions {
  path: string
  /** 32 bytes. */
  key: Buffer
  /** Part of a file name: differs for processes that write at the same time. */
  newId: () => string
  /** Told once when the file cannot be written. */
  warn: (text: string) => void
}

/** One encrypted token in one file that only its owner may read, replaced as a whole. */
export function createFileCache({ path, key, newId, warn }: FileCacheOptions): TokenCache {
  let isSilent = false
  return {
    read: async (name) => {
      const text = await contentOf(path).catch(() => undefined)
      return text === undefined ? undefined : unseal(text, name, key)
    },
    write: async (name, record) => {
      await replace(path, `${path}.${newId()}.tmp`, `${seal(record, name, key)}\n`).catch((error: unknown) => {
        if (!isSilent) warn(`the token cache ${path} cannot be written: ${messageOf(error)}; tokens are kept in memory`)
        isSilent = true
      })
    },
    remove: async () => {
      await rm(path, { force: true }).catch((error: unknown) => {
        throw new Failure('configuration', {
          what: `the token cache ${path} cannot be removed`,
          why: messageOf(error),
          next: 'remove the file yourself',
        })
      })
    },
    lease: () => Promise.resolve(freeLease),
    isShared: false,
    close: () => Promise.resolve(),
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  const file = await open(path, 'r')
  try {
    const status = await file.stat()
    if (!status.isFile() || status.size > largestBytes) return undefined
    return await file.readFile('latin1')
  } finally {
    await file.close()
  }
}

async function replace(path: string, temporary: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: ownFolderMode })
  const file = await open(temporary, 'wx', ownFileMode)
  try {
    await file.writeFile(text)
    await file.close()
    // The mask of the process may have taken the owner's rights as well.
    await chmod(temporary, ownFileMode)
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? plain(error.message) : 'unknown reason'
}
