import { Failure } from '../failure.js'
import { isJsonObject, textMember } from '../outside-text.js'

/** A tenant in the one form that every version of MSAL accepts, whatever form AUTHORITY had. */
export interface ResolvedAuthority {
  /** `https://<host>/<tenant id>` */
  href: string
  /** The given host, and the one of the issuer. */
  knownHosts: readonly string[]
  /** The OpenID configuration, as it came. */
  metadata: string
}

const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const cloudSuffix = '.ciamlogin.com'

/**
 * The address of the OpenID configuration. AUTHORITY may be `https://<subdomain>.ciamlogin.com/`, the same with a tenant id
 * or a domain as path, `https://<tenant id>.ciamlogin.com/`, or any other https host followed by the tenant; a `/v2.0` behind
 * it is taken as meant. Throws a `configuration` failure for a host that does not tell its tenant.
 */
export function discoveryAddress(authority: URL): URL {
  const [tenant = tenantOfHost(authority), version = 'v2.0', ...rest] = authority.pathname.split('/').filter(Boolean)
  if (version.toLowerCase() !== 'v2.0' || rest.length > 0) throw wrongForm(authority, 'its path is more than a tenant')
  return new URL(`/${tenant}/v2.0/.well-known/openid-configuration`, authority.origin)
}

/**
 * Reads the tenant out of its OpenID configuration. The issuer must be of the given host or `<tenant id>.ciamlogin.com`, which
 * is what every cloud tenant answers on each of its hosts, and of the given tenant id. Throws a `configuration` failure otherwise, and for an endpoint
 * that is not https: what goes there is the credential.
 */
export function resolveAuthority(authority: URL, document: unknown): ResolvedAuthority {
  const metadata = isJsonObject(document) ? document : {}
  const issuer = textMember(metadata, 'issuer') ?? ''
  const tokenEndpoint = textMember(metadata, 'token_endpoint') ?? ''
  const tenantId = new RegExp(`^https://[^/]+/(${guid})/v2\\.0/?$`, 'i').exec(issuer)?.[1]
  if (!tenantId || !isComplete(tokenEndpoint, metadata)) throw noMetadata(authority)
  const issuerHost = new URL(issuer).host
  const named = new RegExp(`^/(${guid})(/|$)`, 'i').exec(authority.pathname)?.[1] ?? tenantId
  const isKnown = issuerHost === authority.host || issuerHost === `${tenantId}${cloudSuffix}`
  if (!isKnown || named.toLowerCase() !== tenantId.toLowerCase()) throw strangeIssuer(authority, issuer)
  refuseHttp(new URL(tokenEndpoint))
  return {
    href: `${authority.origin}/${tenantId}`,
    knownHosts: [...new Set([authority.host, issuerHost])],
    metadata: JSON.stringify(metadata),
  }
}

function tenantOfHost(authority: URL): string {
  const { hostname } = authority
  const name = hostname.endsWith(cloudSuffix) ? hostname.slice(0, -cloudSuffix.length) : ''
  if (name === '' || name.includes('.')) throw wrongForm(authority, 'it does not name the tenant')
  // The domain is what the documented form stands for; MSAL completes it in the same way.
  return new RegExp(`^${guid}$`).test(name) ? name : `${name}.onmicrosoft.com`
}

function isComplete(tokenEndpoint: string, metadata: Readonly<Record<string, unknown>>): boolean {
  const others = ['authorization_endpoint', 'jwks_uri']
  return URL.canParse(tokenEndpoint) && others.every((name) => textMember(metadata, name) !== undefined)
}

function wrongForm(authority: URL, why: string): Failure {
  return new Failure('configuration', {
    what: `AUTHORITY ${authority.href} cannot be used`,
    why,
    next: 'write https://<subdomain>.ciamlogin.com/<tenant-id>, or for another host https://<host>/<tenant-id>',
  })
}

function noMetadata({ origin }: URL): Failure {
  return new Failure('configuration', {
    what: 'no access token',
    why: `what ${origin} sent is no OpenID configuration of a Microsoft Entra tenant`,
    next: 'set AUTHORITY to https://<subdomain>.ciamlogin.com/<tenant-id>',
  })
}

function strangeIssuer(authority: URL, issuer: string): Failure {
  return new Failure('configuration', {
    what: 'no access token',
    why: `the authority ${authority.href} names another issuer, ${issuer}`,
    next: 'check host and tenant id in AUTHORITY',
  })
}

function refuseHttp(url: URL): void {
  if (url.protocol === 'https:') return
  throw new Failure('configuration', {
    what: 'refused to send the credential',
    why: `the discovery document of the authority names ${url.origin}, which is not https`,
    next: 'check that AUTHORITY is the right address',
  })
}
