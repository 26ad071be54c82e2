/**
 * The schema, forward only: a step that has shipped is never changed, a new one is added at the end.
 * One file holds one tenant. Everything Graph knows of an object beyond what is searched or guarded is its `properties`.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE tenant (
    tenant_id    TEXT NOT NULL PRIMARY KEY,
    subdomain    TEXT NOT NULL,
    display_name TEXT NOT NULL,
    created      TEXT NOT NULL
  ) STRICT;

  CREATE TABLE signing_keys (
    kid         TEXT NOT NULL PRIMARY KEY,
    private_key BLOB NOT NULL,
    certificate BLOB NOT NULL,
    sequence    INTEGER NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE applications (
    object_id   TEXT NOT NULL PRIMARY KEY,
    app_id      TEXT NOT NULL UNIQUE,
    unique_name TEXT UNIQUE,
    created     TEXT NOT NULL,
    properties  TEXT NOT NULL
  ) STRICT;

  CREATE TABLE identifier_uris (
    uri            TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    application_id TEXT NOT NULL REFERENCES applications ON DELETE CASCADE
  ) STRICT;

  CREATE TABLE password_credentials (
    key_id         TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications ON DELETE CASCADE,
    display_name   TEXT,
    hint           TEXT NOT NULL,
    start_time     TEXT NOT NULL,
    end_time       TEXT NOT NULL,
    salt           BLOB NOT NULL,
    hash           BLOB NOT NULL
  ) STRICT;
  CREATE INDEX password_credentials_of ON password_credentials (application_id);

  CREATE TABLE service_principals (
    object_id  TEXT NOT NULL PRIMARY KEY,
    app_id     TEXT NOT NULL UNIQUE,
    created    TEXT NOT NULL,
    properties TEXT NOT NULL
  ) STRICT;

  CREATE TABLE foreign_resource_names (
    name   TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    app_id TEXT NOT NULL REFERENCES service_principals (app_id) ON DELETE CASCADE
  ) STRICT;

  CREATE TABLE app_role_assignments (
    id             TEXT NOT NULL PRIMARY KEY,
    principal_id   TEXT NOT NULL,
    principal_type TEXT NOT NULL,
    resource_id    TEXT NOT NULL REFERENCES service_principals ON DELETE CASCADE,
    app_role_id    TEXT NOT NULL,
    created        TEXT NOT NULL,
    UNIQUE (principal_id, resource_id, app_role_id)
  ) STRICT;
  CREATE INDEX app_role_assignments_of_resource ON app_role_assignments (resource_id);

  CREATE TABLE users (
    object_id           TEXT NOT NULL PRIMARY KEY,
    user_principal_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    created             TEXT NOT NULL,
    properties          TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE key_credentials (
    key_id                TEXT NOT NULL,
    application_id        TEXT NOT NULL REFERENCES applications ON DELETE CASCADE,
    display_name          TEXT,
    custom_key_identifier TEXT NOT NULL,
    sha1                  TEXT NOT NULL,
    sha256                TEXT NOT NULL,
    start_time            TEXT NOT NULL,
    end_time              TEXT NOT NULL,
    certificate           BLOB NOT NULL,
    PRIMARY KEY (application_id, key_id)
  ) STRICT;

  CREATE TABLE federated_identity_credentials (
    id             TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications ON DELETE CASCADE,
    name           TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    subject        TEXT NOT NULL,
    audience       TEXT NOT NULL,
    description    TEXT,
    UNIQUE (application_id, name),
    UNIQUE (application_id, issuer, subject)
  ) STRICT;
  `,
  `
  ALTER TABLE signing_keys ADD COLUMN state TEXT NOT NULL DEFAULT 'next' CHECK (state IN ('next', 'current', 'previous'));
  UPDATE signing_keys SET state = 'current' WHERE sequence = (SELECT min(sequence) FROM signing_keys);
  CREATE UNIQUE INDEX signing_keys_current ON signing_keys (state) WHERE state = 'current';

  CREATE TABLE sign_ins (
    sequence       INTEGER NOT NULL PRIMARY KEY,
    time           INTEGER NOT NULL,
    app_id         TEXT NOT NULL,
    resource       TEXT,
    error_code     INTEGER NOT NULL,
    correlation_id TEXT,
    ip_address     TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Look-ups by these are as fast among 100,000 objects as among ten.
  CREATE INDEX applications_named ON applications ((properties ->> '$.displayName') COLLATE NOCASE);
  CREATE INDEX service_principals_named ON service_principals ((properties ->> '$.displayName') COLLATE NOCASE);
  CREATE INDEX users_named ON users ((properties ->> '$.displayName') COLLATE NOCASE);
  CREATE INDEX identifier_uris_of ON identifier_uris (application_id);

  CREATE TABLE owners (
    object_id TEXT NOT NULL,
    owner_id  TEXT NOT NULL,
    UNIQUE (object_id, owner_id)
  ) STRICT;
  CREATE INDEX owners_by_owner ON owners (owner_id);

  CREATE TABLE oauth2_permission_grants (
    id           TEXT NOT NULL PRIMARY KEY,
    client_id    TEXT NOT NULL REFERENCES service_principals ON DELETE CASCADE,
    consent_type TEXT NOT NULL CHECK (consent_type IN ('AllPrincipals', 'Principal')),
    principal_id TEXT REFERENCES users ON DELETE CASCADE,
    resource_id  TEXT NOT NULL REFERENCES service_principals ON DELETE CASCADE,
    scope        TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX oauth2_permission_grants_one
    ON oauth2_permission_grants (client_id, resource_id, ifnull(principal_id, ''));

  -- An object that was deleted, in the columns of its kind, with what belonged to it beside it.
  CREATE TABLE deleted_items (
    object_id           TEXT NOT NULL PRIMARY KEY,
    type                TEXT NOT NULL CHECK (type IN ('application', 'servicePrincipal', 'user')),
    deleted             TEXT NOT NULL,
    created             TEXT NOT NULL,
    app_id              TEXT,
    unique_name         TEXT,
    user_principal_name TEXT,
    properties          TEXT NOT NULL,
    belongings          TEXT NOT NULL
  ) STRICT;

  CREATE TABLE directory_audits (
    id             TEXT NOT NULL PRIMARY KEY,
    time           TEXT NOT NULL,
    activity       TEXT NOT NULL,
    category       TEXT NOT NULL,
    operation      TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    initiator      TEXT NOT NULL,
    target         TEXT NOT NULL
  ) STRICT;

  CREATE TABLE user_passwords (
    user_id      TEXT NOT NULL PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    salt         BLOB NOT NULL,
    hash         BLOB NOT NULL,
    must_change  INTEGER NOT NULL,
    changed      TEXT NOT NULL
  ) STRICT;

  -- The sign-in names of local accounts, each of which stands for one user.
  CREATE TABLE user_identities (
    issuer_assigned_id TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    user_id            TEXT NOT NULL REFERENCES users ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX user_identities_of ON user_identities (user_id);
  `,
  `
  CREATE TABLE directory_role_members (
    user_id          TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    role_template_id TEXT NOT NULL,
    PRIMARY KEY (user_id, role_template_id)
  ) STRICT;
  `,
  `
  -- By hash: whoever reads this file cannot act for anybody. Times in milliseconds since 1970.
  CREATE TABLE refresh_tokens (
    hash        TEXT NOT NULL PRIMARY KEY,
    client_id   TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    scope       TEXT NOT NULL,
    client_kind TEXT NOT NULL CHECK (client_kind IN ('web', 'spa', 'native', 'registered')),
    issued      INTEGER NOT NULL,
    expires     INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX refresh_tokens_of ON refresh_tokens (user_id);
  CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires);

  CREATE TABLE sessions (
    hash    TEXT NOT NULL PRIMARY KEY,
    id      TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    clients TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessions_of ON sessions (user_id);
  CREATE INDEX sessions_by_end ON sessions (expires);
  `,
  `
  -- The read-only origin of a role, which was once kept with it.
  UPDATE applications SET properties = json_set(properties, '$.appRoles', (
    SELECT json_group_array(json_remove(value, '$.origin')) FROM json_each(properties, '$.appRoles')
  )) WHERE properties ->> '$.appRoles[0].origin' IS NOT NULL;
  UPDATE deleted_items SET properties = json_set(properties, '$.appRoles', (
    SELECT json_group_array(json_remove(value, '$.origin')) FROM json_each(properties, '$.appRoles')
  )) WHERE type = 'application' AND properties ->> '$.appRoles[0].origin' IS NOT NULL;
  `,
  `
  CREATE TABLE groups (
    object_id  TEXT NOT NULL PRIMARY KEY,
    created    TEXT NOT NULL,
    properties TEXT NOT NULL
  ) STRICT;
  CREATE INDEX groups_named ON groups ((properties ->> '$.displayName') COLLATE NOCASE);

  CREATE TABLE group_members (
    group_id  TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    member_id TEXT NOT NULL,
    UNIQUE (group_id, member_id)
  ) STRICT;
  CREATE INDEX group_members_by_member ON group_members (member_id);

  CREATE TABLE user_flows (
    id           TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    created      TEXT NOT NULL,
    properties   TEXT NOT NULL
  ) STRICT;

  -- An application has one user flow at most.
  CREATE TABLE user_flow_applications (
    app_id  TEXT NOT NULL PRIMARY KEY REFERENCES applications (app_id) ON DELETE CASCADE,
    flow_id TEXT NOT NULL REFERENCES user_flows ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX user_flow_applications_of ON user_flow_applications (flow_id);

  -- Attributes of the tenant's own; those that every tenant has stand in no table.
  CREATE TABLE user_attributes (
    id           TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    display_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description  TEXT NOT NULL,
    data_type    TEXT NOT NULL CHECK (data_type IN ('string', 'boolean', 'int64'))
  ) STRICT;

  -- Whether the user has signed in with a code that came by mail.
  ALTER TABLE sessions ADD COLUMN by_code INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE refresh_tokens ADD COLUMN by_code INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Sign-ins of users too, with the names they had at the time; those from before are of applications.
  ALTER TABLE sign_ins ADD COLUMN event_type TEXT NOT NULL DEFAULT 'servicePrincipal';
  ALTER TABLE sign_ins ADD COLUMN user_id TEXT;
  ALTER TABLE sign_ins ADD COLUMN user_principal_name TEXT;
  ALTER TABLE sign_ins ADD COLUMN user_display_name TEXT;
  ALTER TABLE sign_ins ADD COLUMN protocol TEXT NOT NULL DEFAULT 'none';
  ALTER TABLE sign_ins ADD COLUMN client_app TEXT;
  `,
  `
  -- The session that a refresh token came of; of those from before nobody knows it.
  ALTER TABLE refresh_tokens ADD COLUMN session_id TEXT;
  `,
]
