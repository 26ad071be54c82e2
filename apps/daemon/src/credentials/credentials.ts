import { createHash } from 'node:crypto'
import { Failure } from '../failure.js'
import { type Credential, Unusable } from './credential.js'
import type { CredentialSource, Material } from './credential-source.js'
import { type MaterialReader, nameOf } from './material.js'

export interface CredentialsOptions {
  /** In the order in which they are tried. */
  sources: readonly CredentialSource[]
  reader: MaterialReader
  /** Milliseconds since 1970. */
  now: () => number
  /** Told of every secret as soon as it is read. */
  conceal: (secret: string) => void
  /** Told once of each credential that is about to expire, and of each that had to be passed over. */
  warn: (text: string) => void
}

/** The daemon's credentials as they are now: read again for each token request, so a rotation needs no restart. */
export interface Credentials {
  /**
   * The first usable credential whose fingerprint is not in `tried`; one that the tenant refused comes last.
   * Undefined when all are tried. Rejects with a `Failure` that names all reasons when none can be used.
   */
  next(tried: ReadonlySet<string>): Promise<Credential | undefined>
  /** The tenant does not accept it. */
  refuse(credential: Credential): void
  /** Changes whenever a credential did. */
  generation(): number
}

const warnBeforeMs = 30 * 24 * 60 * 60 * 1000

export function createCredentials({ sources, reader, now, conceal, warn }: CredentialsOptions): Credentials {
  const known = new Map<CredentialSource, string>()
  const refused = new Set<string>()
  const warned = new Set<string>()
  let generation = 0
  const once = (text: string): void => {
    if (!warned.has(text)) warn(text)
    warned.add(text)
  }
  const note = (source: CredentialSource, credential: Credential): void => {
    const before = known.get(source)
    if (before !== undefined && before !== credential.fingerprint) generation++
    known.set(source, credential.fingerprint)
    if (credential.kind === 'certificate') warnOfEnd(credential, now(), once)
  }
  return {
    next: async (tried) => {
      const problems: Unusable[] = []
      let second: Credential | undefined
      for (const source of sources) {
        const credential = await open(source, { reader, now, conceal }).catch(unusable)
        if (credential instanceof Unusable) {
          problems.push(credential)
          if (sources.length > 1) once(`passed over a credential: ${credential.message}`)
          continue
        }
        note(source, credential)
        if (tried.has(credential.fingerprint)) continue
        if (!refused.has(credential.fingerprint)) return credential
        second ??= credential
      }
      if (problems.length === sources.length) throw noneUsable(problems)
      return second
    },
    refuse: ({ fingerprint }) => {
      refused.add(fingerprint)
    },
    generation: () => generation,
  }
}

interface Means {
  reader: MaterialReader
  now: () => number
  conceal: (secret: string) => void
}

async function open(source: CredentialSource, { reader, now, conceal }: Means): Promise<Credential> {
  switch (source.kind) {
    case 'secret':
      return secret(source.secret, reader, conceal)
    case 'certificate': {
      const { loadCertificate } = await import('./certificate.js')
      return loadCertificate(source, concealing(source.password, reader, conceal), now())
    }
    case 'federated token file': {
      const { loadFederatedToken } = await import('./federated-token.js')
      return loadFederatedToken(source.token, concealing(source.token, reader, conceal), now())
    }
    case 'managed identity': {
      const { loadManagedIdentity } = await import('./managed-identity.js')
      return loadManagedIdentity(source.clientId, now())
    }
  }
}

/** Nothing shorter can be concealed in messages. */
const shortestSecret = 8

async function secret(material: Material, reader: MaterialReader, conceal: (secret: string) => void) {
  const value = (await reader.read(material)).toString().trim()
  conceal(value)
  if (value.length < shortestSecret)
    throw new Unusable(
      'configuration',
      `${nameOf(material)} has fewer than ${shortestSecret} characters, too few for a client secret`,
    )
  if (/[^\x21-\x7e]/.test(value)) throw new Unusable('configuration', `${nameOf(material)} holds more than one word`)
  return {
    kind: 'secret' as const,
    label: `secret from ${nameOf(material)}`,
    fingerprint: createHash('sha256').update(value).digest('hex'),
    forMsal: { clientSecret: value },
    expiresAt: undefined,
  }
}

/** A reader that conceals what it reads from one of its materials, so that no message can repeat it. */
function concealing(
  secretMaterial: Material | undefined,
  reader: MaterialReader,
  conceal: (secret: string) => void,
): MaterialReader {
  return {
    read: async (material) => {
      const content = await reader.read(material)
      if (material === secretMaterial) conceal(content.toString().trim())
      return content
    },
  }
}

function unusable(error: unknown): Unusable {
  if (error instanceof Unusable) return error
  throw error
}

function warnOfEnd({ label, expiresAt }: Credential, now: number, warn: (text: string) => void): void {
  if (expiresAt === undefined || expiresAt - now > warnBeforeMs) return
  const days = Math.floor((expiresAt - now) / (24 * 60 * 60 * 1000))
  warn(
    `${label} expires ${days < 1 ? 'within a day' : `in ${days === 1 ? '1 day' : `${days} days`}`}; register and install a new one before`,
  )
}

function noneUsable(problems: readonly Unusable[]): Failure {
  return new Failure(problems[0]?.exit ?? 'configuration', {
    what: 'no usable credential',
    why: problems.map(({ message }) => message).join('; '),
    next: 'put it right, or give another credential: CLIENT_SECRET_FILE, CERT_FILE, FEDERATED_TOKEN_FILE or MANAGED_IDENTITY',
  })
}
