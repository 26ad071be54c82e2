import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import { hashOpaque, newOpaque } from '../tokens/one-way.js'

/** That a browser's user has signed in. */
export interface Session {
  /** What clients are told as `sid` and `session_state`. */
  readonly id: string
  readonly userId: string
  /** The appIds of the clients that the user signed in to. */
  readonly clients: readonly string[]
  /** The user has signed in with a code that came by mail. */
  readonly byCode: boolean
}

export interface Sessions {
  /** The session that a cookie proves; none of a user who is gone, disabled, or has another password since. */
  find(secret: string | undefined): Session | undefined
  /** `lasting`: it outlives the browser. */
  add(
    userId: string,
    options: { lasting: boolean; byCode: boolean },
  ): { session: Session; secret: string; maxAge: number | null }
  /** Notes that the user of the session is signed in to the client. */
  joined(session: Session, clientId: string): void
  end(session: Session): void
}

interface Row {
  id: string
  user_id: string
  clients: string
  created: number
  expires: number
  by_code: number
}

const day = 86_400_000
/** In milliseconds (entra: authentication/concepts-azure-multi-factor-authentication-prompts-session-lifetime). */
const lifetime = { passing: day, lasting: 90 * day }

export function createSessions({ db, users, userPasswords }: Directory, now: () => Date): Sessions {
  const byHash = db.queryAside<Row>('SELECT * FROM sessions WHERE hash = ? AND expires > ?')
  const insert = db.queryAside('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)')
  const setClients = db.queryAside('UPDATE sessions SET clients = ? WHERE id = ?')
  const remove = db.queryAside('DELETE FROM sessions WHERE id = ?')
  const removeOld = db.queryAside('DELETE FROM sessions WHERE expires <= ?')

  return {
    find(secret) {
      const row = secret === undefined ? undefined : byHash.get(hashOpaque(secret), now().getTime())
      if (row === undefined || users.find(row.user_id)?.accountEnabled !== true) return undefined
      const changed = userPasswords.changed(row.user_id)
      if (changed !== null && Date.parse(changed) > row.created) return undefined
      const clients = JSON.parse(row.clients) as string[]
      return { id: row.id, userId: row.user_id, clients, byCode: row.by_code === 1 }
    },
    add(userId, { lasting, byCode }) {
      const created = now().getTime()
      const [secret, id] = [newOpaque(), randomUUID()]
      removeOld.run(created)
      const expires = created + lifetime[lasting ? 'lasting' : 'passing']
      insert.run(hashOpaque(secret), id, userId, '[]', created, expires, byCode ? 1 : 0)
      return { session: { id, userId, clients: [], byCode }, secret, maxAge: lasting ? lifetime.lasting / 1_000 : null }
    },
    joined({ id, clients }, clientId) {
      if (!clients.includes(clientId)) setClients.run(JSON.stringify([...clients, clientId]), id)
    },
    end: ({ id }) => void remove.run(id),
  }
}
