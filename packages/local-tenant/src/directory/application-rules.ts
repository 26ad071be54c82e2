import type { ApplicationProperties } from './application-properties.js'
import { refuse } from './refusal.js'

interface Entitlement {
  id: string
  value: string | null
  isEnabled: boolean
}

/** Throws a DirectoryRefusal unless `next` may follow `current` (null for a new application). */
export function checkApplication(
  current: ApplicationProperties | null,
  next: ApplicationProperties,
  tenant: { appId: string; tenantId: string; verifiedDomain: string },
): void {
  checkDisplayName(next.displayName)
  checkEntitlements([...next.appRoles, ...next.api.oauth2PermissionScopes])
  if (current !== null) {
    checkRemovals(current.appRoles, next.appRoles)
    checkRemovals(current.api.oauth2PermissionScopes, next.api.oauth2PermissionScopes)
  }
  for (const uri of next.identifierUris) checkIdentifierUri(uri, tenant)
  for (const [property, count, most] of counted(next)) {
    if (count > most) throw refuse({ kind: 'too_many', property, most })
  }
  if ((next.description?.length ?? 0) > 1_024) {
    throw refuse({ kind: 'invalid', message: 'description must have at most 1024 characters.' })
  }
  checkGroupClaims(next.groupMembershipClaims)
  checkRedirectUris(next)
  checkPreAuthorized(next)
}

/** The limits of an application for one tenant (identity-platform/supported-accounts-validation, reply-url). */
function counted({
  identifierUris,
  web,
  spa,
  publicClient,
  requiredResourceAccess,
}: ApplicationProperties): [string, number, number][] {
  const redirects = [web, spa, publicClient].reduce((sum, { redirectUris }) => sum + redirectUris.length, 0)
  const permissions = requiredResourceAccess.reduce((sum, { resourceAccess }) => sum + resourceAccess.length, 0)
  return [
    ['identifierUris', identifierUris.length, 50],
    ['redirectUris', redirects, 256],
    ['requiredResourceAccess', requiredResourceAccess.length, 50],
    ['requiredResourceAccess.resourceAccess', permissions, 400],
  ]
}

const groupClaims = ['None', 'SecurityGroup', 'ApplicationGroup', 'DirectoryRole', 'All']

function checkGroupClaims(claims: string | null): void {
  if (claims === null || claims.split(',').every((claim) => groupClaims.includes(claim.trim()))) return
  throw refuse({ kind: 'invalid', message: `groupMembershipClaims must be of ${groupClaims.join(', ')}.` })
}

/** The rules of identity-platform/reply-url: what the browser is sent to is https, or this machine; native apps may have schemes of their own. */
function checkRedirectUris({ web, spa, publicClient }: ApplicationProperties): void {
  for (const uri of [...web.redirectUris, ...spa.redirectUris]) checkRedirectUri(uri, isForBrowser)
  for (const uri of publicClient.redirectUris) checkRedirectUri(uri, isForNative)
}

function checkRedirectUri(uri: string, allowed: (url: URL) => boolean): void {
  const readable = /^[\x21-\x7e]{1,256}$/.test(uri) && !uri.includes('#') && URL.canParse(uri)
  if (readable && allowed(new URL(uri))) return
  throw refuse({
    kind: 'invalid',
    message: `The redirect URI '${uri.slice(0, 256)}' is not valid: https, or http for this machine, 1 to 256 characters, no fragment.`,
  })
}

const isForBrowser = ({ protocol, hostname }: URL) =>
  protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
const isForNative = (url: URL) =>
  isForBrowser(url) || !/^(http|javascript|vbscript|data|file|blob|about):$/.test(url.protocol)

function checkPreAuthorized({
  api: { preAuthorizedApplications, oauth2PermissionScopes },
}: ApplicationProperties): void {
  const offered = new Set(oauth2PermissionScopes.map(({ id }) => id))
  for (const { delegatedPermissionIds } of preAuthorizedApplications) {
    const unknown = delegatedPermissionIds.find((id) => !offered.has(id))
    if (unknown === undefined) continue
    throw refuse({
      kind: 'invalid',
      message: `api.preAuthorizedApplications names the permission ${unknown}, which the application does not offer.`,
    })
  }
}

function checkDisplayName(name: string): void {
  if (name.length >= 1 && name.length <= 256) return
  throw refuse({ kind: 'invalid', message: 'displayName must have 1 to 256 characters.' })
}

function checkEntitlements(entitlements: readonly Entitlement[]): void {
  const ids = new Set<string>()
  const values = new Set<string>()
  for (const { id, value } of entitlements) {
    if (ids.has(id)) throw invalidEntitlement(`The id ${id} is used by more than one role or scope.`)
    ids.add(id)
    if (value === null || value === '') continue
    if (values.has(value)) throw invalidEntitlement(`The value '${value}' is used by more than one role or scope.`)
    // 120 characters without blanks: graph docs, resources/approle.
    if (!/^[\x21-\x7e]{1,120}$/.test(value)) {
      throw invalidEntitlement(
        `The value '${value.slice(0, 40)}' must be 1 to 120 printable characters without spaces.`,
      )
    }
    values.add(value)
  }
}

function invalidEntitlement(message: string) {
  return refuse({ kind: 'invalid', message })
}

/** An entitlement that is enabled may change its texts but may neither go away nor change its value. */
function checkRemovals(current: readonly Entitlement[], next: readonly Entitlement[]): void {
  for (const before of current) {
    if (!before.isEnabled) continue
    const after = next.find((candidate) => candidate.id === before.id)
    if (after === undefined || after.value !== before.value) throw refuse({ kind: 'entitlement_enabled' })
  }
}

/** The forms of identity-platform/identifier-uri-restrictions: api:// with one of the tenant's ids in it, or a verified domain. */
function checkIdentifierUri(uri: string, tenant: { appId: string; tenantId: string; verifiedDomain: string }): void {
  // The parser would drop blanks and control characters; a scope could then never name the URI that was stored.
  if (!/^[\x21-\x7e]{1,255}$/.test(uri) || !URL.canParse(uri)) {
    throw refuse({ kind: 'invalid', message: `'${uri.slice(0, 255)}' is not an absolute URI of 1 to 255 characters.` })
  }
  const { protocol, hostname } = new URL(uri)
  const lower = uri.toLowerCase()
  if (protocol === 'api:' && (lower.includes(tenant.appId) || lower.includes(tenant.tenantId))) return
  const host = hostname.toLowerCase()
  const verified = host === tenant.verifiedDomain || host.endsWith(`.${tenant.verifiedDomain}`)
  if (verified && (protocol === 'https:' || protocol === 'api:')) return
  throw refuse({ kind: 'unverified_domain', uri })
}
