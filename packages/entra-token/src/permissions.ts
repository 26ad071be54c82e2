import { AccessDenied, type RequiredPermissions } from './errors.js'
import type { Caller } from './token/caller.js'

/** The permissions an API has, declared once; the names become a type, so a misspelt one does not compile. */
export interface Permissions<Scope extends string = string, Role extends string = string> {
  readonly scopes: readonly Scope[]
  readonly roles: readonly Role[]
  readonly app: {
    /** Admits an application that was granted any one of these app roles (application permissions). */
    hasRole(first: Role, ...others: Role[]): Grant
  }
  readonly user: {
    /** Admits an application acting for a user who consented to any one of these scopes (delegated permissions). */
    hasScope(first: Scope, ...others: Scope[]): Grant
  }
}

/** One way in. Roles count for applications only, scopes for users only; see {@link anyOf}. */
export type Grant =
  | { readonly kind: 'app'; readonly roles: readonly string[] }
  | { readonly kind: 'user'; readonly scopes: readonly string[] }

/** Who may pass, as data: print it into documentation, or ask it to decide about a caller. */
export interface AccessPolicy extends RequiredPermissions {
  decide(caller: Caller): Decision
}

/** When refused, `required` names what would admit this kind of caller: roles for an app, scopes for a user. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly required: RequiredPermissions }

/**
 * Declares the API's delegated permissions (`scopes`) and application permissions (`roles`), spelt as in its registration.
 * Throws a TypeError for a name that no token can carry, for a duplicate, and when there is no permission at all.
 * Does not check that the registration really has them.
 */
export function definePermissions<const Scope extends string, const Role extends string>(declared: {
  scopes: readonly Scope[]
  roles: readonly Role[]
}): Permissions<Scope, Role> {
  const scopes = readNames('scopes', declared.scopes)
  const roles = readNames('roles', declared.roles)
  if (scopes.length + roles.length === 0) throw new TypeError('definePermissions: declare at least one scope or role.')
  const permissions = Object.freeze({
    scopes,
    roles,
    app: { hasRole: (...wanted: Role[]) => grant({ kind: 'app', roles: chosen('app.hasRole', wanted, roles) }) },
    user: {
      hasScope: (...wanted: Scope[]) => grant({ kind: 'user', scopes: chosen('user.hasScope', wanted, scopes) }),
    },
  })
  definedPermissions.add(permissions)
  return permissions
}

/** A policy that admits whoever at least one grant admits. Throws a TypeError when there is no grant. */
export function anyOf(first: Grant, ...others: Grant[]): AccessPolicy {
  const grants = [first, ...others]
  if (!grants.every((one) => knownGrants.has(one))) {
    throw new TypeError('anyOf: pass at least one grant, each made by app.hasRole(…) or user.hasScope(…).')
  }
  const roles = Object.freeze([...new Set(grants.flatMap((one) => (one.kind === 'app' ? one.roles : [])))])
  const scopes = Object.freeze([...new Set(grants.flatMap((one) => (one.kind === 'user' ? one.scopes : [])))])
  const policy = Object.freeze({ roles, scopes, decide: (caller: Caller) => decide(caller, roles, scopes) })
  knownPolicies.add(policy)
  return policy
}

/** Returns when the policy admits the caller, otherwise throws {@link AccessDenied} (403). */
export function requireAccess(policy: AccessPolicy, caller: Caller): void {
  const decision = policy.decide(caller)
  if (decision.allowed) return
  const { required } = decision
  if (required.roles.length + required.scopes.length === 0) throw new AccessDenied('kind_not_allowed', required)
  throw new AccessDenied('insufficient_permission', required, hintFor(caller))
}

/** Whether this very object was made by {@link anyOf}: a look-alike that decides by itself is none. */
export function isAccessPolicy(value: unknown): value is AccessPolicy {
  return typeof value === 'object' && value !== null && knownPolicies.has(value)
}

/** Whether this very object was made by {@link definePermissions}. */
export function isPermissions(value: unknown): value is Permissions {
  return typeof value === 'object' && value !== null && definedPermissions.has(value)
}

const definedPermissions = new WeakSet<object>()
const knownGrants = new WeakSet<object>()
const knownPolicies = new WeakSet<object>()

// A user's app roles open nothing here: roles are what an administrator granted to an application, and a user token that
// carries the same name must not be taken for one.
function decide(caller: Caller, roles: readonly string[], scopes: readonly string[]): Decision {
  if (caller.kind === 'app') {
    for (const role of roles) if (caller.roles.has(role)) return allowed
    return { allowed: false, required: { roles, scopes: [] } }
  }
  for (const scope of scopes) if (caller.scopes.has(scope)) return allowed
  return { allowed: false, required: { roles: [], scopes } }
}

const allowed: Decision = Object.freeze({ allowed: true })

function hintFor(caller: Caller): string | undefined {
  if (caller.kind === 'app') {
    return caller.roles.size > 0
      ? undefined
      : `Application ${caller.clientId} has no app role of this API: grant admin consent to its application permissions.`
  }
  if (caller.scopes.size > 0) return undefined
  return `The token sent by application ${caller.clientId} has no scope of this API. If it is an application's own token, add the optional claim idtyp to the access tokens of this API's registration.`
}

function grant(value: Grant): Grant {
  knownGrants.add(value)
  return Object.freeze(value)
}

function chosen<Name extends string>(where: string, wanted: readonly Name[], declared: readonly Name[]) {
  if (wanted.length === 0) throw new TypeError(`${where}: name at least one permission; none would admit nobody.`)
  const unknown = wanted.find((name) => !declared.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`${where}: ${JSON.stringify(unknown)} is not declared. Declared are: ${declared.join(', ')}.`)
  }
  return Object.freeze([...wanted])
}

// The characters of a scope-token (RFC 6749 §3.3); Entra keeps app role values within them and 120 characters as well.
const permissionName = /^[\x21\x23-\x5b\x5d-\x7e]{1,120}$/

function readNames<Name extends string>(list: string, names: readonly Name[]): readonly Name[] {
  const given: unknown = names
  if (!Array.isArray(given))
    throw new TypeError(`definePermissions: ${list} must be a list of names; [] if there are none.`)
  const wrong = names.find(
    (name, index) => typeof name !== 'string' || !permissionName.test(name) || names.indexOf(name) !== index,
  )
  if (wrong !== undefined) {
    throw new TypeError(
      `definePermissions: ${list} has ${JSON.stringify(wrong)}, a duplicate or not a permission name.`,
    )
  }
  return Object.freeze([...names])
}
