import type { ApplicationProperties } from './application-properties.js'
import { readCertificate } from './certificate.js'
import type { Database } from './database.js'
import type { Directory } from './directory.js'
import type { FederatedIdentityCredential } from './federated-identity-credentials.js'
import { administratorName, refreshMicrosoftGraph } from './first-contents.js'
import type { Group } from './groups.js'
import { microsoftGraphAppId } from './microsoft-graph.js'
import { grantId, type OAuth2PermissionGrant } from './oauth2-permission-grants.js'
import type { PasswordCredential } from './password-credentials.js'
import { type ForeignApplication, newServicePrincipal, type ServicePrincipalProperties } from './service-principals.js'
import type { UserAttribute } from './user-attributes.js'
import type { UserFlow } from './user-flows.js'
import type { User } from './users.js'

/** Salt and hash in base64. Whoever has the secret can use it, nobody can read it from here. */
export type StoredSecret = PasswordCredential & { readonly salt: string; readonly hash: string }

/** DER in base64. */
export interface StoredCertificate {
  readonly keyId: string
  readonly displayName: string | null
  readonly customKeyIdentifier: string
  readonly startDateTime: string
  readonly endDateTime: string
  readonly certificate: string
}

export interface StoredApplication {
  readonly objectId: string
  readonly appId: string
  readonly uniqueName: string | null
  readonly created: string
  readonly properties: ApplicationProperties
  readonly secrets: readonly StoredSecret[]
  readonly certificates: readonly StoredCertificate[]
  readonly federatedIdentityCredentials: readonly FederatedIdentityCredential[]
}

export interface StoredServicePrincipal {
  readonly objectId: string
  readonly appId: string
  readonly created: string
  readonly properties: ServicePrincipalProperties
  /** Of a resource that Microsoft runs. */
  readonly foreign: ForeignApplication | null
}

export interface StoredAssignment {
  readonly id: string
  readonly principalId: string
  readonly resourceId: string
  readonly appRoleId: string
  readonly created: string
}

/** The password's salt and hash in base64. */
export type StoredUser = User & {
  readonly password: {
    readonly salt: string
    readonly hash: string
    readonly mustChange: boolean
    readonly changed: string
  } | null
  /** Template ids. */
  readonly directoryRoles: readonly string[]
}

export type StoredGroup = Group & { readonly members: readonly string[] }
/** One of the tenant's own. */
export type StoredUserAttribute = Omit<UserAttribute, 'kind'>

export interface StoredOwner {
  readonly objectId: string
  readonly ownerId: string
}

/** What a directory contains, but for its administrator, which belongs to the running tenant and not to its contents, and without what was deleted. */
export interface Contents {
  readonly applications: readonly StoredApplication[]
  readonly servicePrincipals: readonly StoredServicePrincipal[]
  readonly appRoleAssignments: readonly StoredAssignment[]
  readonly users: readonly StoredUser[]
  readonly owners: readonly StoredOwner[]
  readonly oauth2PermissionGrants: readonly OAuth2PermissionGrant[]
  readonly groups: readonly StoredGroup[]
  readonly userAttributes: readonly StoredUserAttribute[]
  readonly userFlows: readonly UserFlow[]
}

interface PasswordRow {
  salt: ArrayBuffer
  hash: ArrayBuffer
  must_change: number
  changed: string
}

interface GrantRow {
  id: string
  client_id: string
  consent_type: 'AllPrincipals' | 'Principal'
  principal_id: string | null
  resource_id: string
  scope: string
}

interface SecretRow {
  key_id: string
  display_name: string | null
  hint: string
  start_time: string
  end_time: string
  salt: ArrayBuffer
  hash: ArrayBuffer
}

interface PrincipalRow {
  object_id: string
  app_id: string
  created: string
  properties: string
}

interface AssignmentRow {
  id: string
  principal_id: string
  resource_id: string
  app_role_id: string
  created: string
}

/** Everything but the administrator, in the order in which it was made. */
export function readContents(directory: Directory): Contents {
  const { db, applications, keyCredentials, federatedCredentials, users, directoryRoles, groups } = directory
  const members = db.query<{ id: string }>(
    'SELECT member_id AS id FROM group_members WHERE group_id = ? ORDER BY rowid',
  )
  const secrets = db.query<SecretRow>('SELECT * FROM password_credentials WHERE application_id = ? ORDER BY rowid')
  const principals = db.query<PrincipalRow>('SELECT * FROM service_principals ORDER BY rowid').all()
  const assignments = db.query<AssignmentRow>('SELECT * FROM app_role_assignments ORDER BY rowid').all()
  const passwords = db.query<PasswordRow>('SELECT * FROM user_passwords WHERE user_id = ?')
  const grants = db.query<GrantRow>('SELECT * FROM oauth2_permission_grants ORDER BY rowid').all()
  const owners = db
    .query<{ object_id: string; owner_id: string }>('SELECT object_id, owner_id FROM owners ORDER BY rowid')
    .all()
    .map(({ object_id, owner_id }) => ({ objectId: object_id, ownerId: owner_id }))
  const everything = applications.all()
  const administrator = everything.find(({ uniqueName }) => uniqueName === administratorName)
  const administratorId = principals.find(({ app_id }) => app_id === administrator?.appId)?.object_id
  return {
    applications: everything
      .filter((application) => application !== administrator)
      .map((application) => ({
        ...application,
        secrets: secrets.all(application.objectId).map(toSecret),
        certificates: keyCredentials.of(application.objectId).map((credential) => ({
          ...credential,
          certificate: Buffer.from(credential.certificate).toString('base64'),
        })),
        federatedIdentityCredentials: federatedCredentials.of(application.objectId),
      })),
    servicePrincipals: principals.filter(({ object_id }) => object_id !== administratorId).map(toPrincipal),
    appRoleAssignments: assignments.filter(({ principal_id }) => principal_id !== administratorId).map(toAssignment),
    users: users.all().map((user) => ({
      ...user,
      password: toPassword(passwords.get(user.objectId)),
      directoryRoles: directoryRoles.of(user.objectId),
    })),
    owners: owners.filter((owner) => owner.ownerId !== administratorId && owner.objectId !== administrator?.objectId),
    oauth2PermissionGrants: grants.filter(({ client_id }) => client_id !== administratorId).map(toGrant),
    groups: groups.all().map((group) => ({
      ...group,
      members: members
        .all(group.objectId)
        .map(({ id }) => id)
        .filter((id) => id !== administratorId),
    })),
    userAttributes: directory.userAttributes
      .all()
      .filter(({ kind }) => kind === 'custom')
      .map(({ id, displayName, description, dataType }) => ({ id, displayName, description, dataType })),
    userFlows: directory.userFlows.all(),
  }
}

function toPassword(row: PasswordRow | undefined): StoredUser['password'] {
  if (row === undefined) return null
  return { salt: base64(row.salt), hash: base64(row.hash), mustChange: row.must_change === 1, changed: row.changed }
}

function toGrant({ id, client_id, consent_type, principal_id, resource_id, scope }: GrantRow): OAuth2PermissionGrant {
  return {
    id,
    clientId: client_id,
    consentType: consent_type,
    principalId: principal_id,
    resourceId: resource_id,
    scope,
  }
}

/**
 * Makes `contents` all there is, beside the administrator. The caller has checked their shape. Throws what SQLite
 * says of contents that contradict themselves, and then nothing was changed.
 */
export function replaceContents(directory: Directory, contents: Contents): void {
  const { db, applications, servicePrincipals, assignments } = directory
  db.transaction(() => {
    const administrator = applications.find({ uniqueName: administratorName })
    if (administrator === undefined) throw new Error('The directory has no administrator: use another data folder.')
    const principal = servicePrincipals.find({ appId: administrator.appId })
    const rights = principal === undefined ? [] : assignments.ofPrincipal(principal.objectId)
    empty(db, administrator.objectId, administrator.appId)
    for (const application of contents.applications) insertApplication(db, application)
    for (const stored of contents.servicePrincipals) insertPrincipal(db, stored)
    const insert = db.query('INSERT INTO app_role_assignments VALUES (?, ?, ?, ?, ?, ?)')
    const people = new Set(contents.users.map(({ objectId }) => objectId))
    const groups = new Set(contents.groups.map(({ objectId }) => objectId))
    const typeOf = (id: string) => (people.has(id) ? 'User' : groups.has(id) ? 'Group' : 'ServicePrincipal')
    for (const { id, principalId, resourceId, appRoleId, created } of contents.appRoleAssignments) {
      insert.run(id, principalId, typeOf(principalId), resourceId, appRoleId, created)
    }
    // The administrator's rights are on Microsoft Graph, which may have another object id now.
    const graph = servicePrincipals.find({ appId: microsoftGraphAppId })
    if (graph === undefined) throw new Error('The contents have no service principal of Microsoft Graph.')
    for (const { id, principalId, appRoleId, created } of rights) {
      insert.run(id, principalId, 'ServicePrincipal', graph.objectId, appRoleId, created)
    }
    for (const user of contents.users) insertUser(db, user)
    const insertOwner = db.query('INSERT INTO owners VALUES (?, ?)')
    for (const { objectId, ownerId } of contents.owners) insertOwner.run(objectId, ownerId)
    const insertGrant = db.query('INSERT INTO oauth2_permission_grants VALUES (?, ?, ?, ?, ?, ?)')
    for (const grant of contents.oauth2PermissionGrants) {
      const { clientId, consentType, principalId, resourceId, scope } = grant
      insertGrant.run(grantId(grant), clientId, consentType, principalId, resourceId, scope)
    }
    for (const group of contents.groups) insertGroup(db, group)
    for (const attribute of contents.userAttributes) insertAttribute(db, attribute)
    for (const flow of contents.userFlows) insertFlow(db, flow)
    // What the contents know of Microsoft Graph may be older than this version.
    refreshMicrosoftGraph(directory)
  })
}

function insertGroup(db: Database, { objectId, created, members, ...properties }: StoredGroup): void {
  db.query('INSERT INTO groups VALUES (?, ?, ?)').run(objectId, created, JSON.stringify(properties))
  const member = db.query('INSERT INTO group_members VALUES (?, ?)')
  for (const id of members) member.run(objectId, id)
}

function insertAttribute(db: Database, { id, displayName, description, dataType }: StoredUserAttribute): void {
  db.query('INSERT INTO user_attributes VALUES (?, ?, ?, ?)').run(id, displayName, description, dataType)
}

function insertFlow(db: Database, { id, displayName, created, applications, ...properties }: UserFlow): void {
  db.query('INSERT INTO user_flows VALUES (?, ?, ?, ?)').run(id, displayName, created, JSON.stringify(properties))
  const link = db.query('INSERT INTO user_flow_applications VALUES (?, ?)')
  for (const appId of applications) link.run(appId, id)
}

function insertUser(db: Database, user: StoredUser): void {
  const { objectId, userPrincipalName, created, password, directoryRoles, ...properties } = user
  db.query('INSERT INTO users VALUES (?, ?, ?, ?)').run(
    objectId,
    userPrincipalName,
    created,
    JSON.stringify(properties),
  )
  const identity = db.query('INSERT INTO user_identities VALUES (?, ?)')
  for (const { signInType, issuerAssignedId } of properties.identities) {
    if (signInType === 'emailAddress' || signInType === 'userName') identity.run(issuerAssignedId, objectId)
  }
  const role = db.query('INSERT INTO directory_role_members VALUES (?, ?)')
  for (const templateId of directoryRoles) role.run(objectId, templateId)
  if (password === null) return
  const { salt, hash, mustChange, changed } = password
  const insert = db.query('INSERT INTO user_passwords VALUES (?, ?, ?, ?, ?)')
  insert.run(objectId, bytes(salt), bytes(hash), mustChange ? 1 : 0, changed)
}

function empty(db: Database, administratorId: string, administratorAppId: string): void {
  db.query('DELETE FROM app_role_assignments').run()
  db.query('DELETE FROM oauth2_permission_grants').run()
  db.query('DELETE FROM owners').run()
  db.query('DELETE FROM deleted_items').run()
  db.query('DELETE FROM service_principals WHERE app_id <> ?').run(administratorAppId)
  db.query('DELETE FROM applications WHERE object_id <> ?').run(administratorId)
  db.query('DELETE FROM users').run()
  db.query('DELETE FROM groups').run()
  db.query('DELETE FROM user_attributes').run()
  db.query('DELETE FROM user_flows').run()
}

function insertApplication(db: Database, application: StoredApplication): void {
  const { objectId, appId, uniqueName, created, properties } = application
  db.query('INSERT INTO applications VALUES (?, ?, ?, ?, ?)').run(
    objectId,
    appId,
    uniqueName,
    created,
    JSON.stringify(properties),
  )
  const uri = db.query('INSERT INTO identifier_uris VALUES (?, ?)')
  for (const identifierUri of properties.identifierUris) uri.run(identifierUri, objectId)
  const secret = db.query('INSERT INTO password_credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  for (const { keyId, displayName, hint, startDateTime, endDateTime, salt, hash } of application.secrets) {
    secret.run(keyId, objectId, displayName, hint, startDateTime, endDateTime, bytes(salt), bytes(hash))
  }
  for (const certificate of application.certificates) insertCertificate(db, objectId, certificate)
  const federation = db.query('INSERT INTO federated_identity_credentials VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (const credential of application.federatedIdentityCredentials) {
    const { id, name, issuer, subject, audience, description } = credential
    federation.run(id, objectId, name, issuer, subject, audience, description)
  }
}

function insertCertificate(db: Database, applicationId: string, stored: StoredCertificate): void {
  const { keyId, displayName, customKeyIdentifier, startDateTime, endDateTime } = stored
  const certificate = readCertificate(bytes(stored.certificate))
  if (certificate === undefined) throw new Error('A certificate cannot be read.')
  const { sha1, sha256, der } = certificate
  const insert = db.query('INSERT INTO key_credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  insert.run(keyId, applicationId, displayName, customKeyIdentifier, sha1, sha256, startDateTime, endDateTime, der)
}

function insertPrincipal(
  db: Database,
  { objectId, appId, created, properties, foreign }: StoredServicePrincipal,
): void {
  const stored = JSON.stringify({ ...properties, ...(foreign === null ? {} : { foreign }) })
  db.query('INSERT INTO service_principals VALUES (?, ?, ?, ?)').run(objectId, appId, created, stored)
  const name = db.query('INSERT INTO foreign_resource_names VALUES (?, ?)')
  for (const resourceName of foreign?.servicePrincipalNames ?? []) name.run(resourceName, appId)
}

const bytes = (base64: string) => Buffer.from(base64, 'base64')
const base64 = (blob: ArrayBuffer) => Buffer.from(blob).toString('base64')

function toSecret(row: SecretRow): StoredSecret {
  return {
    keyId: row.key_id,
    displayName: row.display_name,
    hint: row.hint,
    startDateTime: row.start_time,
    endDateTime: row.end_time,
    salt: base64(row.salt),
    hash: base64(row.hash),
  }
}

function toPrincipal(row: PrincipalRow): StoredServicePrincipal {
  const { foreign = null, ...properties } = {
    ...newServicePrincipal,
    ...(JSON.parse(row.properties) as ServicePrincipalProperties & { foreign?: ForeignApplication }),
  }
  return { objectId: row.object_id, appId: row.app_id, created: row.created, properties, foreign }
}

function toAssignment(row: AssignmentRow): StoredAssignment {
  return {
    id: row.id,
    principalId: row.principal_id,
    resourceId: row.resource_id,
    appRoleId: row.app_role_id,
    created: row.created,
  }
}
