import { createPublicKey, type KeyObject } from 'node:crypto'
import { canVerify } from '../directory/certificate.js'
import { fetchDocument, IssuerError } from './issuer-document.js'

export { IssuerError }

export interface FederationOptions {
  /**
   * Issuers whose keys may be fetched although they do not live at a public address, for instance another tenant on this
   * machine. Only the origin of each URL counts. Every other host has to resolve to public addresses.
   */
  readonly allowedIssuers: readonly string[]
  /** PEM. The only certificate authority that the allowed issuers are trusted by; without it, Node's own list. */
  readonly ca?: string
}

/** The keys with which other issuers sign. */
export interface Federation {
  /**
   * The RSA key that `issuer` publishes as `kid`, or undefined when it publishes none. Fetches over https what it does not
   * know and keeps it for an hour. Throws IssuerError when the issuer cannot be asked or answers nonsense.
   */
  keyOf(issuer: string, kid: string): Promise<KeyObject | undefined>
}

/** What one issuer publishes, and when it was last asked. */
interface Published {
  readonly keys: ReadonlyMap<string, KeyObject>
  readonly fetched: number
  asked: number
}

const keepFor = 3_600_000
/** An unknown kid is a reason to look again, but not one that a sender of made-up kids may use at will. */
const askAgainAfter = 30_000
const maxIssuers = 100
const maxKeys = 100

/** Throws RangeError for an allowed issuer that is no https URL. */
export function createFederation({ allowedIssuers, ca }: FederationOptions, now: () => Date): Federation {
  const allowed = new Set(allowedIssuers.map(originOf))
  const known = new Map<string, Published>()
  const pending = new Map<string, Promise<Published>>()
  const fetchJson = (url: string) => fetchDocument(url, { allowed, ca })

  async function ask(issuer: string): Promise<Published> {
    const asked = now().getTime()
    const before = known.get(issuer)
    if (before !== undefined) before.asked = asked
    const published = { keys: await fetchKeys(issuer, fetchJson), fetched: asked, asked }
    const [oldest] = known.keys()
    known.delete(issuer)
    if (known.size >= maxIssuers && oldest !== undefined) known.delete(oldest)
    known.set(issuer, published)
    return published
  }

  /** Callers that come while the issuer is being asked wait for the same answer. */
  function askOnce(issuer: string): Promise<Published> {
    const running = pending.get(issuer)
    if (running !== undefined) return running
    const started = ask(issuer).finally(() => pending.delete(issuer))
    pending.set(issuer, started)
    return started
  }

  return {
    async keyOf(issuer, kid) {
      const published = known.get(issuer)
      // A clock that was set back must not keep keys for longer.
      const since = (time: number) => Math.abs(now().getTime() - time)
      if (published !== undefined && since(published.fetched) < keepFor) {
        const key = published.keys.get(kid)
        if (key !== undefined || since(published.asked) < askAgainAfter) return key
      }
      return (await askOnce(issuer)).keys.get(kid)
    },
  }
}

function originOf(issuer: string): string {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url?.protocol === 'https:') return url.origin
  throw new RangeError(`The allowed issuer '${issuer}' is not an https URL.`)
}

type FetchJson = (url: string) => Promise<Readonly<Record<string, unknown>>>

/** OpenID Connect Discovery 1.0 §4: from the issuer to its metadata, from the metadata to its keys. */
async function fetchKeys(issuer: string, fetchJson: FetchJson): Promise<Map<string, KeyObject>> {
  const metadata = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  // §4.3: a document that speaks for another issuer must not be used.
  if (metadata['issuer'] !== issuer) throw new IssuerError(issuer, 'its metadata names another issuer')
  const jwksUri = metadata['jwks_uri']
  if (typeof jwksUri !== 'string') throw new IssuerError(issuer, 'its metadata names no jwks_uri')
  const { keys } = await fetchJson(jwksUri)
  if (!Array.isArray(keys) || keys.length > maxKeys) {
    throw new IssuerError(jwksUri, `a key set of at most ${maxKeys} keys was expected`)
  }
  return new Map(keys.flatMap(readKey))
}

/** A key that cannot verify RS256, or has no name to be found by, is none for us. */
function readKey(jwk: unknown): [string, KeyObject][] {
  if (typeof jwk !== 'object' || jwk === null) return []
  const { kty, kid, use = 'sig', n, e } = jwk as Record<string, unknown>
  if (kty !== 'RSA' || use !== 'sig' || typeof kid !== 'string' || typeof n !== 'string' || typeof e !== 'string') {
    return []
  }
  try {
    const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' })
    return canVerify(key) ? [[kid, key]] : []
  } catch {
    return []
  }
}
