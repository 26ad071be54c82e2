import { readdirSync, rmSync } from 'node:fs'
import { type DataFolder, FolderInUse, lockFolder, type ServerOptions, startTenants } from '@tenantry/local-tenant'
import { sampleUsers } from '../tutorial/todos.js'

export interface InFolderOptions {
  readonly folder: DataFolder
  readonly port: number
  readonly guests: NonNullable<ServerOptions['guests']>
  onNotice(text: string): void
}

export interface TenantInFolder {
  /** `unused`: every guest has left by itself, so what runs have kept in the folder belongs to killed ones. */
  close(how: { readonly unused: boolean }): Promise<void>
}

/** Starts the folder's tenants, or the usual one in an empty folder; null when another process works on the folder. */
export async function startInFolder(options: InFolderOptions): Promise<TenantInFolder | null> {
  const { folder, port, guests, onNotice } = options
  const unlock = lockIfFree(folder)
  if (unlock === undefined) return null
  try {
    const definitions = subdomainsIn(folder).map((subdomain) => ({ subdomain }))
    const onFault = (error: unknown) => onNotice(String(error))
    const tenants = await startTenants(definitions.length > 0 ? definitions : [{ users: sampleUsers }], {
      dataFolder: folder.path,
      port,
      guests,
      onNotice,
      onFault,
    })
    return {
      async close({ unused }) {
        await tenants[0]?.close()
        if (unused) removeKilledRuns(folder)
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Each tenant has a database file of its name; the lock and the API's to-dos have theirs beside them. */
export function subdomainsIn({ path }: DataFolder): string[] {
  const names = readdirSync(path).flatMap((file) => /^([a-z0-9-]{1,63})\.db$/.exec(file)?.[1] ?? [])
  return names.filter((name) => name !== 'lock' && !name.startsWith('todolist-'))
}

/** By who still holds the lock: nobody can have come to new tenants meanwhile. */
function removeKilledRuns(folder: DataFolder): void {
  const names = readdirSync(folder.path).filter((name) => /^run-\d+$/.test(name))
  for (const name of names) rmSync(folder.file(name), { recursive: true, force: true })
}

function lockIfFree(folder: DataFolder): (() => void) | undefined {
  try {
    return lockFolder(folder)
  } catch (error) {
    if (error instanceof FolderInUse) return undefined
    throw error
  }
}
