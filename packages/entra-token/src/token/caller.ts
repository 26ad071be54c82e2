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
}

interface CallerIdentity {
  readonly tenantId: string
  /** The user, or the service principal of the application. Unique within its tenant: key data by both. */
  readonly objectId: string
  /** The application that sent the token (`azp`). */
  readonly clientId: string
  /** Entra's id of the token (`uti`), for correlation. */
  readonly tokenId?: string
  readonly expiresAt: Date
}

/** Decides the kind. Throws TokenRejected for a token of two kinds, AccessDenied for a kind this package does not know. */
export function toCaller<Scope extends string, Role extends string>(
  claims: Claims,
  tenantId: string,
  declared: { readonly scopes: readonly Scope[]; readonly roles: readonly Role[] },
): Caller<Scope, Role> {
  const { objectId, clientId, tokenId, expiresAt, idtyp, scopes } = claims
  const identity = { tenantId, objectId, clientId, expiresAt, ...(tokenId === undefined ? {} : { tokenId }) }
  const roles = declaredOnly(declared.roles, claims.roles)
  if (idtyp === 'app') {
    if (scopes !== null) throw new TokenRejected('contradictory_kind')
    return Object.freeze({ kind: 'app', ...identity, roles })
  }
  // `device` exists as well, and whatever comes next is no user either.
  if (idtyp !== undefined && idtyp !== 'user') throw new AccessDenied('kind_not_allowed')
  return Object.freeze({ kind: 'user', ...identity, scopes: declaredOnly(declared.scopes, scopes ?? []), roles })
}

function declaredOnly<Name extends string>(declared: readonly Name[], carried: readonly string[]): ReadonlySet<Name> {
  return new Set(declared.filter((name) => carried.includes(name)))
}
