import { isIP } from 'node:net'
import { type Guid, readGuid } from './guid.js'

export interface ServeConfiguration {
  /** `https://host/tenant`, no slash at its end. */
  readonly authority: string
  readonly tenantId: Guid
  readonly clientId: Guid
  readonly databaseFile: string
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Paths of PEM files. Null only behind a proxy: then the API speaks plain HTTP. */
  readonly tlsFiles: TlsFiles | null
  readonly behindProxy: boolean
  /** Path of a PEM file with a further trust root for the authority. */
  readonly caFile: string | null
  readonly logLevel: LogLevel
}

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export type LogLevel = (typeof logLevels)[number]

export type Environment = Readonly<Record<string, string | undefined>>

export type Reading = { readonly configuration: ServeConfiguration } | { readonly mistakes: readonly string[] }

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** What `migrate` and `seed` need. An empty variable counts as absent, here and below. */
export function readDatabaseFile(environment: Environment): string {
  return environment['DATABASE_FILE'] || '.tenantry/todolist.db'
}

/**
 * What `serve` needs, or all mistakes at once, one sentence each: which variable, what is wrong, what to do.
 * Not checked: that files exist, that the authority answers, that the tenant knows the ids.
 */
export function readServeConfiguration(environment: Environment): Reading {
  const mistakes: string[] = []
  const tenantId = take(mistakes, environment, 'TENANT_ID', readId)
  const behindProxy = take(mistakes, environment, 'TRUST_PROXY', readSwitch, false)
  const draft: Draft = {
    authority: take(mistakes, environment, 'AUTHORITY', (text) => readAuthority(text, tenantId)),
    tenantId,
    clientId: take(mistakes, environment, 'CLIENT_ID', readId),
    databaseFile: readDatabaseFile(environment),
    host: take(mistakes, environment, 'HOST', (text) => text, 'localhost'),
    port: take(mistakes, environment, 'PORT', readPort, 44351),
    tlsFiles: readTlsFiles(mistakes, environment, behindProxy),
    behindProxy,
    caFile: take(mistakes, environment, 'CA_FILE', (text) => text, null),
    logLevel: take(mistakes, environment, 'LOG_LEVEL', readLogLevel, 'warn'),
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
