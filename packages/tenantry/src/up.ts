import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import {
  apply,
  type Change,
  clientCredentialsToken,
  createGraphClient,
  type DesiredState,
  type GraphClient,
  GraphError,
  type RegisteredApplication,
  type SecretStore,
  SignInError,
} from '@tenantry/app-registration'
import { type DataFolder, lockFolder, openDataFolder, startTenant, type Tenant } from '@tenantry/local-tenant'
import { exitCodes } from './exit-codes.js'
import { Failure, failureLine } from './failure.js'
import { toFailure } from './known-failures.js'
import { portalFolder } from './portal-folder.js'
import { type ApiProcess, seedTodos, startApi } from './processes/api.js'
import { overridingSettings, runDaemon } from './processes/daemon.js'
import { secretsFile } from './secrets-file.js'
import { apiEnvironment, apiSettings, daemonSettings, type Settings, webSettings, writeSettings } from './settings.js'
import { programName } from './spelling.js'
import { createSteps, type Steps, type Terminal } from './steps.js'
import { apiName, daemonName, tutorialApps, tutorialAppsWithWeb, webName } from './tutorial/apps.js'
import { sampleUsers, tutorialTodos } from './tutorial/todos.js'
import { startWeb, type WebServer } from './web.js'

export interface UpOptions {
  readonly port: number
  readonly apiPort: number
  /** Serve the web app too. */
  readonly web: { readonly port: number } | null
  readonly data: string
  /** Run the daemon once and stop everything, instead of staying up. */
  readonly once: boolean
  /** Name every change of the registration. */
  readonly verbose: boolean
}

export interface Surroundings {
  readonly terminal: Terminal
  readonly environment: NodeJS.ProcessEnv
  /** Aborted when the person at the terminal wants it all to end. */
  readonly signal: AbortSignal
  now(): number
}

/** One run of `up`: what it was asked, where it runs, and what has to be stopped again, in the order it was started. */
interface Run extends UpOptions, Surroundings {
  readonly steps: Steps
  readonly started: (() => Promise<void> | void)[]
}

/**
 * Brings up tenant, registration and API, then runs the daemon once or stays. Whatever was started is stopped again,
 * however this ends. Resolves to the exit code; throws StepFailure, or the signal's reason.
 */
export async function up(options: UpOptions, surroundings: Surroundings): Promise<number> {
  const { terminal, signal, now } = surroundings
  const run: Run = { ...options, ...surroundings, steps: createSteps(terminal, signal, now), started: [] }
  try {
    refuseUncheckedTls(surroundings)
    const folder = await openFolder(run)
    const tenant = await startLocalTenant(run, folder)
    const graph = administer(run, tenant)
    // First of all, because the registration and the API have to know its address.
    const web = options.web && (await serveWeb(run, options.web.port, tenant))
    const apps = await register(run, tenant, graph, folder, web)
    const settings = await prepareApi(run, tenant, apps, folder, web)
    await seed(run, graph, settings)
    const api = await serveApi(run, settings)
    if (apps.web !== undefined) web?.settle(webSettings(tenant, { ...apps, web: apps.web }, api.url))
    const settingsFile = writeSettings(folder, 'daemon.env', daemonSettings(tenant, apps, api.url))
    if (options.once) return await runOnce(run, settingsFile)
    terminal.write(invitation(run, tenant, api, web, settingsFile))
    return await stayUp(run, api)
  } finally {
    await stopAll(run)
  }
}

function refuseUncheckedTls({ environment }: Surroundings): void {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return
  const why = 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set, which lets anybody pose as the tenant or the API'
  throw new Failure(exitCodes.configuration, why, 'unset it: certificates are checked with .tenantry/ca.pem here')
}

function openFolder({ steps, started, data }: Run): Promise<DataFolder> {
  return steps('Data folder', async () => {
    const folder = openDataFolder(data)
    started.push(lockFolder(folder))
    return { value: folder, words: folder.path }
  })
}

function startLocalTenant({ steps, started, port, terminal, verbose }: Run, folder: DataFolder): Promise<Tenant> {
  return steps('Local tenant', async () => {
    const tenant = await startTenant({
      dataFolder: folder.path,
      port,
      portalFolder,
      users: sampleUsers,
      onFault: (error) => terminal.write(`! Local tenant: ${describe(error, verbose)}\n`),
    })
    started.push(() => tenant.close())
    return { value: tenant, words: `${tenant.subdomain} at ${tenant.origin}` }
  })
}

function describe(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error)
  return (verbose && error.stack) || error.message
}

/** Graph, as the tenant's administrator sees it. */
function administer({ signal }: Run, { graph, authority, administrator, ca }: Tenant): GraphClient {
  const scope = 'https://graph.microsoft.com/.default'
  const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
  return createGraphClient({ baseUrl: graph, accessToken, ca: ca.root, signal })
}

function serveWeb({ steps, started }: Run, port: number, tenant: Tenant): Promise<WebServer> {
  return steps('Web app', async () => {
    // The API's: somebody whose browser does not know the CA then accepts one certificate for both.
    const web = await startWeb(port, await certificateOfThisMachine(tenant))
    started.push(() => web.close())
    return { value: web, words: web.origin }
  })
}

interface Apps {
  readonly api: RegisteredApplication
  readonly daemon: RegisteredApplication
  readonly secret: string
  /** Where the web app is served. */
  readonly web: RegisteredApplication | undefined
}

function register(
  run: Run,
  tenant: Tenant,
  graph: GraphClient,
  folder: DataFolder,
  web: WebServer | null,
): Promise<Apps> {
  return run.steps('Registration', async () => {
    const secrets = secretsFile(folder)
    const wanted = web === null ? tutorialApps() : tutorialAppsWithWeb(web.origin)
    const first = await applyApps(run, graph, wanted, secrets)
    if (await isGoodSecret(tenant, first.apps)) return describeRegistration(first)
    // The stored value is not what Graph has under its id: only a new secret helps.
    secrets.forget(daemonName)
    const second = await applyApps(run, graph, wanted, secrets)
    return describeRegistration({ ...second, changes: first.changes + second.changes })
  })
}

interface Registered {
  readonly apps: Apps
  readonly changes: number
}

async function applyApps(
  { terminal, verbose }: Run,
  graph: GraphClient,
  wanted: DesiredState,
  secrets: SecretStore,
): Promise<Registered> {
  const onStep = ({ subject, sentence }: Change) => verbose && terminal.write(`  ${subject}: ${sentence}\n`)
  const { applications, changes } = await apply(graph, wanted, secrets, { onStep }).catch(explain)
  const { [apiName]: api, [daemonName]: daemon, [webName]: web } = applications
  const secret = (await secrets.read(daemonName))?.value
  if (api === undefined || daemon === undefined || secret === undefined) {
    throw new Error('The registration came back incomplete.')
  }
  return { apps: { api, daemon, secret, web }, changes: changes.length }
}

/** Proves the registration by taking a token as the daemon will. */
async function isGoodSecret({ authority, ca }: Tenant, { api, daemon, secret }: Apps): Promise<boolean> {
  const scope = `api://${api.appId}/.default`
  const credentials = { authority, clientId: daemon.appId, clientSecret: secret, scope, ca: ca.root }
  try {
    await clientCredentialsToken(credentials)()
    return true
  } catch (error) {
    if (error instanceof SignInError && error.code === 'invalid_client') return false
    return explain(error)
  }
}

function describeRegistration({ apps, changes }: Registered) {
  const made = changes === 0 ? 'no changes' : `${changes} changes made through Microsoft Graph`
  const names = apps.web === undefined ? `${apiName} and ${daemonName}` : `${apiName}, ${daemonName} and ${webName}`
  return { value: apps, words: `${names}, ${made}` }
}

/** These errors say themselves what to do next. */
function explain(error: unknown): never {
  if (!(error instanceof GraphError || error instanceof SignInError)) throw error
  throw new Failure(exitCodes.unexpected, error.message, null, { cause: error })
}

/** The API's settings with its certificate; kept in a file too, for whoever starts the API by hand. */
async function prepareApi(
  { apiPort }: Run,
  tenant: Tenant,
  { api }: Apps,
  folder: DataFolder,
  web: WebServer | null,
): Promise<Settings> {
  const { files } = await certificateOfThisMachine(tenant)
  if (files === null) throw new Error('The tenant keeps no files although it was given a folder.')
  const settings = apiSettings(tenant, api, {
    folder,
    port: apiPort,
    files,
    pages: web === null ? [] : [web.origin],
  })
  writeSettings(folder, 'api.env', settings)
  return settings
}

function certificateOfThisMachine({ ca }: Tenant) {
  return ca.certificateFor('api', ['localhost', '127.0.0.1', '::1'])
}

function seed({ steps, environment }: Run, graph: GraphClient, settings: Settings): Promise<void> {
  return steps('To-dos', async () => {
    const added = await seedTodos(apiEnvironment(environment, settings), await tutorialTodos(graph))
    return { value: undefined, words: added ? 'three added, one for each sample user' : 'no changes' }
  })
}

function serveApi({ steps, started, terminal, environment }: Run, settings: Settings): Promise<ApiProcess> {
  return steps('ToDoList API', async () => {
    const api = await startApi(apiEnvironment(environment, settings), (text) => terminal.write(text))
    started.push(() => api.stop())
    return { value: api, words: `${api.url}/api/todolist` }
  })
}

function runOnce({ steps, ...surroundings }: Run, settingsFile: string): Promise<number> {
  return steps('Daemon', async () => {
    const code = await runDaemon(settingsFile, surroundings)
    if (code === 0) return { value: code, words: 'node . --op getToDos printed the to-dos' }
    throw new Failure(code, `node . --op getToDos ended with code ${code}`, 'do what its line above says')
  })
}

async function stayUp({ signal }: Run, api: ApiProcess): Promise<number> {
  const first = await Promise.race([aborted(signal), api.ended])
  if (first === 'aborted' || signal.aborted) return exitCodes.success
  const next = 'read what it said above and run the same command again'
  throw new Failure(exitCodes.unexpected, 'the ToDoList API ended by itself', next)
}

async function aborted(signal: AbortSignal): Promise<'aborted'> {
  if (!signal.aborted) await once(signal, 'abort')
  return 'aborted'
}

/** Stops everything, also when one part cannot be stopped cleanly. */
async function stopAll({ started, terminal }: Run): Promise<void> {
  if (started.length === 0) return
  const failures: unknown[] = []
  for (const stop of started.reverse()) {
    try {
      await stop()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 0) terminal.write('✓ Stopped: nothing of it is left running\n')
  for (const error of failures) terminal.write(failureLine(toFailure(error), 'Stopping'))
}

function invitation(
  { data, environment }: Run,
  { authority, graph, ca, port }: Tenant,
  api: ApiProcess,
  web: WebServer | null,
  settingsFile: string,
): string {
  const isUsual = resolve(data) === resolve('.tenantry')
  const config = isUsual ? '' : ` --config "${relative('.', settingsFile)}"`
  const place = [...(port === 8443 ? [] : [`--port ${port}`]), ...(isUsual ? [] : [`--data "${relative('.', data)}"`])]
  const portal = [programName(environment), 'portal', ...place].join(' ')
  const overriding = [...overridingSettings(environment), ...(existsSync('.env') ? ['the file .env'] : [])]
  const warning = `\n  ! Stronger than the settings file, so name it with --config: ${overriding.join(', ')}\n`
  return `
  Up. In another terminal:   node . --op getToDos${config}

  Authority   ${authority}
  Graph       ${graph}
  Portal      ${portal}
  API         ${api.url}/api/todolist
${web === null ? '' : `  Web app     ${web.origin}\n`}  Settings    ${settingsFile}
  CA          ${ca.rootFile}
${overriding.length === 0 ? '' : warning}
  Ctrl-C stops everything.

`
}
