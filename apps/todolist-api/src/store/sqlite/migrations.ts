import type { Migration } from '../migration.js'

/** AUTOINCREMENT keeps SQLite from giving the id of a deleted to-do to a new one. */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'to-dos and applied seeds',
    sql: `
      CREATE TABLE todos (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL CHECK (length(owner) = 36),
        description TEXT NOT NULL CHECK (length(description) BETWEEN 1 AND 1000)
      ) STRICT;
      CREATE INDEX todos_by_owner ON todos (owner, id);
      CREATE TABLE applied_seeds (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        applied_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    number: 2,
    name: 'versions of to-dos and keys of requests',
    sql: `
      ALTER TABLE todos ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
      CREATE TABLE request_keys (
        key TEXT PRIMARY KEY CHECK (length(key) = 64),
        fingerprint TEXT NOT NULL,
        id INTEGER NOT NULL,
        owner TEXT NOT NULL,
        description TEXT NOT NULL,
        made_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX request_keys_by_age ON request_keys (made_at);
    `,
  },
]
