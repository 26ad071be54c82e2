/** Everything that should be true of a set of applications. A list that is left out means an empty list. */
export interface DesiredState {
  readonly applications: readonly DesiredApplication[]
}

export interface DesiredApplication {
  /** Graph's client-chosen alternate key; can never be changed, and seeds the ids of roles and scopes. */
  readonly uniqueName: string
  /** Of an application that existed before: it is found by this id instead of its uniqueName, and never created. */
  readonly appId?: string
  readonly displayName: string
  readonly signInAudience?: 'AzureADMyOrg'
  /** `appId` stands for `api://<appId>`; left out, the application has no Application ID URI. */
  readonly identifierUri?: string
  /** Version of the access tokens issued for this application as an API. Left out: 2. */
  readonly accessTokenVersion?: 2 | 1
  readonly appRoles?: readonly DesiredAppRole[]
  readonly delegatedScopes?: readonly DesiredScope[]
  /** Names of optional claims in access tokens issued for this API, for example `idtyp`. */
  readonly optionalAccessTokenClaims?: readonly string[]
  readonly redirectUris?: DesiredRedirectUris
  /** Client applications whose users are not asked for consent to these delegated scopes. */
  readonly preAuthorizedApplications?: readonly DesiredPreAuthorization[]
  readonly permissions?: readonly DesiredPermission[]
  readonly secret?: DesiredSecret
  readonly certificate?: DesiredCertificate
  /** Left out, they are not looked at, which saves a call; an empty list means that there must be none. */
  readonly federatedCredentials?: readonly DesiredFederatedCredential[]
}

export interface DesiredRedirectUris {
  readonly web?: readonly string[]
  readonly spa?: readonly string[]
  readonly publicClient?: readonly string[]
}

export interface DesiredPreAuthorization {
  /** uniqueName of a client in the same desired state. */
  readonly application: string
  readonly delegatedScopes: readonly string[]
}

export interface DesiredAppRole {
  /** Left out: derived from the application's uniqueName and the value. */
  readonly id?: string
  readonly value: string
  readonly displayName: string
  readonly description: string
  readonly allowedMemberTypes: readonly ('Application' | 'User')[]
}

/** A delegated permission. */
export interface DesiredScope {
  /** Left out: derived from the application's uniqueName and the value. */
  readonly id?: string
  readonly value: string
  /** Who can consent. Left out: `Admin`, because customers of an external tenant cannot. */
  readonly type?: 'Admin' | 'User'
  readonly adminConsentDisplayName: string
  readonly adminConsentDescription: string
  readonly userConsentDisplayName?: string
  readonly userConsentDescription?: string
}

/** Permissions on one API. With `consent` they are granted too; without it they are only requested. */
export interface DesiredPermission {
  /** uniqueName of an API in the same desired state. */
  readonly application: string
  /** Values of that API's app roles: application permissions. */
  readonly appRoles?: readonly string[]
  /** Values of that API's delegated scopes. Consent to them is for all users. */
  readonly delegatedScopes?: readonly string[]
  readonly consent: boolean
}

export interface DesiredSecret {
  /**
   * Names the place that keeps the secret. A secret of this name which the store does not hold counts as lost and is
   * removed, so two stores that serve the same application need two names.
   */
  readonly displayName: string
  readonly lifetimeDays: number
  /** A secret with no more than this many days left is replaced. */
  readonly renewBeforeDays: number
}

/** Either one that somebody else made, or one whose key is made here and kept in the certificate store. */
export type DesiredCertificate = GivenCertificate | GeneratedCertificate

export interface GivenCertificate {
  /** Other certificates of this name are removed. */
  readonly displayName: string
  /** The certificate alone; a private key in the text is refused. */
  readonly pem: string
}

/** `displayName` names the place that keeps the key, as it does for a secret. */
export type GeneratedCertificate = DesiredSecret

/** Tokens of another issuer that stand in for a credential. */
export interface DesiredFederatedCredential {
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly description?: string
  /** Left out: `api://AzureADTokenExchange`. */
  readonly audience?: string
}
