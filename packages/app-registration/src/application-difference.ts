import { isDeepStrictEqual } from 'node:util'
import type { DesiredApplication, DesiredAppRole, DesiredRedirectUris, DesiredScope } from './desired-state.js'
import type {
  AppRole,
  FoundApplication,
  OptionalClaim,
  PermissionScope,
  PreAuthorizedApplication,
  RequiredResourceAccess,
} from './graph/directory-objects.js'
import type { JsonObject } from './https/json.js'
import { idOf } from './permission-id.js'

/** appId of a declared application; undefined as long as it has not been created. */
export type AppIdOf = (uniqueName: string) => string | undefined

/** A declared application; what is not declared cannot be referred to. */
export type DeclaredAs = (uniqueName: string) => DesiredApplication

/** One property, or group of properties, in which an application is not as declared. */
export interface Difference {
  readonly sentences: readonly string[]
  /** The part of the PATCH body that makes it right. Waits for the appIds of objects that do not exist yet. */
  readonly body: (appIdOf: AppIdOf) => JsonObject
}

/** What is known of the other applications: ids of those that exist, declarations of all. */
export interface Others {
  readonly appIdOf: AppIdOf
  readonly declared: DeclaredAs
  /** Whether an appId is that of a declared application. */
  isDeclared(appId: string): boolean
}

type Comparison = (wanted: DesiredApplication, found: FoundApplication, others: Others) => Difference | undefined

/** Differences that can be sent with the request that creates the application. */
export const compareBasics = comparing([
  compareName,
  compareAudience,
  compareApi,
  compareAppRoles,
  compareOptionalClaims,
  compareRedirectUris('web'),
  compareRedirectUris('spa'),
  compareRedirectUris('publicClient'),
])
/** Differences that need the application's own appId. */
export const compareIdentifierUris = comparing([compareIdentifierUri])
/** Differences that need the appIds of other applications. */
export const compareRequirements = comparing([compareRequiredAccess])
/** A difference that needs other applications, and the scopes of this one: never in the request that makes those. */
export const comparePreAuthorization = comparing([comparePreAuthorized])

/** An application with nothing in it: creating one is changing this. */
export const nothing: FoundApplication = {
  objectId: '',
  appId: '',
  uniqueName: null,
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
  keys: [],
  redirectUris: { web: [], spa: [], publicClient: [] },
  preAuthorized: [],
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
      ...(scopes.length > 0 ? { api: withoutScopes(found, scopes, disabled(found.scopes, scopes)) } : {}),
    }),
  }
}

/** A scope that goes takes its pre-authorizations with it: Graph lets none point nowhere. */
function withoutScopes(
  { preAuthorized }: FoundApplication,
  leavingScopes: readonly PermissionScope[],
  oauth2PermissionScopes: readonly PermissionScope[],
): JsonObject {
  const gone = new Set(leavingScopes.map(({ id }) => id))
  const kept = preAuthorized
    .map(({ appId, delegatedPermissionIds }) => ({
      appId,
      delegatedPermissionIds: delegatedPermissionIds.filter((id) => !gone.has(id)),
    }))
    .filter(({ delegatedPermissionIds }) => delegatedPermissionIds.length > 0)
  const touched = preAuthorized.some(({ delegatedPermissionIds }) => delegatedPermissionIds.some((id) => gone.has(id)))
  return { oauth2PermissionScopes, ...(touched ? { preAuthorizedApplications: kept } : {}) }
}

function comparing(comparisons: readonly Comparison[]) {
  return (wanted: DesiredApplication, found: FoundApplication, others: Others): Difference | undefined => {
    const differences = comparisons.flatMap((compare) => compare(wanted, found, others) ?? [])
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
  // Null means 1 (graph docs, resources/apiapplication).
  const sameVersion = found !== nothing && (found.accessTokenVersion ?? 1) === version
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
  const uris = (appId: string): string[] => {
    if (wanted.identifierUri === undefined) return []
    return [wanted.identifierUri === 'appId' ? `api://${appId}` : wanted.identifierUri]
  }
  if (sameSet(found.identifierUris, uris(found.appId))) return undefined
  const sentence =
    wanted.identifierUri === undefined
      ? 'remove the Application ID URI'
      : `set the Application ID URI to ${wanted.identifierUri === 'appId' ? 'api://<appId>' : wanted.identifierUri}`
  return {
    sentences: [sentence],
    body: (appIdOf) => ({ identifierUris: uris(known(appIdOf, wanted.uniqueName)) }),
  }
}

function compareRedirectUris(platform: keyof DesiredRedirectUris): Comparison {
  return ({ redirectUris = {} }, found) => {
    const wanted = redirectUris[platform] ?? []
    const before = found.redirectUris[platform]
    if (sameSet(before, wanted)) return undefined
    return {
      sentences: [
        ...wanted.filter((uri) => !before.includes(uri)).map((uri) => `add the ${platform} redirect URI ${uri}`),
        ...before.filter((uri) => !wanted.includes(uri)).map((uri) => `remove the ${platform} redirect URI ${uri}`),
      ],
      body: () => ({ [platform]: { redirectUris: wanted } }),
    }
  }
}

interface WantedAccess {
  readonly application: string
  readonly value: string
  readonly id: string
  readonly type: 'Role' | 'Scope'
}

/** Permissions of APIs that are not declared here are none of our business: they stay as they are. */
function compareRequiredAccess(
  wanted: DesiredApplication,
  found: FoundApplication,
  others: Others,
): Difference | undefined {
  const { appIdOf, declared, isDeclared } = others
  const foreign = found.requiredResourceAccess.filter(({ resourceAppId }) => !isDeclared(resourceAppId))
  const before = accessPairs(found.requiredResourceAccess.filter(({ resourceAppId }) => isDeclared(resourceAppId)))
  const permissions = wantedAccess(wanted, declared)
  const pairs = permissions.map(({ application, id, type }) => accessPair(appIdOf(application), id, type))
  const added = permissions.filter((_, index) => !before.includes(pairs[index] ?? ''))
  const removed = before.filter((pair) => !pairs.includes(pair))
  if (added.length + removed.length === 0) return undefined
  return {
    sentences: [
      ...added.map(({ application, value, type }) => `request the ${wordsFor[type]} ${value} of ${application}`),
      ...removed.map((pair) => `no longer request the permission ${pair}`),
    ],
    body: (appIds) => ({ requiredResourceAccess: [...foreign, ...accessBody(permissions, appIds)] }),
  }
}

const wordsFor = { Role: 'permission', Scope: 'delegated permission' } as const

function wantedAccess({ permissions = [] }: DesiredApplication, declared: DeclaredAs): WantedAccess[] {
  return permissions.flatMap(({ application, appRoles = [], delegatedScopes = [] }) => {
    const id = (value: string) => idOf(declared(application), value)
    return [
      ...appRoles.map((value) => ({ application, value, id: id(value), type: 'Role' as const })),
      ...delegatedScopes.map((value) => ({ application, value, id: id(value), type: 'Scope' as const })),
    ]
  })
}

function accessBody(permissions: readonly WantedAccess[], appIdOf: AppIdOf): RequiredResourceAccess[] {
  const apis = [...new Set(permissions.map(({ application }) => application))]
  return apis.map((api) => ({
    resourceAppId: known(appIdOf, api),
    resourceAccess: permissions.filter(({ application }) => application === api).map(({ id, type }) => ({ id, type })),
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

function comparePreAuthorized(
  wanted: DesiredApplication,
  found: FoundApplication,
  { appIdOf }: Others,
): Difference | undefined {
  const clients = wanted.preAuthorizedApplications ?? []
  const ids = (values: readonly string[]) => values.map((value) => idOf(wanted, value))
  const fits = (client: PreAuthorizedApplication): boolean =>
    clients.some(
      ({ application, delegatedScopes }) =>
        appIdOf(application) === client.appId && sameSet(ids(delegatedScopes), client.delegatedPermissionIds),
    )
  const added = clients.filter(({ application, delegatedScopes }) => {
    const before = found.preAuthorized.find(({ appId }) => appId === appIdOf(application))
    return before === undefined || !sameSet(before.delegatedPermissionIds, ids(delegatedScopes))
  })
  const removed = found.preAuthorized.filter((client) => !fits(client))
  if (added.length + removed.length === 0) return undefined
  return {
    sentences: [
      ...added.map(
        ({ application, delegatedScopes }) => `pre-authorize ${application} for ${delegatedScopes.join(', ')}`,
      ),
      ...removed
        .filter(({ appId }) => !clients.some(({ application }) => appIdOf(application) === appId))
        .map(({ appId }) => `no longer pre-authorize the client ${appId}`),
    ],
    body: (appIds) => ({
      api: {
        preAuthorizedApplications: clients.map(({ application, delegatedScopes }) => ({
          appId: known(appIds, application),
          delegatedPermissionIds: ids(delegatedScopes),
        })),
      },
    }),
  }
}

function known(appIdOf: AppIdOf, uniqueName: string): string {
  const appId = appIdOf(uniqueName)
  if (appId === undefined) throw new Error(`${uniqueName} is used before it was created`)
  return appId
}

function wantedRoles(wanted: DesiredApplication): AppRole[] {
  const { appRoles = [] } = wanted
  return appRoles.map(({ value, displayName, description, allowedMemberTypes }: DesiredAppRole) => ({
    id: idOf(wanted, value),
    value,
    displayName,
    description,
    allowedMemberTypes,
    isEnabled: true,
  }))
}

function wantedScopes(wanted: DesiredApplication): PermissionScope[] {
  const { delegatedScopes = [] } = wanted
  return delegatedScopes.map((scope: DesiredScope) => ({
    id: idOf(wanted, scope.value),
    value: scope.value,
    type: scope.type ?? 'Admin',
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
