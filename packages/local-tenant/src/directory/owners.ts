import type { Database } from './database.js'
import { refuse } from './refusal.js'

/** Who owns an application or a service principal: users and service principals. Whether they exist is the caller's to check. */
export interface Owners {
  /** Throws DirectoryRefusal for one who owns it already. */
  add(objectId: string, ownerId: string): void
  /** Throws DirectoryRefusal for one who does not own it. */
  remove(objectId: string, ownerId: string): void
  has(objectId: string, ownerId: string): boolean
  of(objectId: string): string[]
  /** An object that goes takes along what it owned and who owned it. */
  forget(objectId: string): void
}

export function createOwners(db: Database): Owners {
  const of = db.query<{ owner_id: string }>('SELECT owner_id FROM owners WHERE object_id = ? ORDER BY rowid')
  const one = db.query('SELECT 1 FROM owners WHERE object_id = ? AND owner_id = ?')
  const insert = db.query('INSERT INTO owners VALUES (?, ?)')
  const remove = db.query('DELETE FROM owners WHERE object_id = ? AND owner_id = ?')
  const forget = db.query('DELETE FROM owners WHERE object_id = ? OR owner_id = ?')
  const has = (objectId: string, ownerId: string) => one.get(objectId, ownerId) !== undefined
  return {
    has,
    of: (objectId) => of.all(objectId).map(({ owner_id }) => owner_id),
    add(objectId, ownerId) {
      if (has(objectId, ownerId)) throw refuse({ kind: 'reference_exists', property: 'owners' })
      insert.run(objectId, ownerId)
    },
    remove(objectId, ownerId) {
      if (remove.run(objectId, ownerId) === 0) throw refuse({ kind: 'reference_missing', property: 'owners' })
    },
    forget: (objectId) => void forget.run(objectId, objectId),
  }
}
