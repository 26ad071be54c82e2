import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Database } from '../directory/database.js'

/** A key pair with the certificate that names it. `kid` is the certificate's SHA-1 thumbprint in base64url, as on Microsoft's keys. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** DER, base64 (not base64url): the form of `x5c` (RFC 7517 §4.7). */
  readonly certificate: string
}

/** The keys of one tenant: one signs, all are published. */
export interface KeyRing {
  /** Every key that verifiers shall accept; the order means nothing. */
  published(): readonly SigningKey[]
  /** The key that signs now. */
  current(): SigningKey
  find(kid: string): SigningKey | undefined
}

interface Row {
  kid: string
  private_key: ArrayBuffer
  certificate: ArrayBuffer
}

/** Two keys from the start: like the real service, a tenant never publishes just the one it signs with. */
const keysOfNewTenant = 2

/** Reads the tenant's keys, and makes them first in a new tenant (about 0.3 s on the thread pool). */
export async function openKeyRing(db: Database, now: () => Date): Promise<KeyRing> {
  const stored = db.query<Row>('SELECT kid, private_key, certificate FROM signing_keys ORDER BY sequence')
  if (stored.get() === undefined) await makeKeys(db, now())
  const [current, ...others] = stored.all().map(toSigningKey)
  if (current === undefined) throw new Error('The directory holds no signing key although keys were just made.')
  const keys = [current, ...others]
  const byKid = new Map(keys.map((key) => [key.kid, key]))
  return { published: () => keys, current: () => current, find: (kid) => byKid.get(kid) }
}

async function makeKeys(db: Database, now: Date): Promise<void> {
  // Loaded only here: it costs more time than a whole start, and most starts find their keys made.
  const { makeSigningKey } = await import('./make-key.js')
  const made = await Promise.all(Array.from({ length: keysOfNewTenant }, () => makeSigningKey(now)))
  const insert = db.query('INSERT INTO signing_keys VALUES (?, ?, ?, ?)')
  db.transaction(() => {
    for (const [sequence, key] of made.entries()) insert.run(key.kid, key.privateKey, key.certificate, sequence)
  })
}

function toSigningKey(row: Row): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.from(row.private_key), format: 'der', type: 'pkcs8' })
  return {
    kid: row.kid,
    privateKey,
    publicKey: createPublicKey(privateKey),
    certificate: Buffer.from(row.certificate).toString('base64'),
  }
}
