import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientBase, DatabaseError, Pool, type PoolClient, type QueryResultRow } from 'pg'
import { type Guid, readGuid } from '../../guid.js'
import type { NewTodo, Todo } from '../../todos/todo.js'
import { HistoryRefused } from '../migration.js'
import {
  type CreatedOnce,
  type Expected,
  keyLifetime,
  type OpenedStore,
  type Reach,
  type RequestKey,
  type SeedOutcome,
  type StoredTodo,
  StoreUnusable,
  type TodoStore,
  type TodosText,
} from '../todo-store.js'
import { codeOf, lockNotAvailable, translated, uniqueViolation, untilItWins } from './failures.js'
import { bucketOfId, bucketOfOwner, buckets, IdMaker } from './ids.js'
import { inTransaction } from './in-transaction.js'
import { migrate } from './migrate.js'

/** What the store needs of the world beside its database. */
export interface PostgresSurroundings {
  readonly now: () => Date
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
}

/**
 * Connects to PostgreSQL, or to an engine that speaks its protocol, and brings the schema up to date. Any number of
 * processes may use one database. Keeps at most ten connections. Throws StoreUnusable; no message has the password.
 * Not checked: the server's durability settings; with `synchronous_commit = off` an acknowledged write can be lost.
 */
export async function openPostgresStore(url: string, surroundings: PostgresSurroundings): Promise<OpenedStore> {
  const pool = createPool(url)
  try {
    const migration = await migrateOnce(pool, surroundings)
    return { store: new PostgresStore(pool, surroundings), migration }
  } catch (error) {
    await pool.end()
    throw new StoreUnusable(`cannot use the database ${nameOf(url)}: ${reason(error)}`, { cause: error })
  }
}

function createPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    lock_timeout: longestWaitForLock,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'todolist-api',
  })
  // An idle connection that breaks is dropped by the pool; the next query opens another and tells if that fails.
  pool.on('error', () => undefined)
  return pool
}

/** In milliseconds. A request that repeats a key waits so long for the first one, then hears that it is running. */
const longestWaitForLock = 1_000

async function migrateOnce(pool: Pool, { now, random }: PostgresSurroundings) {
  const client = await pool.connect()
  try {
    // Two processes that create the first table at the same moment trip over PostgreSQL's own catalogue.
    const tripped = new Set([uniqueViolation, '42P07', '42710', '40001', '40P01'])
    const pause = (attempt: number) => sleep(50 * attempt * (1 + random()))
    return await untilItWins(
      () => migrate(client, now),
      pause,
      (code) => tripped.has(code),
    )
  } finally {
    client.release()
  }
}

/** The address without user, password and parameters. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: start PostgreSQL, or correct the host and port in DATABASE_URL',
  ENOTFOUND: 'the host has no address: correct DATABASE_URL',
  '28P01': 'the user or the password is wrong: correct DATABASE_URL',
  '28000': 'the server does not let this user in: correct DATABASE_URL, or the pg_hba.conf of the server',
  '3D000': 'there is no database of this name: create it, or correct DATABASE_URL',
  '42501': 'the user may not create tables: grant CREATE on the schema',
}

function reason(error: unknown): string {
  if (error instanceof HistoryRefused) return error.message
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return reasons[codeOf(cause)] ?? (cause instanceof Error ? cause.message || codeOf(cause) : String(cause))
}

class PostgresStore implements TodoStore {
  readonly #pool: Pool
  readonly #now: () => Date
  readonly #random: () => number
  readonly #ids: IdMaker

  constructor(pool: Pool, { now, random }: PostgresSurroundings) {
    this.#pool = pool
    this.#now = now
    this.#random = random
    this.#ids = new IdMaker(now, random)
  }

  async page(reach: Reach, after: number, limit: number): Promise<Todo[]> {
    const rows =
      reach === 'everything'
        ? await this.#query<TodoRow>(statements.page, [bucketOfId(after), after, limit])
        : await this.#query<TodoRow>(statements.pageOf, [bucketOfOwner(reach.owner), reach.owner, after, limit])
    return rows.map(todoOf)
  }

  async pageText(reach: Reach, after: number, limit: number): Promise<TodosText> {
    const todos = await this.page(reach, after, limit)
    return { json: JSON.stringify(todos), count: todos.length, last: todos.at(-1)?.id ?? 0 }
  }

  async find(id: number, reach: Reach): Promise<StoredTodo | undefined> {
    const [row] = await this.#query<VersionedRow>(statements.find, [bucketOfId(id), id, ownerOf(reach)])
    return row && storedOf(row)
  }

  async create(todo: NewTodo): Promise<StoredTodo> {
    const id = this.#ids.next(bucketOfOwner(todo.owner))
    return this.#transact((client) => this.#insert(client, todo, id))
  }

  async createOnce(todo: NewTodo, request: RequestKey): Promise<CreatedOnce> {
    try {
      return await this.#transact((client) => inTransaction(client, () => this.#createOnce(client, todo, request)))
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      if (codeOf(cause) === lockNotAvailable) return { kind: 'running' }
      throw error
    }
  }

  async describe(id: number, description: string, reach: Reach, expected: Expected) {
    const values = [bucketOfId(id), id, ownerOf(reach), versionOf(expected), description]
    const [row] = await this.#query<VersionedRow>(statements.describe, values)
    return row === undefined ? this.#staleOrMissing(id, reach) : storedOf(row)
  }

  async remove(id: number, reach: Reach, expected: Expected) {
    const values = [bucketOfId(id), id, ownerOf(reach), versionOf(expected)]
    const removed = await this.#query(statements.remove, values)
    return removed.length > 0 ? 'removed' : this.#staleOrMissing(id, reach)
  }

  async seed(name: string, todos: readonly NewTodo[]): Promise<SeedOutcome> {
    return this.#transact(
      (client) => inTransaction(client, () => this.#seed(client, name, todos)),
      // Another process adds the same set, or made one of our ids: the second attempt sees which.
      (code) => code === uniqueViolation || code === '40001' || code === '40P01',
    )
  }

  async forgetOldKeys(): Promise<number> {
    return (await this.#query(statements.forgetKeys, [this.#keysSince()])).length
  }

  async ping(): Promise<void> {
    await this.#query(statements.ping, [])
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #createOnce(client: ClientBase, todo: NewTodo, { key, fingerprint }: RequestKey): Promise<CreatedOnce> {
    const bucket = Number.parseInt(key.slice(0, 4), 16) % buckets
    const id = this.#ids.next(bucketOfOwner(todo.owner))
    const values = [bucket, key, fingerprint, id, todo.owner, todo.description, this.#now(), this.#keysSince()]
    const { rows: kept } = await client.query({ ...statements.keepKey, values })
    if (kept.length > 0) {
      const stored = await this.#insert(client, todo, id)
      if (stored.todo.id !== id) await client.query({ ...statements.moveKey, values: [bucket, key, stored.todo.id] })
      return { kind: 'created', stored }
    }
    const { rows } = await client.query<KeyRow>({ ...statements.findKey, values: [bucket, key] })
    const [earlier] = rows
    if (earlier === undefined) throw Object.assign(new Error('key forgotten meanwhile'), { code: '40001' })
    if (earlier.fingerprint !== fingerprint) return { kind: 'other-request' }
    return { kind: 'repeated', stored: { todo: todoOf(earlier), version: 1 } }
  }

  /** Under this id, or under the next one that no other process took. */
  async #insert(client: ClientBase, todo: NewTodo, id: number): Promise<StoredTodo> {
    const { rows } = await client.query({ ...statements.create, values: rowOf(id, todo) })
    if (rows.length === 0) return this.#insert(client, todo, this.#ids.next(bucketOfOwner(todo.owner)))
    return { todo: { id, owner: todo.owner, description: todo.description }, version: 1 }
  }

  async #seed(client: ClientBase, name: string, todos: readonly NewTodo[]): Promise<SeedOutcome> {
    const { rows } = await client.query<{ count: number }>('SELECT count FROM applied_seeds WHERE name = $1', [name])
    const [earlier] = rows
    if (earlier !== undefined) return { applied: false, count: earlier.count }
    await client.query('INSERT INTO applied_seeds (name, count, applied_at) VALUES ($1, $2, $3)', [
      name,
      todos.length,
      this.#now(),
    ])
    for (let start = 0; start < todos.length; start += seedBatch) {
      await this.#insertAll(client, todos.slice(start, start + seedBatch))
    }
    return { applied: true, count: todos.length }
  }

  async #insertAll(client: ClientBase, todos: readonly NewTodo[]): Promise<void> {
    const rows = todos.map((todo) => rowOf(this.#ids.next(bucketOfOwner(todo.owner)), todo))
    await client.query({
      ...statements.createAll,
      values: [0, 1, 2, 3].map((column) => rows.map((row) => row[column])),
    })
  }

  async #staleOrMissing(id: number, reach: Reach): Promise<'stale' | undefined> {
    return (await this.find(id, reach)) === undefined ? undefined : 'stale'
  }

  #keysSince(): Date {
    return new Date(this.#now().getTime() - keyLifetime)
  }

  // One statement is a transaction by itself: PostgreSQL never lets it lose at READ COMMITTED, CockroachDB may.
  async #query<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
    return untilItWins(async () => (await this.#pool.query<Row>({ ...statement, values })).rows, this.#pause)
  }

  async #transact<Result>(
    work: (client: ClientBase) => Promise<Result>,
    isLost?: (code: string) => boolean,
  ): Promise<Result> {
    const client = await this.#connect()
    let broken = true
    try {
      const result = await untilItWins(() => work(client), this.#pause, isLost)
      broken = false
      return result
    } catch (error) {
      // After an answer of the server the connection is as good as new; after anything else it is thrown away.
      broken = !(errorOf(error) instanceof DatabaseError)
      throw error
    } finally {
      client.release(broken)
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw translated(error)
    }
  }

  readonly #pause = (attempt: number): Promise<void> => sleep(2 ** attempt * 5 * (1 + this.#random()))
}

const seedBatch = 1_000

interface Statement {
  /** Prepared once for each connection under this name. */
  readonly name: string
  readonly text: string
}

const reachable = 'bucket = $1 AND id = $2 AND ($3::uuid IS NULL OR owner = $3::uuid)'
const expectedVersion = '($4::integer IS NULL OR version = $4::integer)'

const statements = {
  // The one query without a shard key of its own: an application asks for everybody's. As a row comparison it starts
  // at its place in the primary key; a distributed engine asks each shard for one page and merges.
  page: {
    name: 'page',
    text: 'SELECT id, owner, description FROM todos WHERE (bucket, id) > ($1, $2) ORDER BY bucket, id LIMIT $3',
  },
  pageOf: {
    name: 'page-of',
    text: `SELECT id, owner, description FROM todos WHERE bucket = $1 AND owner = $2 AND id > $3
            ORDER BY bucket, owner, id LIMIT $4`,
  },
  find: { name: 'find', text: `SELECT id, owner, description, version FROM todos WHERE ${reachable}` },
  create: {
    name: 'create',
    text: `INSERT INTO todos (bucket, id, owner, description) VALUES ($1, $2, $3, $4)
           ON CONFLICT (bucket, id) DO NOTHING RETURNING id`,
  },
  createAll: {
    name: 'create-all',
    text: `INSERT INTO todos (bucket, id, owner, description)
           SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::text[])`,
  },
  describe: {
    name: 'describe',
    text: `UPDATE todos SET description = $5, version = version + 1 WHERE ${reachable} AND ${expectedVersion}
           RETURNING id, owner, description, version`,
  },
  remove: { name: 'remove', text: `DELETE FROM todos WHERE ${reachable} AND ${expectedVersion} RETURNING id` },
  // Waits for a transaction that holds the same key; an entry that is too old counts as none.
  keepKey: {
    name: 'keep-key',
    text: `INSERT INTO request_keys AS known (bucket, key, fingerprint, id, owner, description, made_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (bucket, key) DO UPDATE
              SET fingerprint = excluded.fingerprint, id = excluded.id, owner = excluded.owner,
                  description = excluded.description, made_at = excluded.made_at
            WHERE known.made_at <= $8
           RETURNING id`,
  },
  moveKey: { name: 'move-key', text: 'UPDATE request_keys SET id = $3 WHERE bucket = $1 AND key = $2' },
  findKey: {
    name: 'find-key',
    text: 'SELECT fingerprint, id, owner, description FROM request_keys WHERE bucket = $1 AND key = $2',
  },
  forgetKeys: {
    name: 'forget-keys',
    text: `DELETE FROM request_keys WHERE (bucket, key) IN
             (SELECT bucket, key FROM request_keys WHERE made_at <= $1 LIMIT 1000)
           RETURNING key`,
  },
  ping: { name: 'ping', text: 'SELECT 1' },
} satisfies Readonly<Record<string, Statement>>

interface TodoRow {
  /** The driver gives bigint as text, because most do not fit a double; ours do. */
  readonly id: string
  readonly owner: string
  readonly description: string
}

interface VersionedRow extends TodoRow {
  readonly version: number
}

interface KeyRow extends TodoRow {
  readonly fingerprint: string
}

function rowOf(id: number, { owner, description }: NewTodo): [number, number, string, string] {
  return [bucketOfId(id), id, owner, description]
}

function todoOf(row: TodoRow): Todo {
  const owner = readGuid(row.owner)
  if (owner === undefined) throw new Error('the database answered with an owner that is not a GUID')
  return { id: Number(row.id), owner, description: row.description }
}

function storedOf(row: VersionedRow): StoredTodo {
  return { todo: todoOf(row), version: row.version }
}

function ownerOf(reach: Reach): Guid | null {
  return reach === 'everything' ? null : reach.owner
}

function versionOf(expected: Expected): number | null {
  return expected === 'any' ? null : expected
}

function errorOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}
