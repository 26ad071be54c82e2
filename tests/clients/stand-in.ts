import type { Tenant } from '@tenantry/local-tenant'

/** Where a client's connection for a host goes instead: to the tenant, which tells its hosts apart by their names. */
export interface Target {
  readonly host: '127.0.0.1'
  readonly port: number
}

const hosts = /^([a-z0-9-]+\.ciamlogin\.com|login\.microsoftonline\.com|graph\.microsoft\.com|localhost)$/

/** Throws for a host that the tenant does not stand in for: no client of these tests reaches the world outside. */
export function standIn(tenant: Tenant, host: string): Target {
  if (!hosts.test(host)) throw new Error(`${host} is none of the tenant's hosts, so nothing was sent to it`)
  return { host: '127.0.0.1', port: tenant.port }
}
