import type { Database } from '../directory/database.js'
import { hashOpaque, newOpaque } from './one-way.js'

export interface RefreshContent {
  readonly clientId: string
  readonly clientKind: 'web' | 'spa' | 'native' | 'registered'
  readonly userId: string
  readonly scope: string
  /** The user has signed in with a code that came by mail. */
  readonly byCode: boolean
  /** Of the browser's session that it came of, if it came of one: what its tokens say as `sid`. */
  readonly sessionId?: string | undefined
}

export interface RefreshToken extends RefreshContent {
  /** Milliseconds since 1970. */
  readonly issued: number
  /** The first moment in which it is no longer good. */
  readonly expires: number
}

export interface RefreshTokens {
  add(content: RefreshContent): string
  /**
   * A successor, with a life of its own but for a page's and for one of a code by mail, which ends when that of the first one would have
   * (identity-platform/refresh-tokens). The old one stays good: clients that did not get the answer try again.
   */
  rotate(old: RefreshToken, scope: string): string
  /** Expired ones too, for a while: whoever shows one is told so. */
  find(token: string, clientId: string): RefreshToken | undefined
}

const day = 86_400_000
/** A day for pages in browsers and for users of codes by mail, else ninety days from the last use (identity-platform/refresh-tokens). */
const lifetimes: Readonly<Record<RefreshContent['clientKind'], number>> = {
  spa: day,
  web: 90 * day,
  native: 90 * day,
  registered: 90 * day,
}

/** However often such a one is renewed, the user has to sign in a day after the last time. */
export const endsWithFirst = ({ clientKind, byCode }: RefreshContent) => clientKind === 'spa' || byCode

interface Row {
  client_id: string
  client_kind: RefreshContent['clientKind']
  user_id: string
  scope: string
  issued: number
  expires: number
  by_code: number
  session_id: string | null
}

export function createRefreshTokens(db: Database, now: () => Date): RefreshTokens {
  // Aside: nothing that a grant depends on is in this table.
  const byHash = db.queryAside<Row>('SELECT * FROM refresh_tokens WHERE hash = ? AND client_id = ?')
  const insert = db.queryAside(
    `INSERT INTO refresh_tokens (hash, client_id, user_id, scope, client_kind, issued, expires, by_code, session_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const removeOld = db.queryAside('DELETE FROM refresh_tokens WHERE expires < ?')

  function store(content: RefreshContent, expires: number): string {
    const { clientId, clientKind, userId, scope, byCode, sessionId = null } = content
    const token = newOpaque()
    const issued = now().getTime()
    removeOld.run(issued - day)
    insert.run(hashOpaque(token), clientId, userId, scope, clientKind, issued, expires, byCode ? 1 : 0, sessionId)
    return token
  }
  const endOf = ({ clientKind, byCode }: RefreshContent) => now().getTime() + (byCode ? day : lifetimes[clientKind])

  return {
    add: (content) => store(content, endOf(content)),
    rotate(old, scope) {
      const successor = { ...old, scope }
      return store(successor, endsWithFirst(old) ? old.expires : endOf(successor))
    },
    find(token, clientId) {
      const row = byHash.get(hashOpaque(token), clientId)
      return (
        row && {
          clientId: row.client_id,
          clientKind: row.client_kind,
          userId: row.user_id,
          scope: row.scope,
          issued: row.issued,
          expires: row.expires,
          byCode: row.by_code === 1,
          sessionId: row.session_id ?? undefined,
        }
      )
    },
  }
}
