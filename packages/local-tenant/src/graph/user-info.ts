import type { Directory } from '../directory/directory.js'
import type { Answer, Call } from '../listener/call.js'
import type { KeyRing } from '../signing/key-ring.js'
import { pairwiseSubject } from '../tokens/user-token.js'
import { authenticate, denied } from './authorize.js'
import { GraphRefusal } from './errors.js'

/** The path of it, on the host of Graph. */
export const userInfoPath = 'oidc/userinfo'

/**
 * GET or POST /oidc/userinfo (OpenID Connect Core 1.0 §5.3, identity-platform/userinfo): what the scopes of the token tell of its
 * user. `sub` is the one of the client's ID tokens. There is no picture. Throws GraphRefusal.
 */
export function answerUserInfo(
  call: Call,
  graphOf: (tenantId: string) => { directory: Directory; keys: KeyRing; issuer: string } | undefined,
  now: Date,
): Answer {
  if (call.method !== 'GET' && call.method !== 'POST') {
    throw new GraphRefusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
  }
  const { tenant, caller } = authenticate(call, graphOf, now)
  const { users, organization } = tenant.directory
  const user = caller.kind === 'user' ? users.find(caller.objectId) : undefined
  if (user === undefined || !caller.permissions.has('openid')) throw denied()
  const sub = pairwiseSubject(organization.tenantId, caller.appId, user.objectId)
  const { displayName: name, surname, givenName, mail } = user
  const profile = { name, family_name: surname ?? undefined, given_name: givenName ?? undefined }
  const email = { email: mail ?? undefined }
  const { permissions } = caller
  const told = { ...(permissions.has('profile') ? profile : {}), ...(permissions.has('email') ? email : {}) }
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: { sub, ...told } }
}
