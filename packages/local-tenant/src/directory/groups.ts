import type { Database } from './database.js'
import { refuse } from './refusal.js'

/** What Graph's `group` carries besides its ids (graph docs: resources/group), of security groups. */
export interface GroupProperties {
  displayName: string
  description: string | null
  mailNickname: string
  isAssignableToRole: boolean | null
  visibility: string | null
}

export interface Group extends GroupProperties {
  readonly objectId: string
  readonly created: string
}

export interface GroupRow {
  object_id: string
  created: string
  properties: string
}

/** Security groups, and who is in them: users, service principals and groups. Whether a member exists is the caller's to check. */
export interface Groups {
  all(): Group[]
  find(objectId: string): Group | undefined
  create(properties: GroupProperties): Group
  update(objectId: string, patch: Partial<GroupProperties>): Group
  /** With what was assigned to it. */
  remove(objectId: string): void
  /** Throws DirectoryRefusal for one who is in it already. */
  addMember(groupId: string, memberId: string): void
  /** Throws DirectoryRefusal for one who is not in it. */
  removeMember(groupId: string, memberId: string): void
  /** The ids of the groups that somebody is in directly. */
  of(memberId: string): string[]
  /** Those too that these groups are in. */
  around(memberId: string): string[]
}

/** Who is in which group, counting groups within groups; a circle of them ends where it began. */
export const aroundSql = `WITH RECURSIVE around (id) AS (
  SELECT group_id FROM group_members WHERE member_id = ?
  UNION SELECT group_id FROM around JOIN group_members ON member_id = around.id
) SELECT id FROM around`

export function createGroups(db: Database, { now, newId }: { now(): string; newId(): string }): Groups {
  const everything = db.query<GroupRow>('SELECT * FROM groups ORDER BY rowid')
  const byId = db.query<GroupRow>('SELECT * FROM groups WHERE object_id = ?')
  const insert = db.query('INSERT INTO groups VALUES (?, ?, ?)')
  const update = db.query('UPDATE groups SET properties = ? WHERE object_id = ?')
  const remove = db.query('DELETE FROM groups WHERE object_id = ?')
  const forget = db.query('DELETE FROM group_members WHERE member_id = ?')
  const unassign = db.query('DELETE FROM app_role_assignments WHERE principal_id = ?')
  const member = db.query('SELECT 1 FROM group_members WHERE group_id = ? AND member_id = ?')
  const insertMember = db.query('INSERT INTO group_members VALUES (?, ?)')
  const removeMember = db.query('DELETE FROM group_members WHERE group_id = ? AND member_id = ?')
  const of = db.query<{ id: string }>('SELECT group_id AS id FROM group_members WHERE member_id = ? ORDER BY rowid')
  const around = db.query<{ id: string }>(aroundSql)

  function find(objectId: string): Group | undefined {
    const row = byId.get(objectId.toLowerCase())
    return row && toGroup(row)
  }

  return {
    all: () => everything.all().map(toGroup),
    find,
    create(properties) {
      checkNames(properties)
      const group = { objectId: newId(), created: now(), ...properties }
      insert.run(group.objectId, group.created, JSON.stringify(properties))
      return group
    },
    update(objectId, patch) {
      const current = find(objectId)
      if (current === undefined) throw refuse({ kind: 'missing', object: objectId })
      const { objectId: id, created, ...properties } = { ...current, ...patch }
      checkNames(properties)
      update.run(JSON.stringify(properties), id)
      return { objectId: id, created, ...properties }
    },
    remove: (objectId) =>
      db.transaction(() => {
        if (remove.run(objectId) === 0) throw refuse({ kind: 'missing', object: objectId })
        forget.run(objectId)
        unassign.run(objectId)
      }),
    addMember(groupId, memberId) {
      if (groupId === memberId) throw refuse({ kind: 'invalid', message: 'A group cannot be a member of itself.' })
      if (member.get(groupId, memberId) !== undefined) throw refuse({ kind: 'reference_exists', property: 'members' })
      insertMember.run(groupId, memberId)
    },
    removeMember(groupId, memberId) {
      if (removeMember.run(groupId, memberId) === 0) throw refuse({ kind: 'reference_missing', property: 'members' })
    },
    of: (memberId) => of.all(memberId).map(({ id }) => id),
    around: (memberId) => around.all(memberId).map(({ id }) => id),
  }
}

/** As documented for the two (graph docs: resources/group). */
function checkNames({ displayName, mailNickname }: GroupProperties): void {
  if (displayName.length < 1 || displayName.length > 256) {
    throw refuse({ kind: 'invalid', message: 'displayName must have 1 to 256 characters.' })
  }
  if (/^[!#-'*+\-./\w=?^`{|}~]{1,64}$/.test(mailNickname)) return
  throw refuse({
    kind: 'invalid',
    message:
      "Invalid value specified for property 'mailNickname': 1 to 64 characters without spaces, @ ( ) \\ [ ] \" ; : < > and comma.",
  })
}

export function toGroup(row: GroupRow): Group {
  return { objectId: row.object_id, created: row.created, ...(JSON.parse(row.properties) as GroupProperties) }
}
