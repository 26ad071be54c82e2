import type { GroupMembership } from '../directory/group-membership.js'
import type { Claim } from './prepared-claims.js'

/** As many as a token holds, and the few that fit into a URL (hybrid/connect/how-to-connect-fed-group-claims, id-token-claims-reference). */
const most = { posted: 200, throughBrowser: 5 }

export interface GroupClaimsRequest {
  readonly membership: GroupMembership
  /** The app roles of the user. */
  readonly roles: readonly string[]
  readonly userId: string
  /** The v2.0 issuer, whose host says where Graph is. */
  readonly issuer: string
  /** The token goes to the client in a URL. */
  readonly throughBrowser: boolean
}

/** `roles` and what is said of groups: their ids, or that there are too many of them and where to ask. */
export function rolesAndGroups(request: GroupClaimsRequest): Claim<never>[] {
  const { membership, roles, userId, issuer, throughBrowser } = request
  const { groups, asRoles } = membership
  const ownRoles: Claim<never>[] = roles.length === 0 ? [] : [['roles', roles]]
  if (groups === null || groups.length === 0) return ownRoles
  if (groups.length <= most[throughBrowser ? 'throughBrowser' : 'posted']) {
    return asRoles ? [['roles', groups]] : [['groups', groups], ...ownRoles]
  }
  if (throughBrowser) return [['hasgroups', true], ...ownRoles]
  const endpoint = `${graphFor(issuer)}/v1.0/users/${userId}/getMemberObjects`
  return [['_claim_names', { groups: 'src1' }], ['_claim_sources', { src1: { endpoint } }], ...ownRoles]
}

/** On this machine Graph shares the tenant's address. */
function graphFor(issuer: string): string {
  const { hostname, origin } = new URL(issuer)
  return /(^|\.)(ciamlogin|microsoftonline)\.com$/.test(hostname) ? 'https://graph.microsoft.com' : origin
}
