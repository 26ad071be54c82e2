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

  const secondsNow = () => settings.now() / 1000

  const recall = (token: string, now: number) => {
    const caller = verified.recall(token, keys.generation, now)
    // Keys too old to be believed take what they verified with them.
    return caller !== undefined && keys.usable() ? caller : undefined
  }

  // From where the token is taken apart until its claims are read, nothing of the application may run, no clock and no fetch: it could
  // verify another token, which is read into the same memory.
  const prove = (token: string, parts: CompactToken, { header, key, now }: Known) => {
    proveSignature(parts, header, key)
    const { caller, expires } = admitClaims(settings, parts, key, now)
    verified.keep(token, caller, keys.generation, { now, expires: expires + settings.clockSkewSeconds })
    publishVerified(caller, false)
    return caller
  }

  const check = (token: string, now: number) => checkKnown(token, now) ?? checkNew(token, now)

  // Whether the token is remembered is asked first, and then whether it is one of those that most clients send: neither needs a look
  // at the characters of the Authorization header, which costs as much as taking the token apart.
  const checkHeader = (authorization: string) => {
    const now = secondsNow()
    const likely = likelyToken(authorization)
    const caller = likely === null ? undefined : checkKnown(likely, now)
    return caller ?? check(readBearerToken(authorization), now)
  }

  /** A token that was good before, or begins like one and names a key at hand. Undefined where there is more to be looked at. */
  const checkKnown = (token: string, now: number) => {
    if (typeof token !== 'string') return undefined
    const caller = recall(token, now)
    if (caller !== undefined) {
      publishVerified(caller, true)
      return caller
    }
    const header = headers.recall(token)
    if (header === undefined) return undefined
    const key = keys.known(header.kid)
    if (key === undefined) return undefined
    const parts = takeApart(token)
    return parts === null ? undefined : prove(token, parts, { header, key, now })
  }

  const checkNew = (token: string, now: number) => {
    const header = readHeader(token)
    const key = keys.known(header.kid)
    if (key !== undefined) return proveNew(token, { header, key, now })
    return keys.find(header.kid).then((found) => proveNew(token, { header, key: found, now: secondsNow() }))
  }

  const checkSync = (token: string) => {
    const now = secondsNow()
    const caller = checkKnown(token, now)
    if (caller !== undefined) return caller
    const header = readHeader(token)
    return proveNew(token, { header, key: keys.findNow(header.kid), now })
  }

  const proveNew = (token: string, known: Known) => {
    const caller = prove(token, readCompactToken(token), known)
    headers.keep(token, known.header)
    return caller
  }

  const admit = (access: AccessPolicy, request: RequestCredentials) => {
    const caller = checkHeader(readRequestHeader(request))
    if (!(caller instanceof Promise)) return permitted(access, caller)
    return caller.then((found) => permitted(access, found))
  }

  return {
    ready: () => keys.ready(),
    verify: async (token) => telling(() => check(token, secondsNow())),
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

/** Reads no more than there is to know before the key: the whole shape, so that no key is asked for on behalf of garbage. */
function readHeader(token: string): TokenHeader {
  readCompactToken(token)
  return readTokenHeader(headerOf(token))
}

/** What is known of a token when its signature is looked at; the time is in seconds since 1970. */
interface Known {
  readonly header: TokenHeader
  readonly key: TrustedKey
  readonly now: number
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
