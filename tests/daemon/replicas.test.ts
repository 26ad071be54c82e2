import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, afterEach, before, type TestContext } from 'node:test'
import { pagesOfToDos } from '@tenantry/todolist-daemon/dist/src/api/to-dos.js'
import { noPostgres, startPostgres } from '@tenantry/todolist-daemon/dist/tests/stand-in/postgres.js'
import { noRedis, startRedis } from '@tenantry/todolist-daemon/dist/tests/stand-in/redis.js'
import { type Running, startDaemon } from '@tenantry/todolist-daemon/dist/tests/stand-in/running-daemon.js'
import { Client } from 'pg'
import { createClient } from 'redis'
import { endAll } from '../journey/programs.js'
import { openRealParts, type RealParts } from './real-parts.js'

let parts: RealParts
before(async () => {
  parts = await openRealParts()
})
afterEach(() => parts.gateway.decide(() => 'pass'))
after(async () => {
  await parts?.[Symbol.asyncDispose]()
  endAll()
})

/** A server for the lock, and its clock: leases end by that. */
interface LockServer {
  readonly url: string
  /** Lets every lease that is held end, as half a minute more on its clock would. */
  endLeases(): Promise<void>
}

const servers: Readonly<Record<string, { skip: string | boolean; start(t: TestContext): Promise<LockServer> }>> = {
  PostgreSQL: {
    skip: noPostgres,
    start: async (t) => {
      const url = startPostgres(t)
      return {
        url,
        endLeases: async () => {
          const client = new Client({ connectionString: url })
          await client.connect()
          const { rowCount } = await client.query(
            "update todolist_daemon_job set held_until = held_until - interval '31 seconds' where held_until is not null",
          )
          assert.equal(rowCount, 1)
          await client.end()
        },
      }
    },
  },
  Redis: {
    skip: noRedis,
    start: async (t) => {
      const { url } = await startRedis(t)
      return {
        url,
        endLeases: async () => {
          const client = await createClient({ url }).connect()
          const leases = await client.keys('tenantry:job:*:lease')
          assert.equal(leases.length, 1)
          for (const lease of leases) await client.pExpire(lease, 1)
          await client.close()
        },
      }
    },
  },
}

const owner = 'cccc1111-2222-4333-8444-555566667777'
const records = 6

for (const [name, { skip, start }] of Object.entries(servers)) {
  test(`${name}: the replica that holds a job is killed in the middle of it, another one does it, and none does it twice`, {
    skip: skip || (process.platform === 'win32' && 'Windows has no such signals'),
  }, async (t) => {
    const { gateway, clock, folder } = parts
    const { url, endLeases } = await start(t)
    const wanted = Array.from({ length: records }, (_, index) => ({ owner, description: `${name} ${index}` }))
    const file = join(folder, `${name}.json`)
    writeFileSync(file, JSON.stringify(wanted))
    const posts = () => gateway.seen.filter(({ method }) => method === 'POST').length
    const earlier = posts()
    // The third to-do never gets to the API.
    gateway.decide(({ method }) =>
      method === 'POST' && posts() === earlier + 3 ? new Promise(() => undefined) : 'pass',
    )
    const settings = { ...parts.settings, ...clock.env, JOB_LOCK: url }
    const args = ['sync', file, '--every', '1d', '--verbose']
    const replicas = [1, 2, 3].map(() => startDaemon(t, args, { cwd: folder, settings }))
    await Promise.all(replicas.map((replica) => replica.told('ready')))
    while (posts() < earlier + 3) await aMoment()

    const atWork = replicas.filter((replica) => calls(replica) > 0)
    assert.equal(atWork.length, 1, 'one replica is at work')
    const [holder] = atWork
    assert.ok(holder)
    await holder.end('SIGKILL')
    const others = replicas.filter((replica) => replica !== holder)
    assert.deepEqual(others.map(calls), [0, 0], 'the lease of the dead one still counts')

    await endLeases()
    // The pause between two looks at the lease.
    clock.advance(11_000)
    await Promise.any(others.map((replica) => replica.told('job done')))
    clock.advance(11_000)
    await Promise.any(others.map((replica) => replica.told('another replica did the job')))
    for (const replica of others) assert.equal(await replica.end('SIGTERM'), 0, replica.stderr())
    assert.equal(
      others.map(doneIn).reduce((sum, times) => sum + times, 0),
      1,
      'the job was done once',
    )
    assert.deepEqual(
      (await descriptions(`${name} `)).toSorted(),
      wanted.map(({ description }) => description),
    )

    // Who comes later knows that it was done.
    const later = startDaemon(t, args, { cwd: folder, settings })
    await later.told('ready')
    assert.equal(await later.end('SIGTERM'), 0)
    assert.deepEqual([calls(later), doneIn(later)], [0, 0])
  })
}

/** How often a replica called the API. */
function calls(replica: Running): number {
  return replica.log().filter(({ message }) => String(message).startsWith('API: asking')).length
}

function doneIn(replica: Running): number {
  return replica.log().filter(({ message }) => message === 'job done').length
}

async function descriptions(beginning: string): Promise<string[]> {
  await using connection = parts.connect()
  return connection.inSession(async (session) => {
    const found: string[] = []
    for await (const page of pagesOfToDos(session, { contains: beginning }))
      found.push(...page.map(({ description }) => description))
    return found
  })
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
