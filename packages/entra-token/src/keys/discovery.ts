import { readJsonObject } from '../strict-json.js'
import { tenantTemplate } from '../tenants.js'
import type { HttpsGet } from './https-get.js'
import { type KeyDocumentSource, type KeySet, mergeKeySets, readKeySet, type TokenVersion } from './key-set.js'

/** Where metadata is published, and what it must say. */
export interface Authority {
  readonly url: URL
  /** The tenant whose metadata this is, or null: that of every tenant, with `{tenantid}` in its place. */
  readonly tenantId: string | null
  readonly versions: readonly TokenVersion[]
  /** What `cloud_instance_name` must be; null where the host alone tells the cloud. */
  readonly cloudInstance: string | null
  /** The application whose own signing keys are asked for. */
  readonly signingKeysOf: string | null
}

/**
 * Fetches the OpenID configuration of each token version and the keys it names. Throws an Error saying what is wrong with
 * which document.
 */
export async function loadKeySet(authority: Authority, get: HttpsGet, signal: AbortSignal): Promise<KeySet> {
  const sets = await Promise.all(authority.versions.map((version) => loadVersion(authority, version, get, signal)))
  return sets.reduce(mergeKeySets)
}

async function loadVersion(authority: Authority, version: TokenVersion, get: HttpsGet, signal: AbortSignal) {
  const { keysLocation, ...source } = readDiscovery(await get(location(authority, version), signal), authority, version)
  return readKeySet(await get(keysLocation, signal), source)
}

function location({ url, signingKeysOf }: Authority, version: TokenVersion): URL {
  const path = version === '2.0' ? '/v2.0' : ''
  const query = signingKeysOf === null ? '' : `?appid=${signingKeysOf}`
  return new URL(`${url.href}${path}/.well-known/openid-configuration${query}`)
}

const limits = { depth: 8, members: 1000 }

function readDiscovery(bytes: Uint8Array, authority: Authority, version: TokenVersion) {
  const document = readJsonObject(bytes, limits)
  const source: KeyDocumentSource = {
    version,
    issuer: (version === '2.0' ? readIssuer : readOldIssuer)(document['issuer'], authority),
    cloudInstance: readCloudInstance(document['cloud_instance_name'], authority),
  }
  return { ...source, keysLocation: readTrustedUrl('jwks_uri', document['jwks_uri'], authority) }
}

/** The issuer is compared with `iss` letter by letter, so its own spelling must be the canonical one. */
function readIssuer(value: unknown, authority: Authority): string {
  const url = readTrustedUrl('issuer', value, authority)
  const expected = `https://${url.host}/${authority.tenantId ?? tenantTemplate}/v2.0`
  if (value === expected) return expected
  throw wrongIssuer(expected, authority)
}

// The security token services of the clouds, which sign version 1.0 tokens under names of their own.
const oldIssuerHosts = ['sts.windows.net', 'sts.chinacloudapi.cn']

function readOldIssuer(value: unknown, authority: Authority): string {
  const tenant = authority.tenantId ?? tenantTemplate
  const expected = [...oldIssuerHosts, authority.url.host].map((host) => `https://${host}/${tenant}/`)
  if (typeof value === 'string' && expected.includes(value)) return value
  throw wrongIssuer(expected.join(' or '), authority)
}

function wrongIssuer(expected: string, { tenantId }: Authority): Error {
  const question = tenantId === null ? 'that of every tenant' : `that of tenant ${tenantId}`
  return new Error(`The discovery document's issuer is not ${expected}. Is the authority ${question}?`)
}

function readCloudInstance(value: unknown, { cloudInstance }: Authority): string | null {
  const named = typeof value === 'string' ? value : null
  if (cloudInstance === null || named === cloudInstance) return named
  throw new Error(`The discovery document's cloud_instance_name is not ${cloudInstance}: it belongs to another cloud.`)
}

/**
 * Metadata may point to the authority's own host and port, and to hosts below ciamlogin.com: an External ID tenant answers under
 * its name, its GUID and perhaps a custom domain, and its documents name one from the other. Anything else is refused, also
 * login.microsoftonline.com for a ciamlogin.com authority: the same tenant signs with other keys there.
 */
function readTrustedUrl(member: string, value: unknown, { url: { host } }: Authority): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  const isPlainHttps = url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === ''
  if (url && isPlainHttps && (url.host === host || url.hostname.endsWith('.ciamlogin.com'))) return url
  throw new Error(`The discovery document's ${member} is not an https address on ${host} or below ciamlogin.com.`)
}
