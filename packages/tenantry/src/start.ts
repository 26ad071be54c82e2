import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  ControlRefusal,
  type DataFolder,
  lockFolder,
  openDataFolder,
  startTenants,
  type Tenant,
} from '@tenantry/local-tenant'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'
import { portalFolder } from './portal-folder.js'
import { createSteps, type Terminal } from './steps.js'
import { sampleUsers } from './tutorial/todos.js'
import type { Surroundings } from './up.js'

export interface StartOptions {
  readonly port: number
  /** null keeps the tenants in memory. */
  readonly data: string | null
  /** Subdomains, one tenant each; without any there is the usual one. */
  readonly tenants: readonly string[]
  /** An export to fill the first tenant with, which has to be empty. */
  readonly seed: string | null
  /** Told once, in one line of JSON, where everything is; null for nobody. */
  readonly announceTo: Terminal | null
}

/** Runs the tenants alone until it is told to stop. Resolves to the exit code; throws StepFailure. */
export async function start(options: StartOptions, { terminal, signal, now }: Surroundings): Promise<number> {
  const { port, data, tenants: names, seed, announceTo } = options
  const steps = createSteps(terminal, signal, now)
  const started: (() => Promise<void> | void)[] = []
  try {
    const tenants = await steps('Local tenant', async () => {
      const contents = seed === null ? undefined : readSeed(seed)
      const folder = data === null ? null : openLocked(data, started)
      const say = (text: string) => terminal.write(`! ${text}\n`)
      const server = {
        dataFolder: folder?.path ?? null,
        port,
        portalFolder,
        onNotice: say,
        onFault: (error: unknown) => say(String(error)),
      }
      // The users that `up` wants to find, whichever of the two made the tenant.
      const definitions = names.map((subdomain) => ({ subdomain, users: sampleUsers }))
      const value = await startTenants(names.length > 0 ? definitions : [{ users: sampleUsers }], server)
      started.push(() => value[0]?.close())
      if (seed !== null) plant(value[0], seed, contents)
      return { value, words: value.map(({ subdomain, authority }) => `${subdomain} at ${authority}`).join(', ') }
    })
    announceTo?.write(`${JSON.stringify(announcement(tenants))}\n`)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    for (const stop of started.reverse()) await stop()
  }
  terminal.write(`✓ Stopped: ${data === null ? 'nothing is kept' : `the data is kept in ${resolve(data)}`}\n`)
  return exitCodes.success
}

/** What a program needs to find its way; the key of the control plane stays in its file. */
function announcement(tenants: readonly Tenant[]): object {
  const [first] = tenants
  return {
    origin: first?.origin,
    graph: first?.graph,
    tenants: tenants.map(({ tenantId, subdomain, authority }) => ({ tenantId, subdomain, authority })),
    controlKeyFile: first?.controlKeyFile,
    caFile: first?.ca.rootFile,
    ca: first?.ca.root,
  }
}

const maxSeed = 268_435_456
const writeExport = 'give it what GET /_tenantry/tenants/<tenant id>/export answers'

function readSeed(path: string): unknown {
  try {
    if (statSync(path).size > maxSeed)
      throw new Failure(exitCodes.configuration, `${path} is larger than 256 MiB`, writeExport)
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    // What the parser says repeats a piece of the file, which may be anybody's secret.
    const why = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw new Failure(exitCodes.configuration, `${path} ${why}`, writeExport, { cause })
  }
}

function plant(tenant: Tenant | undefined, path: string, contents: unknown): void {
  try {
    tenant?.import(contents)
  } catch (cause) {
    if (!(cause instanceof ControlRefusal)) throw cause
    const next = cause.code === 'not_empty' ? 'leave out --seed, or choose a new folder with --data' : writeExport
    throw new Failure(exitCodes.configuration, `${path}: ${cause.message}`, next, { cause })
  }
}

function openLocked(path: string, started: (() => Promise<void> | void)[]): DataFolder {
  const folder = openDataFolder(path)
  started.push(lockFolder(folder))
  return folder
}
