import { AccessDenied, TokenRejected } from '../errors.js'
import type { Claims } from './claims.js'

/** Who calls. The kind is in the type: an application has no scopes, and nobody is both. */
export type Caller<Scope extends string = string, Role extends string = string> =
  | AppCaller<Role>
  | UserCaller<Scope, Role>

/** An application acting as itself; the token says so (`idtyp` is `app`) and carries no scope. */
export interface AppCaller<Role extends string = string> extends CallerIdentity {
  readonly kind: 'app'
  /** The application permissions granted to it, as far as this API declared them. */
  readonly roles: ReadonlySet<Role>
}

/**
 * An application acting for a signed-in user. A token that proves neither kind (no `scp`, no `idtyp`) also ends here, without
 * scopes: no policy can admit it.
 */
export interface UserCaller<Scope extends string = string, Role extends string = string> extends CallerIdentity {
  readonly kind: 'user'
  /** What the user or an administrator consented to for this application, as far as this API declared it. */
  readonly scopes: ReadonlySet<Scope>
  /** App roles assigned to the user; they never count as application permissions. */
  readonly roles: ReadonlySet<Role>
  /** The authentication contexts the sign-in satisfied (`acrs`); see {@link requireAuthenticationContext}. */
  readonly authenticationContexts: ReadonlySet<string>
  /** Whether the client declared that it understands claims challenges (`xms_cc` has `cp1`). */
  readonly answersChallenges: boolean
}

/** How an application proved itself when it got the token (`azpacr`, `appidacr`). */
export type ClientCredential = 'public' | 'secret' | 'certificate' | 'unknown'

interface CallerIdentity {
  readonly tenantId: string
  /** The user, or the service principal of the application. Unique within its tenant: key data by both. */
  readonly objectId: string
  /** The application that sent the token (`azp`). */
  readonly clientId: string
  readonly clientCredential: ClientCredential
  /** Entra's id of the token (`uti`), for correlation. */
  readonly tokenId?: string
  /** A new Date each time it is read: one caller may serve many requests. */
  readonly expiresAt: Date
}

export interface CallerRules<Scope extends string, Role extends string> {
  readonly permissions: { readonly scopes: readonly Scope[]; readonly roles: readonly Role[] }
  readonly appTokens: 'idtyp' | 'idtyp-or-oid-equals-sub' | 'refuse'
}

/**
 * Decides the kind. Throws TokenRejected for a token of two kinds, AccessDenied for a kind this API does not admit. The result
 * is frozen, its sets included.
 */
export function toCaller<Scope extends string, Role extends string>(
  claims: Claims,
  { permissions: declared, appTokens }: CallerRules<Scope, Role>,
): Caller<Scope, Role> {
  const { tenantId, objectId, clientId, answersChallenges, tokenId, expires } = claims
  const clientCredential = credentialOf(claims)
  // Callers are written out, member by member: put together from parts, one costs several times as much to make.
  if (isApplication(claims, appTokens)) {
    if (claims.scopes !== null) throw new TokenRejected('contradictory_kind')
    if (appTokens === 'refuse') throw new AccessDenied('kind_not_allowed')
    const roles = declaredOnly(declared.roles, claims.roles)
    return sealed({ kind: 'app', tenantId, objectId, clientId, clientCredential, roles, tokenId }, expires)
  }
  // `device` exists as well, and whatever comes next is no user either.
  if (claims.idtyp !== undefined && claims.idtyp !== 'user') throw new AccessDenied('kind_not_allowed')
  return sealed(
    {
      kind: 'user',
      tenantId,
      objectId,
      clientId,
      clientCredential,
      scopes: declaredOnly(declared.scopes, claims.scopes ?? none),
      roles: declaredOnly(declared.roles, claims.roles),
      authenticationContexts: contexts(claims.authenticationContexts),
      answersChallenges,
      tokenId,
    },
    expires,
  )
}

/** Both must be there: a comparison of two missing claims holds as well. */
function isApplication({ idtyp, scopes, objectId, subject }: Claims, appTokens: string): boolean {
  if (idtyp !== undefined || appTokens !== 'idtyp-or-oid-equals-sub') return idtyp === 'app'
  return scopes === null && subject === objectId
}

function credentialOf({ clientCredential: code }: Claims): ClientCredential {
  return typeof code === 'string' ? (credentialNames.get(code) ?? 'unknown') : 'unknown'
}

const credentialNames: ReadonlyMap<string, ClientCredential> = new Map([
  ['0', 'public'],
  ['1', 'secret'],
  ['2', 'certificate'],
])

/** The sets that callers of one API have, by what was declared: there are few, and making one costs more than a look-up. */
const knownSets = new WeakMap<readonly string[], Map<string, ReadonlySet<string>>>()

function declaredOnly<Name extends string>(declared: readonly Name[], carried: readonly string[]): ReadonlySet<Name> {
  const known = knownSetsOf(declared)
  // No name has a space in it. Most tokens carry one, which is then the key as it is.
  let key = ''
  for (const name of declared) if (carried.includes(name)) key = key === '' ? name : `${key} ${name}`
  const found = known.get(key)
  if (found !== undefined) return found as ReadonlySet<Name>
  const set = frozenSet(declared.filter((name) => carried.includes(name)))
  if (known.size < 256) known.set(key, set)
  return set
}

function knownSetsOf(declared: readonly string[]): Map<string, ReadonlySet<string>> {
  const known = knownSets.get(declared)
  if (known !== undefined) return known
  const none = new Map<string, ReadonlySet<string>>()
  knownSets.set(declared, none)
  return none
}

const none: readonly string[] = []
const noContexts = frozenSet<string>(none)

function contexts(names: readonly string[]): ReadonlySet<string> {
  return names.length === 0 ? noContexts : frozenSet(names)
}

/** Object.freeze does not reach the members of a Set. */
function frozenSet<Name>(names: Iterable<Name>): ReadonlySet<Name> {
  const set = new Set(names)
  const refuse = { value: refuseChange }
  return Object.freeze(Object.defineProperties(set, { add: refuse, delete: refuse, clear: refuse }))
}

function refuseChange(): never {
  throw new TypeError('A caller serves several requests and cannot be changed.')
}

/** Adds the expiry, as a Date that nobody shares, takes away a token id that is none, and freezes. */
function sealed<const Part extends { tokenId: string | undefined }>(
  part: Part,
  expires: number,
): Readonly<Omit<Part, 'tokenId'>> & { readonly tokenId?: string; readonly expiresAt: Date } {
  if (part.tokenId === undefined) Reflect.deleteProperty(part, 'tokenId')
  return Object.freeze(Object.defineProperty(new Expiring(part, expires), 'expiresAt', Expiring.date)) as never
}

/** Gives its argument back, so that a class on top of it puts its private members on that object. */
const Given = function given(part: object) {
  return part
} as unknown as new (
  part: object,
) => object

/** A plain object with a private member: half the price of a hidden property, and out of everybody's reach. */
class Expiring extends Given {
  readonly #expires: number

  constructor(part: object, expires: number) {
    super(part)
    this.#expires = expires
  }

  // One getter for all: with a getter of its own an object costs ten times as much to make.
  static readonly date: PropertyDescriptor & ThisType<Expiring> = {
    enumerable: true,
    get() {
      return new Date(this.#expires * 1000)
    },
  }
}
