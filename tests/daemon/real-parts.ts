import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { type Connection, openConnection } from '@tenantry/todolist-daemon/dist/src/run/connection.js'
import type { Session } from '@tenantry/todolist-daemon/dist/src/session.js'
import { newFolder, tenantry } from '../journey/programs.js'
import { addressOf, openStack, type Stack } from '../journey/stack.js'
import { type Gateway, startGateway } from './gateway.js'
import { type MovedClock, movedClock } from './moved-clock.js'

/** The tenant, the API in a process, a gateway between it and the daemon, and one time for all of them. */
export interface RealParts extends AsyncDisposable {
  readonly stack: Stack
  readonly clock: MovedClock
  readonly gateway: Gateway
  /** What the daemon needs to work with them, as environment. */
  readonly settings: Readonly<Record<string, string>>
  /** A folder of the test's own, whose path has a blank in it. */
  readonly folder: string
  /** The daemon's connection as `run` opens it, in this process, so that its time can be moved. */
  connect(more?: Readonly<Record<string, string>>): LiveConnection
}

export interface LiveConnection extends AsyncDisposable, Pick<Connection, 'accessToken' | 'state'> {
  inSession<T>(work: (session: Session) => Promise<T>, timeLeftMs?: number): Promise<T>
}

export async function openRealParts(): Promise<RealParts> {
  const clock = movedClock()
  const folder = newFolder()
  const data = join(folder, '.tenantry')
  const up = await tenantry(['up', '--once', '--data', data, '--port', '0', '--api-port', '0'])
  assert.equal(up.code, 0, up.stderr)
  const stack = await openStack(data)
  const { tenant } = stack
  const api = await stack.startApi(clock.env)
  const gateway = await startGateway(addressOf(api), {
    settings: stack.settings.api,
    ca: tenant.ca.root,
    now: clock.now,
  })
  const settings = {
    ...stack.settings.daemon,
    // By its domain: so the daemon's requests for metadata are told from the API's.
    AUTHORITY: `${tenant.origin}/${tenant.subdomain}.onmicrosoft.com`,
    API_ENDPOINT: gateway.endpoint,
    CA_FILE: join(data, 'ca.pem'),
  }
  const work = join(folder, 'work')
  mkdirSync(work)
  return {
    stack,
    clock,
    gateway,
    settings,
    folder: work,
    connect: (more = {}) => connect({ ...settings, ...more }, clock),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await stack[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function connect(values: Readonly<Record<string, string>>, clock: MovedClock): LiveConnection {
  const end = new AbortController()
  const silent = (): undefined => undefined
  const log = { debug: silent, info: silent, warning: silent, failure: silent }
  const nowhere = () => new Writable({ write: (_piece, _encoding, done) => done() })
  const world = {
    env: {},
    cwd: '/',
    userId: undefined,
    operatingSystem: () => ({ platform: process.platform, home: '/' }),
    stdin: () => Readable.from([]),
    stdout: nowhere(),
    stderr: nowhere(),
    signal: end.signal,
    onReload: () => silent,
    onCrash: silent,
    now: clock.now,
    random: Math.random,
    newId: randomUUID,
    packageJson: () => '{}',
    nodeVersion: process.versions.node,
  }
  const layers = [{ origin: 'the test', folder: '/', values }]
  const connection = openConnection(layers, { world, clock, log, conceal: silent, signal: end.signal })
  return {
    accessToken: connection.accessToken,
    state: connection.state,
    inSession: (work, timeLeftMs = 600_000) =>
      connection.inJob({ signal: end.signal, correlationId: randomUUID(), timeLeftMs: () => timeLeftMs }, work),
    [Symbol.asyncDispose]: () => connection.retire(),
  }
}
