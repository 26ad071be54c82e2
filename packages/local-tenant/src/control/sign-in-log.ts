import type { Database } from '../directory/database.js'

/** One attempt of an application to get a token for itself, or of a user to sign in to one. */
export interface SignIn {
  /** By the tenant's clock. ISO 8601. */
  readonly time: string
  readonly appId: string
  /** As the client named it, without `/.default`; null when it named none. */
  readonly resource: string | null
  /** 0 for a success, else the number of the AADSTS code. */
  readonly errorCode: number
  readonly correlationId: string | null
  readonly ipAddress: string
  /** As Graph's signInEventTypes. */
  readonly eventType: 'servicePrincipal' | ByUser['eventType']
  /** null for an application's own; of a user's also where no account has the name that was typed. */
  readonly user: ByUser['user']
  readonly protocol: 'none' | ByUser['protocol']
  readonly clientApp: ByUser['clientApp'] | null
}

/** What a sign-in of a user says besides, as it was at the time. */
export interface ByUser {
  /** `interactiveUser`: the user showed who it is, by a password or a code. */
  readonly eventType: 'interactiveUser' | 'nonInteractiveUser'
  readonly user: { readonly id: string; readonly userPrincipalName: string; readonly displayName: string } | null
  readonly protocol: 'oAuth2' | 'deviceCode'
  readonly clientApp: 'Browser' | 'Mobile Apps and Desktop clients'
}

/** The newest 10,000 sign-ins, kept with the directory. */
export interface SignIns {
  /** Newest first. */
  list(): SignIn[]
  clear(): void
}

/** A sign-in before anybody reads it, its time in milliseconds. */
export type SignInNote = Omit<SignIn, 'time' | keyof ByUser> & {
  readonly time: number
  /** Of users alone. */
  readonly byUser?: ByUser | undefined
}

export interface SignInLog extends SignIns {
  /** Takes a sign-in; it is on disk within half a second, at the next list() or at flush(). A killed process may lose that much. */
  note(signIn: SignInNote): void
  /** Writes what waits; a disk that fails is reported, not thrown. */
  flush(): void
}

interface Row {
  time: number
  app_id: string
  resource: string | null
  error_code: number
  correlation_id: string | null
  ip_address: string
  event_type: SignIn['eventType']
  user_id: string | null
  user_principal_name: string | null
  user_display_name: string | null
  protocol: SignIn['protocol']
  client_app: SignIn['clientApp']
}

const capacity = 10_000
const flushAfter = 500
/** So many at once do not wait: a burst must not fill the memory. */
const flushAt = 500

/** `later` runs a task after some milliseconds without keeping the process alive; `onFault` is told when the disk fails. */
export function createSignInLog(
  db: Database,
  later: (task: () => void, delayMs: number) => void,
  onFault: (error: unknown) => void,
): SignInLog {
  // A whole batch in one statement: row by row each sign-in would cost more than checking the client does.
  const insert = db.queryAside(
    `INSERT INTO sign_ins (time, app_id, resource, error_code, correlation_id, ip_address)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?) ORDER BY key`,
  )
  const insertWithUsers = db.queryAside(
    `INSERT INTO sign_ins (time, app_id, resource, error_code, correlation_id, ip_address,
       event_type, user_id, user_principal_name, user_display_name, protocol, client_app)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
       ifnull(value ->> 6, 'servicePrincipal'), value ->> 7, value ->> 8, value ->> 9, ifnull(value ->> 10, 'none'), value ->> 11
     FROM json_each(?) ORDER BY key`,
  )
  const trim = db.queryAside('DELETE FROM sign_ins WHERE sequence <= (SELECT max(sequence) FROM sign_ins) - ?')
  const newest = db.queryAside<Row>('SELECT * FROM sign_ins ORDER BY sequence DESC')
  const removeAll = db.queryAside('DELETE FROM sign_ins')
  let waiting: SignInNote[] = []

  function write(): void {
    if (waiting.length === 0) return
    const batch = waiting
    waiting = []
    db.transaction(() => {
      // Those of applications alone, which come by the hundreds, cost nothing for what only users have.
      const withUsers = batch.some(({ byUser }) => byUser !== undefined)
      ;(withUsers ? insertWithUsers : insert).run(JSON.stringify(batch.map(toValues)))
      trim.run(capacity)
    })
  }
  function flush(): void {
    try {
      write()
    } catch (error) {
      onFault(error)
    }
  }

  return {
    note(signIn) {
      if (waiting.length === 0) later(flush, flushAfter)
      waiting.push(signIn)
      if (waiting.length >= flushAt) flush()
    },
    flush,
    list() {
      write()
      return newest.all().map(toSignIn)
    },
    clear() {
      waiting = []
      removeAll.run()
    },
  }
}

function toValues({ time, appId, resource, errorCode, correlationId, ipAddress, byUser }: SignInNote) {
  const values = [time, appId, resource, errorCode, correlationId, ipAddress]
  if (byUser === undefined) return values
  const { eventType, user, protocol, clientApp } = byUser
  return [...values, eventType, user?.id, user?.userPrincipalName, user?.displayName, protocol, clientApp]
}

function toSignIn(row: Row): SignIn {
  return {
    time: new Date(row.time).toISOString(),
    appId: row.app_id,
    resource: row.resource,
    errorCode: row.error_code,
    correlationId: row.correlation_id,
    ipAddress: row.ip_address,
    eventType: row.event_type,
    user: userOf(row),
    protocol: row.protocol,
    clientApp: row.client_app,
  }
}

function userOf({
  user_id: id,
  user_principal_name: userPrincipalName,
  user_display_name: displayName,
}: Row): SignIn['user'] {
  return id === null ? null : { id, userPrincipalName: userPrincipalName ?? '', displayName: displayName ?? '' }
}
