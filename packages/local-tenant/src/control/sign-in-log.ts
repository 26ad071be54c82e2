import type { Database } from '../directory/database.js'

/** One attempt of an application to get a token. */
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
}

/** The newest 10,000 sign-ins of applications, kept with the directory. */
export interface SignIns {
  /** Newest first. */
  list(): SignIn[]
  clear(): void
}

/** A sign-in before anybody reads it, its time in milliseconds. */
export type SignInNote = Omit<SignIn, 'time'> & { readonly time: number }

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
  const trim = db.queryAside('DELETE FROM sign_ins WHERE sequence <= (SELECT max(sequence) FROM sign_ins) - ?')
  const newest = db.queryAside<Row>('SELECT * FROM sign_ins ORDER BY sequence DESC')
  const removeAll = db.queryAside('DELETE FROM sign_ins')
  let waiting: SignInNote[] = []

  function write(): void {
    if (waiting.length === 0) return
    const batch = waiting
    waiting = []
    db.transaction(() => {
      insert.run(JSON.stringify(batch.map(toValues)))
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

function toValues({ time, appId, resource, errorCode, correlationId, ipAddress }: SignInNote) {
  return [time, appId, resource, errorCode, correlationId, ipAddress]
}

function toSignIn(row: Row): SignIn {
  return {
    time: new Date(row.time).toISOString(),
    appId: row.app_id,
    resource: row.resource,
    errorCode: row.error_code,
    correlationId: row.correlation_id,
    ipAddress: row.ip_address,
  }
}
