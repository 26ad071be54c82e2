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
]
