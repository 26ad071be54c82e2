import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DataFolder, openDataFolder } from '@tenantry/local-tenant/data-folder'
import { adoptedEnvironment } from '../adopt/environment.js'
import { usualDataFolder } from '../adopt/record.js'
import type { StandIn, StandInOptions } from '../adopt/todolist-api.js'
import type { Surroundings } from '../up.js'
import { type Ending, type OnSignal, runChild } from './child.js'
import { interceptedEnvironment, interceptionVariables, namesJavaStore, preloadText } from './environment.js'
import { type IdentityOptions, identityVariables } from './managed-identity.js'
import { type InterceptingProxy, startProxy } from './proxy.js'
import { summaryOf } from './summary.js'
import { type TenantAtHand, tenantAtHand } from './tenant-at-hand.js'
import { trustFiles } from './trust-files.js'
import { readUserProxy, type UserProxy } from './user-proxy.js'

export interface RunOptions extends IdentityOptions {
  /** Null: the usual one of the working folder. */
  readonly data: string | null
  /** Of a tenant that has to be started. */
  readonly port: number
  /** Start the ToDoList API beside the program; `port` is null for the one that the program calls. */
  readonly todolistApi: { readonly port: number | null } | null
  /** The program and its arguments. */
  readonly command: readonly string[]
}

export interface RunSurroundings extends Surroundings {
  readonly atTerminal: boolean
  readonly onSignal: OnSignal
  readonly processId: number
  /** What starts this command: Node and its entry. */
  readonly self: readonly string[]
  /** The file that brings a Node program here: `intercept.cjs`. */
  readonly interceptor: string
  /** PEM. */
  builtInRoots(): readonly string[]
  readonly workingFolder: string
  startTodolistApi(options: StandInOptions): Promise<StandIn>
}

/**
 * Runs a program whose calls to Microsoft's login and Graph hosts are answered by the local tenant: the one that runs in the
 * data folder, or one that is started and lives as long as a run of this folder does. Resolves to how the program ended; throws a Failure when it
 * never started. A program that goes neither through Node's sockets nor through the proxy of its environment is not seen.
 */
export async function run(options: RunOptions, surroundings: RunSurroundings): Promise<Ending> {
  const userProxy = readUserProxy(surroundings.environment)
  const folder = openDataFolder(options.data ?? usualDataFolder(surroundings.workingFolder))
  let tenantPort = 0
  // Both at once: each waits for the system, and this program for both.
  const [proxy, found] = await Promise.all([
    startProxy({ tenantPort: () => tenantPort, userProxy }),
    tenantAtHand({ ...surroundings, folder, port: options.port }).catch((error: unknown) => ({ error })),
  ])
  try {
    if ('error' in found) throw found.error
    tenantPort = found.port
    return await runBeside(found, proxy, { ...surroundings, ...options, userProxy, folder })
  } finally {
    if (!('error' in found)) await found.leave()
    await proxy.close()
  }
}

interface Run extends RunSurroundings, Omit<RunOptions, 'data' | 'port'> {
  readonly userProxy: UserProxy | null
  readonly folder: DataFolder
}

async function runBeside(tenant: TenantAtHand, proxy: InterceptingProxy, given: Run): Promise<Ending> {
  const { terminal, environment, userProxy, folder, interceptor } = given
  const own = runFolder(folder, given.processId)
  try {
    const trust = trustFiles(folder, tenant.ca, given.builtInRoots)
    const preload = own.file('intercept.cjs')
    const settings = { tenantPort: tenant.port, proxyPort: proxy.port, ca: tenant.ca, userProxy, trust, preload }
    const files = { interceptor: readFileSync(interceptor, 'utf8'), notes: own.file('refused') }
    const variables = interceptionVariables(environment, settings)
    own.write('intercept.cjs', preloadText(files, settings, variables))
    if (namesJavaStore(environment['JAVA_TOOL_OPTIONS'])) terminal.write(javaWarning(folder))
    const identity = await identityVariables(given, tenant, (token) => own.write('federated-token', token))
    const intercepted = { ...interceptedEnvironment(environment, settings, variables), ...identity }
    const ending = await runAdopted(tenant, given, intercepted)
    // Read before it is left: whoever ends the tenant removes what runs have kept.
    const refused = [...proxy.refused, ...own.lines('refused')]
    // What the tenant has to say is said here: while the program ran it would have stood in the middle of its output.
    const stay = await tenant.leave()
    const notices = stay.notices.map((notice) => `! ${notice}\n`).join('')
    terminal.write(notices + summaryOf({ stay, refused, tenant }))
    return ending
  } finally {
    own.remove()
  }
}

/** Runs the program with what was adopted for it, beside the ToDoList API if that is wanted. */
async function runAdopted(
  { port: tenantPort, tenants }: TenantAtHand,
  given: Run,
  intercepted: NodeJS.ProcessEnv,
): Promise<Ending> {
  const { terminal, folder, workingFolder, command, todolistApi } = given
  const adopted = adoptedEnvironment(folder, workingFolder, intercepted, tenants)
  const standIn = { folder, workingFolder, tenantPort, environment: intercepted }
  const api = todolistApi === null ? null : await given.startTodolistApi({ ...standIn, ...todolistApi })
  try {
    for (const notice of [...adopted.notices, ...(api?.notices ?? [])]) terminal.write(`! ${notice}\n`)
    return await runChild(command, {
      ...given,
      environment: { ...intercepted, ...adopted.variables, ...api?.variables },
    })
  } finally {
    await api?.stop()
  }
}

const javaWarning = (folder: DataFolder) =>
  `! JAVA_TOOL_OPTIONS names a trust store of its own, which stays in force, and Java will refuse the local tenant. Next: import ${folder.file('ca.pem')} into that store with keytool -importcert, or take the option out.\n`

/** A folder of this run alone, gone when it ends; what a killed one leaves goes with the tenants that were started for runs. */
function runFolder(folder: DataFolder, processId: number) {
  const path = folder.file(`run-${processId}`)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const file = (name: string) => join(path, name)
  return {
    file,
    write(name: string, text: string) {
      writeFileSync(file(name), text, { mode: 0o600 })
      return file(name)
    },
    lines: (name: string) => readLines(file(name)),
    remove: () => remove(path),
  }
}

/** File by file, for which Node has everything loaded; it is there only to be read by our own programs. */
function remove(path: string): void {
  try {
    for (const name of readdirSync(path)) unlinkSync(join(path, name))
    rmdirSync(path)
  } catch {
    // Something was put there meanwhile, or it was taken away.
    rmSync(path, { recursive: true, force: true })
  }
}

function readLines(path: string): string[] {
  const text = statSync(path, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(path, 'utf8')
  return text.split('\n').filter((line) => line !== '')
}
