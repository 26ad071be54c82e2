import type { GraphPermission } from '../directory/microsoft-graph.js'
import { microsoftGraph } from '../directory/microsoft-graph.js'
import type { Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { claimedTenant, readOwnJwt } from '../signing/sign.js'
import { GraphRefusal } from './errors.js'

const invalidToken = (message: string) => new GraphRefusal(401, 'InvalidAuthenticationToken', message)

/** What authorize needs of a tenant. */
interface Issuing {
  readonly keys: KeyRing
  readonly issuer: string
}

/**
 * The tenant that issued the call's token. Throws GraphRefusal unless the call carries a token for Microsoft Graph, issued by
 * one of our tenants to an application that holds at least one of `permissions`.
 */
export function authorize<Tenant extends Issuing>(
  call: Call,
  permissions: readonly GraphPermission[],
  tenantOf: (tenantId: string) => Tenant | undefined,
  now: Date,
): Tenant {
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
  const roles: readonly unknown[] = Array.isArray(claims['roles']) ? claims['roles'] : []
  if (permissions.some((permission) => roles.includes(permission))) return tenant
  throw new GraphRefusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

function isForGraph(audience: unknown): boolean {
  // v1.0 tokens repeat the resource as the client wrote it, and letter case does not matter there.
  return typeof audience === 'string' && microsoftGraph.servicePrincipalNames.includes(audience.toLowerCase())
}
