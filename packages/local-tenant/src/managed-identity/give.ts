import { openIdentityEndpoint } from './endpoint.js'
import { findIdentity, type IdentityTenant } from './identity.js'
import type { Workloads } from './workload.js'

/** What a program beside the tenants is given for one identity, and how that ends. */
export interface Given {
  readonly answer: {
    /** What such a host sets in the environment of its programs. */
    readonly variables: Readonly<Record<string, string>>
    /** The token of a service account, which its program finds in a file. */
    readonly token?: string
  }
  end(): Promise<void> | void
}

interface Wish {
  /** An appId or a display name. */
  readonly managedIdentity: string
  readonly source: 'app-service' | 'imds' | 'workload'
}

/** Grants what a guest asks for. Rejects with IdentityNotGiven, or with an Error for a request that means nothing. */
export async function giveIdentity(
  request: object,
  tenants: readonly IdentityTenant[],
  workloads: Workloads,
): Promise<Given> {
  if (!isWish(request)) throw new Error('there is nothing of that name to be had')
  const identity = findIdentity(request.managedIdentity, tenants)
  if (request.source !== 'workload') {
    const { variables, close } = await openIdentityEndpoint(request.source, identity)
    return { answer: { variables }, end: close }
  }
  const { token, end } = await workloads.play(identity)
  const { tenantId } = identity.tenant.directory.organization
  const variables = {
    AZURE_CLIENT_ID: identity.application.appId,
    AZURE_TENANT_ID: tenantId,
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  }
  return { answer: { variables, token }, end }
}

function isWish(request: object): request is Wish {
  if (!('managedIdentity' in request && 'source' in request)) return false
  return (
    typeof request.managedIdentity === 'string' && ['app-service', 'imds', 'workload'].includes(String(request.source))
  )
}
