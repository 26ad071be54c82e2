import { randomBytes } from 'node:crypto'
import { connectRedis } from '../../redis-client.js'
import type { Claim, JobLease, JobLock } from './job-lock.js'
import { lockFailure } from './lock-failure.js'

// Redis runs a script without anything in between.
const claimScript = `
local done = redis.call('get', KEYS[1])
if done and tonumber(done) >= tonumber(ARGV[1]) then return 'done' end
if redis.call('set', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 'yours' end
return 'held'`
const renewScript = `
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[2], ARGV[2])`
const endScript = `
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('set', KEYS[1], ARGV[2]) end
return redis.call('del', KEYS[2])`

/** One key says until when a job is done, one who has it; the second ends by the clock of Redis. */
export function createRedisLock(url: string, placeOf: (job: string) => string): JobLock {
  // Each command tells its own failure.
  const { client, tried, close } = connectRedis(url, () => undefined)
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await tried()
      return await work()
    } catch (error) {
      throw lockFailure(error)
    }
  }
  // In braces: both keys live on the same member of a cluster.
  const keysOf = (job: string): string[] => [
    `tenantry:job:{${placeOf(job)}}:done`,
    `tenantry:job:{${placeOf(job)}}:lease`,
  ]
  const run = (script: string, job: string, ...values: (string | number)[]): Promise<unknown> =>
    ask(() => client.eval(script, { keys: keysOf(job), arguments: values.map(String) }))
  return {
    lastDone: (job) =>
      ask(async () => {
        const done = await client.get(keysOf(job)[0] ?? '')
        return done === null ? undefined : Number(done)
      }),
    claim: async (job, due, leaseMs): Promise<Claim> => {
      const holder = randomBytes(16).toString('hex')
      const answer = await run(claimScript, job, due, holder, leaseMs)
      if (answer === 'done') return { kind: 'done' }
      if (answer !== 'yours') return { kind: 'held by another' }
      const lease: JobLease = {
        renew: async () => (await run(renewScript, job, holder, leaseMs)) === 1,
        finish: async () => void (await run(endScript, job, holder, due)),
        release: async () => void (await run(endScript, job, holder, '')),
      }
      return { kind: 'yours', lease }
    },
    close: () => {
      close()
      return Promise.resolve()
    },
  }
}
