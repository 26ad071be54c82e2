import { isIP } from 'node:net'
import { type Guid, readGuid } from './guid.js'

export interface ServeConfiguration {
  /** `https://host/tenant`, no slash at its end. */
  readonly authority: string
  readonly tenantId: Guid
  readonly clientId: Guid
  readonly database: Database
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Paths of PEM files. Null only behind a proxy: then the API speaks plain HTTP. */
  readonly tlsFiles: TlsFiles | null
  readonly behindProxy: boolean
  /** Path of a PEM file with a further trust root for the authority. */
  readonly caFile: string | null
  readonly logLevel: LogLevel
  /** Origins whose browsers may call, spelt as browsers spell them. */
  readonly origins: readonly string[]
  /** Requests a minute. */
  readonly rateLimits: { readonly perAddress: number | null; readonly perCaller: number | null }
  /** Where Prometheus finds the metrics. Null: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null
  /** How long the API goes on answering after it was asked to stop, so that a balancer can notice. */
  readonly drainSeconds: number
}

/** Where the to-dos are kept. The address holds a password: it belongs into no message. */
export type Database =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export type LogLevel = (typeof logLevels)[number]

export type Environment = Readonly<Record<string, string | undefined>>

export type Reading<Configuration> =
  | { readonly configuration: Configuration }
  | { readonly mistakes: readonly string[] }

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** What `migrate` and `seed` need. An empty variable counts as absent, here and below. */
export function readDatabase(environment: Environment): Reading<Database> {
  const mistakes: string[] = []
  const database = takeDatabase(mistakes, environment)
  return database === undefined ? { mistakes } : { configuration: database }
}

/**
 * What `serve` needs, or all mistakes at once, one sentence each: which variable, what is wrong, what to do.
 * Not checked: that files exist, that the authority answers, that the tenant knows the ids.
 */
export function readServeConfiguration(environment: Environment): Reading<ServeConfiguration> {
  const mistakes: string[] = []
  const tenantId = take(mistakes, environment, 'TENANT_ID', readId)
  const behindProxy = take(mistakes, environment, 'TRUST_PROXY', readSwitch, false)
  const draft: Draft = {
    authority: take(mistakes, environment, 'AUTHORITY', (text) => readAuthority(text, tenantId)),
    tenantId,
    clientId: take(mistakes, environment, 'CLIENT_ID', readId),
    database: takeDatabase(mistakes, environment),
    host: take(mistakes, environment, 'HOST', (text) => text, 'localhost'),
    port: take(mistakes, environment, 'PORT', readPort, 44351),
    tlsFiles: readTlsFiles(mistakes, environment, behindProxy),
    behindProxy,
    caFile: take(mistakes, environment, 'CA_FILE', (text) => text, null),
    logLevel: take(mistakes, environment, 'LOG_LEVEL', readLogLevel, 'warn'),
    origins: take(mistakes, environment, 'CORS_ORIGINS', readOrigins, []),
    rateLimits: complete({
      perAddress: take(mistakes, environment, 'RATE_LIMIT_PER_ADDRESS', readRate, 120_000),
      perCaller: take(mistakes, environment, 'RATE_LIMIT_PER_CALLER', readRate, 60_000),
    }),
    metrics: takeMetrics(mistakes, environment),
    drainSeconds: take(mistakes, environment, 'DRAIN_SECONDS', readSeconds, 0),
  }
  return isComplete(draft) ? { configuration: draft } : { mistakes }
}

/** False when the host lets other machines in. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

type Draft = { readonly [Name in keyof ServeConfiguration]: ServeConfiguration[Name] | undefined }

// Each undefined came with a mistake.
function isComplete(draft: Draft): draft is ServeConfiguration {
  return Object.values(draft).every((value) => value !== undefined)
}

function complete({
  perAddress,
  perCaller,
}: {
  perAddress: number | null | undefined
  perCaller: number | null | undefined
}) {
  return perAddress === undefined || perCaller === undefined ? undefined : { perAddress, perCaller }
}

class Mistake extends Error {}

function take<Value>(
  mistakes: string[],
  environment: Environment,
  name: string,
  read: (text: string) => Value,
  fallback?: Value,
): Value | undefined {
  const text = environment[name]
  try {
    if (text) return read(refusePlaceholder(text))
    if (fallback === undefined) throw new Mistake('is missing')
    return fallback
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    mistakes.push(`${name} ${error.message}: ${remedies[name] ?? 'correct it or leave it out'}.`)
    return undefined
  }
}

const remedies: Readonly<Record<string, string>> = {
  AUTHORITY: 'set it to https://<subdomain>.ciamlogin.com/<tenant id>, or to the address of your local tenant',
  TENANT_ID: 'set it to the tenant id, a GUID, from the overview page of the tenant',
  CLIENT_ID: "set it to this API's application (client) id, a GUID, from the overview page of its app registration",
  TRUST_PROXY: 'set it to 1 when a proxy ends TLS in front of this API, or leave it out',
  PORT: 'set it to a number from 0 to 65535, or leave it out for 44351',
  TLS_CERT_FILE: 'set it to the PEM file of the certificate, or set TRUST_PROXY=1 when a proxy ends TLS',
  TLS_KEY_FILE: 'set it to the PEM file of the private key, or set TRUST_PROXY=1 when a proxy ends TLS',
  DATABASE_URL: 'set it to postgresql://user:password@host:5432/database, or leave it out for an SQLite file',
  CORS_ORIGINS: 'list origins such as https://app.example.com, with commas between them, or leave it out',
  RATE_LIMIT_PER_ADDRESS: 'set it to requests a minute, 0 for no limit, or leave it out for 120000',
  RATE_LIMIT_PER_CALLER: 'set it to requests a minute, 0 for no limit, or leave it out for 60000',
  METRICS_PORT: 'set it to a number from 0 to 65535, or leave it out for no metrics',
  DRAIN_SECONDS: 'set it to a number from 0 to 60, or leave it out for 0',
  LOG_LEVEL: `set it to one of ${logLevels.join(', ')}, or leave it out for warn`,
}

// As the tutorial and its samples write them: Enter_the_Application_Id_Here, your-client-id, <tenant-id>.
const placeholder = /enter[_ ]the|[_ ]here\b|\byour[-_ ]|^[<{[].*[\]}>]$/i

function refusePlaceholder(text: string): string {
  if (placeholder.test(text)) throw new Mistake(`still holds the placeholder ${JSON.stringify(text.slice(0, 80))}`)
  return text
}

function readId(text: string): Guid {
  const id = readGuid(text)
  if (id === undefined) throw new Mistake('is not a GUID')
  return id
}

// The tutorial's configuration has the host alone and the tenant beside it (Instance and TenantId): both forms are taken.
function readAuthority(text: string, tenantId: Guid | undefined): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') throw new Mistake('is not an https:// address')
  if (url.username || url.password || url.search || url.hash) throw new Mistake('has more than a host and a tenant')
  const segments = url.pathname.split('/').filter(Boolean)
  if (segments.length > 1) throw new Mistake('has more than the tenant after its host')
  return `${url.origin}/${segments[0] ?? tenantId ?? ''}`
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new Mistake('is not a port number')
  return port
}

function readSwitch(text: string): boolean {
  if (text !== '0' && text !== '1') throw new Mistake('is neither 0 nor 1')
  return text === '1'
}

function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level === undefined) throw new Mistake('is not a log level')
  return level
}

// HTTPS is the rule; plain HTTP has to be asked for by saying who ends TLS instead.
function readTlsFiles(
  mistakes: string[],
  environment: Environment,
  behindProxy: boolean | undefined,
): TlsFiles | null | undefined {
  const absent = !environment['TLS_CERT_FILE'] && !environment['TLS_KEY_FILE']
  if (absent && behindProxy === true) return null
  const cert = take(mistakes, environment, 'TLS_CERT_FILE', (text) => text)
  const key = take(mistakes, environment, 'TLS_KEY_FILE', (text) => text)
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

function takeDatabase(mistakes: string[], environment: Environment): Database | undefined {
  const url = take(mistakes, environment, 'DATABASE_URL', readDatabaseUrl, null)
  if (typeof url === 'string' && environment['DATABASE_FILE']) {
    mistakes.push('DATABASE_URL and DATABASE_FILE are both set: leave out the one you do not mean.')
    return undefined
  }
  if (url === undefined) return undefined
  if (url !== null) return { kind: 'postgres', url }
  return { kind: 'sqlite', file: environment['DATABASE_FILE'] || '.tenantry/todolist.db' }
}

// The text is never quoted: it holds a password.
function readDatabaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new Mistake('is not a postgresql:// address')
  }
  if (url.pathname.length < 2) throw new Mistake('names no database')
  return text
}

function readOrigins(text: string): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim())
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (wrong !== undefined) throw new Mistake(`has ${JSON.stringify(wrong.slice(0, 80))}, which is not an origin`)
  return origins
}

function readRate(text: string): number | null {
  const rate = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(rate)) throw new Mistake('is not a number of requests')
  return rate === 0 ? null : rate
}

function readSeconds(text: string): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds <= 60)) throw new Mistake('is not a number of seconds from 0 to 60')
  return seconds
}

function takeMetrics(mistakes: string[], environment: Environment): ServeConfiguration['metrics'] | undefined {
  const host = environment['METRICS_HOST'] || 'localhost'
  const port = take(mistakes, environment, 'METRICS_PORT', readPort, null)
  if (port === undefined) return undefined
  return port === null ? null : { host, port }
}
