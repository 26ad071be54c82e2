import { verify as verifySignature } from 'node:crypto'
import {
  likelyToken,
  type RequestCredentials,
  readBearerToken,
  readOneHeader,
  readRequestHeader,
} from './authorization-header.js'
import { AccessDenied, EntraTokenError, TokenRejected } from './errors.js'
import { publishRejected, publishVerified } from './events.js'
import { loadKeySet } from './keys/discovery.js'
import { createHttpsGet, type HttpsGet } from './keys/https-get.js'
import type { TrustedKey } from './keys/key-set.js'
import { type KeyHealth, KeySource } from './keys/key-source.js'
import { recordDocuments, replayDocuments, type SavedKeys } from './keys/saved-keys.js'
import { type AccessPolicy, requireAccess } from './permissions.js'
import { describeProtectedResource, metadataLocation, type ProtectedResource } from './protected-resource.js'
import { readSettings, type Settings, type TokenVerifierOptions } from './settings.js'
import { tenantTemplate } from './tenants.js'
import { type Caller, toCaller } from './token/caller.js'
import { readClaims } from './token/claims.js'
import { type CompactToken, headerOf, readCompactToken, takeApart } from './token/compact.js'
import { readTokenHeader, type TokenHeader } from './token/header.js'
import { VerifiedTokens } from './token/verified-tokens.js'

/** Knows one API's tenant, audience and permissions; make it once and use it for every request. */
export interface TokenVerifier<Scope extends string = string, Role extends string = string> {
  /** Resolves when the signing keys are loaded. Throws KeysUnavailable, and goes on trying in the background. */
  ready(): Promise<void>
  /**
   * Proves signature, issuer, tenant, audience, time and kind of a compact token and says who calls. Throws an EntraTokenError.
   * Does not look at permissions (see requireAccess), nor ask whether the token was revoked.
   */
  verify(token: string): Promise<Caller<Scope, Role>>
  /**
   * The same at once, with the keys at hand. Where the keys or this one key have to be fetched first, throws KeysUnavailable
   * and fetches them in the background.
   */
  verifySync(token: string): Caller<Scope, Role>
  /** As `verify`, from the value of an Authorization header; pass all values if the request had several. */
  authenticate(header: string | readonly string[] | undefined): Promise<Caller<Scope, Role>>
  /**
   * `authenticate` and requireAccess in one. With the keys at hand it answers or throws at once; only where keys have to be
   * fetched it returns a promise, which rejects with what it would have thrown.
   */
  admit(access: AccessPolicy, request: RequestCredentials): Caller<Scope, Role> | Promise<Caller<Scope, Role>>
  health(): KeyHealth
  /** What a client may learn about this API (RFC 9728); null when the option `resource` was not given. */
  protectedResource(): ProtectedResource | null
  /** The key documents of the last load, to be given as `savedKeys` at the next start; null before the first load. */
  exportKeys(): SavedKeys | null
  /** Stops key requests and timers. They never keep the process alive, so this only matters to tests and clean shutdowns. */
  close(): void
}

/**
 * A verifier for Entra access tokens of one API. Throws a TypeError when an option is missing or a placeholder.
 * Does no network request until `ready` or the first token asks for keys.
 */
export function createTokenVerifier<Scope extends string, Role extends string>(
  options: TokenVerifierOptions<Scope, Role>,
): TokenVerifier<Scope, Role> {
  const settings = readSettings(options)
  const { authority, ca, now, savedKeys } = settings
  const get = settings.fetchKeys === undefined ? createHttpsGet(ca) : boundFetch(settings.fetchKeys)
  let exported: SavedKeys | null = null
  const load = async (signal: AbortSignal) => {
    const recorded = recordDocuments(get)
    const keys = await loadKeySet(authority, recorded.get, signal)
    exported = { savedAt: new Date(now()).toISOString(), documents: recorded.documents }
    return keys
  }
  const saved = async () => {
    if (savedKeys === undefined) return null
    const keys = await loadKeySet(authority, replayDocuments(savedKeys), new AbortController().signal).catch(() => null)
    return keys && { keys, at: Date.parse(savedKeys.savedAt) }
  }
  const keys = new KeySource({ load, saved, now, random: Math.random, after })
  return createVerifierWithKeys(settings, keys, () => exported)
}

/** The verifier without the network: tests hand in keys of their own. */
export function createVerifierWithKeys<Scope extends string, Role extends string>(
  settings: Settings<Scope, Role>,
  keys: KeySource,
  exportKeys: () => SavedKeys | null = () => null,
): TokenVerifier<Scope, Role> {
  const headers = new HeaderMemory()
  const telling = refusalsOf(settings)
  const verified = new VerifiedTokens<Scope, Role>(settings.cachedTokens)

  const recall = (token: string) => {
    const caller = verified.recall(token, keys.generation, settings.now() / 1000)
    // Keys too old to be believed take what they verified with them.
    return caller !== undefined && keys.usable() ? caller : undefined
  }

  const prove = (token: string, parts: CompactToken, header: TokenHeader, key: TrustedKey) => {
    proveSignature(parts, header, key)
    headers.keep(token, header)
    const now = settings.now() / 1000
    const { caller, expires } = admitClaims(settings, parts, key, now)
    verified.keep(token, caller, keys.generation, { now, expires: expires + settings.clockSkewSeconds })
    return caller
  }

  const readHeader = (token: string) => headers.recall(token) ?? readTokenHeader(headerOf(token))

  const check = (token: string) => {
    const remembered = recall(token)
    return remembered === undefined ? checkNew(token) : told(remembered, true)
  }

  // Whether the token is remembered is asked first, and then whether it is one of those that most clients send: neither needs a look
  // at the characters of the Authorization header, which costs as much as taking the token apart.
  const checkHeader = (authorization: string) => {
    const likely = likelyToken(authorization)
    const remembered = likely === null ? undefined : recall(likely)
    if (remembered !== undefined) return told(remembered, true)
    const header = likely === null ? undefined : headers.recall(likely)
    const parts = likely === null || header === undefined ? null : takeApart(likely)
    if (likely === null || header === undefined || parts === null) return checkNew(readBearerToken(authorization))
    return checkParts(likely, parts, header)
  }

  const checkNew = (token: string) => {
    const parts = readCompactToken(token)
    return checkParts(token, parts, readHeader(token))
  }

  const checkParts = (token: string, parts: CompactToken, header: TokenHeader) => {
    const key = keys.known(header.kid)
    if (key !== undefined) return told(prove(token, parts, header, key), false)
    // Other tokens are read while this one waits, so it is read again.
    return keys.find(header.kid).then((found) => told(prove(token, readCompactToken(token), header, found), false))
  }

  const checkSync = (token: string) => {
    const remembered = recall(token)
    if (remembered !== undefined) return told(remembered, true)
    const parts = readCompactToken(token)
    const header = readHeader(token)
    return told(prove(token, parts, header, keys.findNow(header.kid)), false)
  }

  const admit = (access: AccessPolicy, request: RequestCredentials) => {
    const caller = checkHeader(readRequestHeader(request))
    if (!(caller instanceof Promise)) return permitted(access, caller)
    return caller.then((found) => permitted(access, found))
  }

  return {
    ready: () => keys.ready(),
    verify: async (token) => telling(() => check(token)),
    verifySync: (token) => telling(() => checkSync(token)),
    authenticate: async (header) => telling(() => checkHeader(readOneHeader(header))),
    admit: (access, request) => telling(() => admit(access, request)),
    health: () => keys.health(),
    protectedResource: () => resourceOf(settings, keys),
    exportKeys,
    close: () => keys.close(),
  }
}

function permitted<Scope extends string, Role extends string>(access: AccessPolicy, caller: Caller<Scope, Role>) {
  requireAccess(access, caller)
  return caller
}

function told<Scope extends string, Role extends string>(caller: Caller<Scope, Role>, cached: boolean) {
  publishVerified(caller, cached)
  return caller
}

/** Whatever is refused is told on its channel and knows where its API describes itself. */
function refusalsOf(settings: Pick<Settings<string, string>, 'resource'>) {
  const tell = (error: unknown) => {
    if (!(error instanceof EntraTokenError)) return
    if (settings.resource !== null) error.pointTo(metadataLocation(settings.resource).url)
    publishRejected(error)
  }
  return <Result>(work: () => Result): Result => {
    try {
      const result = work()
      if (result instanceof Promise) result.catch(tell)
      return result
    } catch (error) {
      tell(error)
      throw error
    }
  }
}

export function proveSignature({ signed, signature }: CompactToken, { hasNonce }: TokenHeader, key: TrustedKey): void {
  if (verifySignature('RSA-SHA256', signed, key.publicKey, signature)) return
  throw new TokenRejected('bad_signature', hasNonce ? microsoftTokenHint : undefined)
}

const microsoftTokenHint =
  'The header has a nonce, as tokens for Microsoft Graph and other Microsoft APIs have; only those APIs can verify them. The client must request a scope of this API.'

function admitClaims<Scope extends string, Role extends string>(
  settings: Settings<Scope, Role>,
  { payload }: CompactToken,
  key: TrustedKey,
  now: number,
): { caller: Caller<Scope, Role>; expires: number } {
  const claims = readClaims(payload, settings, key, now)
  const caller = toCaller(claims, settings)
  refuseActor(settings, caller)
  return { caller, expires: claims.expires }
}

function refuseActor(
  { allowedApps, acceptedCredentials }: Pick<Settings<string, string>, 'allowedApps' | 'acceptedCredentials'>,
  { clientId, clientCredential }: Caller,
): void {
  if (allowedApps !== null && !allowedApps.has(clientId)) {
    throw new AccessDenied('actor_not_allowed', undefined, `Application ${clientId} is not listed in allowedApps.`)
  }
  if (acceptedCredentials !== null && !acceptedCredentials.has(clientCredential)) {
    const hint = `Application ${clientId} proved itself as ${clientCredential}, which clientCredential does not accept.`
    throw new AccessDenied('actor_not_allowed', undefined, hint)
  }
}

function resourceOf(settings: Settings<string, string>, keys: KeySource): ProtectedResource | null {
  if (settings.resource === null) return null
  const issuers = [...keys.issuers()].filter((issuer) => !issuer.includes(tenantTemplate))
  const [audience = ''] = settings.audiences
  return describeProtectedResource(settings.resource, { issuers, audience, scopes: settings.permissions.scopes })
}

/**
 * Headers already read: all tokens signed with one key begin with the same one, so there are few. Only those of tokens whose signature
 * held get in, so nobody can push the good ones out.
 */
class HeaderMemory {
  readonly #known: { readonly start: string; readonly header: TokenHeader }[] = []

  recall(token: string): TokenHeader | undefined {
    for (const { start, header } of this.#known) if (token.startsWith(start)) return header
    return undefined
  }

  keep(token: string, header: TokenHeader): void {
    if (this.recall(token) !== undefined) return
    if (this.#known.length >= 8) this.#known.length = 0
    this.#known.push({ start: `${headerOf(token)}.`, header })
  }
}

const limits = { milliseconds: 5_000, bytes: 512 * 1024 }

/** Somebody else's fetch, held to the time and size that our own keeps. */
function boundFetch(fetchKeys: HttpsGet): HttpsGet {
  return async (url, signal) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(limits.milliseconds)])
    const bytes = await Promise.race([fetchKeys(url, deadline), rejectWhenAborted(deadline)])
    if (bytes.length <= limits.bytes) return bytes
    throw new Error(`The document ${url.origin}${url.pathname} is larger than ${limits.bytes} bytes.`)
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no complete answer within ${limits.milliseconds} ms`)))
  })
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds).unref()
  return () => clearTimeout(timer)
}
