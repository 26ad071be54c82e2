export { type ApplyOptions, apply, type RegisteredApplication, type Registration } from './apply.js'
export { DesiredStateError } from './check.js'
export type {
  DesiredApplication,
  DesiredAppRole,
  DesiredPermission,
  DesiredScope,
  DesiredSecret,
  DesiredState,
} from './desired-state.js'
export {
  type Clock,
  createGraphClient,
  type GraphAnswer,
  type GraphClient,
  type GraphClientOptions,
  type GraphRequest,
} from './graph/client.js'
export { UnexpectedAnswer } from './graph/directory-objects.js'
export { GraphError } from './graph/error.js'
export { type Change, type Plan, plan } from './plan.js'
export type { SecretStore, StoredSecret } from './secrets.js'
export { type ClientCredentials, clientCredentialsToken, SignInError } from './sign-in/client-credentials.js'
