import {
  type ApplicationPatch,
  type ApplicationProperties,
  defaultProperties,
  newProperties,
  patched,
} from './application-properties.js'
import { checkApplication } from './application-rules.js'
import type { Database } from './database.js'
import { refuse } from './refusal.js'
import { remember } from './remember.js'

export interface Application {
  readonly objectId: string
  readonly appId: string
  readonly uniqueName: string | null
  readonly created: string
  readonly properties: ApplicationProperties
}

/** How a caller names one application. */
export type ApplicationKey = { objectId: string } | { appId: string } | { uniqueName: string }

export interface Applications {
  find(key: ApplicationKey): Application | undefined
  /** The one that claims the URI, letter case aside, whether or not it has a service principal. */
  findByIdentifierUri(uri: string): Application | undefined
  all(): Application[]
  /**
   * Creates the application only: its service principal is another object, created by another call. It gets an appId of its
   * own unless one is given, which no real tenant lets anybody choose.
   */
  create(input: ApplicationPatch & { displayName: string }, uniqueName?: string, appId?: string): Application
  update(objectId: string, patch: ApplicationPatch): Application
}

export interface ApplicationRow {
  object_id: string
  app_id: string
  unique_name: string | null
  created: string
  properties: string
}

export interface ApplicationsContext {
  readonly db: Database
  readonly tenantId: string
  readonly verifiedDomain: string
  now(): string
  newId(): string
}

export function createApplications({ db, tenantId, verifiedDomain, now, newId }: ApplicationsContext): Applications {
  const byObjectId = db.query<ApplicationRow>('SELECT * FROM applications WHERE object_id = ?')
  const rowByAppId = db.query<ApplicationRow>('SELECT * FROM applications WHERE app_id = ?')
  const byAppId = remember(db, (appId) => fromRow(rowByAppId.get(appId)))
  const byUniqueName = db.query<ApplicationRow>('SELECT * FROM applications WHERE unique_name = ?')
  const everything = db.query<ApplicationRow>('SELECT * FROM applications ORDER BY rowid')
  const insert = db.query('INSERT INTO applications VALUES (?, ?, ?, ?, ?)')
  const update = db.query('UPDATE applications SET properties = ? WHERE object_id = ?')
  const uriOwner = db.query<{ application_id: string }>('SELECT application_id FROM identifier_uris WHERE uri = ?')
  const dropUris = db.query('DELETE FROM identifier_uris WHERE application_id = ?')
  const insertUri = db.query('INSERT INTO identifier_uris VALUES (?, ?)')

  function find(key: ApplicationKey): Application | undefined {
    if ('objectId' in key) return fromRow(byObjectId.get(key.objectId.toLowerCase()))
    if ('appId' in key) return byAppId(key.appId.toLowerCase())
    return fromRow(byUniqueName.get(key.uniqueName))
  }

  function claimIdentifierUris(objectId: string, uris: readonly string[]): void {
    dropUris.run(objectId)
    for (const uri of uris) {
      if (uriOwner.get(uri) !== undefined) throw refuse({ kind: 'taken', property: 'identifierUris' })
      insertUri.run(uri, objectId)
    }
  }

  return {
    find,
    findByIdentifierUri(uri) {
      const owner = uriOwner.get(uri)
      return owner === undefined ? undefined : find({ objectId: owner.application_id })
    },
    all: () => everything.all().map(toApplication),
    create: (input, uniqueName, wanted) =>
      db.transaction(() => {
        const properties = patched(newProperties(input.displayName), input)
        const application = {
          objectId: newId(),
          appId: wanted ?? newId(),
          uniqueName: uniqueName ?? null,
          created: now(),
          properties,
        }
        checkApplication(null, properties, { appId: application.appId, tenantId, verifiedDomain })
        if (uniqueName !== undefined && find({ uniqueName }) !== undefined) {
          throw refuse({ kind: 'taken', property: 'uniqueName' })
        }
        const { objectId, appId, created } = application
        if (wanted !== undefined && find({ appId }) !== undefined) throw refuse({ kind: 'taken', property: 'appId' })
        insert.run(objectId, appId, application.uniqueName, created, JSON.stringify(properties))
        claimIdentifierUris(objectId, properties.identifierUris)
        return application
      }),
    update: (objectId, patch) =>
      db.transaction(() => {
        const current = find({ objectId })
        if (current === undefined) throw refuse({ kind: 'missing', object: objectId })
        const properties = patched(current.properties, patch)
        checkApplication(current.properties, properties, { appId: current.appId, tenantId, verifiedDomain })
        update.run(JSON.stringify(properties), current.objectId)
        claimIdentifierUris(current.objectId, properties.identifierUris)
        return { ...current, properties }
      }),
  }
}

function fromRow(row: ApplicationRow | undefined): Application | undefined {
  return row === undefined ? undefined : toApplication(row)
}

export function toApplication(row: ApplicationRow): Application {
  return {
    objectId: row.object_id,
    appId: row.app_id,
    uniqueName: row.unique_name,
    created: row.created,
    // What an older version stored lacks what was not there to store.
    properties: { ...defaultProperties, ...(JSON.parse(row.properties) as ApplicationProperties) },
  }
}
