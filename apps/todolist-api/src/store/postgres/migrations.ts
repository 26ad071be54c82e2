import type { Migration } from '../migration.js'

/**
 * `bucket` leads every key, so that it can be the shard key of a distributed PostgreSQL; see docs/scale.md. What the
 * statements use is kept to what CockroachDB, YugabyteDB and Citus know as well: no sequences, triggers or advisory locks.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'to-dos, keys of requests, applied seeds',
    sql: `
      CREATE TABLE todos (
        bucket SMALLINT NOT NULL,
        id BIGINT NOT NULL,
        owner UUID NOT NULL,
        description TEXT NOT NULL CHECK (char_length(description) BETWEEN 1 AND 1000),
        version INTEGER NOT NULL DEFAULT 1,
        PRIMARY KEY (bucket, id),
        CHECK (bucket = id / 8796093022208)
      );
      CREATE INDEX todos_by_owner ON todos (bucket, owner, id);
      CREATE TABLE request_keys (
        bucket SMALLINT NOT NULL,
        key TEXT NOT NULL CHECK (char_length(key) = 64),
        fingerprint TEXT NOT NULL,
        id BIGINT NOT NULL,
        owner UUID NOT NULL,
        description TEXT NOT NULL,
        made_at TIMESTAMPTZ NOT NULL,
        PRIMARY KEY (bucket, key)
      );
      CREATE INDEX request_keys_by_age ON request_keys (bucket, made_at);
      CREATE TABLE applied_seeds (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        applied_at TIMESTAMPTZ NOT NULL
      );
    `,
  },
]
