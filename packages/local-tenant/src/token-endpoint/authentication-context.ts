import type { Directory } from '../directory/directory.js'
import type { Federation } from './federation.js'

/** What a credential is held against, besides the client it is for. */
export interface AuthenticationContext {
  readonly directory: Directory
  readonly federation: Federation
  /** Scheme and host as the client addressed this tenant, and whom its tokens are from there. */
  readonly origin: string
  readonly issuer: { readonly v1: string; readonly v2: string }
  readonly now: Date
}
