import type { GraphPermission } from '../directory/microsoft-graph.js'
import { microsoftGraph } from '../directory/microsoft-graph.js'
import type { Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { readOwnJwt } from '../signing/sign.js'
import { GraphRefusal } from './errors.js'

const invalidToken = (message: string) => new GraphRefusal(401, 'InvalidAuthenticationToken', message)

/**
 * Throws GraphRefusal unless the call carries a token for Microsoft Graph, issued by this tenant to an application that
 * holds at least one of `permissions`.
 */
export function authorize(
  call: Call,
  permissions: readonly GraphPermission[],
  tenant: { keys: KeyRing; issuer: string; now: Date },
): void {
  const token = /^Bearer +(\S+)$/i.exec(call.headers.authorization ?? '')?.[1]
  if (token === undefined) throw invalidToken('Access token is empty.')
  const claims = readOwnJwt(token, tenant.keys)
  if (claims === undefined) throw invalidToken('CompactToken parsing failed with error code: 80049217')
  if (claims['iss'] !== tenant.issuer) throw invalidToken('Access token validation failure. Invalid issuer.')
  if (!isForGraph(claims['aud'])) throw invalidToken('Access token validation failure. Invalid audience.')
  // exp names the first second in which the token is dead (RFC 7519 §4.1.4).
  if (typeof claims['exp'] !== 'number' || claims['exp'] <= tenant.now.getTime() / 1000) {
    throw invalidToken('Lifetime validation failed, the token is expired.')
  }
  const roles: readonly unknown[] = Array.isArray(claims['roles']) ? claims['roles'] : []
  if (permissions.some((permission) => roles.includes(permission))) return
  throw new GraphRefusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

function isForGraph(audience: unknown): boolean {
  // v1.0 tokens repeat the resource as the client wrote it, and letter case does not matter there.
  return typeof audience === 'string' && microsoftGraph.servicePrincipalNames.includes(audience.toLowerCase())
}
