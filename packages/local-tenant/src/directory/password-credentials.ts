import { hash as hashOnce, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { Database } from './database.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'

/** A client secret as the directory keeps it: the value itself is known only to whoever was told it at creation. */
export interface PasswordCredential {
  readonly keyId: string
  readonly displayName: string | null
  readonly hint: string
  readonly startDateTime: string
  readonly endDateTime: string
}

export type PasswordCheck = 'valid' | 'wrong' | 'expired'

export interface PasswordCredentials {
  of(applicationId: string): PasswordCredential[]
  add(applicationId: string, input: NewPassword): { credential: PasswordCredential; secretText: string }
  remove(applicationId: string, keyId: string): void
  /**
   * Tries every credential of the application at a time in milliseconds since 1970; which one matched, or how nearly, is
   * nobody's business but the directory's.
   */
  check(applicationId: string, secret: string, time: number): PasswordCheck
}

export interface NewPassword {
  displayName: string | null
  startDateTime?: string
  endDateTime?: string
}

interface Row {
  key_id: string
  display_name: string | null
  hint: string
  start_time: string
  end_time: string
  salt: ArrayBuffer
  hash: ArrayBuffer
}

export function createPasswordCredentials(
  db: Database,
  { now, newId }: { now(): string; newId(): string },
): PasswordCredentials {
  const ofApplication = db.query<Row>('SELECT * FROM password_credentials WHERE application_id = ? ORDER BY start_time')
  const insert = db.query('INSERT INTO password_credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = db.query('DELETE FROM password_credentials WHERE application_id = ? AND key_id = ?')

  const checkable = remember(db, (applicationId) => ofApplication.all(applicationId).map(toCheckable))

  return {
    of: (applicationId) => ofApplication.all(applicationId).map(toCredential),
    add(applicationId, input) {
      const startDateTime = input.startDateTime ?? now()
      const endDateTime = input.endDateTime ?? yearsLater(startDateTime, 2)
      if (Date.parse(endDateTime) <= Date.parse(startDateTime)) {
        throw refuse({ kind: 'invalid', message: 'endDateTime must be later than startDateTime.' })
      }
      const secretText = newSecret()
      const salt = randomBytes(16)
      const credential = {
        keyId: newId(),
        displayName: input.displayName,
        hint: secretText.slice(0, 3),
        startDateTime,
        endDateTime,
      }
      const { keyId, displayName, hint } = credential
      insert.run(keyId, applicationId, displayName, hint, startDateTime, endDateTime, salt, digest(salt, secretText))
      return { credential, secretText }
    },
    remove(applicationId, keyId) {
      if (remove.run(applicationId, keyId.toLowerCase()) === 1) return
      throw refuse({ kind: 'invalid', message: `No password credential found with keyId '${keyId}'.` })
    },
    check(applicationId, secret, time) {
      let result: PasswordCheck = 'wrong'
      for (const { salt, hash, start, end } of checkable(applicationId)) {
        if (!timingSafeEqual(hash, digest(salt, secret))) continue
        if (time < start) continue
        if (time < end) return 'valid'
        result = 'expired'
      }
      return result
    },
  }
}

/** What a check needs of a row: bytes, and milliseconds since 1970. */
function toCheckable(row: Row) {
  return {
    salt: new Uint8Array(row.salt),
    hash: new Uint8Array(row.hash),
    start: Date.parse(row.start_time),
    end: Date.parse(row.end_time),
  }
}

function toCredential(row: Row): PasswordCredential {
  return {
    keyId: row.key_id,
    displayName: row.display_name,
    hint: row.hint,
    startDateTime: row.start_time,
    endDateTime: row.end_time,
  }
}

/** The secret is 40 random characters, so one salted hash guards it: there is nothing to guess that a slow hash would slow down. */
function digest(salt: Uint8Array, secret: string): Buffer {
  // In one call: twice as fast as a Hash object.
  return hashOnce('sha256', Buffer.concat([salt, Buffer.from(secret)]), 'buffer')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'

/** Looks as the service's own do: 40 characters, `8Q~` from the fourth on, only characters that survive a form body. */
function newSecret(): string {
  const random = (length: number) => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
  // The first three characters are shown later as the hint; letters alone keep a secret from starting like a command-line flag.
  return `${Array.from({ length: 3 }, () => alphabet[randomInt(52)]).join('')}8Q~${random(34)}`
}

function yearsLater(time: string, years: number): string {
  const date = new Date(time)
  date.setUTCFullYear(date.getUTCFullYear() + years)
  return date.toISOString()
}
