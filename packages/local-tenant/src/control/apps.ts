import { randomUUID } from 'node:crypto'
import type { ApplicationPatch } from '../directory/application-properties.js'
import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { isGuid } from '../guid.js'
import { ControlRefusal } from './refusal.js'

/** An application as tests need it. Everything else goes through Microsoft Graph. */
export interface AppDefinition {
  readonly displayName: string
  /** A GUID in lower case, for a program that knows its id already; a new one unless given. */
  readonly appId?: string
  /** Values of the roles that it offers to other applications. With roles it gets the identifier URI `api://<appId>`. */
  readonly appRoles?: readonly string[]
  /** Whether it gets a client secret. */
  readonly secret?: boolean
  /** Roles of other applications that it is granted, by their appId or identifier URI. */
  readonly grants?: readonly { readonly api: string; readonly roles: readonly string[] }[]
  /** Values of the delegated permissions that it offers. With them, too, it gets the identifier URI. */
  readonly scopes?: readonly string[]
  /** Whether it may sign users in without a credential of its own, as programs on people's devices do. */
  readonly publicClient?: boolean
  /** Where browsers are sent back to, by the kind of client that waits there. */
  readonly redirectUris?: {
    readonly web?: readonly string[]
    readonly spa?: readonly string[]
    readonly native?: readonly string[]
  }
  /** Delegated permissions of other applications that it is granted for everybody: the administrator's consent. */
  readonly delegatedGrants?: readonly { readonly api: string; readonly scopes: readonly string[] }[]
  /** The version of the tokens issued for it; 2 unless given. */
  readonly accessTokenVersion?: 1 | 2
  /** Whether tokens for it state `idtyp`. */
  readonly idtyp?: boolean
}

export interface AddedApp {
  readonly objectId: string
  readonly appId: string
  readonly servicePrincipalId: string
  readonly identifierUri: string | null
  /** Shown this once; the directory keeps a salted hash of it. */
  readonly clientSecret: string | null
}

export interface Apps {
  /** Registers an application with its service principal. All of it or nothing: throws ControlRefusal or DirectoryRefusal. */
  add(definition: AppDefinition): AddedApp
}

export function createApps(directory: Directory): Apps {
  const { db, applications, servicePrincipals, passwords } = directory
  return {
    add: (definition) =>
      db.transaction(() => {
        const { secret = false, grants = [], delegatedGrants = [] } = definition
        const wanted = checkAppId(directory, definition)
        const { objectId, appId } = applications.create(propertiesOf(definition), undefined, wanted)
        const isApi = [definition.appRoles, definition.scopes].some(
          (offered) => offered !== undefined && offered.length > 0,
        )
        const identifierUri = isApi ? `api://${appId}` : null
        if (identifierUri !== null) applications.update(objectId, { identifierUris: [identifierUri] })
        const principal = servicePrincipals.create(appId, {})
        for (const { api, roles } of grants) grant(directory, principal, api, roles)
        for (const { api, scopes } of delegatedGrants) grantDelegated(directory, principal, api, scopes)
        const clientSecret = secret ? passwords.add(objectId, { displayName: null }).secretText : null
        return { objectId, appId, servicePrincipalId: principal.objectId, identifierUri, clientSecret }
      }),
  }
}

/** Some ids are of applications that no tenant can have as its own, such as Microsoft Graph. */
function checkAppId({ servicePrincipals, applications }: Directory, { appId }: AppDefinition): string | undefined {
  if (appId === undefined) return undefined
  if (!isGuid(appId) || appId !== appId.toLowerCase()) {
    throw new ControlRefusal('invalid_request', "'appId' has to be a GUID in lower case.")
  }
  if (applications.find({ appId }) === undefined && servicePrincipals.find({ appId }) === undefined) return appId
  throw new ControlRefusal('invalid_request', `The appId ${appId} belongs to an application that is there already.`)
}

function propertiesOf(definition: AppDefinition): ApplicationPatch & { displayName: string } {
  const { displayName, appRoles = [], scopes = [], publicClient, accessTokenVersion = 2, idtyp = false } = definition
  const { web = [], spa = [], native = [] } = definition.redirectUris ?? {}
  return {
    displayName,
    api: { requestedAccessTokenVersion: accessTokenVersion, oauth2PermissionScopes: scopes.map(toScope) },
    appRoles: appRoles.map(toAppRole),
    web: { redirectUris: web },
    spa: { redirectUris: spa },
    publicClient: { redirectUris: native },
    ...(publicClient === undefined ? {} : { isFallbackPublicClient: publicClient }),
    ...(idtyp ? { optionalClaims: idtypClaim } : {}),
  }
}

function toScope(value: string) {
  const texts = { adminConsentDisplayName: value, adminConsentDescription: value }
  const type = 'Admin' as const
  return {
    id: randomUUID(),
    value,
    type,
    isEnabled: true,
    ...texts,
    userConsentDisplayName: null,
    userConsentDescription: null,
  }
}

function toAppRole(value: string) {
  const allowedMemberTypes = ['Application'] as const
  return { id: randomUUID(), value, displayName: value, description: value, isEnabled: true, allowedMemberTypes }
}

const idtypClaim = {
  accessToken: [{ name: 'idtyp', source: null, essential: false, additionalProperties: [] }],
  idToken: [],
  saml2Token: [],
}

function grant(directory: Directory, principal: ServicePrincipal, api: string, roles: readonly string[]): void {
  const resource = findApi(directory, api)
  for (const value of roles) {
    const role = resource.appRoles.find((candidate) => candidate.value === value)
    if (role === undefined) throw notOffered(resource, 'role', value, resource.appRoles)
    const [principalId, resourceId] = [principal.objectId, resource.objectId]
    directory.assignments.create({ principalId, resourceId, appRoleId: role.id })
  }
}

function grantDelegated(directory: Directory, client: ServicePrincipal, api: string, scopes: readonly string[]): void {
  const resource = findApi(directory, api)
  const offered = resource.oauth2PermissionScopes
  const unknown = scopes.find((scope) => offered.every(({ value }) => value !== scope))
  if (unknown !== undefined) throw notOffered(resource, 'scope', unknown, offered)
  const [clientId, resourceId] = [client.objectId, resource.objectId]
  const scope = scopes.join(' ')
  directory.permissionGrants.create({ clientId, consentType: 'AllPrincipals', principalId: null, resourceId, scope })
}

function findApi({ servicePrincipals }: Directory, api: string): ServicePrincipal {
  const resource = servicePrincipals.findByName(api)
  if (resource !== undefined) return resource
  throw new ControlRefusal(
    'unknown_resource',
    `No API has the appId or identifier URI '${api.slice(0, 255)}': add it first.`,
  )
}

function notOffered(
  { appDisplayName }: ServicePrincipal,
  kind: 'role' | 'scope',
  value: string,
  offers: readonly { readonly value: string | null }[],
): ControlRefusal {
  const offered = offers.map((candidate) => candidate.value).join(', ')
  const text = `${appDisplayName} offers no ${kind} '${value.slice(0, 120)}', but: ${offered}.`
  return new ControlRefusal(kind === 'role' ? 'unknown_role' : 'unknown_scope', text)
}
