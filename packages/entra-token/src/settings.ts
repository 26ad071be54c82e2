import { isGuid } from './guid.js'
import { isPermissions, type Permissions } from './permissions.js'

/** What must hold for a token. Everything that is checked is named; what is not checked has to be declined aloud. */
export interface TokenVerifierOptions<Scope extends string = string, Role extends string = string> {
  /**
   * Where the tenant publishes its metadata, https only: `https://<name>.ciamlogin.com/<tenant id>`,
   * `https://login.microsoftonline.com/<tenant id>`, or another host with one tenant in its path.
   */
  readonly authority: string
  /** The tenant's GUID. */
  readonly tenantId: string
  /** The API's own client id; several if it has several. Compared letter by letter with `aud`. */
  readonly audience: string | readonly string[]
  readonly permissions: Permissions<Scope, Role>
  /** Client ids of the applications that may call; null says aloud: any application of the tenant. */
  readonly allowedApps: readonly string[] | null
  /** A PEM certificate that is trusted, besides the public roots, when the keys are fetched. */
  readonly ca?: string
  /** How far clocks may differ, 0 to 300; 60 unless told. */
  readonly clockSkewSeconds?: number
  /** Milliseconds since 1970; Date.now unless told. */
  readonly now?: () => number
}

export interface Settings<Scope extends string, Role extends string> {
  readonly authority: URL
  readonly tenantId: string
  readonly audiences: ReadonlySet<string>
  readonly permissions: Permissions<Scope, Role>
  readonly allowedApps: ReadonlySet<string> | null
  readonly ca: string | undefined
  readonly clockSkewSeconds: number
  readonly now: () => number
}

/** Throws a TypeError that names the option, what is wrong with it and what to write instead. */
export function readSettings<Scope extends string, Role extends string>(
  options: TokenVerifierOptions<Scope, Role>,
): Settings<Scope, Role> {
  const tenantId = readGuid('tenantId', options.tenantId)
  if (!isPermissions(options.permissions)) throw new TypeError('permissions: pass what definePermissions(…) returned.')
  return {
    authority: readAuthority(options.authority, tenantId),
    tenantId,
    audiences: readAudiences(options.audience),
    permissions: options.permissions,
    allowedApps: readAllowedApps(options.allowedApps),
    ca: readCa(options.ca),
    clockSkewSeconds: readClockSkew(options.clockSkewSeconds ?? 60),
    now: options.now ?? Date.now,
  }
}

function readGuid(option: string, value: unknown): string {
  const guid = typeof value === 'string' ? value.toLowerCase() : value
  if (isGuid(guid)) return guid
  throw new TypeError(`${option}: ${JSON.stringify(value)} is not a GUID like 11111111-2222-3333-4444-555555555555.`)
}

function readAuthority(value: string, tenantId: string): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value.replace(/\/+$/, '')) : null
  if (url?.protocol !== 'https:') throw refusedAuthority(value, 'must be an https address')
  if (url.username + url.password + url.search + url.hash !== '') {
    throw refusedAuthority(value, 'must have neither user, query nor fragment')
  }
  const [tenant = '', ...more] = url.pathname.slice(1).split('/')
  if (tenant === '') throw refusedAuthority(value, `must name the tenant in its path: add /${tenantId}`)
  if (more.length > 0) throw refusedAuthority(value, 'must end after the tenant, without /v2.0 or more')
  if (['common', 'organizations', 'consumers'].includes(tenant)) {
    throw refusedAuthority(value, `must name one tenant: write ${tenantId} instead of ${tenant}`)
  }
  if (isGuid(tenant.toLowerCase()) && tenant.toLowerCase() !== tenantId) {
    throw refusedAuthority(value, `names another tenant than tenantId, which is ${tenantId}`)
  }
  return url
}

function refusedAuthority(value: unknown, reason: string): TypeError {
  return new TypeError(`authority: ${JSON.stringify(value)} ${reason}.`)
}

function readAudiences(value: string | readonly string[]): ReadonlySet<string> {
  const audiences: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (audiences.length === 0) throw new TypeError('audience: name at least one, the client id of this API.')
  return new Set(audiences.map(readAudience))
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

function readCa(value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.includes('-----BEGIN CERTIFICATE-----'))) return value
  throw new TypeError('ca: pass the text of a PEM file with at least one certificate, not the path of the file.')
}

function readClockSkew(value: number): number {
  if (Number.isFinite(value) && value >= 0 && value <= 300) return value
  throw new TypeError(`clockSkewSeconds: ${value} is not between 0 and 300.`)
}
