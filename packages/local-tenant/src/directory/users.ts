import type { Database } from './database.js'

export interface UserProperties {
  displayName: string
  givenName: string | null
  surname: string | null
  mail: string | null
  accountEnabled: boolean
}

export interface User extends UserProperties {
  readonly objectId: string
  readonly userPrincipalName: string
  readonly created: string
}

export interface Users {
  all(): User[]
  find(objectIdOrUserPrincipalName: string): User | undefined
  create(userPrincipalName: string, properties: UserProperties): User
}

interface Row {
  object_id: string
  user_principal_name: string
  created: string
  properties: string
}

export function createUsers(db: Database, { now, newId }: { now(): string; newId(): string }): Users {
  const everyone = db.query<Row>('SELECT * FROM users ORDER BY created, user_principal_name')
  const byName = db.query<Row>('SELECT * FROM users WHERE object_id = lower(?) OR user_principal_name = ?')
  const insert = db.query('INSERT INTO users VALUES (?, ?, ?, ?)')
  return {
    all: () => everyone.all().map(toUser),
    find(name) {
      const row = byName.get(name, name)
      return row === undefined ? undefined : toUser(row)
    },
    create(userPrincipalName, properties) {
      const user = { objectId: newId(), userPrincipalName, created: now(), ...properties }
      insert.run(user.objectId, userPrincipalName, user.created, JSON.stringify(properties))
      return user
    },
  }
}

function toUser(row: Row): User {
  return {
    objectId: row.object_id,
    userPrincipalName: row.user_principal_name,
    created: row.created,
    ...(JSON.parse(row.properties) as UserProperties),
  }
}
