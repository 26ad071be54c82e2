import type { UserGrant } from '../authorization/user-grant.js'
import type { Directory } from '../directory/directory.js'
import type { KeyRing } from '../signing/key-ring.js'
import { encodeSegment } from '../signing/sign.js'
import { issueAccessToken, type TokenTimes } from '../tokens/access-token.js'
import { issueIdToken } from '../tokens/id-token.js'
import { prepareUserToken } from '../tokens/user-token.js'
import type { SignedIn } from './user-grants.js'

export interface UserTokensRequest {
  readonly granted: UserGrant
  readonly signedIn: SignedIn
  readonly credential: '0' | '1' | '2'
  readonly issuer: { readonly v1: string; readonly v2: string }
  readonly clientInfo: boolean
}

interface Issuing {
  readonly directory: Directory
  readonly keys: KeyRing
  readonly times: TokenTimes
  now(): Date
}

/** The answer to a client that acts for a user, as JSON (identity-platform/v2-oauth2-auth-code-flow, "successful response"). */
export async function issueUserTokens(
  { granted, signedIn, credential, issuer, clientInfo }: UserTokensRequest,
  { directory, keys, times, now }: Issuing,
): Promise<string> {
  const { tenantId } = directory.organization
  const { user, client, openid, clientRoles, clientGroups, scope } = granted
  const [key, time] = [keys.current(), now()]
  const { nonce, sessionId, byCode } = signedIn
  const prepared = prepareUserToken({ ...granted, sessionId, byCode, credential, tenantId, issuer })
  const known = { roles: clientRoles, groups: clientGroups }
  const idToken = { ...known, user, client, openid, nonce, sessionId, tenantId, issuer: issuer.v2 }
  const { accessToken, expiresIn } = await issueAccessToken(prepared, key, time, times)
  return JSON.stringify({
    token_type: 'Bearer',
    scope,
    expires_in: expiresIn,
    ext_expires_in: expiresIn,
    access_token: accessToken,
    ...(signedIn.refreshToken === undefined ? {} : { refresh_token: signedIn.refreshToken() }),
    ...(openid.has('openid') ? { id_token: await issueIdToken(idToken, key, time, times.backdate) } : {}),
    ...(clientInfo ? { client_info: encodeSegment({ uid: user.objectId, utid: tenantId }) } : {}),
  })
}
