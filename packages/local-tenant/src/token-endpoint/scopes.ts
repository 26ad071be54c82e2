import { refusal } from '../errors/aadsts.js'
import type { TokenRequest } from './request.js'

const suffix = '/.default'

/** MSAL for Go and for Java add these to every request; in this grant they mean nothing. */
const openidScopes = new Set(['openid', 'profile', 'offline_access'])

/**
 * The resource that a client-credentials scope names (identity-platform/v2-oauth2-client-creds-grant-flow: one resource
 * identifier and `/.default`). An identifier that ends in a slash keeps it: `https://x.com//.default`. Throws EntraError.
 */
export function resourceOfScope({ scope }: Pick<TokenRequest, 'scope'>): string {
  if (scope === undefined) throw refusal('missingField', { field: 'scope' })
  const requested = scope.split(/\s+/).filter((name) => !openidScopes.has(name))
  const [only = '', ...others] = requested
  if (others.length > 0) {
    throw refusal(requested.some(isDefault) ? 'invalidScope' : 'scopeWithoutDefault', { scope })
  }
  // Without a resource the service means Microsoft Graph.
  if (only === '.default') return 'https://graph.microsoft.com'
  if (!isDefault(only)) throw refusal('scopeWithoutDefault', { scope })
  return only.slice(0, -suffix.length)
}

function isDefault(scope: string): boolean {
  return scope.endsWith(suffix) && scope.length > suffix.length
}
