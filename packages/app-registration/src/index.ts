export { type Adopted, AdoptionRefused, adopt, type Selector } from './adopt.js'
export { type ApplyOptions, apply, type RegisteredApplication, type Registration } from './apply.js'
export { DesiredStateError } from './check.js'
export type {
  DesiredApplication,
  DesiredAppRole,
  DesiredCertificate,
  DesiredFederatedCredential,
  DesiredPermission,
  DesiredPreAuthorization,
  DesiredRedirectUris,
  DesiredScope,
  DesiredSecret,
  DesiredState,
  GeneratedCertificate,
  GivenCertificate,
} from './desired-state.js'
export { type DestroyOptions, destroy, type Recorded } from './destroy.js'
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
export { AdoptedApplicationMissing } from './observe.js'
export type { Identity } from './perform.js'
export { idOf } from './permission-id.js'
export { type Change, type Plan, plan } from './plan.js'
export { type Proof, ProofError, type Proving, prove, type TakeToken, type TokenToTake } from './prove.js'
export { type RotateOptions, RotationRefused, rotateCertificate, rotateSecret } from './rotate.js'
export type { CertificateStore, Retiring, SecretStore, StoredCertificate, StoredSecret } from './secrets.js'
export type { ClientCertificate } from './sign-in/client-assertion.js'
export { type ClientCredentials, clientCredentialsToken, SignInError } from './sign-in/client-credentials.js'
export { type DeviceCodeOptions, deviceCodeToken, type SignInInvitation } from './sign-in/device-code.js'
export type { GraphTokenSource } from './sign-in/graph-token-source.js'
