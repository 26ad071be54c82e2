/** Everything that should be true of a set of applications. A list that is left out means an empty list. */
export interface DesiredState {
  readonly applications: readonly DesiredApplication[]
}

export interface DesiredApplication {
  /** Graph's client-chosen alternate key; can never be changed, and seeds the ids of roles and scopes. */
  readonly uniqueName: string
  readonly displayName: string
  readonly signInAudience?: 'AzureADMyOrg'
  /** 'appId' stands for `api://<appId>`; left out, the application has no Application ID URI. */
  readonly identifierUri?: 'appId'
  /** Version of the access tokens issued for this application as an API. Left out: 2. */
  readonly accessTokenVersion?: 2 | 1
  readonly appRoles?: readonly DesiredAppRole[]
  readonly delegatedScopes?: readonly DesiredScope[]
  /** Names of optional claims in access tokens issued for this API, for example `idtyp`. */
  readonly optionalAccessTokenClaims?: readonly string[]
  readonly permissions?: readonly DesiredPermission[]
  readonly secret?: DesiredSecret
}

export interface DesiredAppRole {
  readonly value: string
  readonly displayName: string
  readonly description: string
  readonly allowedMemberTypes: readonly ('Application' | 'User')[]
}

/** A delegated permission. Only an administrator can consent to it: customers of an external tenant cannot. */
export interface DesiredScope {
  readonly value: string
  readonly adminConsentDisplayName: string
  readonly adminConsentDescription: string
  readonly userConsentDisplayName?: string
  readonly userConsentDescription?: string
}

/** Application permissions on one API. With `consent` they are granted too; without it they are only requested. */
export interface DesiredPermission {
  /** uniqueName of an API in the same desired state. */
  readonly application: string
  /** Values of that API's app roles. */
  readonly appRoles: readonly string[]
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
