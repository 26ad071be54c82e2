import { timingSafeEqual } from 'node:crypto'
import { directoryRoleNames } from '../directory/directory-roles.js'
import { DirectoryRefusal } from '../directory/refusal.js'
import { type Answer, BodyError, type Call } from '../listener/call.js'
import { isLoopback } from '../listener/hosts.js'
import { KeyRefusal } from '../signing/key-ring.js'
import type { Snapshot, TenantControl } from './control.js'
import { faultActions, faultStatuses, places } from './faults.js'
import type { PortalSessions } from './portal-sessions.js'
import { boolean, listOf, number, oneOf, partial, type Reader, readDocument, record, text, whole } from './reader.js'
import { ControlRefusal, type RefusalCode } from './refusal.js'
import { breakageNames } from './tokens.js'

export interface ControlledTenant extends TenantControl {
  readonly tenantId: string
  readonly subdomain: string
  readonly administrator: { readonly clientId: string }
}

export interface PlaneOptions {
  readonly tenants: readonly ControlledTenant[]
  /** What every caller but the health check has to know. */
  readonly key: string
  /** Who has come to the portal by a link that whoever knows the key has made. */
  readonly portalSessions: PortalSessions
  readonly version: string
  /** Calls so far that named a host of Microsoft's. */
  intercepted(): number
  newId(): string
  /** Told of faults of our own. */
  onFault(error: unknown): void
}

interface Request {
  readonly tenant: ControlledTenant
  /** What stands behind the resource's name in the path. */
  readonly rest: readonly string[]
  readonly snapshots: Map<string, Snapshot>
  newId(): string
  /** The body, which has to be what the reader says. Throws ControlRefusal. */
  read<T>(reader: Reader<T>): Promise<T>
}

type Handler = (request: Request) => unknown

const duration = partial({ days: number, hours: number, minutes: number, seconds: number, milliseconds: number })
const readTime: Reader<Date> = (value, path) => new Date(text(value, path))
const readTrue: Reader<true> = (value, path) => {
  if (boolean(value, path)) return true
  throw new ControlRefusal('invalid_request', `'${path}' has to be true, or left out.`)
}
const clockBody = partial({
  set: readTime,
  advance: (value, path) => (typeof value === 'number' ? value : duration(value, path)),
  freeze: readTrue,
  release: readTrue,
})
const faultBody = partial({
  where: oneOf(...places),
  status: oneOf(...faultStatuses),
  action: oneOf(...faultActions),
  delayMs: number,
  retryAfter: number,
  times: number,
  probability: number,
})
const tokenBody = partial({
  client: text,
  resource: text,
  roles: listOf(text),
  version: oneOf(1, 2),
  claims: record,
  broken: oneOf(...breakageNames),
})
const sessionBody = partial({ code: text })
const replicationBody = partial({ delayMs: number })
const appBody = partial({
  displayName: text,
  appId: text,
  appRoles: listOf(text),
  secret: boolean,
  grants: listOf(whole({ api: text, roles: listOf(text) })),
  accessTokenVersion: oneOf(1, 2),
  idtyp: boolean,
  scopes: listOf(text),
  publicClient: boolean,
  redirectUris: partial({ web: listOf(text), spa: listOf(text), native: listOf(text) }),
  delegatedGrants: listOf(whole({ api: text, scopes: listOf(text) })),
})
const userBody = partial({
  displayName: text,
  name: text,
  email: text,
  password: text,
  enabled: boolean,
  directoryRoles: listOf(oneOf(...directoryRoleNames)),
})
const authorizeBody = partial({ user: text, authorizationUrl: text })
const signInBody = partial({ user: text, deviceCode: text })

/** Everything the plane answers below `/_tenantry/tenants/{id}`: verb, path, and the method it stands for. */
const handlers: Readonly<Record<string, Handler>> = {
  'GET clock': ({ tenant }) => ({ now: tenant.clock.now().toISOString() }),
  'POST clock': async ({ tenant: { clock }, read }) => {
    const { set, advance, freeze, release } = await read(clockBody)
    if (release !== undefined) clock.release()
    if (set !== undefined) clock.set(set)
    if (advance !== undefined) clock.advance(advance)
    if (freeze !== undefined) clock.freeze()
    return { now: clock.now().toISOString() }
  },
  'GET keys': ({ tenant }) => tenant.keys.list(),
  'POST keys/publish-next': ({ tenant }) => tenant.keys.publishNext(),
  'POST keys/rotate': ({ tenant }) => tenant.keys.rotate(),
  'POST keys/replace-all': ({ tenant }) => tenant.keys.replaceAll(),
  'DELETE keys/{key}': ({ tenant, rest: [kid = ''] }) => tenant.keys.withdraw(kid),
  'GET faults': ({ tenant }) => tenant.faults.list(),
  'POST faults': async ({ tenant, read }) => {
    const { where, ...rest } = await read(faultBody)
    if (where === undefined) throw missing('where')
    return tenant.faults.add({ where, ...rest })
  },
  'DELETE faults': ({ tenant }) => tenant.faults.clear(),
  'DELETE faults/{key}': ({ tenant, rest: [id = ''] }) => {
    const fault = tenant.faults.list().find((candidate) => candidate.id === id)
    if (fault === undefined) throw notFound('No fault of this tenant has that id: it was used up or removed.')
    fault.remove()
  },
  'GET replication': ({ tenant: { replication } }) => ({ delayMs: replication.delayMs }),
  'POST replication': async ({ tenant: { replication }, read }) => {
    const { delayMs } = await read(replicationBody)
    if (delayMs === undefined) throw missing('delayMs')
    replication.delayMs = delayMs
    return { delayMs }
  },
  'GET requests': ({ tenant }) => tenant.requests.list(),
  'DELETE requests': ({ tenant }) => tenant.requests.clear(),
  'GET sign-ins': ({ tenant }) => tenant.signIns.list(),
  'DELETE sign-ins': ({ tenant }) => tenant.signIns.clear(),
  'GET snapshots': ({ snapshots }) => [...snapshots.keys()].map((id) => ({ id })),
  'POST snapshots': ({ tenant, snapshots, newId }) => {
    if (snapshots.size >= maxSnapshots) {
      throw new ControlRefusal('invalid_request', `A tenant keeps at most ${maxSnapshots} snapshots: delete one first.`)
    }
    const id = newId()
    snapshots.set(id, tenant.snapshot())
    return { id }
  },
  'POST snapshots/{key}/restore': ({ tenant, snapshots, rest: [id = ''] }) => tenant.restore(snapshotOf(snapshots, id)),
  'DELETE snapshots/{key}': ({ snapshots, rest: [id = ''] }) => {
    snapshotOf(snapshots, id)
    snapshots.delete(id)
  },
  'POST reset': ({ tenant }) => tenant.reset(),
  'GET export': ({ tenant }) => tenant.export(),
  'POST import': async ({ tenant, read }) => tenant.import(await read((value) => value)),
  'POST apps': async ({ tenant, read }) => {
    const { displayName, ...rest } = await read(appBody)
    if (displayName === undefined) throw missing('displayName')
    return tenant.apps.add({ displayName, ...rest })
  },
  'GET outbox': ({ tenant }) => tenant.outbox.list(),
  'DELETE outbox': ({ tenant }) => tenant.outbox.clear(),
  'POST users': async ({ tenant, read }) => {
    const { displayName, ...rest } = await read(userBody)
    if (displayName === undefined) throw missing('displayName')
    return tenant.users.add({ displayName, ...rest })
  },
  'POST users/sign-in': async ({ tenant, read }) => {
    const { user, deviceCode } = await read(signInBody)
    if (user === undefined) throw missing('user')
    if (deviceCode === undefined) throw missing('deviceCode')
    tenant.users.signIn(user, { deviceCode })
  },
  'POST users/authorize': async ({ tenant, read }) => {
    const { user, authorizationUrl } = await read(authorizeBody)
    if (user === undefined) throw missing('user')
    if (authorizationUrl === undefined) throw missing('authorizationUrl')
    return tenant.users.authorize(user, authorizationUrl)
  },
  'POST tokens': async ({ tenant, read }) => {
    const { client, resource, ...rest } = await read(tokenBody)
    if (client === undefined) throw missing('client')
    if (resource === undefined) throw missing('resource')
    return { accessToken: await tenant.tokens.issue({ client, resource, ...rest }) }
  },
  // For the portal, which does by Graph what the administrator may do.
  'POST administrator-token': async ({ tenant: { tokens, administrator } }) => {
    const request = { client: administrator.clientId, resource: 'https://graph.microsoft.com' }
    return { accessToken: await tokens.issue(request) }
  },
}

/** Snapshots are whole directories, and they are kept in memory. */
const maxSnapshots = 20
/** An export of 100,000 applications is larger than anything a client of the emulated endpoints may send. */
const bodyLimit = 268_435_456
/** Of callers who have shown no key yet. */
const smallBody = 4_096

/** The control plane as a function from calls to answers; it never throws. */
export function createControlPlane(options: PlaneOptions): (call: Call) => Promise<Answer> {
  const { tenants, newId, onFault } = options
  const snapshots = new Map(tenants.map(({ tenantId }) => [tenantId, new Map<string, Snapshot>()]))
  return async (call) => {
    try {
      checkOrigin(call)
      const [, area = '', id = '', ...path] = call.path
      if (area === 'health' && call.path.length === 2) return health(call, options)
      if (area === 'portal' && id === 'sessions' && path.length === 0) return await answerPortal(call, options)
      checkKey(call, options)
      if (area === 'portal' && id === 'links' && path.length === 0) return newLink(call, options)
      const tenant = tenants.find(({ tenantId, subdomain }) => area === 'tenants' && [tenantId, subdomain].includes(id))
      if (tenant === undefined) throw notFound(`No tenant here: the paths begin with /_tenantry/tenants/{tenant id}.`)
      const kept = snapshots.get(tenant.tenantId) ?? new Map<string, Snapshot>()
      const read = async <T>(reader: Reader<T>) => readDocument(reader, await readJson(call), 'invalid_request')
      const handler = findHandler(call.method, path)
      const body = await handler({ tenant, rest: path.slice(1), snapshots: kept, newId, read })
      return { status: body === undefined ? 204 : 200, headers: noStore, ...(body === undefined ? {} : { body }) }
    } catch (error) {
      return refused(error, onFault)
    }
  }
}

const noStore = { 'cache-control': 'no-store' }
/** This machine's own programs, and of all pages in a browser the portal alone, which is of our own origin. */
function checkOrigin({ headers, origin, remoteAddress }: Call): void {
  if (!isLoopback(remoteAddress)) {
    throw new ControlRefusal('forbidden', 'The control plane answers callers on this machine only.')
  }
  // A browser that keeps silent about the origin of a page, as it may for a GET, still says how near it is (Fetch Metadata).
  const near = headers['sec-fetch-site'] ?? 'same-origin'
  if ((headers.origin ?? origin) !== origin || near !== 'same-origin') {
    throw new ControlRefusal('forbidden', 'The control plane answers no browser: leave out the Origin header.')
  }
}

function checkKey({ headers }: Call, { key, portalSessions }: PlaneOptions): void {
  const token = bearer(headers.authorization)
  if (portalSessions.has(token)) return
  // The key is for programs: no page gets to use it, not even one of ours.
  if (headers.origin !== undefined) throw new ControlRefusal('unauthorized', sessionOver)
  const sent = Buffer.from(token)
  const wanted = Buffer.from(key)
  if (sent.length === wanted.length && timingSafeEqual(sent, wanted)) return
  throw new ControlRefusal(
    'unauthorized',
    "Send 'authorization: Bearer <key>' with the key of this run: controlKey of the tenant, or control.key in its data folder.",
  )
}

const bearer = (authorization = '') => /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
const sessionOver = 'This session of the portal is over: run `tenantry portal` and open the link that it prints.'

/** A link to the portal: good once, for a few minutes, for whoever has it. */
function newLink({ method, origin }: Call, { portalSessions }: PlaneOptions): Answer {
  if (method !== 'POST') throw wrongVerb(['POST'])
  const { code, expiresInSeconds } = portalSessions.newLink()
  // Behind the #, which no browser sends to a server or names in a Referer.
  const body = { url: `${origin}/portal#${code}`, expiresInSeconds }
  return { status: 200, headers: noStore, body }
}

/** Gives a session for the code of a link, or ends the one that asks. */
async function answerPortal(call: Call, { portalSessions, tenants }: PlaneOptions): Promise<Answer> {
  if (call.method === 'DELETE') {
    portalSessions.close(bearer(call.headers.authorization))
    return { status: 204, headers: noStore }
  }
  if (call.method !== 'POST') throw wrongVerb(['POST', 'DELETE'])
  const { code } = readDocument(sessionBody, await readJson(call, smallBody), 'invalid_request')
  const token = code === undefined ? undefined : portalSessions.open(code)
  if (token === undefined) {
    const message = 'This link was used already, or is too old: run `tenantry portal` and open the link that it prints.'
    throw new ControlRefusal('unauthorized', message)
  }
  const named = tenants.map(({ tenantId, subdomain }) => ({ tenantId, subdomain }))
  return { status: 200, headers: noStore, body: { token, tenants: named } }
}

function health({ method }: Call, { tenants, version, intercepted }: PlaneOptions): Answer {
  if (method !== 'GET' && method !== 'HEAD') throw wrongVerb(['GET'])
  const named = tenants.map(({ tenantId, subdomain }) => ({ tenantId, subdomain }))
  return { status: 200, headers: noStore, body: { status: 'ok', tenants: named, version, intercepted: intercepted() } }
}

function findHandler(method: string, path: readonly string[]): Handler {
  const [resource = '', second, third, ...more] = path
  const named = second !== undefined && Object.hasOwn(handlers, `POST ${resource}/${second}`)
  const tail = second === undefined ? '' : named ? `/${second}` : '/{key}'
  const shape = `${resource}${tail}${[third, ...more].map((segment) => (segment === undefined ? '' : `/${segment}`)).join('')}`
  const handler = Object.hasOwn(handlers, `${method} ${shape}`) ? handlers[`${method} ${shape}`] : undefined
  if (handler !== undefined) return handler
  const verbs = ['GET', 'POST', 'DELETE'].filter((verb) => Object.hasOwn(handlers, `${verb} ${shape}`))
  if (verbs.length > 0) throw wrongVerb(verbs)
  const resources = new Set(Object.keys(handlers).map((name) => name.split(/[ /]/)[1]))
  throw notFound(`Nothing is at that path. A tenant has: ${[...resources].join(', ')}.`)
}

async function readJson(call: Call, limit = bodyLimit): Promise<unknown> {
  const body = await call.readBody(limit).catch((error: unknown) => {
    if (error instanceof BodyError && error.reason === 'too_large') {
      throw new ControlRefusal('too_large', `The body is larger than ${limit} bytes.`)
    }
    throw new ControlRefusal('invalid_request', 'The body could not be read: send it whole, as UTF-8.')
  })
  try {
    return JSON.parse(body)
  } catch {
    throw new ControlRefusal('invalid_request', 'The body is not JSON.')
  }
}

function snapshotOf(snapshots: ReadonlyMap<string, Snapshot>, id: string): Snapshot {
  const snapshot = snapshots.get(id)
  if (snapshot === undefined) throw notFound('No snapshot of this tenant has that id: they end with the process.')
  return snapshot
}

const notFound = (message: string) => new ControlRefusal('not_found', message)
const missing = (name: string) => new ControlRefusal('invalid_request', `'${name}' has to be there.`)
const wrongVerb = (verbs: readonly string[]) =>
  new ControlRefusal('method_not_allowed', `This path takes ${verbs.join(' and ')} only.`)

/** 400 where nothing else is said. */
const statuses: Readonly<Partial<Record<RefusalCode, number>>> = {
  unknown_user: 404,
  unknown_code: 404,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_empty: 409,
  too_large: 413,
}

/** The only writer of the plane's errors. */
function refused(error: unknown, onFault: (error: unknown) => void): Answer {
  if (error instanceof ControlRefusal) return errorAnswer(statuses[error.code] ?? 400, error.code, error.message)
  if (error instanceof KeyRefusal) {
    return errorAnswer(error.code === 'unknown_key' ? 404 : 409, error.code, error.message)
  }
  if (error instanceof RangeError) return errorAnswer(400, 'invalid_request', error.message)
  if (error instanceof DirectoryRefusal) {
    const { reason } = error
    return errorAnswer(400, reason.kind, 'message' in reason ? reason.message : 'A rule of the directory forbids it.')
  }
  onFault(error)
  return errorAnswer(500, 'fault', 'The tenant failed; its operator has been told why.')
}

function errorAnswer(status: number, code: string, message: string): Answer {
  const headers = status === 401 ? { ...noStore, 'www-authenticate': 'Bearer' } : noStore
  return { status, headers, body: { error: { code, message } } }
}
