import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { clientCredentialsToken, createGraphClient, type GraphClient } from '@tenantry/app-registration'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import { root } from '../workspaces.js'
import { type Ended, node, type Running, startNode } from './programs.js'

type Settings = Record<string, string>

/** The parts that `up` would start, one by one, over data that `up` has made: so that a test can take one away. */
export interface Stack extends AsyncDisposable {
  readonly tenant: Tenant
  readonly graph: GraphClient
  readonly settings: { readonly daemon: Settings; readonly api: Settings }
  /** With settings or other variables besides those of `up`. */
  startApi(more?: Settings): Promise<Running>
  /** Runs `node . --op getToDos` with the settings of `up`, changed as given. */
  daemon(changes?: Settings, args?: readonly string[], env?: Settings): Promise<Ended>
}

export async function openStack(dataFolder: string): Promise<Stack> {
  const tenant = await startTenant({ dataFolder, port: 0 })
  const settings = { daemon: readSettings(dataFolder, 'daemon.env'), api: readSettings(dataFolder, 'api.env') }
  const settingsFile = join(dataFolder, 'changed.env')
  const running: Running[] = []
  const daemonSettings: Settings = { ...settings.daemon, AUTHORITY: tenant.authority }
  const stop = async () => {
    for (const api of running) if (api.child.exitCode === null) await api.end('SIGTERM')
    await tenant.close()
  }
  return {
    tenant,
    graph: administer(tenant),
    settings,
    async startApi(more = {}) {
      const env = { ...settings.api, AUTHORITY: tenant.authority, PORT: '0', ...more }
      const api = await startNode(['.', 'serve'], 'listening on', { cwd: join(root, 'apps/todolist-api'), env })
      running.push(api)
      daemonSettings['API_ENDPOINT'] = `${addressOf(api)}/api/todolist`
      return api
    },
    daemon(changes = {}, args = ['--op', 'getToDos'], env = {}) {
      const lines = Object.entries({ ...daemonSettings, ...changes }).map(([name, value]) => `${name}='${value}'`)
      writeFileSync(settingsFile, lines.join('\n'), { mode: 0o600 })
      return node(['.', ...args, '--config', settingsFile], { env })
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** Where an API that was started listens. */
export function addressOf(api: Running): string {
  return /listening on (\S+)/.exec(api.output().stderr)?.[1] ?? ''
}

export function readSettings(dataFolder: string, name: string): Settings {
  return parseEnv(readFileSync(join(dataFolder, name), 'utf8')) as Settings
}

function administer({ graph, authority, administrator, ca }: Tenant): GraphClient {
  const scope = 'https://graph.microsoft.com/.default'
  const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
  return createGraphClient({ baseUrl: graph, accessToken, ca: ca.root })
}
