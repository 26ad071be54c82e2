import { type DesiredState, idOf } from '@tenantry/app-registration'

type Application = DesiredState['applications'][number]

/** What Graph is sent for an application that refers to no other. */
export function applicationBody(application: Application): object {
  const { displayName, accessTokenVersion = 2, optionalAccessTokenClaims = [], redirectUris = {} } = application
  return {
    displayName,
    signInAudience: 'AzureADMyOrg',
    api: { requestedAccessTokenVersion: accessTokenVersion, oauth2PermissionScopes: scopesOf(application) },
    appRoles: rolesOf(application),
    optionalClaims: { accessToken: optionalAccessTokenClaims.map((name) => ({ name, essential: false })) },
    web: { redirectUris: redirectUris.web ?? [] },
    spa: { redirectUris: redirectUris.spa ?? [] },
    publicClient: { redirectUris: redirectUris.publicClient ?? [] },
  }
}

export function rolesOf(application: Application) {
  return (application.appRoles ?? []).map(({ value, displayName, description, allowedMemberTypes }) => ({
    id: idOf(application, value),
    value,
    displayName,
    description,
    allowedMemberTypes,
    isEnabled: true,
  }))
}

export function scopesOf(application: Application) {
  return (application.delegatedScopes ?? []).map(({ type = 'Admin', ...scope }) => ({
    ...scope,
    id: idOf(application, scope.value),
    type,
    isEnabled: true,
  }))
}
