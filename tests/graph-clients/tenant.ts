import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GraphClient } from '@tenantry/app-registration'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import { type ConnectProxy, startConnectProxy } from '../clients/connect-proxy.js'
import { type Conversation, type Ended, type Environment, reach, runToEnd } from '../clients/program.js'
import { administer } from '../registration/administered.js'

/** A tenant in memory, and programs that reach it by Microsoft's host names or at localhost. */
export interface TenantForPrograms extends AsyncDisposable {
  readonly tenant: Tenant
  readonly proxy: ConnectProxy
  /** Our own client of the tenant's Graph, which looks at what the programs did. */
  readonly graph: GraphClient
  /** For files of this run. */
  readonly folder: string
  /** Runs a program with CA, proxy and what it is told; it may not print the administrator's secret. */
  run(command: readonly string[], told: Environment, conversation?: Conversation): Promise<Ended>
}

export async function openTenantForPrograms(): Promise<TenantForPrograms> {
  const tenant = await startTenant({ dataFolder: null, port: 0 })
  const proxy = await startConnectProxy(tenant)
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-graph-clients-'))
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, tenant.ca.root)
  const known = reach(proxy, caFile)
  return {
    tenant,
    proxy,
    graph: administer(tenant),
    folder,
    async run(command, told, conversation) {
      const ended = await runToEnd(command, { ...known, ...told }, conversation)
      assert.ok(
        !(ended.stdout + ended.stderr).includes(tenant.administrator.clientSecret),
        `${command[0]} told a secret`,
      )
      return ended
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await tenant.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a program has to be told to administer the tenant. */
export function administration({ tenantId, origin, graph, administrator }: Tenant): Environment {
  return {
    TENANT_ID: tenantId,
    AUTHORITY_HOST: origin,
    GRAPH_URL: graph,
    CLIENT_ID: administrator.clientId,
    CLIENT_SECRET: administrator.clientSecret,
  }
}
