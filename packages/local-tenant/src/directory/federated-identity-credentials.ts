import type { Database } from './database.js'
import { refuse } from './refusal.js'

/** Lets a workload of another issuer act as the application (graph docs: resources/federatedidentitycredential). */
export interface FederatedIdentityCredential {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly description: string | null
}

export type FederatedInput = Omit<FederatedIdentityCredential, 'id'>

export interface FederatedIdentityCredentials {
  of(applicationId: string): FederatedIdentityCredential[]
  create(applicationId: string, input: FederatedInput): FederatedIdentityCredential
  /** The name stays what it is. */
  update(applicationId: string, id: string, patch: Partial<FederatedInput>): void
  remove(applicationId: string, id: string): void
}

interface Row {
  id: string
  name: string
  issuer: string
  subject: string
  audience: string
  description: string | null
}

const maxPerApplication = 20
const maxText = 600

export function createFederatedIdentityCredentials(
  db: Database,
  { newId }: { newId(): string },
): FederatedIdentityCredentials {
  const ofApplication = db.query<Row>(
    'SELECT id, name, issuer, subject, audience, description FROM federated_identity_credentials WHERE application_id = ? ORDER BY rowid',
  )
  const insert = db.query('INSERT INTO federated_identity_credentials VALUES (?, ?, ?, ?, ?, ?, ?)')
  const update = db.query(
    'UPDATE federated_identity_credentials SET issuer = ?, subject = ?, audience = ?, description = ? WHERE id = ?',
  )
  const remove = db.query('DELETE FROM federated_identity_credentials WHERE application_id = ? AND id = ?')
  const of = (applicationId: string) => ofApplication.all(applicationId).map(toCredential)

  return {
    of,
    create: (applicationId, input) =>
      db.transaction(() => {
        const others = of(applicationId)
        check(input, others)
        if (others.some(({ name }) => name === input.name)) throw refuse({ kind: 'name_taken', name: input.name })
        if (others.length >= maxPerApplication) {
          throw refuse({
            kind: 'invalid',
            message: `An application can have at most ${maxPerApplication} federated identity credentials: delete one first.`,
          })
        }
        const credential = { id: newId(), ...input }
        const { id, name, issuer, subject, audience, description } = credential
        insert.run(id, applicationId, name, issuer, subject, audience, description)
        return credential
      }),
    update: (applicationId, id, patch) =>
      db.transaction(() => {
        const all = of(applicationId)
        const current = all.find((candidate) => candidate.id === id)
        if (current === undefined) throw refuse({ kind: 'missing', object: id })
        const next = { ...current, ...patch }
        if (next.name !== current.name) {
          throw invalid('Name is immutable and cannot be changed after creation.')
        }
        check(
          next,
          all.filter((candidate) => candidate !== current),
        )
        update.run(next.issuer, next.subject, next.audience, next.description, id)
      }),
    remove(applicationId, id) {
      if (remove.run(applicationId, id) === 0) throw refuse({ kind: 'missing', object: id })
    },
  }
}

function check(credential: FederatedInput, others: readonly FederatedIdentityCredential[]): void {
  const { name, issuer, subject, audience, description } = credential
  for (const [property, text] of Object.entries({ issuer, subject, audience })) {
    if (text === '' || text.length > maxText) throw invalid(`${property} must have 1 to ${maxText} characters.`)
  }
  if (description !== null && description.length > maxText) {
    throw invalid(`description must have at most ${maxText} characters.`)
  }
  if (!/^[A-Za-z0-9._~-]{3,120}$/.test(name)) {
    throw invalid('name must have 3 to 120 characters, each a letter, a digit or one of - . _ ~')
  }
  if (!isIssuer(issuer)) {
    throw invalid('issuer must be an https URL without user, query or fragment: its keys are looked up below it.')
  }
  if (others.some((other) => other.issuer === issuer && other.subject === subject)) {
    throw refuse({ kind: 'federation_taken', issuer, subject })
  }
}

/** OpenID Connect Discovery 1.0 §2: scheme https, and neither query nor fragment. */
function isIssuer(text: string): boolean {
  // The parser would drop blanks and control characters, and what was stored would never equal a token's `iss`.
  if (!/^https:\/\/[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === '' && !/[?#]/.test(text)
}

const invalid = (message: string) => refuse({ kind: 'invalid_federation', message })

function toCredential({ id, name, issuer, subject, audience, description }: Row): FederatedIdentityCredential {
  return { id, name, issuer, subject, audience, description }
}
