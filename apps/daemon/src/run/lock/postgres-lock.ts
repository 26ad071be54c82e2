import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import type { Claim, JobLease, JobLock } from './job-lock.js'
import { lockFailure } from './lock-failure.js'

const table = `create table if not exists todolist_daemon_job (
  name text primary key,
  done bigint,
  holder text,
  held_until timestamptz
)`

// The row is locked while its conditions are judged, so of two claims one sees the other's.
const claimStatement = `insert into todolist_daemon_job (name, holder, held_until)
  values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  on conflict (name) do update set holder = excluded.holder, held_until = clock_timestamp() + $3 * interval '1 millisecond'
  where coalesce(todolist_daemon_job.done < $4, true)
    and coalesce(todolist_daemon_job.held_until < clock_timestamp(), true)
  returning name`
const renewStatement = `update todolist_daemon_job set held_until = clock_timestamp() + $3 * interval '1 millisecond'
  where name = $1 and holder = $2`
const finishStatement = `update todolist_daemon_job set done = $3, holder = null, held_until = null
  where name = $1 and holder = $2`
const releaseStatement = `update todolist_daemon_job set holder = null, held_until = null
  where name = $1 and holder = $2`

/** One row for each job in the table `todolist_daemon_job`, which is made when it is missing. Time is the database's. */
export function createPostgresLock(url: string, placeOf: (job: string) => string): JobLock {
  const pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 5_000, query_timeout: 10_000 })
  // A connection that breaks while it is idle; the next statement gets a new one.
  pool.on('error', () => undefined)
  let prepared: Promise<unknown> | undefined
  const ask = async (statement: string, values: readonly unknown[]) => {
    try {
      prepared ??= prepare(pool)
      await prepared
      return await pool.query<{ done: string | null }>(statement, [...values])
    } catch (error) {
      prepared = undefined
      throw lockFailure(error)
    }
  }
  const change = async (statement: string, ...values: readonly unknown[]): Promise<boolean> =>
    (await ask(statement, values)).rowCount === 1
  const lastDone = async (job: string): Promise<number | undefined> => {
    const { rows } = await ask('select done from todolist_daemon_job where name = $1', [placeOf(job)])
    const done = rows[0]?.done ?? undefined
    return done === undefined ? undefined : Number(done)
  }
  return {
    lastDone,
    claim: async (job, due, leaseMs): Promise<Claim> => {
      const [name, holder] = [placeOf(job), randomUUID()]
      if (!(await change(claimStatement, name, holder, leaseMs, due)))
        return ((await lastDone(job)) ?? Number.NEGATIVE_INFINITY) >= due
          ? { kind: 'done' }
          : { kind: 'held by another' }
      const lease: JobLease = {
        renew: () => change(renewStatement, name, holder, leaseMs),
        finish: async () => void (await change(finishStatement, name, holder, due)),
        release: async () => void (await change(releaseStatement, name, holder)),
      }
      return { kind: 'yours', lease }
    },
    close: () => pool.end(),
  }
}

async function prepare(pool: Pool): Promise<unknown> {
  // Two replicas that begin together may both find no table; the second try finds it.
  return pool.query(table).catch(() => pool.query(table))
}
