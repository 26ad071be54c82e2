import { readJsonObject } from '../strict-json.js'
import type { HttpsGet } from './https-get.js'
import { type KeySet, readKeySet } from './key-set.js'

/** Where a tenant publishes its metadata, and which tenant that must be. */
export interface Authority {
  readonly url: URL
  readonly tenantId: string
}

/**
 * Fetches the tenant's OpenID configuration and the keys it names. Throws an Error saying what is wrong with which document.
 */
export async function loadKeySet(authority: Authority, get: HttpsGet, signal: AbortSignal): Promise<KeySet> {
  const location = new URL(`${authority.url.href}/v2.0/.well-known/openid-configuration`)
  const { issuer, keysLocation } = readDiscovery(await get(location, signal), authority)
  return readKeySet(await get(keysLocation, signal), issuer, authority.tenantId)
}

const limits = { depth: 8, members: 1000 }

function readDiscovery(bytes: Uint8Array, authority: Authority): { issuer: string; keysLocation: URL } {
  const document = readJsonObject(bytes, limits)
  return {
    issuer: readIssuer(document.get('issuer'), authority),
    keysLocation: readKeysLocation(document.get('jwks_uri'), authority),
  }
}

/** The issuer is compared with `iss` letter by letter, so its own spelling must be the canonical one. */
function readIssuer(value: unknown, authority: Authority): string {
  const url = readTrustedUrl('issuer', value, authority)
  const expected = `https://${url.host}/${authority.tenantId}/v2.0`
  if (value === expected) return expected
  throw new Error(
    `The discovery document's issuer is not ${expected}. Is the authority that of tenant ${authority.tenantId}?`,
  )
}

function readKeysLocation(value: unknown, authority: Authority): URL {
  return readTrustedUrl('jwks_uri', value, authority)
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
