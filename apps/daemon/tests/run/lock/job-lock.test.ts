import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createMemoryLock, type JobLock } from '../../../src/run/lock/job-lock.js'
import { openLock } from '../../../src/run/lock/open-lock.js'
import { createPostgresLock } from '../../../src/run/lock/postgres-lock.js'
import { createRedisLock } from '../../../src/run/lock/redis-lock.js'
import { noPostgres, startPostgres } from '../../stand-in/postgres.js'
import { noRedis, startRedis } from '../../stand-in/redis.js'

const placeOf = (job: string) => createHash('sha256').update(job).digest('hex')
const due = Date.parse('2026-11-23T10:00:00Z')

interface Kind {
  name: string
  skip: string | false
  /** Two replicas at one lock. */
  open(t: TestContext): Promise<[JobLock, JobLock]>
}

const kinds: readonly Kind[] = [
  {
    name: 'Redis',
    skip: noRedis,
    open: async (t) => {
      const { url } = await startRedis(t)
      return [createRedisLock(url, placeOf), createRedisLock(url, placeOf)]
    },
  },
  {
    name: 'PostgreSQL',
    skip: noPostgres,
    open: (t) => {
      const url = startPostgres(t)
      return Promise.resolve([createPostgresLock(url, placeOf), createPostgresLock(url, placeOf)])
    },
  },
]

for (const { name, skip, open } of kinds) {
  test(`${name}: a moment is one replica's, and is over for all when it is done`, { skip }, async (t) => {
    const [one, two] = await open(t)
    closeAfter(t, one, two)
    // Both find nothing prepared.
    const claims = await Promise.all([one, two].map((lock) => lock.claim('backup', due, 10_000)))
    assert.deepEqual(claims.map(({ kind }) => kind).toSorted(), ['held by another', 'yours'])
    const winner = claims.find((claim) => claim.kind === 'yours')
    assert.ok(winner?.kind === 'yours')
    assert.equal(await two.lastDone('backup'), undefined)
    assert.equal((await two.claim('other job', due, 10_000)).kind, 'yours', 'another job is another matter')
    await winner.lease.finish()
    assert.equal(await two.lastDone('backup'), due)
    assert.equal((await two.claim('backup', due, 10_000)).kind, 'done')
    assert.equal((await one.claim('backup', due - 1, 10_000)).kind, 'done', 'an earlier moment is over too')
    assert.equal((await one.claim('backup', due + 1, 10_000)).kind, 'yours')

    const released = await two.claim('tidy', due, 10_000)
    assert.ok(released.kind === 'yours')
    await released.lease.release()
    assert.equal(await one.lastDone('tidy'), undefined)
    assert.equal((await one.claim('tidy', due, 10_000)).kind, 'yours')
  })

  test(`${name}: the lease of one who died ends, and what the dead one still says changes nothing`, {
    skip,
  }, async (t) => {
    const [one, two] = await open(t)
    closeAfter(t, one, two)
    const dead = await one.claim('backup', due, 300)
    assert.ok(dead.kind === 'yours')
    assert.equal(await dead.lease.renew(), true)
    const heir = await untilYours(two)
    assert.equal(await dead.lease.renew(), false)
    await dead.lease.finish()
    assert.equal(await two.lastDone('backup'), undefined)
    assert.equal(await heir.renew(), true)
  })
}

test('PostgreSQL and Redis that cannot be reached reject, and do not show their address', async (t) => {
  for (const lock of [
    createPostgresLock('postgres://app:geheim@127.0.0.1:1/jobs', placeOf),
    createRedisLock('redis://app:geheim@127.0.0.1:1', placeOf),
  ]) {
    closeAfter(t, lock)
    await assert.rejects(lock.claim('backup', due, 1000), (error: Error) => {
      assert.match(error.message, /^the lock of the jobs cannot be reached: the server of JOB_LOCK does not answer/)
      return !error.message.includes('geheim')
    })
    await assert.rejects(lock.lastDone('backup'), { exit: 'network' })
  }
})

test('without JOB_LOCK a daemon counts as the only one; an address of another kind is refused unseen', async () => {
  const daemon = { clientId: 'a', authority: new URL('https://contoso.ciamlogin.com/x') }
  const lock = await openLock(undefined, daemon)
  assert.equal((await lock.claim('backup', due, 1)).kind, 'yours')
  await assert.rejects(openLock({ value: 'mysql://app:geheim@host', origin: 'the environment' }, daemon), {
    exit: 'configuration',
    message:
      'the lock of the jobs cannot be used: JOB_LOCK in the environment is the address of neither a PostgreSQL nor a Redis server',
  })
})

test('the lock of a single daemon remembers what is done', async () => {
  const lock = createMemoryLock()
  const claim = await lock.claim('backup', due, 1)
  assert.ok(claim.kind === 'yours')
  assert.equal(await claim.lease.renew(), true)
  await claim.lease.release()
  assert.equal(await lock.lastDone('backup'), undefined)
  await claim.lease.finish()
  assert.equal(await lock.lastDone('backup'), due)
  assert.equal((await lock.claim('backup', due, 1)).kind, 'done')
})

// After-hooks run in the order of their registration, so the servers are already gone.
function closeAfter(t: TestContext, ...locks: readonly JobLock[]): void {
  t.after(async () => void (await Promise.all(locks.map((lock) => lock.close()))))
}

/** The server's clock ends the lease, so there is nothing to do but ask. */
async function untilYours(lock: JobLock) {
  for (;;) {
    const claim = await lock.claim('backup', due, 10_000)
    if (claim.kind === 'yours') return claim.lease
    assert.equal(claim.kind, 'held by another')
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
}
