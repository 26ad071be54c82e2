import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, createClock } from './control/clock.js'
import { createFaults } from './control/faults.js'
import { createNotices } from './control/notices.js'
import { createRequestLog } from './control/request-log.js'
import { createSignInLog } from './control/sign-in-log.js'
import type { Watch } from './control/watch.js'
import type { DataFolder } from './data-folder.js'
import type { Application } from './directory/applications.js'
import { asFileError } from './directory/database.js'
import { type Directory, openDirectory } from './directory/directory.js'
import { administratorName, type FirstContents } from './directory/first-contents.js'
import type { IssuerHost } from './discovery/issuer.js'
import type { TenantParts } from './routes.js'
import { type KeyRing, type KeyRollover, openKeyRing } from './signing/key-ring.js'
import type { Federation } from './token-endpoint/federation.js'
import { createRememberedGrants } from './token-endpoint/remembered-grants.js'
import { defaultTimes, type TokenTimes } from './tokens/access-token.js'

export interface TenantDefinition {
  /** The name before `.onmicrosoft.com` and `.ciamlogin.com`; one database file each. `contoso` unless given. */
  subdomain?: string
  /** Used when the tenant is first made. */
  displayName?: string
  /** Users of a new tenant: `name` becomes `name@<subdomain>.onmicrosoft.com`. */
  users?: readonly { name: string; displayName: string }[]
  tokens?: Partial<TokenTimes>
  /**
   * Which host stands in the issuer when a client comes by `<subdomain>.ciamlogin.com`: the tenant id's, as with the real
   * service, or the one the client used, for clients that insist on it.
   */
  issuerHost?: IssuerHost
}

/** A tenant that is open: everything its endpoints need, and how to end it. */
export interface OpenTenant extends TenantParts {
  readonly keys: KeyRing & KeyRollover
  readonly clock: Clock
  readonly firstUsers: FirstContents['users']
  /** Gives the administrator a fresh secret that is kept nowhere but in this process. */
  renewAdministrator(): { clientId: string; clientSecret: string }
  close(): void
}

/** What the tenants of one server share: where they say what no client is told, and whom they believe. */
export interface Shared {
  readonly federation: Federation
  onFault(error: unknown): void
  onNotice(text: string): void
}

/** Opens the tenant's directory and keys, and makes them first where there are none. Throws DirectoryFileError or RangeError. */
export async function openTenant(
  definition: TenantDefinition,
  folder: DataFolder | null,
  machineTime: () => Date,
  shared: Shared,
): Promise<OpenTenant> {
  const { subdomain = 'contoso', displayName = titleOf(subdomain), users = [], issuerHost = 'tenant' } = definition
  const times = { ...defaultTimes, ...definition.tokens }
  checkTimes(times)
  const clock = createClock(machineTime)
  const { now } = clock
  const file = folder?.file(`${subdomain}.db`) ?? null
  const directory = openDirectory({ file, now, first: { subdomain, displayName, users } })
  try {
    const administrator = directory.applications.find({ uniqueName: administratorName })
    if (administrator === undefined) throw new Error('The directory has no administrator: use another data folder.')
    const keys = await openKeyRing(directory.db, now)
    const watch = createWatch(directory, shared)
    return {
      directory,
      keys,
      clock,
      times,
      now,
      watch,
      grants: createRememberedGrants(directory),
      issuerHost,
      federation: shared.federation,
      firstUsers: users,
      renewAdministrator: () => renewSecret(directory, administrator),
      close() {
        watch.signIns.flush()
        directory.close()
      },
    }
  } catch (error) {
    directory.close()
    throw asFileError(file, error)
  }
}

/** What the tenant's calls are watched with: nothing of it keeps the process alive. */
export function createWatch({ db }: Directory, { onFault, onNotice }: Pick<Shared, 'onFault' | 'onNotice'>): Watch {
  const later = (task: () => void, delayMs: number) => void setTimeout(task, delayMs).unref()
  return {
    faults: createFaults(Math.random, randomUUID),
    requests: createRequestLog(),
    signIns: createSignInLog(db, later, onFault),
    notices: createNotices(onNotice, later),
    toldToWait: new Map(),
    elapsed: () => performance.now(),
    wait: (delayMs) => wait(delayMs, undefined, { ref: false }),
  }
}

function titleOf(subdomain: string): string {
  return `${subdomain.slice(0, 1).toUpperCase()}${subdomain.slice(1)}`
}

function checkTimes({ lifetime: { atLeast, atMost }, backdate }: TokenTimes): void {
  if ([atLeast, atMost, backdate].every(Number.isSafeInteger) && atLeast >= 1 && atMost >= atLeast && backdate >= 0)
    return
  throw new RangeError(`Token lifetimes of ${atLeast} to ${atMost} s, backdated by ${backdate} s, make no sense.`)
}

function renewSecret({ db, passwords }: TenantParts['directory'], { objectId, appId }: Application) {
  return db.transaction(() => {
    for (const { keyId } of passwords.of(objectId)) passwords.remove(objectId, keyId)
    const { secretText } = passwords.add(objectId, { displayName: 'this run' })
    return { clientId: appId, clientSecret: secretText }
  })
}
