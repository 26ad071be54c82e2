import { checkApplication } from '../directory/application-rules.js'
import { type Contents, readContents, replaceContents } from '../directory/contents.js'
import type { Directory } from '../directory/directory.js'
import { addUsers, type FirstContents } from '../directory/first-contents.js'
import { microsoftGraphAppId } from '../directory/microsoft-graph.js'
import type { Organization } from '../directory/organization.js'
import { DirectoryRefusal } from '../directory/refusal.js'
import { newServicePrincipal } from '../directory/service-principals.js'
import type { Outbox } from '../sign-in/outbox.js'
import type { KeyRollover } from '../signing/key-ring.js'
import type { Apps } from './apps.js'
import type { Clock } from './clock.js'
import { movedTo, readExport, type TenantExport, toExport } from './export-file.js'
import type { Faults } from './faults.js'
import { ControlRefusal } from './refusal.js'
import type { Replication } from './replication.js'
import type { Requests } from './request-log.js'
import type { SignIns } from './sign-in-log.js'
import type { Tokens } from './tokens.js'
import type { TestUsers } from './users.js'

/** What a tenant can be told that no real one can. */
export interface TenantControl {
  readonly clock: Clock
  readonly keys: KeyRollover
  readonly faults: Faults
  readonly replication: Replication
  /** What was asked, without secrets. */
  readonly requests: Requests
  readonly signIns: SignIns
  readonly tokens: Tokens
  readonly apps: Apps
  readonly users: TestUsers
  /** The mails that users would have got, with their one-time codes. */
  readonly outbox: Outbox
  /** The contents of the directory, to come back to. Not in it: keys, clock, faults, logs, administrator. */
  snapshot(): Snapshot
  /** Makes the directory what it was. Throws ControlRefusal for a snapshot of another tenant. */
  restore(snapshot: Snapshot): void
  /** Back to a new tenant's directory, clock and logs, without faults. Ids and keys of the tenant, its administrator and its first users stay. */
  reset(): void
  /** The contents as one JSON document. */
  export(): TenantExport
  /**
   * Fills an empty tenant from an export: the applications and users keep their ids, the tenant keeps its own id and name.
   * Throws ControlRefusal, and then nothing was changed.
   */
  import(document: unknown): void
}

/** The contents of a tenant at one moment. */
export type Snapshot = TenantExport

export interface ControlParts extends Omit<TenantControl, 'snapshot' | 'restore' | 'reset' | 'export' | 'import'> {
  readonly directory: Directory
  /** The users of a new tenant, by their names before the `@`. */
  readonly firstUsers: FirstContents['users']
}

export function createControl({ directory, firstUsers, ...parts }: ControlParts): TenantControl {
  const { organization } = directory
  const read = () => toExport(organization, readContents(directory))
  return {
    ...parts,
    snapshot: read,
    export: read,
    restore(snapshot) {
      if (snapshot.tenant.tenantId !== organization.tenantId) {
        throw new ControlRefusal(
          'invalid_snapshot',
          'The snapshot is of another tenant: export and import move contents.',
        )
      }
      replaceContents(directory, snapshot)
    },
    reset() {
      directory.db.transaction(() => {
        replaceContents(directory, firstOf(readContents(directory), organization, firstUsers))
        addUsers(directory.users, organization, firstUsers)
      })
      parts.clock.release()
      parts.faults.clear()
      parts.requests.clear()
      parts.signIns.clear()
      parts.outbox.clear()
      directory.audits.clear()
    },
    import(document) {
      const contents = movedTo(organization, readExport(document))
      if (readContents(directory).applications.length > 0) {
        throw new ControlRefusal(
          'not_empty',
          'The tenant has applications already: reset it first, or import into a new one.',
        )
      }
      checkRules(contents, organization)
      replaceContents(directory, contents)
    },
  }
}

/** An export that was edited by hand must not bring in what Graph would refuse. */
function checkRules({ applications }: Contents, { tenantId, initialDomain }: Organization): void {
  for (const [index, { appId, properties }] of applications.entries()) {
    try {
      checkApplication(null, properties, { appId, tenantId, verifiedDomain: initialDomain })
    } catch (error) {
      if (!(error instanceof DirectoryRefusal)) throw error
      const { reason } = error
      const why = 'message' in reason ? reason.message : "an identifier URI is of a domain that is not the tenant's."
      throw new ControlRefusal('invalid_export', `'applications[${index}].properties' breaks a rule: ${why}`)
    }
  }
}

/** What is left of the contents in a tenant as it was made; whatever of its users has gone is to be added again. */
function firstOf(
  { servicePrincipals, users }: Contents,
  { initialDomain }: Organization,
  firstUsers: FirstContents['users'],
): Contents {
  const first = new Set(firstUsers.map(({ name }) => `${name}@${initialDomain}`))
  return {
    applications: [],
    servicePrincipals: servicePrincipals
      .filter(({ appId }) => appId === microsoftGraphAppId)
      .map((graph) => ({ ...graph, properties: newServicePrincipal })),
    appRoleAssignments: [],
    users: users.filter(({ userPrincipalName }) => first.has(userPrincipalName)),
    owners: [],
    oauth2PermissionGrants: [],
    groups: [],
    userAttributes: [],
    userFlows: [],
  }
}
