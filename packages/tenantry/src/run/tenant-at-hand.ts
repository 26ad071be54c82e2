import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { programName } from '../spelling.js'
import { type State, type Visit, visit } from './guest.js'
import type { Start } from './host.js'

export interface TenantAtHand {
  readonly port: number
  /** PEM. */
  readonly ca: string
  readonly tenants: State['tenants']
  readonly ask: Visit['ask']
  /** Lets it end, unless others need it. Says what became of it; can be called again. */
  leave(): Promise<Stay>
}

export interface Stay {
  /** How many calls to hosts of Microsoft's it has answered meanwhile, whoever made them; null when it is gone. */
  readonly answered: number | null
  readonly goesOn: boolean
  readonly notices: readonly string[]
}

export interface AtHandOptions {
  readonly folder: DataFolder
  /** For a tenant that has to be started; 0 takes any that is free. */
  readonly port: number
  readonly signal: AbortSignal
  readonly environment: NodeJS.ProcessEnv
  /** What starts this command: Node and its entry. */
  readonly self: readonly string[]
}

/** The word behind which this command runs tenants for others (`host.ts`); no help tells of it. */
export const hostCommand = 'host-of-runs'

/** How often, and how long after one another, a start in the same folder by somebody else is waited for. */
const patience = { times: 100, pauseMs: 100 }

/**
 * The tenants that run in the folder, or else those that are started there in a process of their own, which lives as long
 * as a run of this folder does. Throws a Failure.
 */
export async function tenantAtHand(options: AtHandOptions): Promise<TenantAtHand> {
  const { folder, signal } = options
  for (let time = 0; time < patience.times; time += 1) {
    const running = await joinTenant(folder)
    if (running !== undefined) return running
    const { start, child } = await startHost(options)
    if ('failure' in start) {
      const { exitCode, message, next } = start.failure
      throw new Failure(exitCode, message, next)
    }
    const started = start.started ? await joinTenant(folder, child) : undefined
    child.stdin?.destroy()
    if (started !== undefined) return started
    const { setTimeout: pause } = await import('node:timers/promises')
    await pause(patience.pauseMs, undefined, { signal })
  }
  const next = 'stop what runs there, or choose another folder with --data'
  throw new Failure(exitCodes.conflict, `${folder.path} is in use, and no tenant answers there`, next)
}

/** The tenants that run in the folder, if they do. `host` is their process where it was started for this run. */
export async function joinTenant(folder: DataFolder, host?: ChildProcess): Promise<TenantAtHand | undefined> {
  const stay = await visit(folder)
  const ca = folder.read('ca.pem')
  if (stay === undefined || ca === undefined) return undefined
  const { port, tenants, intercepted } = stay.state
  let left: Promise<Stay> | undefined
  const leave = async (): Promise<Stay> => {
    const farewell = await stay.leave()
    if (farewell === null) return { answered: null, goesOn: false, notices: [] }
    if (!farewell.goesOn) await (host === undefined ? endOfOthers(folder, tenants) : endOf(host))
    const { goesOn, notices = [] } = farewell
    return { answered: farewell.intercepted - intercepted, goesOn, notices }
  }
  return {
    port,
    ca,
    tenants,
    ask: stay.ask,
    leave() {
      left ??= leave()
      return left
    },
  }
}

/** How often, and how long after one another, is looked whether tenants that somebody else had started are gone. */
const ending = { times: 500, pauseMs: 10 }

/**
 * The process of another run's tenants is nobody's child here and cannot be waited for. It is over when the logs beside its
 * databases are gone, which libsql removes last of all; they stay when another program reads a database, so this does not wait for ever.
 */
async function endOfOthers(folder: DataFolder, tenants: State['tenants']): Promise<void> {
  const logs = tenants.map(({ subdomain }) => folder.file(`${subdomain}.db-wal`))
  const { setTimeout: pause } = await import('node:timers/promises')
  for (let time = 0; time < ending.times && logs.some((log) => existsSync(log)); time += 1) await pause(ending.pauseMs)
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  // Whoever waits here may have nothing else that keeps it alive.
  child.ref()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

/** Starts the tenants in a process that no signal of this terminal reaches, and waits for its word. */
async function startHost(options: AtHandOptions): Promise<{ start: Start; child: ChildProcess }> {
  const { folder, port, environment, self } = options
  const [file = '', ...entry] = self
  const { spawn } = await import('node:child_process')
  // What the user gives Node is meant for the program.
  const { NODE_OPTIONS: _, ...env } = environment
  const child = spawn(file, [...entry, hostCommand, folder.path, String(port)], {
    env,
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.unref()
  child.stdin.on('error', () => {})
  const text = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.once('error', reject)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      if (said.includes('\n')) resolve(said)
    })
    child.stdout.once('close', () => resolve(said))
  })
  child.stdout.destroy()
  return { start: readStart(text, programName(environment)), child }
}

function readStart(line: string, program: string): Start {
  if (line.includes('\n')) return JSON.parse(line) as Start
  const next = `run \`${program} start\` with the same --data, which says why`
  return { failure: { exitCode: exitCodes.unexpected, message: 'the tenant ended before it had started', next } }
}
