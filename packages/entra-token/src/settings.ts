import type { AuthorityHost } from './authorities.js'
import { isGuid } from './guid.js'
import type { Authority } from './keys/discovery.js'
import type { HttpsGet } from './keys/https-get.js'
import type { TokenVersion } from './keys/key-set.js'
import type { SavedKeys } from './keys/saved-keys.js'
import { isPermissions, type Permissions } from './permissions.js'
import { readProtectedResource } from './protected-resource.js'
import { readTenantRule, type TenantRule, type Tenants } from './tenants.js'
import type { ClientCredential } from './token/caller.js'

/** What must hold for a token. Everything that is checked is named; what is not checked has to be declined aloud. */
export interface TokenVerifierOptions<Scope extends string = string, Role extends string = string> {
  /**
   * Where the tenant publishes its metadata: `ciam('contoso')`, `workforce('public')`, or an https address with one tenant in
   * its path, such as `https://login.contoso.com/<tenant id>`; `organizations` is a tenant when several are accepted.
   */
  readonly authority: string | AuthorityHost
  /** The tenant's GUID, a list of GUIDs, or every tenant of the cloud, acknowledged. */
  readonly tenantId: TenantRule
  /**
   * The API's own client id; several if it has several. Compared letter by letter with `aud`. An Application ID URI counts for
   * version 1.0 tokens only: a version 2.0 token always names the client id.
   */
  readonly audience: string | readonly string[]
  readonly permissions: Permissions<Scope, Role>
  /** Client ids of the applications that may call; null says aloud: any application of the tenant. */
  readonly allowedApps: readonly string[] | null
  /** How the calling application must have proved itself at least; any way, public clients included, unless told. */
  readonly clientCredential?: 'any' | 'secret' | 'certificate'
  /** Which token versions are accepted; 2.0 only unless told. */
  readonly tokenVersions?: readonly TokenVersion[]
  /**
   * What makes a token an application's own: `idtyp` alone (unless told), or, for registrations that cannot have that claim,
   * also `oid` equal to `sub`; `refuse` admits no application tokens at all.
   */
  readonly appTokens?: 'idtyp' | 'idtyp-or-oid-equals-sub' | 'refuse'
  /** The client id of an application with signing keys of its own (claims mapping): its keys are asked for by `?appid=`. */
  readonly signingKeysOf?: string
  /** The public https address of this API: its metadata is served (RFC 9728), and every challenge points to it. */
  readonly resource?: string
  /** Tokens seen before are answered from memory for at most 5 minutes; false turns it off. 1,000 tokens unless told. */
  readonly cache?: false | { readonly tokens: number }
  /** A PEM certificate that is trusted, besides the public roots, when the keys are fetched. */
  readonly ca?: string
  /** Fetches a key document instead of this package, for example through a proxy; `ca` is then not used. */
  readonly fetchKeys?: HttpsGet
  /** What `exportKeys()` gave in an earlier run: tokens are verified before the provider answers. Too old means not there. */
  readonly savedKeys?: SavedKeys
  /** How far clocks may differ, 0 to 300; 60 unless told. */
  readonly clockSkewSeconds?: number
  /** Milliseconds since 1970; Date.now unless told. */
  readonly now?: () => number
}

export interface Settings<Scope extends string, Role extends string> {
  readonly authority: Authority
  readonly tenants: Tenants
  readonly versions: ReadonlySet<string>
  readonly audiences: ReadonlySet<string>
  readonly permissions: Permissions<Scope, Role>
  readonly allowedApps: ReadonlySet<string> | null
  readonly acceptedCredentials: ReadonlySet<ClientCredential> | null
  readonly appTokens: 'idtyp' | 'idtyp-or-oid-equals-sub' | 'refuse'
  readonly resource: URL | null
  /** How many tokens are remembered; 0: none. */
  readonly cachedTokens: number
  readonly ca: string | undefined
  readonly fetchKeys: HttpsGet | undefined
  readonly savedKeys: SavedKeys | undefined
  readonly clockSkewSeconds: number
  readonly now: () => number
}

/** Throws a TypeError that names the option, what is wrong with it and what to write instead. */
export function readSettings<Scope extends string, Role extends string>(
  options: TokenVerifierOptions<Scope, Role>,
): Settings<Scope, Role> {
  const tenants = readTenantRule(options.tenantId)
  if (!isPermissions(options.permissions)) throw new TypeError('permissions: pass what definePermissions(…) returned.')
  const versions = readVersions(options.tokenVersions ?? ['2.0'])
  return {
    authority: readAuthority(options, tenants, versions),
    tenants,
    versions: new Set(versions),
    audiences: readAudiences(options.audience, versions),
    permissions: options.permissions,
    allowedApps: readAllowedApps(options.allowedApps),
    acceptedCredentials: choose('clientCredential', credentials, options.clientCredential ?? 'any'),
    appTokens: choose('appTokens', appTokenRules, options.appTokens ?? 'idtyp'),
    resource: readProtectedResource(options.resource),
    cachedTokens: readCache(options.cache),
    ca: readCa(options.ca),
    fetchKeys: readFunction('fetchKeys', options.fetchKeys),
    savedKeys: options.savedKeys,
    clockSkewSeconds: readClockSkew(options.clockSkewSeconds ?? 60),
    now: readFunction('now', options.now) ?? Date.now,
  }
}

const credentials: Readonly<Record<string, ReadonlySet<ClientCredential> | null>> = {
  any: null,
  secret: new Set(['secret', 'certificate'] as const),
  certificate: new Set(['certificate'] as const),
}

const appTokenRules = {
  idtyp: 'idtyp',
  'idtyp-or-oid-equals-sub': 'idtyp-or-oid-equals-sub',
  refuse: 'refuse',
} as const

function choose<Choice>(option: string, choices: Readonly<Record<string, Choice>>, given: string): Choice {
  const chosen = Object.hasOwn(choices, given) ? choices[given] : undefined
  if (chosen !== undefined) return chosen
  throw new TypeError(`${option}: ${JSON.stringify(given)} is not one of ${Object.keys(choices).join(', ')}.`)
}

function readFunction<Given>(option: string, given: Given): Given {
  if (given === undefined || typeof given === 'function') return given
  throw new TypeError(`${option}: pass a function.`)
}

function readVersions(versions: readonly TokenVersion[]): readonly TokenVersion[] {
  const given: unknown = versions
  const known = Array.isArray(given) && versions.every((version) => version === '1.0' || version === '2.0')
  if (known && versions.length > 0) return [...new Set(versions)]
  throw new TypeError("tokenVersions: list '2.0', '1.0' or both.")
}

function readGuid(option: string, value: unknown): string {
  const guid = typeof value === 'string' ? value.toLowerCase() : value
  if (isGuid(guid)) return guid
  throw new TypeError(`${option}: ${JSON.stringify(value)} is not a GUID like 11111111-2222-3333-4444-555555555555.`)
}

function readAuthority(
  { authority: given, signingKeysOf }: Pick<TokenVerifierOptions, 'authority' | 'signingKeysOf'>,
  { only }: Tenants,
  versions: readonly TokenVersion[],
): Authority {
  const { address, cloudInstance } =
    typeof given === 'object' && given !== null ? addressOf(given, only) : { address: given, cloudInstance: null }
  return {
    url: readAddress(address, only),
    tenantId: only,
    versions,
    cloudInstance,
    signingKeysOf: signingKeysOf === undefined ? null : readGuid('signingKeysOf', signingKeysOf),
  }
}

function addressOf({ host, cloudInstance, servesEveryTenant }: AuthorityHost, tenantId: string | null) {
  if (tenantId === null && !servesEveryTenant) {
    throw new TypeError(`authority: ${host} is one External ID tenant's; tenantId must name that tenant only.`)
  }
  return { address: `https://${host}/${tenantId ?? 'organizations'}`, cloudInstance }
}

const forEveryTenant = ['common', 'organizations']

function readAddress(value: string, only: string | null): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value.replace(/\/+$/, '')) : null
  if (url?.protocol !== 'https:') throw refusedAuthority(value, 'must be an https address')
  if (url.username + url.password + url.search + url.hash !== '') {
    throw refusedAuthority(value, 'must have neither user, query nor fragment')
  }
  const [tenant = '', ...more] = url.pathname.slice(1).split('/')
  const wanted = only ?? 'organizations'
  if (tenant === '') throw refusedAuthority(value, `must name the tenant in its path: add /${wanted}`)
  if (more.length > 0) throw refusedAuthority(value, 'must end after the tenant, without /v2.0 or more')
  if (only === null && !forEveryTenant.includes(tenant)) {
    throw refusedAuthority(value, `names one tenant, and tenantId several: write organizations instead of ${tenant}`)
  }
  if (only !== null && [...forEveryTenant, 'consumers'].includes(tenant)) {
    throw refusedAuthority(value, `must name one tenant: write ${only} instead of ${tenant}`)
  }
  if (isGuid(tenant.toLowerCase()) && tenant.toLowerCase() !== only) {
    throw refusedAuthority(value, `names another tenant than tenantId, which is ${only}`)
  }
  return url
}

function refusedAuthority(value: unknown, reason: string): TypeError {
  return new TypeError(`authority: ${JSON.stringify(value)} ${reason}.`)
}

function readAudiences(value: string | readonly string[], versions: readonly TokenVersion[]): ReadonlySet<string> {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (given.length === 0) throw new TypeError('audience: name at least one, the client id of this API.')
  const audiences = given.map(readAudience)
  if (versions.includes('2.0') && !audiences.some(isGuid)) {
    throw new TypeError('audience: add the client id (GUID) of this API, the only aud of version 2.0 tokens.')
  }
  return new Set(audiences)
}

function readAudience(value: unknown): string {
  if (typeof value === 'string' && isGuid(value.toLowerCase())) return value.toLowerCase()
  if (typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(value)) return value
  throw new TypeError(`audience: ${JSON.stringify(value)} is neither a client id (GUID) nor an Application ID URI.`)
}

function readAllowedApps(value: readonly string[] | null): ReadonlySet<string> | null {
  if (value === null) return null
  if (Array.isArray(value) && value.length > 0) return new Set(value.map((app) => readGuid('allowedApps', app)))
  throw new TypeError('allowedApps: list the client ids that may call, or say null for any application of the tenant.')
}

function readCache(value: TokenVerifierOptions['cache']): number {
  if (value === undefined) return 1000
  if (value === false) return 0
  if (Number.isInteger(value?.tokens) && value.tokens > 0 && value.tokens <= 100_000) return value.tokens
  throw new TypeError('cache: write false or { tokens: n } with n from 1 to 100000.')
}

function readCa(value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.includes('-----BEGIN CERTIFICATE-----'))) return value
  throw new TypeError('ca: pass the text of a PEM file with at least one certificate, not the path of the file.')
}

function readClockSkew(value: number): number {
  if (Number.isFinite(value) && value >= 0 && value <= 300) return value
  throw new TypeError(`clockSkewSeconds: ${value} is not between 0 and 300.`)
}
