import { createHash } from 'node:crypto'
import type { Configuration } from '../../configuration.js'
import type { Setting } from '../../credentials/credential-source.js'
import { Failure } from '../../failure.js'
import { createMemoryLock, type JobLock } from './job-lock.js'

/**
 * Opens the lock that JOB_LOCK names, a postgres:// or redis:// address; without it this daemon counts as the only one. What
 * a kind needs is loaded for that kind only. Throws a `configuration` failure, which never repeats the address.
 */
export async function openLock(
  setting: Setting | undefined,
  { clientId, authority }: Pick<Configuration, 'clientId' | 'authority'>,
): Promise<JobLock> {
  if (!setting) return createMemoryLock()
  const { value: url, origin } = setting
  // Several daemons may use one database; the names of their jobs are their own.
  const placeOf = (job: string): string =>
    createHash('sha256')
      .update(JSON.stringify([authority.href, clientId, job]))
      .digest('hex')
  const isAddress = URL.canParse(url)
  if (isAddress && /^rediss?:/i.test(url)) return (await import('./redis-lock.js')).createRedisLock(url, placeOf)
  if (isAddress && /^postgres(ql)?:/i.test(url))
    return (await import('./postgres-lock.js')).createPostgresLock(url, placeOf)
  throw new Failure('configuration', {
    what: 'the lock of the jobs cannot be used',
    why: `JOB_LOCK in ${origin} is the address of neither a PostgreSQL nor a Redis server`,
    next: 'write postgres://user@host/database or redis://host:6379, or remove it when there is one replica only',
  })
}
