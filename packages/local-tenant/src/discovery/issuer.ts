import type { Organization } from '../directory/organization.js'
import type { Call } from '../listener/call.js'
import type { HostFamily } from '../listener/hosts.js'

export type IssuerHost = 'tenant' | 'as-asked'

/** Whom the tokens of a tenant are from, for either version of a token. */
export interface Issuer {
  readonly v1: string
  readonly v2: string
}

export type Issuers = (call: Pick<Call, 'family' | 'port'>) => Issuer

/** The issuers of a tenant by how it is called: the same object for each call that comes the same way. */
export function createIssuers(organization: Organization, issuerHost: IssuerHost): Issuers {
  const known = new WeakMap<HostFamily, Issuer & { readonly port: number }>()
  return ({ family, port }) => {
    const issuer = known.get(family)
    if (issuer?.port === port) return issuer
    const made = { port, v1: issuerV1(organization), v2: issuerV2({ family, port }, organization, issuerHost) }
    known.set(family, made)
    return made
  }
}

/**
 * Who a token says it is from. On ciamlogin.com the host is always the tenant id, whatever name the client used
 * (identity-platform/security-tokens), unless the tenant is set to be lenient; on localhost it is this listener, by its one
 * canonical name.
 */
function issuerV2(
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
