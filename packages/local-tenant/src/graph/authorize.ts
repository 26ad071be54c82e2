import { type DirectoryRole, directoryRoleIds } from '../directory/directory-roles.js'
import type { GraphPermission } from '../directory/microsoft-graph.js'
import { microsoftGraph } from '../directory/microsoft-graph.js'
import type { Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { claimedTenant, readOwnJwt } from '../signing/sign.js'
import { GraphRefusal } from './errors.js'

const invalidToken = (message: string) => new GraphRefusal(401, 'InvalidAuthenticationToken', message)

/** What authenticate needs of a tenant. */
interface Issuing {
  readonly keys: KeyRing
  readonly issuer: string
}

/** Who calls. `permissions` are the roles of an application, or the scopes that it has on behalf of a user. */
export type Caller = {
  /** The service principal's object id, or the user's. */
  readonly objectId: string
  /** The client that the token was issued to. */
  readonly appId: string
  readonly permissions: ReadonlySet<string>
} & (
  | { readonly kind: 'app' }
  /** `directoryRoles`: the template ids of the roles that administer the tenant (claim `wids`). */
  | { readonly kind: 'user'; readonly directoryRoles: ReadonlySet<string> }
)

/**
 * Who calls, and the tenant that issued the call's token. Throws GraphRefusal unless the call carries a token for Microsoft
 * Graph that one of our tenants issued and that is valid now. Says nothing of what the caller may do: see permit.
 */
export function authenticate<Tenant extends Issuing>(
  call: Call,
  tenantOf: (tenantId: string) => Tenant | undefined,
  now: Date,
): { tenant: Tenant; caller: Caller } {
  const token = /^Bearer +(\S+)$/i.exec(call.headers.authorization ?? '')?.[1]
  if (token === undefined) throw invalidToken('Access token is empty.')
  // Whose token it claims to be is only a hint at the keys that will prove it.
  const tenant = tenantOf(claimedTenant(token))
  const claims = tenant && readOwnJwt(token, tenant.keys)
  if (tenant === undefined || claims === undefined) {
    throw invalidToken('CompactToken parsing failed with error code: 80049217')
  }
  if (claims['iss'] !== tenant.issuer) throw invalidToken('Access token validation failure. Invalid issuer.')
  if (!isForGraph(claims['aud'])) throw invalidToken('Access token validation failure. Invalid audience.')
  // exp names the first second in which the token is dead (RFC 7519 §4.1.4).
  if (typeof claims['exp'] !== 'number' || claims['exp'] <= now.getTime() / 1000) {
    throw invalidToken('Lifetime validation failed, the token is expired.')
  }
  return { tenant, caller: callerOf(claims) }
}

/** A token with scopes is a user's; one without is an application's. */
function callerOf(claims: Readonly<Record<string, unknown>>): Caller {
  const { oid, appid, scp, roles, wids } = claims
  const who = { objectId: String(oid), appId: String(appid) }
  if (typeof scp !== 'string') return { kind: 'app', ...who, permissions: new Set(textsOf(roles)) }
  return { kind: 'user', ...who, permissions: new Set(scp.split(' ')), directoryRoles: new Set(textsOf(wids)) }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

export const denied = () =>
  new GraphRefusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')

/** What a route asks of its caller. */
export interface Requirement {
  /** Any one of these; none: the token is enough. */
  readonly permissions: readonly GraphPermission[]
  /** The route also serves callers for what they own, and for what they make. */
  readonly owned?: boolean
  /** The directory roles whose holders may do it on anything, beside global administrators. None: any user may. */
  readonly administrators?: readonly DirectoryRole[]
}

/**
 * Whether the caller may do what a route does: on anything, or only on what it owns. The permissions of a user are what the
 * client was granted and the user may do, whichever is less. Throws GraphRefusal when it may not at all.
 */
export function permit(
  caller: Caller,
  { permissions, owned = false, administrators }: Requirement,
): { ownedOnly: boolean } {
  if (permissions.length === 0) return { ownedOnly: false }
  if (permissions.some((permission) => caller.permissions.has(permission))) {
    if (caller.kind === 'app' || administrators === undefined || administers(caller.directoryRoles, administrators)) {
      return { ownedOnly: false }
    }
    if (owned) return { ownedOnly: true }
  }
  if (owned && caller.kind === 'app' && caller.permissions.has('Application.ReadWrite.OwnedBy'))
    return { ownedOnly: true }
  throw denied()
}

function administers(held: ReadonlySet<string>, roles: readonly DirectoryRole[]): boolean {
  const sufficient: readonly DirectoryRole[] = ['globalAdministrator', ...roles]
  return sufficient.some((role) => held.has(directoryRoleIds[role]))
}

function isForGraph(audience: unknown): boolean {
  // v1.0 tokens repeat the resource as the client wrote it, and letter case does not matter there.
  return typeof audience === 'string' && microsoftGraph.servicePrincipalNames.includes(audience.toLowerCase())
}
