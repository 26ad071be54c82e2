import { verify as verifySignature } from 'node:crypto'
import { readBearerToken } from './authorization-header.js'
import { AccessDenied, TokenRejected } from './errors.js'
import { loadKeySet } from './keys/discovery.js'
import { createHttpsGet } from './keys/https-get.js'
import type { TrustedKey } from './keys/key-set.js'
import { type KeyHealth, KeySource } from './keys/key-source.js'
import { readSettings, type Settings, type TokenVerifierOptions } from './settings.js'
import { type Caller, toCaller } from './token/caller.js'
import { readClaims } from './token/claims.js'
import { type CompactToken, readCompactToken } from './token/compact.js'
import { readTokenHeader, type TokenHeader } from './token/header.js'

/** Knows one API's tenant, audience and permissions; make it once and use it for every request. */
export interface TokenVerifier<Scope extends string = string, Role extends string = string> {
  /** Resolves when the signing keys are loaded. Throws KeysUnavailable, and goes on trying in the background. */
  ready(): Promise<void>
  /**
   * Proves signature, issuer, tenant, audience, time and kind of a compact token and says who calls. Throws an EntraTokenError.
   * Does not look at permissions (see requireAccess), nor ask whether the token was revoked.
   */
  verify(token: string): Promise<Caller<Scope, Role>>
  /** Same, from the value of an Authorization header; pass all values if the request had several. */
  authenticate(header: string | readonly string[] | undefined): Promise<Caller<Scope, Role>>
  health(): KeyHealth
  /** Stops key requests and timers. They never keep the process alive, so this only matters to tests and clean shutdowns. */
  close(): void
}

/**
 * A verifier for access tokens of one Entra tenant. Throws a TypeError when an option is missing or a placeholder.
 * Does no network request until `ready` or the first token asks for keys.
 */
export function createTokenVerifier<Scope extends string, Role extends string>(
  options: TokenVerifierOptions<Scope, Role>,
): TokenVerifier<Scope, Role> {
  const settings = readSettings(options)
  const { authority: url, tenantId, ca, now } = settings
  const get = createHttpsGet(ca)
  const load = (signal: AbortSignal) => loadKeySet({ url, tenantId }, get, signal)
  return createVerifierWithKeys(settings, new KeySource({ load, now, random: Math.random, after }))
}

/** The verifier without the network: tests hand in keys of their own. */
export function createVerifierWithKeys<Scope extends string, Role extends string>(
  settings: Settings<Scope, Role>,
  keys: KeySource,
): TokenVerifier<Scope, Role> {
  const headers = new HeaderMemory()

  // A cache of verified tokens belongs around this function: it is the one place that sees token and caller together.
  const verify = async (token: string) => {
    const parts = readCompactToken(token)
    const header = headers.recall(parts.headerSegment) ?? readTokenHeader(parts.headerSegment)
    const key = keys.known(header.kid) ?? (await keys.find(header.kid))
    proveSignature(parts, header, key)
    headers.keep(parts.headerSegment, header)
    return admit(settings, parts, key)
  }

  return {
    ready: () => keys.ready(),
    verify,
    authenticate: async (header) => verify(readBearerToken(header)),
    health: () => keys.health(),
    close: () => keys.close(),
  }
}

function proveSignature({ signedBytes, signature }: CompactToken, { hasNonce }: TokenHeader, key: TrustedKey): void {
  if (verifySignature('RSA-SHA256', signedBytes, key.publicKey, signature)) return
  throw new TokenRejected('bad_signature', hasNonce ? microsoftTokenHint : undefined)
}

const microsoftTokenHint =
  'The header has a nonce, as tokens for Microsoft Graph and other Microsoft APIs have; only those APIs can verify them. The client must request a scope of this API.'

function admit<Scope extends string, Role extends string>(
  settings: Settings<Scope, Role>,
  { payload }: CompactToken,
  { issuer, foreignIssuer }: TrustedKey,
): Caller<Scope, Role> {
  const claims = readClaims(payload, { ...settings, issuer }, settings.now() / 1000)
  if (foreignIssuer !== null)
    throw new TokenRejected('key_not_allowed', `The key document says that the key signs for ${foreignIssuer}.`)
  const caller = toCaller(claims, settings.tenantId, settings.permissions)
  if (settings.allowedApps === null || settings.allowedApps.has(caller.clientId)) return caller
  const hint = `Application ${caller.clientId} is not listed in allowedApps.`
  throw new AccessDenied('actor_not_allowed', undefined, hint)
}

/**
 * Headers already read. All tokens signed with one key share one header, so a few entries do; only headers of tokens whose
 * signature held get in, so nobody can push the good ones out.
 */
class HeaderMemory {
  readonly #headers = new Map<string, TokenHeader>()

  recall(segment: string): TokenHeader | undefined {
    return this.#headers.get(segment)
  }

  keep(segment: string, header: TokenHeader): void {
    if (this.#headers.size >= 64 && !this.#headers.has(segment)) this.#headers.clear()
    this.#headers.set(segment, header)
  }
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds).unref()
  return () => clearTimeout(timer)
}
