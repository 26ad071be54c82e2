import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createApps } from './control/apps.js'
import { createControl, type TenantControl } from './control/control.js'
import { createTokens } from './control/tokens.js'
import { createTestUsers } from './control/users.js'
import { type DataFolder, openDataFolder } from './data-folder.js'
import { type Door, type House, openDoor } from './guests/door.js'
import type { Answer, Call, Silence } from './listener/call.js'
import { certificateHosts, isLoopback } from './listener/hosts.js'
import { type Listener, listen } from './listener/listener.js'
import type { IdentityTenant } from './managed-identity/identity.js'
import { createWorkloads, type Workloads } from './managed-identity/workload.js'
import { createRoutes } from './routes.js'
import { type OpenTenant, openTenant, type TenantDefinition } from './tenant.js'
import { type DevelopmentCa, openDevelopmentCa } from './tls/development-ca.js'
import { createFederation, type FederationOptions } from './token-endpoint/federation.js'

export interface ServerOptions {
  /** Where directories, keys and CA are kept (0600); null keeps everything in memory. */
  dataFolder: string | null
  /** 8443 unless given; 0 takes any free port. */
  port?: number
  /** `localhost` unless given. Any other address makes the tenants reachable from elsewhere. */
  host?: string
  /**
   * The folder with the files of the admin portal, which is served at `/portal`; without one there is no portal. A function is
   * asked for it when the portal is first opened: finding a package takes longer than a start should wait.
   */
  portalFolder?: string | (() => string) | null
  now?: () => Date
  /**
   * Whose tokens may stand in for a client's credential (federated identity credentials). Keys of any issuer on the public
   * internet are fetched; one on this machine or in a private network has to be named here, with the CA of its certificate.
   */
  federation?: FederationOptions
  /** Told of faults of the server itself; what clients do wrong is answered to them. Never sees a token or a secret. */
  onFault?: (error: unknown) => void
  /** Of programs that run beside the tenants (`tenantry run`). Without it the tenants go on whoever comes and leaves. */
  guests?: Pick<House, 'onGuests' | 'farewell'>
  /** Told, once each, of clients that work here and will not work elsewhere, and what to do about it. */
  onNotice?: (text: string) => void
}

export type TenantOptions = ServerOptions & TenantDefinition

export interface Tenant extends AsyncDisposable, TenantControl {
  readonly tenantId: string
  readonly subdomain: string
  /** For instance `https://localhost:8443`. */
  readonly origin: string
  /** What clients are configured with: `<origin>/<tenantId>`. */
  readonly authority: string
  /** Base of Microsoft Graph: `<origin>/v1.0`. */
  readonly graph: string
  readonly ca: DevelopmentCa
  /** An application that may administer this tenant through Graph. Its secret is made when it is first read and ends with close(). */
  readonly administrator: { readonly clientId: string; readonly clientSecret: string }
  readonly port: number
  /** What the control plane below `<origin>/_tenantry` wants to hear as a bearer token; it changes with every start. */
  readonly controlKey: string
  /** The file that holds it (0600), or null when nothing is kept. */
  readonly controlKeyFile: string | null
  /** Stops the listener, and with it every tenant behind it. */
  close(): Promise<void>
}

/** Starts one external tenant on this machine. Resolves and throws as startTenants. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const [tenant] = await startTenants([options], options)
  if (tenant === undefined) throw new Error('No tenant came of one definition.')
  return tenant
}

/**
 * Starts several tenants behind one listener, each with keys, applications and users of its own, and resolves when it
 * listens. Throws DirectoryFileError (the data cannot be used), ListenError (the port cannot) or RangeError (an option makes
 * no sense).
 */
export async function startTenants(
  definitions: readonly TenantDefinition[],
  options: ServerOptions,
): Promise<Tenant[]> {
  const now = options.now ?? (() => new Date())
  const folder = options.dataFolder === null ? null : openDataFolder(options.dataFolder)
  const { onFault = () => {}, onNotice = () => {} } = options
  // By the machine's clock: a tenant whose clock stands still must still learn of new keys.
  const others = createFederation(options.federation ?? { allowedIssuers: [] }, () => new Date())
  const workloads = createWorkloads()
  const federation = workloads.federation(others, () => tenants.map(identityTenant))
  const shared = { federation, onFault, onNotice }
  const tenants: OpenTenant[] = []
  try {
    for (const definition of definitions) tenants.push(await openTenant(definition, folder, now, shared))
    checkNames(tenants)
    return await serve(tenants, folder, now, { ...options, workloads })
  } catch (error) {
    for (const tenant of tenants) tenant.close()
    throw error
  }
}

function checkNames(tenants: readonly OpenTenant[]): void {
  const names = tenants.map(({ directory }) => directory.organization.subdomain)
  if (names.length === 0) throw new RangeError('A server needs at least one tenant.')
  if (new Set(names).size < names.length) throw new RangeError(`Two tenants have one name: ${names.join(', ')}.`)
  const ids = new Set(tenants.map(({ directory }) => directory.organization.tenantId))
  if (ids.size < names.length) throw new RangeError(`Two of the tenants ${names.join(', ')} have one id.`)
}

async function serve(
  tenants: readonly OpenTenant[],
  folder: DataFolder | null,
  now: () => Date,
  {
    port = 8443,
    host = 'localhost',
    portalFolder = null,
    onFault = () => {},
    guests,
    workloads,
  }: ServerOptions & { workloads: Workloads },
): Promise<Tenant[]> {
  const ca = await openDevelopmentCa(folder, now)
  const tls = await ca.certificateFor('tenant', certificateHosts)
  const answer = createRoutes(tenants, now, onFault)
  const controlKey = randomBytes(32).toString('base64url')
  const described: Tenant[] = []
  let intercepted = 0
  const plane = lazyPlane(described, controlKey, () => intercepted, onFault)
  const portal = portalFolder === null ? null : lazyPortal(portalFolder)
  const handle = async (call: Call): Promise<Answer | Silence> => {
    if (isControlCall(call)) return plane(call)
    if (portal !== null && isPortalCall(call)) return portal(call)
    if (portal !== null && isVisitor(call)) return toPortal
    if (call.family.kind !== 'localhost') intercepted += 1
    return answer(call)
  }
  const listener = await listen({ port, host, tls, handle })
  let door: Door | undefined
  const close = closeOnce(listener, tenants, () => door?.close())
  // Only now, when it listens: a start that fails leaves the key and the secrets alone that a running one has handed out.
  const controlKeyFile = folder?.write('control.key', `${controlKey}\n`) ?? null
  folder?.write('port', `${listener.port}\n`)
  for (const { administrator } of tenants) administrator.forgetFormer()
  described.push(...tenants.map((tenant) => describe(tenant, { listener, ca, controlKey, controlKeyFile, close })))
  if (folder !== null) {
    const state = () => ({ ...stateOf(listener, described), intercepted })
    const give = async (request: object) => {
      const { giveIdentity } = await import('./managed-identity/give.js')
      return giveIdentity(request, tenants.map(identityTenant), workloads)
    }
    door = await openDoor(folder, { onGuests: () => {}, farewell: () => ({ goesOn: true }), ...guests, state, give })
  }
  return described
}

const workforce = { family: { kind: 'workforce' }, port: 443 } as const

/** A machine's identity belongs to the tenant as workforces know it, under whichever hosts that is asked otherwise. */
function identityTenant(tenant: OpenTenant): IdentityTenant {
  return { ...tenant, issuer: tenant.issuerOf(workforce) }
}

/** What a program beside the tenants has to know of them. */
function stateOf({ port }: Listener, tenants: readonly Tenant[]) {
  return { port, tenants: tenants.map(({ tenantId, subdomain }) => ({ tenantId, subdomain })) }
}

const isControlCall = ({ family, path }: Call) => family.kind === 'localhost' && path[0] === '_tenantry'
const isPortalCall = ({ family, path }: Call) => family.kind === 'localhost' && path[0] === 'portal'

/**
 * A browser on this machine that was given nothing but the host and the port: no real tenant is at such an address, and the portal
 * says what to do. Programs do not ask for pages, and are told what a login host tells them.
 */
const isVisitor = ({ family, path, method, headers, remoteAddress }: Call) =>
  family.kind === 'localhost' &&
  path.length === 0 &&
  (method === 'GET' || method === 'HEAD') &&
  (headers.accept ?? '').includes('text/html') &&
  isLoopback(remoteAddress)

const toPortal: Answer = {
  status: 302,
  headers: { location: '/portal', 'cache-control': 'no-store', vary: 'accept', 'content-type': 'text/plain' },
  text: '',
}

/** The portal's files, read when the first of them is asked for. */
function lazyPortal(folder: string | (() => string)): (call: Call) => Promise<Answer> {
  let site: Promise<(call: Call) => Answer> | undefined
  const load = async () => {
    const { openSite } = await import('./portal/site.js')
    return openSite(typeof folder === 'string' ? folder : folder())
  }
  return async (call) => {
    site ??= load()
    return (await site)(call)
  }
}

/** The control plane, loaded when it is first called: most starts never are. */
function lazyPlane(
  tenants: readonly Tenant[],
  key: string,
  intercepted: () => number,
  onFault: (error: unknown) => void,
): (call: Call) => Promise<Answer> {
  let plane: Promise<(call: Call) => Promise<Answer>> | undefined
  const load = async () => {
    const { createControlPlane } = await import('./control/plane.js')
    const { createPortalSessions } = await import('./control/portal-sessions.js')
    const version = packageVersion()
    const portalSessions = createPortalSessions(() => performance.now())
    return createControlPlane({ tenants, key, portalSessions, version, intercepted, newId: randomUUID, onFault })
  }
  return async (call) => {
    plane ??= load()
    return (await plane)(call)
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

function closeOnce(listener: Listener, tenants: readonly OpenTenant[], closeDoor: () => void): () => Promise<void> {
  let closing: Promise<void> | undefined
  async function end(): Promise<void> {
    closeDoor()
    await listener.close()
    for (const tenant of tenants) tenant.close()
  }
  return () => {
    closing ??= end()
    return closing
  }
}

type Shared = Pick<Tenant, 'ca' | 'controlKey' | 'controlKeyFile' | 'close'> & { readonly listener: Listener }

function describe(tenant: OpenTenant, { listener, ca, controlKey, controlKeyFile, close }: Shared): Tenant {
  const { organization } = tenant.directory
  const { tenantId, subdomain } = organization
  const { port } = listener
  const origin = `https://localhost:${port}`
  let administrator: Tenant['administrator'] | undefined
  return {
    tenantId,
    subdomain,
    origin,
    authority: `${origin}/${tenantId}`,
    graph: `${origin}/v1.0`,
    ca,
    get administrator() {
      administrator ??= tenant.administrator.newSecret()
      return administrator
    },
    port,
    controlKey,
    controlKeyFile,
    ...controlOf(tenant, tenant.issuerOf({ family: { kind: 'localhost' }, port })),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function controlOf(tenant: OpenTenant, issuer: { v1: string; v2: string }): TenantControl {
  const { directory, clock, keys, times, now, replication, watch, outbox, firstUsers } = tenant
  const { faults, requests, signIns } = watch
  const tokens = createTokens({ directory, keys, times, issuer, now })
  const apps = createApps(directory)
  const users = createTestUsers({ ...tenant, issuer })
  const parts = { clock, keys, faults, replication, requests, signIns, tokens, apps, users, outbox }
  return createControl({ ...parts, directory, firstUsers })
}
