import { findClient, type NamedClient } from '../authorization/client.js'
import type { Directory } from '../directory/directory.js'
import { remember } from '../directory/remember.js'
import { type AppTokenRequest, type PreparedToken, prepareAppToken } from '../tokens/access-token.js'
import { type Grant, grantClientCredentials } from './client-credentials.js'

/**
 * What the directory says about clients and what they may have, looked up once and kept until anything at all is written to
 * it. Nothing of it depends on the time or proves who asks: credentials, clock and signing key are looked at for each token.
 */
export interface RememberedGrants {
  /** As findClient. */
  client(clientId: string, tenantAsRequested: string): NamedClient
  /** As grantClientCredentials, for the client as it is now. Whether the request is the client's is the caller's to know. */
  clientCredentials(clientId: string, resourceName: string, tenantAsRequested: string): RememberedGrant
}

type Issuer = AppTokenRequest['issuer']

export interface RememberedGrant extends Grant {
  /** What the tokens of this grant have in common. */
  prepared(proof: Pick<AppTokenRequest, 'credential' | 'issuer'>): PreparedToken
}

export function createRememberedGrants(directory: Directory): RememberedGrants {
  const client = remember(directory.db, (clientId, tenantAsRequested: string) =>
    findClient(clientId, directory, tenantAsRequested),
  )
  const clientCredentials = remember(
    directory.db,
    (_pair, clientId: string, resourceName: string, tenantAsRequested: string) => {
      // Found again: the client that was authenticated may be one from before a write.
      const named = client(clientId, tenantAsRequested)
      const grant = grantClientCredentials(named, resourceName, directory, tenantAsRequested)
      return rememberTokens(grant, directory.organization)
    },
  )
  return {
    client,
    clientCredentials: (clientId, resourceName, tenantAsRequested) =>
      clientCredentials(`${clientId} ${resourceName}`, clientId, resourceName, tenantAsRequested),
  }
}

/** By issuer: a tenant has few, one for each host it is called by. */
function rememberTokens(grant: Grant, { tenantId }: Directory['organization']): RememberedGrant {
  const known = { 1: new WeakMap<Issuer, PreparedToken>(), 2: new WeakMap<Issuer, PreparedToken>() }
  return {
    ...grant,
    prepared({ credential, issuer }) {
      const token = known[credential].get(issuer)
      if (token !== undefined) return token
      const prepared = prepareAppToken({ ...grant, credential, issuer, tenantId })
      known[credential].set(issuer, prepared)
      return prepared
    },
  }
}
