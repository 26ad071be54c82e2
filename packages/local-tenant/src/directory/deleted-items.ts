import type { Database } from './database.js'
import { refuse } from './refusal.js'

export type DeletedType = 'application' | 'servicePrincipal' | 'user'

/** What can be deleted and restored within thirty days (graph docs: resources/directory). */
export interface DeletedItem {
  readonly objectId: string
  readonly type: DeletedType
  readonly deleted: string
}

export interface DeletedItems {
  find(objectId: string): DeletedItem | undefined
  /** Moves an object there, with its credentials and with what it has together with others. Throws DirectoryRefusal. */
  add(type: DeletedType, objectId: string): void
  /**
   * Puts an object back as it was, in its groups and with its assignments and grants (architecture/recover-from-deletions).
   * What it had with another deleted object comes back with the second of the two, what it had with one that is gone for good
   * does not. Throws DirectoryRefusal when another one has taken its place.
   */
  restore(objectId: string): void
  purge(objectId: string): void
  /** The time before which a deleted object is gone for good. */
  horizon(): string
}

interface Row {
  object_id: string
  type: DeletedType
  deleted: string
  created: string
  app_id: string | null
  unique_name: string | null
  user_principal_name: string | null
  properties: string
  belongings: string
}

/** A row of the object's own table, which has some of the columns. */
type LiveRow = Pick<Row, 'created' | 'properties'> & Partial<Row>

type Cell = string | number | null | { readonly blob: string }
type CellRow = Readonly<Record<string, Cell>>
type Belongings = Readonly<Record<string, readonly CellRow[]>>
type TableRow = Readonly<Record<string, string | number | ArrayBuffer | null>>

const daysKept = 30

/** The tables of each kind, and which columns its row has besides the id, the time and the properties. */
const kinds: Readonly<
  Record<DeletedType, { table: string; columns: readonly (keyof Row)[]; belongings: readonly Belonging[] }>
> = {
  application: {
    table: 'applications',
    columns: ['app_id', 'unique_name'],
    belongings: [
      { table: 'identifier_uris', column: 'application_id', taken: 'identifierUris' },
      { table: 'password_credentials', column: 'application_id' },
      { table: 'key_credentials', column: 'application_id' },
      { table: 'federated_identity_credentials', column: 'application_id' },
    ],
  },
  servicePrincipal: { table: 'service_principals', columns: ['app_id'], belongings: [] },
  user: {
    table: 'users',
    columns: ['user_principal_name'],
    belongings: [
      { table: 'user_identities', column: 'user_id', taken: 'identities' },
      { table: 'user_passwords', column: 'user_id' },
      { table: 'directory_role_members', column: 'user_id' },
    ],
  },
}

interface Belonging {
  readonly table: string
  /** Which column holds the object's id. */
  readonly column: string
  /** The property whose values one object alone can have. */
  readonly taken?: string
}

/** What an object has together with others: the columns in which it and they can stand. */
interface Link {
  readonly table: string
  readonly ends: readonly string[]
}

const links: readonly Link[] = [
  { table: 'owners', ends: ['object_id', 'owner_id'] },
  { table: 'group_members', ends: ['group_id', 'member_id'] },
  { table: 'app_role_assignments', ends: ['principal_id', 'resource_id'] },
  { table: 'oauth2_permission_grants', ends: ['client_id', 'principal_id', 'resource_id'] },
  { table: 'user_flow_applications', ends: ['app_id', 'flow_id'] },
]

/** Whether there is something of this id; only an application is also found by its appId. */
const livingSql = `
  SELECT 1 FROM users WHERE object_id = ?1
  UNION ALL SELECT 1 FROM service_principals WHERE object_id = ?1
  UNION ALL SELECT 1 FROM applications WHERE object_id = ?1 OR app_id = ?1
  UNION ALL SELECT 1 FROM groups WHERE object_id = ?1
  UNION ALL SELECT 1 FROM user_flows WHERE id = ?1`

export function createDeletedItems(db: Database, { now }: { now(): string }): DeletedItems {
  const byId = db.query<Row>('SELECT * FROM deleted_items WHERE object_id = ? AND deleted > ?')
  const insert = db.query('INSERT INTO deleted_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = db.query('DELETE FROM deleted_items WHERE object_id = ? AND deleted > ?')
  const removeOld = db.query('DELETE FROM deleted_items WHERE deleted <= ?')
  const keep = db.query('UPDATE deleted_items SET belongings = ? WHERE object_id = ?')
  const living = db.query(livingSql)

  const horizon = () => new Date(Date.parse(now()) - daysKept * 86_400_000).toISOString()

  function belongingsOf(type: DeletedType, objectId: string): Belongings {
    const rows = kinds[type].belongings.map(({ table, column }) => {
      const found = db.query<TableRow>(`SELECT * FROM ${table} WHERE ${column} = ? ORDER BY rowid`)
      return [table, found.all(objectId).map(toCells)] as const
    })
    return Object.fromEntries(rows)
  }

  /** Takes the links from their tables. */
  function unlink(ids: readonly string[]): Belongings {
    const rows = links.map(({ table, ends }) => {
      const among = `(${ids.map(() => '?').join(', ')})`
      const where = ends.map((end) => `${end} IN ${among}`).join(' OR ')
      const values = ends.flatMap(() => ids)
      const found = db.query<TableRow>(`SELECT * FROM ${table} WHERE ${where} ORDER BY rowid`).all(...values)
      db.query(`DELETE FROM ${table} WHERE ${where}`).run(...values)
      return [table, found.map(toCells)] as const
    })
    return Object.fromEntries(rows)
  }

  function insertInto(table: string, row: CellRow, conflict: '' | 'OR IGNORE '): number {
    const names = Object.keys(row)
    const sql = `INSERT ${conflict}INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
    return db.query(sql).run(...Object.values(row).map(fromCell))
  }

  function putBack({ table, taken }: Belonging, rows: Belongings[string]): void {
    for (const row of rows) {
      const written = insertInto(table, row, taken === undefined ? '' : 'OR IGNORE ')
      if (written === 0 && taken !== undefined) throw refuse({ kind: 'taken', property: taken })
    }
  }

  function linkAgain({ table, ends }: Link, rows: Belongings[string]): void {
    for (const row of rows) {
      const missing = ends.map((end) => row[end]).find((id) => typeof id === 'string' && living.get(id) === undefined)
      if (typeof missing === 'string') leaveTo(missing, table, row)
      else insertInto(table, row, 'OR IGNORE ')
    }
  }

  /** To an object that is deleted too, and may be restored after this one. */
  function leaveTo(objectId: string, table: string, row: CellRow): void {
    const other = byId.get(objectId, horizon())
    if (other === undefined) return
    const kept = JSON.parse(other.belongings) as Belongings
    keep.run(JSON.stringify({ ...kept, [table]: [...(kept[table] ?? []), row] }), objectId)
  }

  return {
    horizon,
    find(objectId) {
      const row = byId.get(objectId.toLowerCase(), horizon())
      return row && { objectId: row.object_id, type: row.type, deleted: row.deleted }
    },
    add: (type, objectId) =>
      db.transaction(() => {
        const { table } = kinds[type]
        const row = db.query<LiveRow>(`SELECT * FROM ${table} WHERE object_id = ?`).get(objectId)
        if (row === undefined) throw refuse({ kind: 'missing', object: objectId })
        const { created, app_id = null, unique_name = null, user_principal_name = null, properties } = row
        const ids = type === 'application' && app_id !== null ? [objectId, app_id] : [objectId]
        const belongings = JSON.stringify({ ...belongingsOf(type, objectId), ...unlink(ids) })
        db.query(`DELETE FROM ${table} WHERE object_id = ?`).run(objectId)
        removeOld.run(horizon())
        insert.run(objectId, type, now(), created, app_id, unique_name, user_principal_name, properties, belongings)
      }),
    restore: (objectId) =>
      db.transaction(() => {
        const row = byId.get(objectId.toLowerCase(), horizon())
        if (row === undefined) throw refuse({ kind: 'missing', object: objectId })
        const { table, columns, belongings } = kinds[row.type]
        checkFree(db, row)
        const names = ['object_id', ...columns, 'created', 'properties'] as const
        const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
        db.query(sql).run(...names.map((name) => row[name]))
        const kept = JSON.parse(row.belongings) as Belongings
        for (const belonging of belongings) putBack(belonging, kept[belonging.table] ?? [])
        for (const link of links) linkAgain(link, kept[link.table] ?? [])
        remove.run(row.object_id, horizon())
      }),
    purge(objectId) {
      if (remove.run(objectId.toLowerCase(), horizon()) === 0) throw refuse({ kind: 'missing', object: objectId })
    },
  }
}

/** Throws DirectoryRefusal when something that the object alone had is another one's by now, or its application is gone. */
function checkFree(db: Database, row: Row): void {
  const taken = (table: string, column: string, value: string | null) =>
    value !== null && db.query(`SELECT 1 FROM ${table} WHERE ${column} = ?`).get(value) !== undefined
  if (row.type === 'application' && taken('applications', 'unique_name', row.unique_name)) {
    throw refuse({ kind: 'taken', property: 'uniqueName' })
  }
  if (row.type === 'user' && taken('users', 'user_principal_name', row.user_principal_name)) {
    throw refuse({ kind: 'taken', property: 'userPrincipalName' })
  }
  if (row.type !== 'servicePrincipal' || row.app_id === null) return
  if (taken('service_principals', 'app_id', row.app_id)) throw refuse({ kind: 'taken', property: 'appId' })
  const foreign = 'foreign' in (JSON.parse(row.properties) as object)
  if (!foreign && !taken('applications', 'app_id', row.app_id))
    throw refuse({ kind: 'unknown_app_id', appId: row.app_id })
}

function toCells(row: TableRow): CellRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof ArrayBuffer ? { blob: Buffer.from(value).toString('base64') } : value,
    ]),
  )
}

function fromCell(cell: Cell): string | number | Uint8Array | null {
  return typeof cell === 'object' && cell !== null ? Buffer.from(cell.blob, 'base64') : cell
}
