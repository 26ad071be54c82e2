import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Database } from './database.js'
import { refuse } from './refusal.js'

/** A password as the directory keeps it. */
export interface PasswordHash {
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

export interface UserPasswords {
  set(userId: string, password: PasswordHash, options: { mustChange: boolean }): void
  /** Takes as long for a user without a password as for a wrong one. */
  check(userId: string, password: string): Promise<'valid' | 'must_change' | 'wrong'>
  /** When the password was last set, or null for a user who has none. */
  changed(userId: string): string | null
}

interface Row {
  salt: ArrayBuffer
  hash: ArrayBuffer
  must_change: number
  changed: string
}

/** 32 MiB and a tenth of a second on one thread of the pool: people choose passwords that can be guessed. */
const cost: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const hashOf = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt)

/** Hashes a password away from the main thread. Throws DirectoryRefusal for one that is too simple. */
export async function hashPassword(password: string, userPrincipalName: string): Promise<PasswordHash> {
  checkComplexity(password, userPrincipalName)
  const salt = randomBytes(16)
  return { salt, hash: await hashOf(password.normalize('NFC'), salt, 32, cost) }
}

export function createUserPasswords(db: Database, { now }: { now(): string }): UserPasswords {
  const byUser = db.query<Row>('SELECT salt, hash, must_change, changed FROM user_passwords WHERE user_id = ?')
  const replace = db.query('INSERT OR REPLACE INTO user_passwords VALUES (?, ?, ?, ?, ?)')
  return {
    set: (userId, { salt, hash }, { mustChange }) => void replace.run(userId, salt, hash, mustChange ? 1 : 0, now()),
    changed: (userId) => byUser.get(userId)?.changed ?? null,
    async check(userId, password) {
      const row = byUser.get(userId)
      const salt = row === undefined ? new Uint8Array(16) : new Uint8Array(row.salt)
      const hash = await hashOf(password.normalize('NFC'), salt, 32, cost)
      if (row === undefined || !timingSafeEqual(hash, new Uint8Array(row.hash))) return 'wrong'
      return row.must_change === 1 ? 'must_change' : 'valid'
    },
  }
}

/** Eight to 256 characters of three kinds out of four, without the sign-in name (entra: authentication/concept-sspr-policy). */
function checkComplexity(password: string, userPrincipalName: string): void {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password)).length
  const [name = ''] = userPrincipalName.toLowerCase().split('@')
  const holdsName = name.length >= 3 && password.toLowerCase().includes(name)
  if (password.length >= 8 && password.length <= 256 && kinds >= 3 && !holdsName) return
  throw refuse({ kind: 'weak_password' })
}
