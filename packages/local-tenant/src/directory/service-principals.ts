import type { AppRole, OptionalClaims, PermissionScope } from './application-properties.js'
import type { Application, Applications } from './applications.js'
import type { Database } from './database.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'

/** What a service principal has of its own; roles, scopes and names of a local application are the application's. */
export interface ServicePrincipalProperties {
  displayName: string | null
  accountEnabled: boolean
  appRoleAssignmentRequired: boolean
  tags: readonly string[]
  alternativeNames: readonly string[]
  description: string | null
  homepage: string | null
  loginUrl: string | null
  logoutUrl: string | null
  notes: string | null
  notificationEmailAddresses: readonly string[]
  preferredSingleSignOnMode: string | null
}

/** A resource that Microsoft runs: it has a service principal here, but its application lives in another tenant. */
export interface ForeignApplication {
  displayName: string
  servicePrincipalNames: readonly string[]
  appRoles: readonly AppRole[]
  oauth2PermissionScopes: readonly PermissionScope[]
}

export interface ServicePrincipal extends ServicePrincipalProperties {
  readonly objectId: string
  readonly appId: string
  readonly created: string
  readonly appDisplayName: string
  readonly displayName: string
  readonly servicePrincipalNames: readonly string[]
  readonly appRoles: readonly AppRole[]
  readonly oauth2PermissionScopes: readonly PermissionScope[]
  readonly replyUrls: readonly string[]
  readonly optionalClaims: OptionalClaims | null
  /** Which groups of its users its tokens name (identity-platform/reference-app-manifest). */
  readonly groupMembershipClaims: string | null
  readonly accessTokenVersion: 1 | 2
  readonly ownedHere: boolean
}

export type ServicePrincipalKey = { objectId: string } | { appId: string }

export interface ServicePrincipals {
  find(key: ServicePrincipalKey): ServicePrincipal | undefined
  all(): ServicePrincipal[]
  /** The resource a client means by an appId or any identifier URI, letter case aside. */
  findByName(name: string): ServicePrincipal | undefined
  create(appId: string, input: Partial<ServicePrincipalProperties>): ServicePrincipal
  addForeign(appId: string, application: ForeignApplication): ServicePrincipal
  update(objectId: string, patch: Partial<ServicePrincipalProperties>): ServicePrincipal
  /** A service principal as its row and, where there is one, its application make it. */
  fromRow(row: ServicePrincipalRow): ServicePrincipal
  /** Brings what is kept of a resource that Microsoft runs up to what is known of it now. */
  refreshForeign(appId: string, application: ForeignApplication): void
}

export interface ServicePrincipalRow {
  object_id: string
  app_id: string
  created: string
  properties: string
}

type StoredProperties = ServicePrincipalProperties & { foreign?: ForeignApplication }

/** Before anybody changes anything. */
export const newServicePrincipal: ServicePrincipalProperties = {
  displayName: null,
  accountEnabled: true,
  appRoleAssignmentRequired: false,
  tags: [],
  alternativeNames: [],
  description: null,
  homepage: null,
  loginUrl: null,
  logoutUrl: null,
  notes: null,
  notificationEmailAddresses: [],
  preferredSingleSignOnMode: null,
}

export function createServicePrincipals(
  db: Database,
  applications: Applications,
  { now, newId }: { now(): string; newId(): string },
): ServicePrincipals {
  const byObjectId = db.query<ServicePrincipalRow>('SELECT * FROM service_principals WHERE object_id = ?')
  const rowByAppId = db.query<ServicePrincipalRow>('SELECT * FROM service_principals WHERE app_id = ?')
  const everything = db.query<ServicePrincipalRow>('SELECT * FROM service_principals ORDER BY rowid')
  const insert = db.query('INSERT INTO service_principals VALUES (?, ?, ?, ?)')
  const update = db.query('UPDATE service_principals SET properties = ? WHERE object_id = ?')
  const appIdOfUri = db.query<{ app_id: string }>(
    'SELECT app_id FROM identifier_uris JOIN applications ON object_id = application_id WHERE uri = ?',
  )
  // Names of resources that Microsoft runs: they stand in no application of this tenant.
  const foreignByName = db.query<{ app_id: string }>('SELECT app_id FROM foreign_resource_names WHERE name = ?')
  const insertForeignName = db.query('INSERT INTO foreign_resource_names VALUES (?, ?)')

  const toServicePrincipal = (row: ServicePrincipalRow) => assemble(row, applications.find({ appId: row.app_id }))
  const fromRow = (row: ServicePrincipalRow | undefined) => (row === undefined ? undefined : toServicePrincipal(row))
  const byAppId = remember(db, (appId) => fromRow(rowByAppId.get(appId)))
  const byName = remember(db, (name) => {
    const owner = appIdOfUri.get(name) ?? foreignByName.get(name)
    return byAppId(name.toLowerCase()) ?? (owner === undefined ? undefined : byAppId(owner.app_id))
  })

  function find(key: ServicePrincipalKey): ServicePrincipal | undefined {
    if ('objectId' in key) return fromRow(byObjectId.get(key.objectId.toLowerCase()))
    return byAppId(key.appId.toLowerCase())
  }

  function store(appId: string, properties: StoredProperties): ServicePrincipal {
    if (byAppId(appId) !== undefined) throw refuse({ kind: 'taken', property: 'appId' })
    const objectId = newId()
    const created = now()
    insert.run(objectId, appId, created, JSON.stringify(properties))
    return toServicePrincipal({ object_id: objectId, app_id: appId, created, properties: JSON.stringify(properties) })
  }

  return {
    find,
    all: () => everything.all().map(toServicePrincipal),
    findByName: byName,
    create: (appId, input) =>
      db.transaction(() => {
        const application = applications.find({ appId })
        if (application === undefined) throw refuse({ kind: 'unknown_app_id', appId })
        return store(application.appId, { ...newServicePrincipal, ...input })
      }),
    addForeign: (appId, application) =>
      db.transaction(() => {
        const servicePrincipal = store(appId, { ...newServicePrincipal, foreign: application })
        for (const name of application.servicePrincipalNames) insertForeignName.run(name, appId)
        return servicePrincipal
      }),
    fromRow: toServicePrincipal,
    refreshForeign(appId, application) {
      const row = rowByAppId.get(appId)
      if (row === undefined) return
      const kept = JSON.parse(row.properties) as StoredProperties
      if (JSON.stringify(kept.foreign) === JSON.stringify(application)) return
      update.run(JSON.stringify({ ...kept, foreign: application }), row.object_id)
    },
    update: (objectId, patch) =>
      db.transaction(() => {
        const row = byObjectId.get(objectId.toLowerCase())
        if (row === undefined) throw refuse({ kind: 'missing', object: objectId })
        const properties = JSON.stringify({ ...(JSON.parse(row.properties) as StoredProperties), ...patch })
        update.run(properties, row.object_id)
        return toServicePrincipal({ ...row, properties })
      }),
  }
}

function assemble(row: ServicePrincipalRow, application: Application | undefined): ServicePrincipal {
  const { foreign, displayName, ...own }: StoredProperties = {
    ...newServicePrincipal,
    ...(JSON.parse(row.properties) as StoredProperties),
  }
  const base = { ...own, objectId: row.object_id, appId: row.app_id, created: row.created }
  if (application !== undefined) {
    const { properties } = application
    return {
      ...base,
      displayName: displayName ?? properties.displayName,
      appDisplayName: properties.displayName,
      servicePrincipalNames: [...properties.identifierUris, application.appId],
      appRoles: properties.appRoles,
      oauth2PermissionScopes: properties.api.oauth2PermissionScopes,
      replyUrls: [properties.web, properties.spa, properties.publicClient].flatMap(({ redirectUris }) => redirectUris),
      optionalClaims: properties.optionalClaims,
      groupMembershipClaims: properties.groupMembershipClaims,
      // null counts as 1 (identity-platform/access-tokens): only an API that asks for 2 gets v2.0 tokens.
      accessTokenVersion: properties.api.requestedAccessTokenVersion === 2 ? 2 : 1,
      ownedHere: true,
    }
  }
  return {
    ...base,
    displayName: displayName ?? foreign?.displayName ?? row.app_id,
    appDisplayName: foreign?.displayName ?? row.app_id,
    servicePrincipalNames: foreign?.servicePrincipalNames ?? [row.app_id],
    appRoles: foreign?.appRoles ?? [],
    oauth2PermissionScopes: foreign?.oauth2PermissionScopes ?? [],
    replyUrls: [],
    // Microsoft Graph states idtyp in the tokens issued for it.
    optionalClaims: { accessToken: [idtyp], idToken: [], saml2Token: [] },
    groupMembershipClaims: null,
    accessTokenVersion: 1,
    ownedHere: false,
  }
}

const idtyp = { name: 'idtyp', source: null, essential: false, additionalProperties: [] }
