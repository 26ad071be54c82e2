import type { Database } from './database.js'

/** Who changed something. */
export type Initiator =
  | { app: { appId: string; displayName: string | null; servicePrincipalId: string } }
  | { user: { id: string; displayName: string | null; userPrincipalName: string | null } }

/** One change of the directory (graph docs: resources/directoryaudit). */
export interface DirectoryAudit {
  readonly id: string
  readonly time: string
  /** For instance `Add application`. */
  readonly activity: string
  readonly category: string
  readonly operation: 'Add' | 'Update' | 'Delete' | 'Assign' | 'Unassign' | 'Restore'
  readonly correlationId: string
  readonly initiator: Initiator
  readonly target: { readonly id: string; readonly displayName: string | null; readonly type: string }
}

/** The newest 10,000 changes, each written with what it changed. */
export interface DirectoryAudits {
  note(audit: Omit<DirectoryAudit, 'id' | 'time'>): void
  clear(): void
}

const capacity = 10_000

export function createDirectoryAudits(
  db: Database,
  { now, newId }: { now(): string; newId(): string },
): DirectoryAudits {
  const insert = db.queryAside('INSERT INTO directory_audits VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const trim = db.queryAside(
    'DELETE FROM directory_audits WHERE rowid <= (SELECT max(rowid) FROM directory_audits) - ?',
  )
  const removeAll = db.queryAside('DELETE FROM directory_audits')
  return {
    note({ activity, category, operation, correlationId, initiator, target }) {
      const [who, whom] = [JSON.stringify(initiator), JSON.stringify(target)]
      insert.run(newId(), now(), activity, category, operation, correlationId, who, whom)
      trim.run(capacity)
    },
    clear: () => void removeAll.run(),
  }
}
