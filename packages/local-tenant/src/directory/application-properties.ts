/**
 * What Microsoft Graph's `application` resource carries besides its ids and credentials, in Graph's own words
 * (graph docs: resources/application, approle, permissionscope, optionalclaims, requiredresourceaccess).
 */
export interface ApplicationProperties {
  displayName: string
  description: string | null
  notes: string | null
  signInAudience: string
  identifierUris: readonly string[]
  tags: readonly string[]
  groupMembershipClaims: string | null
  isFallbackPublicClient: boolean | null
  isDeviceOnlyAuthSupported: boolean | null
  api: ApiApplication
  appRoles: readonly AppRole[]
  optionalClaims: OptionalClaims | null
  requiredResourceAccess: readonly RequiredResourceAccess[]
  web: WebApplication
  spa: RedirectUris
  publicClient: RedirectUris
  info: InformationalUrls
  parentalControlSettings: { countriesBlockedForMinors: readonly string[]; legalAgeGroupRule: string }
  defaultRedirectUri: string | null
  samlMetadataUrl: string | null
  serviceManagementReference: string | null
}

/** The logo's URL is not here: it is made by uploading a logo. */
export interface InformationalUrls {
  marketingUrl: string | null
  privacyStatementUrl: string | null
  supportUrl: string | null
  termsOfServiceUrl: string | null
}

export interface ApiApplication {
  acceptMappedClaims: boolean | null
  knownClientApplications: readonly string[]
  requestedAccessTokenVersion: number | null
  oauth2PermissionScopes: readonly PermissionScope[]
  preAuthorizedApplications: readonly PreAuthorizedApplication[]
}

export interface AppRole {
  id: string
  value: string | null
  displayName: string
  description: string
  isEnabled: boolean
  allowedMemberTypes: readonly ('Application' | 'User')[]
}

export interface PermissionScope {
  id: string
  value: string
  type: 'User' | 'Admin'
  isEnabled: boolean
  adminConsentDisplayName: string
  adminConsentDescription: string
  userConsentDisplayName: string | null
  userConsentDescription: string | null
}

export interface OptionalClaims {
  accessToken: readonly OptionalClaim[]
  idToken: readonly OptionalClaim[]
  saml2Token: readonly OptionalClaim[]
}

export interface OptionalClaim {
  name: string
  source: string | null
  essential: boolean
  additionalProperties: readonly string[]
}

export interface RequiredResourceAccess {
  resourceAppId: string
  resourceAccess: readonly { id: string; type: 'Role' | 'Scope' }[]
}

export interface PreAuthorizedApplication {
  appId: string
  delegatedPermissionIds: readonly string[]
}

export interface WebApplication {
  homePageUrl: string | null
  logoutUrl: string | null
  redirectUris: readonly string[]
  implicitGrantSettings: { enableAccessTokenIssuance: boolean; enableIdTokenIssuance: boolean }
}

export interface RedirectUris {
  redirectUris: readonly string[]
}

/** A change: members left out stay as they are; `api`, `web`, `spa`, `publicClient` and `info` are merged member by member. */
export type ApplicationPatch = Partial<
  Omit<ApplicationProperties, 'api' | 'web' | 'spa' | 'publicClient' | 'info'> & {
    info: Partial<InformationalUrls>
    api: Partial<ApiApplication>
    web: Partial<WebApplication>
    spa: Partial<RedirectUris>
    publicClient: Partial<RedirectUris>
  }
>

/** What the service fills in on creation (recorded for `AzureADMyOrg` applications). */
export const defaultProperties: Omit<ApplicationProperties, 'displayName'> = {
  description: null,
  notes: null,
  // An external tenant knows single-tenant applications only, so that is what a caller who names none gets.
  signInAudience: 'AzureADMyOrg',
  identifierUris: [],
  tags: [],
  groupMembershipClaims: null,
  isFallbackPublicClient: null,
  isDeviceOnlyAuthSupported: null,
  api: {
    acceptMappedClaims: null,
    knownClientApplications: [],
    requestedAccessTokenVersion: null,
    oauth2PermissionScopes: [],
    preAuthorizedApplications: [],
  },
  appRoles: [],
  optionalClaims: null,
  requiredResourceAccess: [],
  web: {
    homePageUrl: null,
    logoutUrl: null,
    redirectUris: [],
    implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
  },
  spa: { redirectUris: [] },
  publicClient: { redirectUris: [] },
  info: { marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
  parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
  defaultRedirectUri: null,
  samlMetadataUrl: null,
  serviceManagementReference: null,
}

export function newProperties(displayName: string): ApplicationProperties {
  return { ...defaultProperties, displayName }
}

export function patched(current: ApplicationProperties, patch: ApplicationPatch): ApplicationProperties {
  return {
    ...current,
    ...patch,
    api: { ...current.api, ...patch.api },
    web: { ...current.web, ...patch.web },
    spa: { ...current.spa, ...patch.spa },
    publicClient: { ...current.publicClient, ...patch.publicClient },
    info: { ...current.info, ...patch.info },
  }
}
