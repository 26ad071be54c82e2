import { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { type CredentialSource, readCredentialSources, type Settings } from './credentials/credential-source.js'
import { Failure } from './failure.js'
import { fileReason } from './file-failure.js'
import { type CacheChoice, readCacheSettings } from './token-cache/cache-settings.js'

/** Values of one origin. Relative `…_FILE` values are meant relative to `folder`. */
export interface Layer {
  origin: string
  folder: string
  values: Readonly<Record<string, string | undefined>>
  /** Files that exist and were not read, because `setting` stands in this layer. */
  decides?: { setting: string; unread: readonly string[] }
}

export interface Configuration {
  /** Lower-case GUID. */
  clientId: string
  /** https, without user name, query and fragment. */
  authority: URL
  /** How the daemon may prove who it is, in the order to try; none has been read yet. At least one. */
  credentials: readonly CredentialSource[]
  tokenCache: CacheChoice
  /** One resource followed by `/.default`. */
  scope: string
  /** https, without user name and fragment. */
  apiEndpoint: URL
  /** PEM certificates to trust besides the public ones. */
  extraRoots: string | undefined
}

/**
 * Reads the settings out of `layers`, of which an earlier one wins; an empty value counts as absent. Throws one
 * `configuration` failure that names everything missing or wrong at once and never repeats a secret.
 * Does not ask the network whether the values are true.
 */
export function readConfiguration(layers: readonly Layer[], readFile: (path: string) => string): Configuration {
  refuseDisabledTls(layers)
  const problems: string[] = []
  const attempt = <T>(read: () => T): T | undefined => collect(problems, read)
  const clientId = attempt(() => guid(required(layers, ['CLIENT_ID'])))
  const authority = attempt(() => authorityUrl(required(layers, ['AUTHORITY'])))
  const credentials = attempt(() => readCredentialSources(settingsIn(layers)))
  const tokenCache = attempt(() => readCacheSettings(settingsIn(layers)))
  const scope = attempt(() => defaultScope(required(layers, ['SCOPES'])))
  const apiEndpoint = attempt(() => httpsUrl(find(layers, ['API_ENDPOINT']) ?? defaultApiEndpoint))
  const extraRoots = attempt(() => certificates(find(layers, ['CA_FILE']), readFile))
  if (!clientId || !authority || !credentials || !tokenCache || !scope || !apiEndpoint || problems.length > 0)
    throw refusal(problems, unreadFiles(layers, [...missingNames(layers), ...(credentials ? [] : ['a credential'])]))
  return { clientId, authority, credentials, tokenCache, scope, apiEndpoint, extraRoots }
}

/** A setting as somebody wrote it. */
export interface Setting {
  /** As written, for instance `AZURE_CLIENT_ID`. */
  name: string
  /** The name under which we know it, for instance `CLIENT_ID`. */
  meaning: string
  value: string
  layer: Layer
}

export const defaultApiEndpoint: Setting = {
  name: 'API_ENDPOINT',
  meaning: 'API_ENDPOINT',
  value: 'https://localhost:44351/api/todolist',
  layer: { origin: 'the default', folder: '', values: {} },
}

/** Where a person finds each value that has no default. */
const places: Readonly<Record<string, string>> = {
  CLIENT_ID: 'the Application (client) ID on the Overview page of the daemon app registration',
  AUTHORITY: 'https://<subdomain>.ciamlogin.com/<tenant-id>, both from the Overview page of the tenant',
  SCOPES: 'api://<Application (client) ID of the web API>/.default',
  API_ENDPOINT: 'the address of the to-do list, for instance https://localhost:44351/api/todolist',
  CA_FILE: 'the path of a PEM file with the certificates to trust',
}

const longestValue = 4096

/** A setting that cannot be used; the message names it. */
class Problem extends Error {}

function collect<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Failure) problems.push(error.parts.why)
    else if (error instanceof Problem) problems.push(error.message)
    else throw error
    return undefined
  }
}

function refusal(problems: readonly string[], unread: { why: string; next: string } | undefined): Failure {
  return new Failure('configuration', {
    what: 'configuration incomplete or wrong',
    why: [...problems, ...(unread ? [unread.why] : [])].join('; '),
    next:
      unread?.next ??
      'run `npm run up`, which starts a local tenant and writes .tenantry/daemon.env, ' +
        'or copy .env.example to .env and fill in the values of your tenant',
  })
}

function missingNames(layers: readonly Layer[]): string[] {
  return ['CLIENT_ID', 'AUTHORITY', 'SCOPES'].filter((name) => layers.every((layer) => !written(layer, name)))
}

/** What to do when the settings may be missing only because the files that have them were not read. */
function unreadFiles(layers: readonly Layer[], missing: readonly string[]): { why: string; next: string } | undefined {
  const layer = layers.find(({ decides }) => decides !== undefined)
  if (layer?.decides === undefined || missing.length === 0) return undefined
  const { setting, unread } = layer.decides
  return {
    why: `${unread.join(' and ')} ${unread.length > 1 ? 'were' : 'was'} not read, because ${setting} comes from ${layer.origin}`,
    next: `remove ${setting} from ${layer.origin}, or give ${missing.join(', ')} there too`,
  }
}

// Node would honour it for every connection, the one that carries the secret included.
function refuseDisabledTls(layers: readonly Layer[]): void {
  if (layers.every(({ values }) => values['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0')) return
  throw new Failure('configuration', {
    what: 'TLS checks are switched off',
    why: 'NODE_TLS_REJECT_UNAUTHORIZED=0 would hand the client secret to anybody who pretends to be the tenant',
    next: 'remove it, and name the certificate authority to trust with CA_FILE=<file.pem> instead',
  })
}

function required(layers: readonly Layer[], names: readonly string[]): Setting {
  const setting = find(layers, names)
  if (setting) return setting
  throw new Problem(`${names.join(' or ')} is missing (${places[names[0] ?? '']})`)
}

/** The same layers for the parts that read their own settings: credentials and cache. */
export function settingsIn(layers: readonly Layer[]): Settings {
  return {
    get: (name) => {
      for (const [rank, { origin, folder, values }] of layers.entries()) {
        const value = values[name]?.trim() ?? ''
        if (value !== '') return { value, origin, folder, rank }
      }
      return undefined
    },
  }
}

/** The first layer that gives one of `names` decides. */
function find(layers: readonly Layer[], names: readonly string[]): Setting | undefined {
  for (const layer of layers) {
    const [setting, rival] = names.flatMap((name) => settingOf(layer, name))
    if (setting && rival) throw new Problem(`${layer.origin} sets both ${setting.name} and ${rival.name}; keep one`)
    if (setting) return setting
  }
  return undefined
}

function settingOf(layer: Layer, meaning: string): Setting[] {
  const setting = written(layer, meaning)
  return setting ? [checked(setting)] : []
}

/** Not checked. Within one layer the sample's name wins over the one of the Azure SDK. */
export function written(layer: Layer, meaning: string): Setting | undefined {
  const names = [meaning, ...(azureNames[meaning] ?? [])]
  for (const name of names) {
    const value = layer.values[name]?.trim() ?? ''
    if (value !== '')
      return { name, meaning, layer, value: name === 'AZURE_TENANT_ID' ? authorityOf(value, layer) : value }
  }
  return undefined
}

const azureNames: Readonly<Record<string, readonly string[]>> = {
  CLIENT_ID: ['AZURE_CLIENT_ID'],
  AUTHORITY: ['AZURE_TENANT_ID'],
}

// Every external tenant also answers at its own id: https://<tenant-id>.ciamlogin.com/<tenant-id>.
function authorityOf(tenant: string, { values }: Layer): string {
  const host = values['AZURE_AUTHORITY_HOST']?.trim().replace(/\/+$/, '')
  if (host) return `${host.includes('://') ? host : `https://${host}`}/${tenant}`
  return `https://${tenant}.ciamlogin.com/${tenant}`
}

function checked(setting: Setting): Setting {
  const { name, meaning, value, layer } = setting
  if (/enter_the_\w+?_here|^your[_-]|\/your_/i.test(value)) {
    throw new Problem(`${name} in ${layer.origin} still is a placeholder; put ${places[meaning]}`)
  }
  if (value.length > longestValue) throw wrong(setting, `is longer than ${longestValue} characters`)
  if (/\p{Cc}/u.test(value)) throw wrong(setting, 'contains a control character or a line break')
  return setting
}

function wrong({ name, meaning, layer }: Setting, why: string): Problem {
  return new Problem(`${name} in ${layer.origin} ${why}; put ${places[meaning]}`)
}

function guid(setting: Setting): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(setting.value)) return setting.value.toLowerCase()
  throw wrong(setting, 'is not a GUID')
}

function authorityUrl(setting: Setting): URL {
  const url = httpsUrl(setting)
  if (url.search !== '') throw wrong(setting, 'has a query')
  return url
}

function httpsUrl(setting: Setting): URL {
  if (!URL.canParse(setting.value)) throw wrong(setting, 'is not an address')
  const url = new URL(setting.value)
  if (url.protocol !== 'https:')
    throw wrong(setting, 'does not begin with https://, so secret and token would travel in the clear')
  if (url.username !== '' || url.password !== '') throw wrong(setting, 'contains a user name or password')
  if (url.hash !== '') throw wrong(setting, 'has a fragment (#…)')
  return url
}

function defaultScope(setting: Setting): string {
  if (/[\s,]/.test(setting.value))
    throw wrong(setting, 'names more than one scope, and an application may ask for one resource')
  if (!/^\S+\/\.default$/.test(setting.value)) throw wrong(setting, 'does not end in /.default')
  return setting.value
}

function certificates(setting: Setting | undefined, readFile: (path: string) => string): string | undefined {
  if (!setting) return undefined
  const pem = content(setting, readFile)
  if (!isCertificate(pem)) throw wrong(setting, 'names a file without a readable PEM certificate')
  return pem
}

// Node silently trusts nothing when a CA file holds no certificate; better said here than as an unknown issuer.
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

function content(setting: Setting, readFile: (path: string) => string): string {
  const path = resolve(setting.layer.folder, setting.value)
  try {
    return readFile(path)
  } catch (error) {
    throw wrong(setting, `names ${path}, which cannot be read: ${fileReason(error)}`)
  }
}
