import type { CollectionField, Field, FieldKind, Fields } from './condition.js'
import type { Listed } from './listing.js'

const text = (sql: string): Field => ({ kind: 'text', sql })
const guid = (sql: string): Field => ({ kind: 'guid', sql })
const time = (sql: string): Field => ({ kind: 'time', sql })
const number = (sql: string): Field => ({ kind: 'number', sql })

/** A member of the JSON that stands in the column `properties`. */
const property = (path: string, kind: FieldKind = 'text', column = 'properties'): Field => ({
  kind,
  // In parentheses: COLLATE binds more tightly than the arrow.
  sql: `(${column} ->> '$.${path}')`,
})

const member = (name: string, kind: FieldKind = 'text'): Field => ({
  kind,
  sql: `(each.value ->> '$.${name}')`,
})

const texts = (sql: string, equals?: string): CollectionField => ({
  kind: 'collection',
  sql,
  members: { '': text('each.value') },
  ...(equals === undefined ? {} : { equals }),
})

const objects = (sql: string, members: Readonly<Record<string, Field>>): CollectionField => ({
  kind: 'collection',
  sql,
  members,
})

const json = (path: string, column = 'properties') => `${column} -> '$.${path}'`

const role = {
  id: member('id', 'guid'),
  value: member('value'),
  displayName: member('displayName'),
  isEnabled: member('isEnabled', 'boolean'),
}
const scope = {
  id: member('id', 'guid'),
  value: member('value'),
  type: member('type'),
  isEnabled: member('isEnabled', 'boolean'),
}

/** What Graph can be asked of applications (graph docs: aad-advanced-queries, resources/application). */
const applicationFields: Fields = {
  id: guid('object_id'),
  appId: guid('app_id'),
  uniqueName: text('unique_name'),
  createdDateTime: time('created'),
  displayName: property('displayName'),
  description: property('description'),
  signInAudience: property('signInAudience'),
  serviceManagementReference: property('serviceManagementReference'),
  tags: texts(json('tags')),
  identifierUris: texts(
    json('identifierUris'),
    'object_id IN (SELECT application_id FROM identifier_uris WHERE uri = ?)',
  ),
  appRoles: objects(json('appRoles'), role),
  'api/oauth2PermissionScopes': objects(json('api.oauth2PermissionScopes'), scope),
  requiredResourceAccess: objects(json('requiredResourceAccess'), { resourceAppId: member('resourceAppId', 'guid') }),
  'web/homePageUrl': property('web.homePageUrl'),
  'web/logoutUrl': property('web.logoutUrl'),
  'web/redirectUris': texts(json('web.redirectUris')),
  'spa/redirectUris': texts(json('spa.redirectUris')),
  'publicClient/redirectUris': texts(json('publicClient.redirectUris')),
}

export const applicationListed: Listed = {
  from: 'applications',
  columns: '*',
  sequence: 'rowid',
  created: 'created',
  fields: applicationFields,
}

const ownName = "(p.properties ->> '$.displayName')"
const foreignName = "(p.properties ->> '$.foreign.displayName')"

const servicePrincipalFields: Fields = {
  id: guid('p.object_id'),
  appId: guid('p.app_id'),
  createdDateTime: time('p.created'),
  accountEnabled: property('accountEnabled', 'boolean', 'p.properties'),
  appRoleAssignmentRequired: property('appRoleAssignmentRequired', 'boolean', 'p.properties'),
  displayName: {
    kind: 'text',
    sql: `coalesce(${ownName}, (a.properties ->> '$.displayName'), ${foreignName})`,
    // A name of its own, its application's or, for the few that have no application here, a foreign one's: each by its index.
    equals: `p.rowid IN (
      WITH wanted (name) AS (SELECT ?)
      SELECT s.rowid FROM wanted CROSS JOIN service_principals s WHERE (s.properties ->> '$.displayName') COLLATE NOCASE = name
      UNION ALL
      SELECT s.rowid FROM wanted CROSS JOIN applications m ON (m.properties ->> '$.displayName') COLLATE NOCASE = name
        JOIN service_principals s ON s.app_id = m.app_id WHERE (s.properties ->> '$.displayName') IS NULL
      UNION ALL
      SELECT s.rowid FROM wanted CROSS JOIN (SELECT DISTINCT app_id FROM foreign_resource_names) f
        CROSS JOIN service_principals s ON s.app_id = f.app_id
        WHERE (s.properties ->> '$.foreign.displayName') COLLATE NOCASE = name)`,
  },
  description: property('description', 'text', 'p.properties'),
  homepage: property('homepage', 'text', 'p.properties'),
  servicePrincipalType: text("'Application'"),
  tags: texts(json('tags', 'p.properties')),
  servicePrincipalNames: texts(
    `ifnull(p.properties -> '$.foreign.servicePrincipalNames',
      json_insert(ifnull(a.properties -> '$.identifierUris', '[]'), '$[#]', p.app_id))`,
    `p.app_id IN (WITH wanted (name) AS (SELECT ?)
      SELECT lower(name) FROM wanted
      UNION ALL SELECT app_id FROM wanted JOIN identifier_uris ON uri = name JOIN applications ON object_id = application_id
      UNION ALL SELECT app_id FROM wanted JOIN foreign_resource_names f ON f.name = wanted.name)`,
  ),
  appRoles: objects("coalesce(a.properties -> '$.appRoles', p.properties -> '$.foreign.appRoles')", role),
}

export const servicePrincipalListed: Listed = {
  from: 'service_principals p LEFT JOIN applications a ON a.app_id = p.app_id',
  columns: 'p.object_id, p.app_id, p.created, p.properties',
  sequence: 'p.rowid',
  created: 'p.created',
  fields: servicePrincipalFields,
}

const userFields: Fields = {
  id: guid('object_id'),
  createdDateTime: time('created'),
  userPrincipalName: text('user_principal_name'),
  displayName: property('displayName'),
  givenName: property('givenName'),
  surname: property('surname'),
  mail: property('mail'),
  mailNickname: property('mailNickname'),
  jobTitle: property('jobTitle'),
  department: property('department'),
  country: property('country'),
  accountEnabled: property('accountEnabled', 'boolean'),
  userType: property('userType'),
  identities: objects(json('identities'), {
    signInType: member('signInType'),
    issuer: member('issuer'),
    issuerAssignedId: member('issuerAssignedId'),
  }),
}

export const userListed: Listed = {
  from: 'users',
  columns: '*',
  sequence: 'rowid',
  created: 'created',
  fields: userFields,
}

export const groupListed: Listed = {
  from: 'groups',
  columns: '*',
  sequence: 'rowid',
  created: 'created',
  fields: {
    id: guid('object_id'),
    createdDateTime: time('created'),
    displayName: property('displayName'),
    description: property('description'),
    mailNickname: property('mailNickname'),
    securityEnabled: { kind: 'boolean', sql: '1' },
    mailEnabled: { kind: 'boolean', sql: '0' },
    isAssignableToRole: property('isAssignableToRole', 'boolean'),
  },
}

export const groupMemberListed: Listed = {
  from: 'group_members',
  columns: 'group_id, member_id',
  sequence: 'rowid',
  created: null,
  fields: {},
}

export const appRoleAssignmentListed: Listed = {
  from: 'app_role_assignments',
  columns: '*',
  sequence: 'rowid',
  created: null,
  fields: {
    id: text('id'),
    principalId: guid('principal_id'),
    principalType: text('principal_type'),
    resourceId: guid('resource_id'),
    appRoleId: guid('app_role_id'),
    createdDateTime: time('created'),
  },
}

export const oauth2PermissionGrantListed: Listed = {
  from: 'oauth2_permission_grants',
  columns: '*',
  sequence: 'rowid',
  created: null,
  fields: {
    id: text('id'),
    clientId: guid('client_id'),
    consentType: text('consent_type'),
    principalId: guid('principal_id'),
    resourceId: guid('resource_id'),
    scope: text('scope'),
  },
}

export const federatedIdentityCredentialListed: Listed = {
  from: 'federated_identity_credentials',
  columns: 'id, name, issuer, subject, audience, description',
  sequence: 'rowid',
  created: null,
  fields: { id: guid('id'), name: text('name'), issuer: text('issuer'), subject: text('subject') },
}

export const ownerListed: Listed = {
  from: 'owners',
  columns: 'owner_id, object_id',
  sequence: 'rowid',
  created: null,
  fields: {},
}

/** The columns of a deleted object are named as those of its kind, so what can be asked of the one can be asked of the other. */
export const deletedListed: Readonly<Record<'application' | 'servicePrincipal' | 'user', Listed>> = {
  application: { ...applicationListed, from: 'deleted_items', fields: deletedFields(applicationFields) },
  servicePrincipal: {
    ...applicationListed,
    from: 'deleted_items',
    fields: {
      id: guid('object_id'),
      appId: guid('app_id'),
      deletedDateTime: time('deleted'),
      displayName: property('displayName'),
    },
  },
  user: { ...userListed, from: 'deleted_items', fields: deletedFields(userFields) },
}

/** Without what is found in a table that deleted objects have left. */
function deletedFields(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([name]) => name !== 'identifierUris')
  return { ...Object.fromEntries(kept), deletedDateTime: time('deleted') }
}

export const directoryAuditListed: Listed = {
  from: 'directory_audits',
  columns: '*',
  sequence: 'rowid',
  created: null,
  newestFirst: true,
  fields: {
    id: guid('id'),
    activityDateTime: time('time'),
    activityDisplayName: text('activity'),
    category: text('category'),
    correlationId: guid('correlation_id'),
    operationType: text('operation'),
    'initiatedBy/app/appId': guid("(initiator ->> '$.app.appId')"),
    'initiatedBy/user/id': guid("(initiator ->> '$.user.id')"),
    'initiatedBy/user/userPrincipalName': text("(initiator ->> '$.user.userPrincipalName')"),
    targetResources: objects('json_array(json(target))', {
      id: member('id', 'guid'),
      displayName: member('displayName'),
    }),
  },
}

const signInFields: Fields = {
  createdDateTime: time("strftime('%Y-%m-%dT%H:%M:%fZ', time / 1000.0, 'unixepoch')"),
  appId: guid('app_id'),
  appDisplayName: text(`coalesce(
    (SELECT a.properties ->> '$.displayName' FROM applications AS a WHERE a.app_id = sign_ins.app_id),
    (SELECT p.properties ->> '$.foreign.displayName' FROM service_principals AS p WHERE p.app_id = sign_ins.app_id))`),
  clientAppUsed: text('client_app'),
  correlationId: guid('correlation_id'),
  ipAddress: text('ip_address'),
  'status/errorCode': number('error_code'),
  userId: guid('user_id'),
  userPrincipalName: text('user_principal_name'),
  userDisplayName: text('user_display_name'),
}

/** As v1.0 has them: the kinds of sign-ins are beta's alone. */
export const signInListed: Listed = {
  from: 'sign_ins',
  columns: '*',
  sequence: 'sequence',
  created: null,
  newestFirst: true,
  fields: signInFields,
}

export const signInListedInBeta: Listed = {
  ...signInListed,
  fields: { ...signInFields, signInEventTypes: texts('json_array(event_type)') },
}
