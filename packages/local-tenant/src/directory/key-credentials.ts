import type { KeyObject } from 'node:crypto'
import { type Certificate, readCertificate } from './certificate.js'
import type { Database } from './database.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'

/** A certificate with which an application proves itself. Its private key was never here. */
export interface KeyCredential {
  readonly keyId: string
  readonly displayName: string | null
  /** Base64: the SHA-1 thumbprint, unless the caller chose something else. */
  readonly customKeyIdentifier: string
  readonly startDateTime: string
  readonly endDateTime: string
  /** DER. */
  readonly certificate: Uint8Array
}

/** A certificate to add, or with `key` null one to keep. What is left out is taken from the certificate. */
interface KeyInput {
  readonly keyId?: string | null
  /** DER or PEM. */
  readonly key?: Uint8Array | null
  readonly displayName?: string | null
  readonly customKeyIdentifier?: string | null
  readonly startDateTime?: string | null
  readonly endDateTime?: string | null
}

/** How a token names the certificate that signed it; thumbprints are base64url, `kid` is one of them, in hex or base64url, or a keyId. */
export type KeyName = { sha1: string } | { sha256: string } | { kid: string }

/** What a token was signed with, for whoever verifies it. */
export interface VerificationKey {
  readonly startDateTime: string
  readonly endDateTime: string
  readonly state: 'valid' | 'expired' | 'not_yet_valid'
  publicKey(): KeyObject
}

export interface KeyCredentials {
  of(applicationId: string): KeyCredential[]
  /** Makes `wanted` the application's whole collection. Throws DirectoryRefusal, and then nothing was changed. */
  replace(applicationId: string, wanted: readonly KeyInput[]): void
  /** Adds a certificate under a new keyId. */
  add(applicationId: string, input: Omit<KeyInput, 'keyId'>): KeyCredential
  remove(applicationId: string, keyId: string): void
  find(applicationId: string, name: KeyName): VerificationKey | undefined
}

interface NameRow {
  key_id: string
  sha1: string
  sha256: string
  start_time: string
  end_time: string
}

interface Row extends NameRow {
  display_name: string | null
  custom_key_identifier: string
  certificate: ArrayBuffer
}

export function createKeyCredentials(db: Database, { now, newId }: { now(): string; newId(): string }): KeyCredentials {
  const ofApplication = db.query<Row>('SELECT * FROM key_credentials WHERE application_id = ? ORDER BY rowid')
  const nameRows = db.query<NameRow>(
    'SELECT key_id, sha1, sha256, start_time, end_time FROM key_credentials WHERE application_id = ? ORDER BY rowid',
  )
  // Looked at by every assertion. Whether a certificate is in its time is asked anew each time.
  const names = remember(db, (applicationId) => nameRows.all(applicationId))
  const certificateBy = db.query<{ certificate: ArrayBuffer }>(
    'SELECT certificate FROM key_credentials WHERE application_id = ? AND key_id = ?',
  )
  const insert = db.query('INSERT INTO key_credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const removeAll = db.query('DELETE FROM key_credentials WHERE application_id = ?')
  const removeOne = db.query('DELETE FROM key_credentials WHERE application_id = ? AND key_id = ?')
  const publicKeys = new PublicKeys()

  const of = (applicationId: string) => ofApplication.all(applicationId).map(toCredential)

  function store(applicationId: string, credential: KeyCredential, { sha1, sha256 }: Certificate): void {
    const { keyId, displayName, customKeyIdentifier, startDateTime, endDateTime, certificate } = credential
    insert.run(
      keyId,
      applicationId,
      displayName,
      customKeyIdentifier,
      sha1,
      sha256,
      startDateTime,
      endDateTime,
      certificate,
    )
  }

  function publicKey(applicationId: string, { key_id: keyId, sha256 }: NameRow): KeyObject {
    return publicKeys.get(sha256, () => {
      const row = certificateBy.get(applicationId, keyId)
      return readWhole(row === undefined ? new Uint8Array() : new Uint8Array(row.certificate)).publicKey
    })
  }

  return {
    of,
    replace: (applicationId, wanted) =>
      db.transaction(() => {
        const kept = new Map(of(applicationId).map((credential) => [credential.keyId, credential]))
        removeAll.run(applicationId)
        const used = new Set<string>()
        for (const input of wanted) {
          const [credential, certificate] = settle(input, kept, newId)
          if (used.has(credential.keyId)) throw invalidValue(`the keyId ${credential.keyId} stands there twice.`)
          used.add(credential.keyId)
          store(applicationId, credential, certificate)
        }
      }),
    add: (applicationId, input) => {
      const [credential, certificate] = settle({ ...input, keyId: null }, new Map(), newId)
      store(applicationId, credential, certificate)
      return credential
    },
    remove(applicationId, keyId) {
      if (removeOne.run(applicationId, keyId.toLowerCase()) === 1) return
      throw refuse({ kind: 'invalid', message: `No key credential found with keyId '${keyId}'.` })
    },
    find(applicationId, name) {
      const time = now()
      const named = names(applicationId).filter((row) => isNamed(row, name))
      // The same certificate may stand there twice, once with its time cut short.
      const row = named.find((candidate) => stateOf(candidate, time) === 'valid') ?? named[0]
      if (row === undefined) return undefined
      const { start_time: startDateTime, end_time: endDateTime } = row
      return {
        startDateTime,
        endDateTime,
        state: stateOf(row, time),
        publicKey: () => publicKey(applicationId, row),
      }
    },
  }
}

/** What becomes of one entry of a new collection. */
function settle(
  input: KeyInput,
  kept: ReadonlyMap<string, KeyCredential>,
  newId: () => string,
): [KeyCredential, Certificate] {
  const existing = input.keyId ? kept.get(input.keyId) : undefined
  if (!input.key) {
    if (existing !== undefined) return [existing, readWhole(existing.certificate)]
    throw invalidValue('an entry without a key needs the keyId of a credential that the application has.')
  }
  const certificate = readWhole(input.key)
  if (existing !== undefined) {
    if (Buffer.compare(existing.certificate, certificate.der) === 0) return [existing, certificate]
    throw refuse({
      kind: 'invalid',
      message: `Update to existing credential with KeyId '${existing.keyId}' is not allowed.`,
    })
  }
  return [describe(input, certificate, input.keyId ?? newId()), certificate]
}

function describe(input: KeyInput, certificate: Certificate, keyId: string): KeyCredential {
  const startDateTime = input.startDateTime ?? certificate.notBefore
  const endDateTime = input.endDateTime ?? certificate.notAfter
  if (startDateTime < certificate.notBefore) throw refuse({ kind: 'invalid_key_date', date: 'start' })
  if (endDateTime > certificate.notAfter || endDateTime <= startDateTime) {
    throw refuse({ kind: 'invalid_key_date', date: 'end' })
  }
  return {
    keyId,
    displayName: input.displayName ?? certificate.subject.slice(0, 256),
    customKeyIdentifier: input.customKeyIdentifier ?? Buffer.from(certificate.sha1, 'base64url').toString('base64'),
    startDateTime,
    endDateTime,
    certificate: certificate.der,
  }
}

function readWhole(key: Uint8Array): Certificate {
  const certificate = readCertificate(key)
  if (certificate !== undefined) return certificate
  throw invalidValue('an X.509 certificate, DER or PEM, with an RSA key of 2048 to 8192 bits was expected.')
}

function invalidValue(expected: string) {
  return refuse({ kind: 'invalid_key_value', expected })
}

function isNamed(row: NameRow, name: KeyName): boolean {
  if ('sha256' in name) return row.sha256 === name.sha256
  if ('sha1' in name) return row.sha1 === name.sha1
  const kid = name.kid
  if (row.sha1 === kid || row.sha256 === kid) return true
  const lower = kid.toLowerCase()
  return row.key_id === lower || hex(row.sha1) === lower || hex(row.sha256) === lower
}

const hex = (thumbprint: string) => Buffer.from(thumbprint, 'base64url').toString('hex')

/** Both ends and the time are ISO 8601 in UTC with milliseconds, which sort as the moments they stand for. */
function stateOf({ start_time: start, end_time: end }: NameRow, time: string): VerificationKey['state'] {
  if (time < start) return 'not_yet_valid'
  return time < end ? 'valid' : 'expired'
}

function toCredential(row: Row): KeyCredential {
  return {
    keyId: row.key_id,
    displayName: row.display_name,
    customKeyIdentifier: row.custom_key_identifier,
    startDateTime: row.start_time,
    endDateTime: row.end_time,
    certificate: new Uint8Array(row.certificate),
  }
}

const maxPublicKeys = 1_000

/** Parsing a certificate costs more than verifying with it. A SHA-256 thumbprint names one certificate for ever, so nothing here grows old. */
class PublicKeys {
  readonly #kept = new Map<string, KeyObject>()

  get(sha256: string, read: () => KeyObject): KeyObject {
    const kept = this.#kept.get(sha256)
    if (kept !== undefined) return kept
    const key = read()
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= maxPublicKeys && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(sha256, key)
    return key
  }
}
