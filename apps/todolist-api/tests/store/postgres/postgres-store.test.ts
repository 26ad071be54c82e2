import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { readGuid } from '../../../src/guid.js'
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.js'
import { StoreUnavailable, StoreUnusable } from '../../../src/store/todo-store.js'
import { everyTodo } from '../../fixtures/every-todo.js'
import { noPostgres, type Postgres, startPostgres } from '../../fixtures/postgres.js'
import { storeConformance } from '../store-conformance.js'

const now = () => new Date('2026-11-23T12:00:00Z')
const surroundings = { now, random: () => 0.5 }
const alice = readGuid('a11ce000-0000-4000-8000-000000000001')

describe('PostgreSQL', { skip: noPostgres }, () => {
  let postgres: Postgres

  before(async () => {
    postgres = await startPostgres()
  })

  after(() => postgres.close())

  // One database for all: making one for each test would take most of the time.
  let shared: string | undefined
  storeConformance('PostgreSQL', async (clock) => {
    if (shared === undefined) shared = await postgres.newDatabase()
    else await sql(shared, 'DROP SCHEMA public CASCADE', 'CREATE SCHEMA public')
    return (await openPostgresStore(shared, { now: clock, random: Math.random })).store
  })

  test('processes that start at the same time migrate a new database once', async () => {
    const url = await postgres.newDatabase()
    const opened = await Promise.all([1, 2, 3, 4].map(() => openPostgresStore(url, surroundings)))
    for (const { store } of opened) await store.close()
    assert.equal(opened.filter(({ migration }) => migration.applied.length > 0).length, 1)
    assert(opened.every(({ migration }) => migration.current === 1))
  })

  test('an id that is taken is not given: the next one is', async () => {
    const url = await postgres.newDatabase()
    // Two processes with the same clock and the same chance make the same ids.
    const [one, two] = await Promise.all([openPostgresStore(url, surroundings), openPostgresStore(url, surroundings)])
    assert(alice)
    const todo = { owner: alice, description: 'x' }
    const made = [
      await one.store.create(todo),
      await two.store.create(todo),
      await two.store.create(todo),
      await one.store.create(todo),
    ]
    assert.equal(new Set(made.map((stored) => stored.todo.id)).size, 4)
    const keyed = await one.store.createOnce(todo, { key: 'a'.repeat(64), fingerprint: 'f'.repeat(64) })
    assert.equal(keyed.kind, 'created')
    const others = await openPostgresStore(url, surroundings)
    const key = { key: 'b'.repeat(64), fingerprint: 'f'.repeat(64) }
    assert.equal((await others.store.createOnce(todo, key)).kind, 'created')
    assert.equal((await everyTodo(one.store)).length, 6)
    for (const { store } of [one, two, others]) await store.close()
  })

  test('a request whose key another process still works on hears that it is running', async () => {
    const url = await postgres.newDatabase()
    const { store } = await openPostgresStore(url, surroundings)
    assert(alice)
    const request = { key: 'c'.repeat(64), fingerprint: 'f'.repeat(64) }
    const other = new Client(url)
    await other.connect()
    await other.query('BEGIN')
    await other.query(`
      INSERT INTO request_keys (bucket, key, fingerprint, id, owner, description, made_at)
      VALUES (${0xcccc % 1024}, '${request.key}', '${request.fingerprint}', 1, '${alice}', 'x', now())
    `)
    const todo = { owner: alice, description: 'x' }
    assert.deepEqual(await store.createOnce(todo, request), { kind: 'running' })
    await other.query('ROLLBACK')
    await other.end()
    assert.equal((await store.createOnce(todo, request)).kind, 'created')
    await store.close()
  })

  test('connections that the server cut are replaced', async () => {
    const url = await postgres.newDatabase()
    const { store } = await openPostgresStore(url, surroundings)
    await store.ping()
    await sql(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'todolist-api' AND datname = current_database()",
    )
    await assertRecovers(() => store.ping())
    await store.close()
  })

  test('a database of another program is refused and left alone', async () => {
    const url = await postgres.newDatabase()
    await sql(url, 'CREATE TABLE accounts (id INTEGER)')
    await assertUnusable(url, /it holds tables of another program: point DATABASE_URL at a database of its own$/)
    await sql(url, 'SELECT id FROM accounts', 'DROP TABLE accounts')
    await (await openPostgresStore(url, surroundings)).store.close()
  })

  test('a database of a newer program, and one whose history differs, are refused', async () => {
    const url = await postgres.newDatabase()
    await (await openPostgresStore(url, surroundings)).store.close()
    await sql(url, "INSERT INTO schema_migrations VALUES (99, 'later', 'c', now())")
    await assertUnusable(url, /its schema has version 99, this program knows 1: use the newer program/)
    await sql(url, 'DELETE FROM schema_migrations WHERE number = 99', "UPDATE schema_migrations SET checksum = 'other'")
    await assertUnusable(url, /its migration 1 is not the one of this program/)
  })

  test('a database that does not exist is refused with what to do', async () => {
    const url = new URL(await postgres.newDatabase())
    url.pathname = '/nowhere'
    await assertUnusable(url.href, /\/nowhere: there is no database of this name: create it, or correct DATABASE_URL$/)
  })

  test('rows whose bucket does not belong to their id are refused by the table', async () => {
    const url = await postgres.newDatabase()
    await (await openPostgresStore(url, surroundings)).store.close()
    const insert = `INSERT INTO todos (bucket, id, owner, description) VALUES (1, 5, '${alice}', 'x')`
    await assert.rejects(sql(url, insert), /violates check constraint/)
  })
})

test('a server that does not answer is refused with what to do, and the password is not told', async () => {
  const url = 'postgresql://todo:s3cr3t@127.0.0.1:1/todolist'
  await assertUnusable(url, /^cannot use the database 127\.0\.0\.1:1\/todolist: nobody listens there: /)
})

/** The first queries may still meet a cut connection; each of them says so in the store's own words. */
async function assertRecovers(query: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await query()
    } catch (error) {
      assert(error instanceof StoreUnavailable)
      assert(attempt < 10, 'it does not recover')
    }
  }
}

async function assertUnusable(url: string, sentence: RegExp): Promise<void> {
  await assert.rejects(openPostgresStore(url, surroundings), (error) => {
    assert(error instanceof StoreUnusable)
    assert.match(error.message, sentence)
    assert.doesNotMatch(error.message, /s3cr3t/)
    return true
  })
}

async function sql(url: string, ...texts: string[]): Promise<void> {
  const client = new Client(url)
  await client.connect()
  try {
    for (const text of texts) await client.query(text)
  } finally {
    await client.end()
  }
}
