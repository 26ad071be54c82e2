export type { AuthorityHost } from './authorities.js'
export { ciam, workforce } from './authorities.js'
export type { RequestCredentials } from './authorization-header.js'
export { requireAuthenticationContext } from './claims-challenge.js'
export type { AccessFault, EntraTokenErrorCode, RequestFault, RequiredPermissions, TokenFault } from './errors.js'
export {
  AccessDenied,
  ClaimsRequired,
  EntraTokenError,
  KeysUnavailable,
  MalformedRequest,
  TokenRejected,
} from './errors.js'
export type { KeysRefreshEvent, KeysStaleEvent, RejectedEvent, VerifiedEvent } from './events.js'
export { channelNames } from './events.js'
export type { HttpsGet } from './keys/https-get.js'
export type { TokenVersion } from './keys/key-set.js'
export type { KeyHealth } from './keys/key-source.js'
export type { SavedKeys } from './keys/saved-keys.js'
export type { AccessPolicy, Decision, Grant, Permissions } from './permissions.js'
export { anyOf, definePermissions, requireAccess } from './permissions.js'
export type { ProtectedResource } from './protected-resource.js'
export type { TokenVerifierOptions } from './settings.js'
export type { TenantRule } from './tenants.js'
export type { AppCaller, Caller, ClientCredential, UserCaller } from './token/caller.js'
export type { TokenVerifier } from './verifier.js'
export { createTokenVerifier } from './verifier.js'
