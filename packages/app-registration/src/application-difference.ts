import { isDeepStrictEqual } from 'node:util'
import type { DesiredApplication, DesiredAppRole, DesiredScope } from './desired-state.js'
import type {
  AppRole,
  FoundApplication,
  OptionalClaim,
  PermissionScope,
  RequiredResourceAccess,
} from './graph/directory-objects.js'
import type { JsonObject } from './https/json.js'
import { permissionId } from './permission-id.js'

/** appId of a declared application; undefined as long as it has not been created. */
export type AppIdOf = (uniqueName: string) => string | undefined

/** One property, or group of properties, in which an application is not as declared. */
export interface Difference {
  readonly sentences: readonly string[]
  /** The part of the PATCH body that makes it right. Waits for the appIds of objects that do not exist yet. */
  readonly body: (appIdOf: AppIdOf) => JsonObject
}

type Comparison = (wanted: DesiredApplication, found: FoundApplication, appIdOf: AppIdOf) => Difference | undefined

/** Differences that can be sent with the request that creates the application. */
export const compareBasics = comparing([
  compareName,
  compareAudience,
  compareApi,
  compareAppRoles,
  compareOptionalClaims,
])
/** Differences that need the application's own appId. */
export const compareIdentifierUris = comparing([compareIdentifierUri])
/** Differences that need the appIds of other applications. */
export const compareRequirements = comparing([compareRequiredAccess])

/** An application with nothing in it: creating one is changing this. */
export const nothing: FoundApplication = {
  objectId: '',
  appId: '',
  displayName: '',
  signInAudience: undefined,
  identifierUris: [],
  accessTokenVersion: undefined,
  appRoles: [],
  scopes: [],
  accessTokenClaims: [],
  otherOptionalClaims: {},
  requiredResourceAccess: [],
  passwords: [],
}

/**
 * What has to be sent first when roles or scopes are to go away, because Graph refuses to remove or re-identify an
 * enabled one: the lists as they are, with those disabled. Undefined when none is in the way.
 */
export function disableLeaving(wanted: DesiredApplication, found: FoundApplication): Difference | undefined {
  const roles = leaving(found.appRoles, wantedRoles(wanted))
  const scopes = leaving(found.scopes, wantedScopes(wanted))
  if (roles.length + scopes.length === 0) return undefined
  const disabled = <T extends { id: string; isEnabled: boolean }>(all: readonly T[], some: readonly T[]): T[] =>
    all.map((item) => (some.includes(item) ? { ...item, isEnabled: false } : item))
  return {
    sentences: [
      ...roles.map(({ value }) => `disable app role ${value} so that it can be removed`),
      ...scopes.map(({ value }) => `disable delegated scope ${value} so that it can be removed`),
    ],
    body: () => ({
      ...(roles.length > 0 ? { appRoles: disabled(found.appRoles, roles) } : {}),
      ...(scopes.length > 0 ? { api: { oauth2PermissionScopes: disabled(found.scopes, scopes) } } : {}),
    }),
  }
}

function comparing(comparisons: readonly Comparison[]) {
  return (wanted: DesiredApplication, found: FoundApplication, appIdOf: AppIdOf): Difference | undefined => {
    const differences = comparisons.flatMap((compare) => compare(wanted, found, appIdOf) ?? [])
    return differences.length === 0 ? undefined : together(differences)
  }
}

/** Several differences as one request. No two of them may speak about the same property. */
export function together(differences: readonly Difference[]): Difference {
  return {
    sentences: differences.flatMap(({ sentences }) => sentences),
    body: (appIdOf) => Object.fromEntries(differences.flatMap(({ body }) => Object.entries(body(appIdOf)))),
  }
}

function compareName({ displayName }: DesiredApplication, found: FoundApplication): Difference | undefined {
  if (found.displayName === displayName) return undefined
  const sentence =
    found === nothing
      ? `create the application "${displayName}"`
      : `rename the application from "${found.displayName}" to "${displayName}"`
  return { sentences: [sentence], body: () => ({ displayName }) }
}

function compareAudience(wanted: DesiredApplication, found: FoundApplication): Difference | undefined {
  const signInAudience = wanted.signInAudience ?? 'AzureADMyOrg'
  if (found.signInAudience === signInAudience) return undefined
  const sentence = 'accept sign-ins of this tenant only (AzureADMyOrg)'
  return { sentences: found === nothing ? [] : [sentence], body: () => ({ signInAudience }) }
}

// Microsoft's own registration script patches one member of `api` and keeps the others, so the object is merged.
function compareApi(wanted: DesiredApplication, found: FoundApplication): Difference | undefined {
  const version = wanted.accessTokenVersion ?? 2
  const scopes = wantedScopes(wanted)
  const sentences = changesOf('delegated scope', found.scopes, scopes)
  const sameVersion = found.accessTokenVersion === version
  if (sameVersion && sentences.length === 0) return undefined
  const api = {
    ...(sameVersion ? {} : { requestedAccessTokenVersion: version }),
    ...(sentences.length === 0 ? {} : { oauth2PermissionScopes: scopes }),
  }
  return {
    sentences: [...(sameVersion ? [] : [`issue access tokens of version ${version}`]), ...sentences],
    body: () => ({ api }),
  }
}

function compareAppRoles(wanted: DesiredApplication, found: FoundApplication): Difference | undefined {
  const appRoles = wantedRoles(wanted)
  const sentences = changesOf('app role', found.appRoles, appRoles)
  return sentences.length === 0 ? undefined : { sentences, body: () => ({ appRoles }) }
}

function compareOptionalClaims(wanted: DesiredApplication, found: FoundApplication): Difference | undefined {
  const accessToken: OptionalClaim[] = (wanted.optionalAccessTokenClaims ?? []).map((name) => ({
    name,
    source: null,
    essential: false,
    additionalProperties: [],
  }))
  const has = (claims: readonly OptionalClaim[], claim: OptionalClaim) =>
    claims.some((other) => isDeepStrictEqual(other, claim))
  const added = accessToken.filter((claim) => !has(found.accessTokenClaims, claim))
  const removed = found.accessTokenClaims.filter((claim) => !has(accessToken, claim))
  if (added.length + removed.length === 0) return undefined
  return {
    sentences: [
      ...added.map(({ name }) => `put the optional claim ${name} into access tokens`),
      ...removed.map(({ name }) => `drop the optional claim ${name} from access tokens`),
    ],
    // Whether Graph merges this object is not documented, so the other token kinds are sent as they are.
    body: () => ({ optionalClaims: { ...found.otherOptionalClaims, accessToken } }),
  }
}

function compareIdentifierUri(wanted: DesiredApplication, found: FoundApplication): Difference | undefined {
  const uris = (appId: string): string[] => (wanted.identifierUri === undefined ? [] : [`api://${appId}`])
  if (sameSet(found.identifierUris, uris(found.appId))) return undefined
  const sentence =
    wanted.identifierUri === undefined ? 'remove the Application ID URI' : 'set the Application ID URI to api://<appId>'
  return {
    sentences: [sentence],
    body: (appIdOf) => ({ identifierUris: uris(known(appIdOf, wanted.uniqueName)) }),
  }
}

function compareRequiredAccess(
  wanted: DesiredApplication,
  found: FoundApplication,
  appIdOf: AppIdOf,
): Difference | undefined {
  const before = accessPairs(found.requiredResourceAccess)
  const permissions = (wanted.permissions ?? []).flatMap(({ application, appRoles }) =>
    appRoles.map((value) => ({
      application,
      value,
      pair: accessPair(appIdOf(application), permissionId(application, value), 'Role'),
    })),
  )
  const added = permissions.filter(({ pair }) => !before.includes(pair))
  const removed = before.filter((pair) => !permissions.some((permission) => permission.pair === pair))
  if (added.length + removed.length === 0) return undefined
  return {
    sentences: [
      ...added.map(({ application, value }) => `request the permission ${value} of ${application}`),
      ...removed.map((pair) => `no longer request the permission ${pair}`),
    ],
    body: (appIds) => ({ requiredResourceAccess: wantedAccess(wanted, appIds) }),
  }
}

function wantedAccess({ permissions = [] }: DesiredApplication, appIdOf: AppIdOf): RequiredResourceAccess[] {
  return permissions
    .filter(({ appRoles }) => appRoles.length > 0)
    .map(({ application, appRoles }) => ({
      resourceAppId: known(appIdOf, application),
      resourceAccess: appRoles.map((value) => ({ id: permissionId(application, value), type: 'Role' })),
    }))
}

function accessPairs(required: readonly RequiredResourceAccess[]): string[] {
  return required.flatMap(({ resourceAppId, resourceAccess }) =>
    resourceAccess.map(({ id, type }) => accessPair(resourceAppId, id, type)),
  )
}

function accessPair(resourceAppId: string | undefined, id: string, type: string): string {
  return `${id} (${type}) of ${resourceAppId ?? 'an application to be created'}`
}

function known(appIdOf: AppIdOf, uniqueName: string): string {
  const appId = appIdOf(uniqueName)
  if (appId === undefined) throw new Error(`${uniqueName} is used before it was created`)
  return appId
}

function wantedRoles({ uniqueName, appRoles = [] }: DesiredApplication): AppRole[] {
  return appRoles.map(({ value, displayName, description, allowedMemberTypes }: DesiredAppRole) => ({
    id: permissionId(uniqueName, value),
    value,
    displayName,
    description,
    allowedMemberTypes,
    isEnabled: true,
  }))
}

function wantedScopes({ uniqueName, delegatedScopes = [] }: DesiredApplication): PermissionScope[] {
  return delegatedScopes.map((scope: DesiredScope) => ({
    id: permissionId(uniqueName, scope.value),
    value: scope.value,
    type: 'Admin',
    adminConsentDisplayName: scope.adminConsentDisplayName,
    adminConsentDescription: scope.adminConsentDescription,
    userConsentDisplayName: scope.userConsentDisplayName ?? null,
    userConsentDescription: scope.userConsentDescription ?? null,
    isEnabled: true,
  }))
}

type Permission = AppRole | PermissionScope

/** The declared list is the whole list: what is found and not declared is removed. */
function changesOf(kind: string, found: readonly Permission[], wanted: readonly Permission[]): string[] {
  return [
    ...found.filter(({ id }) => !byId(wanted, id)).map(({ value, id }) => `remove ${kind} ${value} (${id})`),
    ...wanted.flatMap((permission) => {
      const before = byId(found, permission.id)
      if (before === undefined) return [`create ${kind} ${permission.value}`]
      return samePermission(before, permission) ? [] : [`update ${kind} ${permission.value}`]
    }),
  ]
}

function leaving<T extends Permission>(found: readonly T[], wanted: readonly Permission[]): T[] {
  return found.filter(({ id, isEnabled }) => isEnabled && !byId(wanted, id))
}

function byId(permissions: readonly Permission[], id: string): Permission | undefined {
  return permissions.find((permission) => permission.id === id)
}

// The order of member types means nothing and may come back changed.
function samePermission(one: Permission, other: Permission): boolean {
  const ordered = (permission: Permission): Permission =>
    'allowedMemberTypes' in permission
      ? { ...permission, allowedMemberTypes: permission.allowedMemberTypes.toSorted() }
      : permission
  return isDeepStrictEqual(ordered(one), ordered(other))
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return isDeepStrictEqual(new Set(one), new Set(other))
}
