import { randomUUID } from 'node:crypto'
import type { Directory } from '../directory/directory.js'
import type { ServicePrincipal } from '../directory/service-principals.js'
import { ControlRefusal } from './refusal.js'

/** An application as tests need it. Everything else goes through Microsoft Graph. */
export interface AppDefinition {
  readonly displayName: string
  /** Values of the roles that it offers to other applications. With roles it gets the identifier URI `api://<appId>`. */
  readonly appRoles?: readonly string[]
  /** Whether it gets a client secret. */
  readonly secret?: boolean
  /** Roles of other applications that it is granted, by their appId or identifier URI. */
  readonly grants?: readonly { readonly api: string; readonly roles: readonly string[] }[]
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
    add: ({ displayName, appRoles = [], secret = false, grants = [], accessTokenVersion = 2, idtyp = false }) =>
      db.transaction(() => {
        const { objectId, appId } = applications.create({
          displayName,
          api: { requestedAccessTokenVersion: accessTokenVersion },
          appRoles: appRoles.map(toAppRole),
          ...(idtyp ? { optionalClaims: idtypClaim } : {}),
        })
        const identifierUri = appRoles.length > 0 ? `api://${appId}` : null
        if (identifierUri !== null) applications.update(objectId, { identifierUris: [identifierUri] })
        const principal = servicePrincipals.create(appId, {})
        for (const { api, roles } of grants) grant(directory, principal, api, roles)
        const clientSecret = secret ? passwords.add(objectId, { displayName: null }).secretText : null
        return { objectId, appId, servicePrincipalId: principal.objectId, identifierUri, clientSecret }
      }),
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
  const resource = directory.servicePrincipals.findByName(api)
  if (resource === undefined) {
    throw new ControlRefusal(
      'unknown_resource',
      `No API has the appId or identifier URI '${api.slice(0, 255)}': add it first.`,
    )
  }
  for (const value of roles) {
    const role = resource.appRoles.find((candidate) => candidate.value === value)
    if (role === undefined) {
      const offered = resource.appRoles.map((candidate) => candidate.value).join(', ')
      throw new ControlRefusal(
        'unknown_role',
        `${resource.appDisplayName} offers no role '${value.slice(0, 120)}', but: ${offered}.`,
      )
    }
    const [principalId, resourceId] = [principal.objectId, resource.objectId]
    directory.assignments.create({ principalId, resourceId, appRoleId: role.id })
  }
}
