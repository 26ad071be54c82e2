import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, createClock } from './control/clock.js'
import { createFaults } from './control/faults.js'
import { createNotices } from './control/notices.js'
import { createReplication, type Replication } from './control/replication.js'
import { createRequestLog } from './control/request-log.js'
import { createSignInLog } from './control/sign-in-log.js'
import type { Watch } from './control/watch.js'
import type { DataFolder } from './data-folder.js'
import type { Application } from './directory/applications.js'
import { asFileError } from './directory/database.js'
import { type Directory, openDirectory } from './directory/directory.js'
import { administratorName, type FirstContents } from './directory/first-contents.js'
import { createIssuers, type IssuerHost } from './discovery/issuer.js'
import type { TenantParts } from './routes.js'
import { createEmailSignIn } from './sign-in/by-email.js'
import { createOutbox } from './sign-in/outbox.js'
import { createPasswordSignIn } from './sign-in/password.js'
import { createSessions } from './sign-in/sessions.js'
import { type KeyRing, type KeyRollover, openKeyRing } from './signing/key-ring.js'
import type { Federation } from './token-endpoint/federation.js'
import { createRememberedGrants } from './token-endpoint/remembered-grants.js'
import { defaultTimes, type TokenTimes } from './tokens/access-token.js'
import { createAuthorizationCodes } from './tokens/authorization-codes.js'
import { createDeviceCodes } from './tokens/device-codes.js'
import { createRefreshTokens } from './tokens/refresh-tokens.js'

export interface TenantDefinition {
  /** The name before `.onmicrosoft.com` and `.ciamlogin.com`; one database file each. `contoso` unless given. */
  subdomain?: string
  /** A GUID in lower case for a tenant that is made now; a new one unless given. One that exists keeps its own. */
  tenantId?: string
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
  graph?: {
    /** For so long after its creation Graph does not find an object, as with the real service. 0 unless given. */
    replicationDelayMs?: number
  }
}

/** A tenant that is open: everything its endpoints need, and how to end it. */
export interface OpenTenant extends TenantParts {
  readonly keys: KeyRing & KeyRollover
  readonly clock: Clock
  readonly replication: Replication
  readonly firstUsers: FirstContents['users']
  readonly administrator: Administrator
  close(): void
}

/** The application that may administer the tenant. Its secrets are known to the process that asked for them alone. */
export interface Administrator {
  /** A new secret, which is good until the tenant is closed. */
  newSecret(): { clientId: string; clientSecret: string }
  /** Takes away the secrets of processes that were killed. Writes nothing where there are none, because a write waits for the disk. */
  forgetFormer(): void
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
  const {
    subdomain = 'contoso',
    displayName = titleOf(subdomain),
    users = [],
    tenantId,
    issuerHost = 'tenant',
  } = definition
  const times = { ...defaultTimes, ...definition.tokens }
  checkTimes(times)
  const replication = createReplication(definition.graph?.replicationDelayMs ?? 0)
  const clock = createClock(machineTime)
  const { now } = clock
  const file = folder?.file(`${subdomain}.db`) ?? null
  const directory = openDirectory({ file, now, first: { subdomain, displayName, users, tenantId } })
  try {
    const administrator = directory.applications.find({ uniqueName: administratorName })
    if (administrator === undefined) throw new Error('The directory has no administrator: use another data folder.')
    const secrets = secretsOf(directory, administrator)
    const keys = await openKeyRing(directory.db, now)
    const watch = createWatch(directory, shared)
    const outbox = createOutbox(now)
    return {
      directory,
      keys,
      clock,
      times,
      now,
      watch,
      grants: createRememberedGrants(directory),
      deviceCodes: createDeviceCodes(now, watch.elapsed),
      codes: createAuthorizationCodes(now),
      refreshTokens: createRefreshTokens(directory.db, now),
      sessions: createSessions(directory, now),
      outbox,
      emailSignIn: createEmailSignIn(directory, outbox, now),
      passwordSignIn: createPasswordSignIn(directory, now),
      issuerOf: createIssuers(directory.organization, issuerHost),
      replication,
      federation: shared.federation,
      firstUsers: users,
      administrator: { newSecret: secrets.add, forgetFormer: secrets.removeAll },
      close() {
        watch.notices.settle()
        watch.signIns.flush()
        secrets.removeOwn()
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

function secretsOf({ passwords }: Directory, { objectId, appId }: Application) {
  const own: string[] = []
  const remove = (keyId: string) => passwords.remove(objectId, keyId)
  return {
    add() {
      const { credential, secretText } = passwords.add(objectId, { displayName: 'this run' })
      own.push(credential.keyId)
      return { clientId: appId, clientSecret: secretText }
    },
    removeAll() {
      for (const { keyId } of passwords.of(objectId)) remove(keyId)
    },
    removeOwn() {
      try {
        own.splice(0).forEach(remove)
      } catch {
        // A full disk, for instance, or another start has done it: nothing that keeps a tenant from closing.
      }
    },
  }
}
