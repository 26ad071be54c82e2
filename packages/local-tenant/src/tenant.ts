import { type DataFolder, openDataFolder } from './data-folder.js'
import type { Application } from './directory/applications.js'
import { asFileError } from './directory/database.js'
import { type Directory, openDirectory } from './directory/directory.js'
import { administratorName } from './directory/first-contents.js'
import { certificateHosts } from './listener/hosts.js'
import { listen } from './listener/listener.js'
import { createRoutes } from './routes.js'
import { openKeyRing } from './signing/key-ring.js'
import { type DevelopmentCa, openDevelopmentCa } from './tls/development-ca.js'
import { defaultTimes, type TokenTimes } from './tokens/access-token.js'

export interface TenantOptions {
  /** Where directory, keys and CA are kept (0600); null keeps everything in memory. */
  dataFolder: string | null
  /** The name before `.onmicrosoft.com` and `.ciamlogin.com`. Used when the tenant is first made. */
  subdomain?: string
  displayName?: string
  /** Users of a new tenant: `name` becomes `name@<subdomain>.onmicrosoft.com`. */
  users?: readonly { name: string; displayName: string }[]
  /** 8443 unless given; 0 takes any free port. */
  port?: number
  /** `localhost` unless given. Any other address makes the tenant reachable from elsewhere. */
  host?: string
  tokens?: Partial<TokenTimes>
  now?: () => Date
  /** Told of faults of the tenant itself; what clients do wrong is answered to them. Never sees a token or a secret. */
  onFault?: (error: unknown) => void
}

export interface Tenant extends AsyncDisposable {
  readonly tenantId: string
  readonly subdomain: string
  /** For instance `https://localhost:8443`. */
  readonly origin: string
  /** What clients are configured with: `<origin>/<tenantId>`. */
  readonly authority: string
  /** Base of Microsoft Graph: `<origin>/v1.0`. */
  readonly graph: string
  readonly ca: DevelopmentCa
  /** An application that may administer this tenant through Graph; its secret changes with every start. */
  readonly administrator: { readonly clientId: string; readonly clientSecret: string }
  readonly port: number
  close(): Promise<void>
}

/**
 * Starts an external tenant on this machine and resolves when it listens.
 * Throws DirectoryFileError (the data cannot be used), ListenError (the port cannot) or RangeError (an option makes no sense).
 */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const now = options.now ?? (() => new Date())
  const times = { ...defaultTimes, ...options.tokens }
  checkTimes(times)
  const folder = options.dataFolder === null ? null : openDataFolder(options.dataFolder)
  const directory = openTenantDirectory(options, folder, now)
  try {
    const application = findAdministrator(directory)
    const [keys, ca] = await Promise.all([openKeyRing(directory.db, now), openDevelopmentCa(folder, now)])
    const tls = await ca.certificateFor('tenant', certificateHosts)
    const handle = createRoutes({ directory, keys, times, now, onFault: options.onFault ?? (() => {}) })
    const { port = 8443, host = 'localhost' } = options
    const listener = await listen({ port, host, tls, handle })
    // Only now: a tenant that cannot start leaves the secret alone that a running one has handed out.
    const administrator = renewAdministrator(directory, application)
    const origin = `https://localhost:${listener.port}`
    const { tenantId, subdomain } = directory.organization
    let closing: Promise<void> | undefined
    const close = () => (closing ??= listener.close().then(() => directory.close()))
    return {
      tenantId,
      subdomain,
      origin,
      authority: `${origin}/${tenantId}`,
      graph: `${origin}/v1.0`,
      ca,
      administrator,
      port: listener.port,
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    directory.close()
    throw asFileError(folder?.file(directoryFile) ?? null, error)
  }
}

const directoryFile = 'tenant.db'

function checkTimes({ lifetime: { atLeast, atMost }, backdate }: TokenTimes): void {
  if ([atLeast, atMost, backdate].every(Number.isSafeInteger) && atLeast >= 1 && atMost >= atLeast && backdate >= 0)
    return
  throw new RangeError(`Token lifetimes of ${atLeast} to ${atMost} s, backdated by ${backdate} s, make no sense.`)
}

function openTenantDirectory(options: TenantOptions, folder: DataFolder | null, now: () => Date): Directory {
  const { subdomain = 'contoso', displayName = 'Contoso', users = [] } = options
  return openDirectory({ file: folder?.file(directoryFile) ?? null, now, first: { subdomain, displayName, users } })
}

function findAdministrator(directory: Directory): Application {
  const application = directory.applications.find({ uniqueName: administratorName })
  if (application === undefined) throw new Error('The directory has no administrator: use another data folder.')
  return application
}

/** Gives the administrator a fresh secret that is kept nowhere but in this process. */
function renewAdministrator(directory: Directory, application: Application): Tenant['administrator'] {
  return directory.db.transaction(() => {
    for (const { keyId } of directory.passwords.of(application.objectId)) {
      directory.passwords.remove(application.objectId, keyId)
    }
    const { secretText } = directory.passwords.add(application.objectId, { displayName: 'this run' })
    return { clientId: application.appId, clientSecret: secretText }
  })
}
