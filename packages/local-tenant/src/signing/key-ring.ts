import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Database } from '../directory/database.js'

/** A key pair with the certificate that names it. `kid` is the certificate's SHA-1 thumbprint in base64url, as on Microsoft's keys. */
export interface SigningKey {
  readonly kid: string
  /** Read when it is first asked for: a tenant starts without it. */
  privateKey(): KeyObject
  publicKey(): KeyObject
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

/** `next` is published and signs after the next rotation; `previous` has signed and is still published. */
export type KeyState = 'next' | 'current' | 'previous'

export interface PublishedKey {
  readonly kid: string
  readonly state: KeyState
}

/** How keys come and go (identity-platform/signing-key-rollover). Every change is on disk before its promise resolves. */
export interface KeyRollover {
  /** The published keys, oldest first. */
  list(): PublishedKey[]
  /** Publishes one more key that does not sign yet. */
  publishNext(): Promise<PublishedKey>
  /** Signs with the oldest published next key, or with a fresh one where none is; the former key stays published. */
  rotate(): Promise<PublishedKey>
  /** Takes a key out of the published sets at once. Throws KeyRefusal for the one that signs and for one that is not there. */
  withdraw(kid: string): void
  /** The emergency: fresh keys for all, and no token from before is good any more. */
  replaceAll(): Promise<PublishedKey[]>
}

/** A key that cannot be withdrawn. */
export class KeyRefusal extends Error {
  override readonly name = 'KeyRefusal'
  readonly code: 'signing_key' | 'unknown_key'
  constructor(code: 'signing_key' | 'unknown_key', message: string) {
    super(message)
    this.code = code
  }
}

interface Row {
  kid: string
  private_key: ArrayBuffer
  certificate: ArrayBuffer
  state: KeyState
}

type Made = Awaited<ReturnType<typeof makeKey>>
type Held = SigningKey & PublishedKey

/** Two keys from the start: like the real service, a tenant never publishes just the one it signs with. */
const statesOfNewKeys: readonly KeyState[] = ['current', 'next']

/** Reads the tenant's keys, and makes them first in a new tenant (about 0.3 s on the thread pool). */
export async function openKeyRing(db: Database, now: () => Date): Promise<KeyRing & KeyRollover> {
  const stored = db.query<Row>('SELECT kid, private_key, certificate, state FROM signing_keys ORDER BY sequence')
  const insert = db.query(
    'INSERT INTO signing_keys SELECT ?, ?, ?, coalesce(max(sequence), -1) + 1, ? FROM signing_keys',
  )
  const setState = db.query('UPDATE signing_keys SET state = ? WHERE kid = ?')
  const remove = db.query('DELETE FROM signing_keys WHERE kid = ?')
  const removeAll = db.query('DELETE FROM signing_keys')

  const store = ({ kid, privateKey, certificate }: Made, state: KeyState) =>
    insert.run(kid, privateKey, certificate, state)
  async function replaceAll(): Promise<void> {
    const made = await Promise.all(statesOfNewKeys.map(async (state) => ({ state, key: await makeKey(now()) })))
    db.transaction(() => {
      removeAll.run()
      for (const { state, key } of made) store(key, state)
    })
  }
  if (stored.get() === undefined) await replaceAll()

  let keys: readonly Held[] = []
  let current: Held
  let byKid: ReadonlyMap<string, Held>
  function read(): Held {
    const known = new Map(keys.map((key) => [key.kid, key]))
    // A parsed key keeps what it has cached for signing.
    keys = stored.all().map((row) => ({ ...(known.get(row.kid) ?? toSigningKey(row)), state: row.state }))
    byKid = new Map(keys.map((key) => [key.kid, key]))
    const signing = keys.find(({ state }) => state === 'current')
    if (signing === undefined) throw new Error('The directory holds no signing key although keys were just made.')
    return signing
  }
  current = read()

  // Begun by the first change only: most tenants never roll over, and making a key costs a core a good part of a second.
  let spare: Promise<Made> | undefined
  async function takeSpare(): Promise<Made> {
    const ready = spare ?? makeKey(now())
    spare = undefined
    return ready
  }
  function prepareSpare(): void {
    spare ??= makeKey(now())
    // It is reported when it is needed.
    spare.catch(() => {})
  }

  // One change after the other: two rotations at a time would both see the same next key.
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = last.then(change)
    last = turn.catch(() => {})
    return turn
  }
  async function publish(): Promise<PublishedKey> {
    const key = await takeSpare()
    store(key, 'next')
    current = read()
    return { kid: key.kid, state: 'next' }
  }

  return {
    published: () => keys,
    current: () => current,
    find: (kid) => byKid.get(kid),
    list: () => keys.map(describe),
    publishNext: () =>
      inTurn(async () => {
        const published = await publish()
        prepareSpare()
        return published
      }),
    rotate: () =>
      inTurn(async () => {
        const { kid } = keys.find(({ state }) => state === 'next') ?? (await publish())
        db.transaction(() => {
          setState.run('previous', current.kid)
          setState.run('current', kid)
        })
        current = read()
        prepareSpare()
        return describe(current)
      }),
    withdraw(kid) {
      if (kid === current.kid)
        throw new KeyRefusal('signing_key', `The key ${kid} signs: rotate before you withdraw it.`)
      if (remove.run(kid) === 0) {
        throw new KeyRefusal('unknown_key', 'No published key has this kid: list the keys to see theirs.')
      }
      current = read()
    },
    replaceAll: () =>
      inTurn(async () => {
        await replaceAll()
        current = read()
        return keys.map(describe)
      }),
  }
}

const describe = ({ kid, state }: PublishedKey): PublishedKey => ({ kid, state })

async function makeKey(now: Date) {
  // Loaded only here: it costs more time than a whole start, and most starts find their keys made.
  const { makeSigningKey } = await import('./make-key.js')
  return makeSigningKey(now)
}

function toSigningKey(row: Row): Omit<Held, 'state'> {
  let read: KeyObject | undefined
  let derived: KeyObject | undefined
  const privateKey = () => {
    read ??= createPrivateKey({ key: Buffer.from(row.private_key), format: 'der', type: 'pkcs8' })
    return read
  }
  return {
    kid: row.kid,
    privateKey,
    publicKey() {
      derived ??= createPublicKey(privateKey())
      return derived
    },
    certificate: Buffer.from(row.certificate).toString('base64'),
  }
}
