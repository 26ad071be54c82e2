import type { Organization } from '../directory/organization.js'
import type { Call } from '../listener/call.js'

export type IssuerHost = 'tenant' | 'as-asked'

/**
 * Who a token says it is from. On ciamlogin.com the host is always the tenant id, whatever name the client used
 * (identity-platform/security-tokens), unless the tenant is set to be lenient; on localhost it is this listener, by its one
 * canonical name.
 */
export function issuerV2(
  { family, port }: Pick<Call, 'family' | 'port'>,
  { tenantId }: Organization,
  issuerHost: IssuerHost,
): string {
  switch (family.kind) {
    case 'ciam':
      return `https://${issuerHost === 'tenant' ? tenantId : family.name}.ciamlogin.com/${tenantId}/v2.0`
    case 'workforce':
      return `https://login.microsoftonline.com/${tenantId}/v2.0`
    case 'localhost':
    case 'graph':
      return `https://localhost:${port}/${tenantId}/v2.0`
  }
}

/** The issuer of v1.0 access tokens, the same on every host. The trailing slash is part of it. */
export function issuerV1({ tenantId }: Organization): string {
  return `https://sts.windows.net/${tenantId}/`
}
