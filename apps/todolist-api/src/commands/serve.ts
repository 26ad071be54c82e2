import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenVerifier, EntraTokenError, type TokenVerifier } from '@tenantry/entra-token'
import { type Api, createApi } from '../api.js'
import { isLoopback, readServeConfiguration, type ServeConfiguration } from '../configuration.js'
import { CommandFailure, exitCodes } from '../exit-codes.js'
import { Metrics } from '../metrics/metrics.js'
import { observedStore, observeTokens } from '../metrics/observe.js'
import { permissions } from '../permissions.js'
import type { TodoStore } from '../store/todo-store.js'
import { type ConfiguredFiles, readConfiguredFiles } from './configured-files.js'
import { openStore } from './database.js'
import type { Surroundings } from './surroundings.js'

/** Serves until it is asked to stop, then finishes the running requests and closes the store. Throws CommandFailure. */
export async function serve(surroundings: Surroundings): Promise<void> {
  const configuration = requireConfiguration(surroundings)
  const files = readConfiguredFiles(configuration)
  const verifier = createVerifier(configuration, files)
  const { store } = await openStore(configuration.database, surroundings)
  const stopForgetting = forgetOldKeys(store)
  try {
    await serveRequests(configuration, files, { store, verifier }, surroundings)
  } finally {
    stopForgetting()
    verifier.close()
    await store.close()
  }
}

function requireConfiguration({ environment }: Surroundings): ServeConfiguration {
  const reading = readServeConfiguration(environment)
  if ('mistakes' in reading) throw new CommandFailure(exitCodes.configuration, reading.mistakes)
  return reading.configuration
}

function createVerifier(configuration: ServeConfiguration, { ca }: ConfiguredFiles): TokenVerifier {
  const { authority, tenantId, clientId } = configuration
  try {
    // Any application of the tenant may call: what it may do is decided by the permissions it was granted.
    return createTokenVerifier({
      authority,
      tenantId,
      audience: clientId,
      permissions,
      allowedApps: null,
      ...(ca === undefined ? {} : { ca }),
    })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new CommandFailure(exitCodes.configuration, [error.message], { cause: error })
  }
}

interface Parts {
  readonly store: TodoStore
  readonly verifier: TokenVerifier
}

async function serveRequests(
  configuration: ServeConfiguration,
  { tls }: ConfiguredFiles,
  { store, verifier }: Parts,
  surroundings: Surroundings,
): Promise<void> {
  const { stderr, announce, takeOverStopping } = surroundings
  const stopping = takeOverStopping()
  const stopped = aborted(stopping)
  const keys = keysFailure(verifier) // meanwhile
  const metrics = configuration.metrics === null ? undefined : new Metrics()
  const stopCounting = metrics === undefined ? () => {} : observeTokens(metrics)
  const api = await createApi({
    store: metrics === undefined ? store : observedStore(store, metrics, surroundings.elapsed),
    verifier,
    logger: { level: configuration.logLevel, stream: stderr },
    behindProxy: configuration.behindProxy,
    registration: configuration,
    origins: configuration.origins,
    rateLimits: configuration.rateLimits,
    elapsed: surroundings.elapsed,
    stopping,
    ...(metrics === undefined ? {} : { metrics }),
    ...(tls === undefined ? {} : { tls }),
  })
  let closeMetrics = () => {}
  try {
    if (metrics !== undefined) closeMetrics = await startMetrics(configuration, metrics, verifier, surroundings)
    const url = await listen(api, configuration)
    if (!isLoopback(configuration.host))
      warn(surroundings, `HOST=${configuration.host} lets other machines reach this API`)
    warnWithoutKeys(await Promise.race([keys, stopped]), surroundings)
    stderr.write(`todolist-api: listening on ${url}\n`)
    announce(url)
    await stopped
    await sleep(configuration.drainSeconds * 1000)
  } finally {
    closeMetrics()
    stopCounting()
    await drain(api, surroundings)
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** The address for people and programs on this machine. */
async function listen(api: Api, { host, port, tlsFiles }: ServeConfiguration): Promise<string> {
  try {
    await api.listen({ host, port })
  } catch (error) {
    throw new CommandFailure(exitCodes.cannotListen, [listenSentence(error, host, port)], { cause: error })
  }
  const bound = portOf(api.server.address()) ?? port
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${tlsFiles === null ? 'http' : 'https'}://${name}:${bound}`
}

function portOf(address: AddressInfo | string | null): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined
}

async function startMetrics(
  { metrics: place }: ServeConfiguration,
  metrics: Metrics,
  verifier: TokenVerifier,
  { now, residentMemory, stderr }: Surroundings,
): Promise<() => void> {
  if (place === null) return () => {}
  const text = () => metrics.text({ keys: verifier.health(), now: now(), residentBytes: residentMemory() })
  try {
    const server = await (await import('../metrics/server.js')).serveMetrics(text, place.host, place.port)
    stderr.write(`todolist-api: metrics at http://${place.host}:${portOf(server.address()) ?? place.port}/metrics\n`)
    return () => {
      server.close()
      server.closeAllConnections()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const sentence = `cannot serve metrics on ${place.host}, METRICS_PORT ${place.port}: ${code}; choose another port`
    throw new CommandFailure(exitCodes.cannotListen, [sentence], { cause: error })
  }
}

const hour = 60 * 60 * 1000

/** Now and then drops the request keys that are too old to count; returns what ends that. */
function forgetOldKeys(store: TodoStore): () => void {
  const timer = setInterval(() => {
    // Whatever stops it now, the next hour's run does it, and too old a key counts for nothing anyway.
    forgetAll(store).catch(() => undefined)
  }, hour).unref()
  return () => clearInterval(timer)
}

async function forgetAll(store: TodoStore): Promise<void> {
  let forgotten: number
  do forgotten = await store.forgetOldKeys()
  while (forgotten > 0)
}

function listenSentence(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is in use: stop the program that uses it, or choose another port with PORT`,
    EACCES: `port ${port} is reserved for privileged programs: choose one above 1023 with PORT`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: correct HOST, or leave it out (PORT is ${port})`,
    ENOTFOUND: `the name ${host} has no address: correct HOST, or leave it out (PORT is ${port})`,
  }
  return sentences[code] ?? `cannot listen on ${host}, PORT ${port}: ${code || String(error)}`
}

async function keysFailure(verifier: TokenVerifier): Promise<unknown> {
  try {
    await verifier.ready()
    return undefined
  } catch (error) {
    return error
  }
}

// Without keys the API listens all the same: requests get 503 and /health/ready says so until the authority answers.
function warnWithoutKeys(failure: unknown, surroundings: Surroundings): void {
  if (failure === undefined) return
  if (!(failure instanceof EntraTokenError)) throw failure
  warn(
    surroundings,
    `no signing keys yet, requests get 503 until AUTHORITY answers: ${failure.hint ?? failure.message}`,
  )
}

async function drain(api: Api, { shutdownDeadline }: Surroundings): Promise<void> {
  const timer = new AbortController()
  const late = sleep(shutdownDeadline, true, { signal: timer.signal }).catch(() => false)
  const closed = api.close().then(() => false)
  if (await Promise.race([closed, late])) {
    api.server.closeAllConnections()
    throw new CommandFailure(exitCodes.failed, [`cut off requests that still ran after ${shutdownDeadline / 1000} s`])
  }
  timer.abort()
}

function warn({ stderr }: Surroundings, sentence: string): void {
  stderr.write(`todolist-api: warning: ${sentence}\n`)
}
