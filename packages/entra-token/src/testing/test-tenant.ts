import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { HttpsGet } from '../keys/https-get.js'

/** A tenant in memory that signs for real, with keys of its own: the API under test runs the code it runs in production. */
export interface TestTenant {
  readonly tenantId: string
  readonly issuer: string
  readonly audience: string
  /** To be spread into the options of createTokenVerifier. */
  readonly options: {
    readonly authority: string
    readonly tenantId: string
    readonly audience: string
    readonly fetchKeys: HttpsGet
    readonly now: () => number
  }
  /** Milliseconds since 1970. */
  now(): number
  /** An application's access token with these app roles. Claims given replace the usual ones; `undefined` leaves one out. */
  app(granted?: { readonly roles?: readonly string[] }, claims?: ClaimChanges): string
  /** An access token of an application that acts for a user who has these scopes. */
  user(granted?: { readonly scopes?: readonly string[] }, claims?: ClaimChanges): string
  /** The ID token of a sign-in: no API may take it for an access token. */
  idToken(claims?: ClaimChanges): string
  /** Header and payload as given, objects written as JSON, signed with the present key whatever the header says. */
  sign(payload: TokenPart, header?: TokenPart, key?: KeyObject): string
  /** The header of this tenant's tokens now. */
  header(): { readonly typ: 'JWT'; readonly alg: 'RS256'; readonly kid: string }
  /** What the present tokens are signed and verified with: for attacks that only the holder of the key can show. */
  keyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  /** What the tenant publishes now, as the two documents. */
  documents(): { readonly discovery: Record<string, unknown>; readonly keys: { readonly keys: readonly object[] } }
  /** Publishes a new key beside the present ones and signs with it from now on. */
  rotate(): void
  /** Publishes the present key only. */
  withdrawOldKeys(): void
  /** Metadata and keys cannot be fetched until `comeBack`. */
  goDown(): void
  comeBack(): void
  /** Every document takes so long from now on. */
  slow(milliseconds: number): void
}

export interface TestTenantOptions {
  /** The client id of the API under test. */
  readonly audience: string
  readonly tenantId?: string
  /** Where the tenant claims to be; nothing is ever asked there. `https://login.example.com/<tenant id>` unless told. */
  readonly authority?: string
  /** Milliseconds since 1970; Date.now unless told. */
  readonly now?: () => number
}

export type ClaimChanges = Readonly<Record<string, unknown>>

/** An object is written as JSON; a text or bytes go in as they are. */
export type TokenPart = object | string | Uint8Array

/** Makes a tenant and its first key, which takes a tenth of a second. */
export function createTestTenant({
  audience,
  tenantId = randomUUID(),
  authority = `https://login.example.com/${tenantId}`,
  now = Date.now,
}: TestTenantOptions): TestTenant {
  const issuer = `https://${new URL(authority).host}/${tenantId}/v2.0`
  const provider = newProvider()
  const ring = [newKey()]
  const present = () => ring.at(-1) ?? newKey()
  const ids = { app: randomUUID(), servicePrincipal: randomUUID(), user: randomUUID() }

  const documents = () => ({
    discovery: {
      issuer,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    keys: { keys: ring.map(({ kid, pair }) => publish(kid, pair.publicKey, issuer)) },
  })
  const header = () => ({ typ: 'JWT', alg: 'RS256', kid: present().kid }) as const
  const signParts = (payload: TokenPart, head: TokenPart = header(), key: KeyObject = present().pair.privateKey) =>
    signInput(`${encodePart(head)}.${encodePart(payload)}`, key)
  const common = () => {
    const issued = Math.floor(now() / 1000) - 10
    const times = { iat: issued, nbf: issued, exp: issued + 3900 }
    return { aud: audience, iss: issuer, ...times, tid: tenantId, uti: randomUUID(), ver: '2.0' }
  }

  return {
    tenantId,
    issuer,
    audience,
    options: {
      authority,
      tenantId,
      audience,
      now,
      fetchKeys: (url, signal) =>
        provider.answer(() => (url.pathname.endsWith('/keys') ? documents().keys : documents().discovery), signal),
    },
    now,
    app: ({ roles = [] } = {}, claims = {}) => {
      const own = { oid: ids.servicePrincipal, sub: ids.servicePrincipal, azp: ids.app, azpacr: '1', idtyp: 'app' }
      return signParts({ ...common(), ...own, ...(roles.length > 0 ? { roles } : {}), ...claims })
    },
    user: ({ scopes = [] } = {}, claims = {}) => {
      const own = { oid: ids.user, sub: 'pairwise-subject', azp: ids.app, azpacr: '1', name: 'Ada' }
      return signParts({ ...common(), ...own, ...(scopes.length > 0 ? { scp: scopes.join(' ') } : {}), ...claims })
    },
    idToken: (claims = {}) =>
      signParts({
        ...common(),
        oid: ids.user,
        sub: 'pairwise-subject',
        name: 'Ada',
        nonce: 'of-the-sign-in',
        ...claims,
      }),
    sign: signParts,
    header,
    keyPair: () => present().pair,
    documents,
    rotate: () => void ring.push(newKey()),
    withdrawOldKeys: () => void ring.splice(0, ring.length - 1),
    goDown: provider.goDown,
    comeBack: provider.comeBack,
    slow: provider.slow,
  }
}

/** An RSA key pair of 2048 bits. */
export function newKeyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export function encodePart(part: TokenPart): string {
  const bytes = typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part)
  return Buffer.from(bytes).toString('base64url')
}

export function signInput(input: string, key: KeyObject): string {
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`
}

/** A JWK as Entra publishes it. */
export function publish(kid: string, publicKey: KeyObject, issuer: string): Record<string, unknown> {
  const { n, e } = publicKey.export({ format: 'jwk' })
  return { kty: 'RSA', use: 'sig', kid, n, e, issuer }
}

function newKey() {
  return { kid: randomUUID(), pair: newKeyPair() }
}

function newProvider() {
  let isDown = false
  let delay = 0
  return {
    goDown: () => {
      isDown = true
    },
    comeBack: () => {
      isDown = false
    },
    slow: (milliseconds: number) => {
      delay = milliseconds
    },
    answer: async (document: () => object, signal: AbortSignal) => {
      if (delay > 0) await wait(delay, signal)
      if (isDown) throw new Error('The test tenant is down.')
      return Buffer.from(JSON.stringify(document()))
    },
  }
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Error('The test tenant was too slow.'))
    })
  })
}
