import type { RegisteredApplication } from '@tenantry/app-registration'
import type { DataFolder, Tenant } from '@tenantry/local-tenant'
import type { WebSettings } from '@tenantry/todolist-web'

/** Names and values of environment variables. */
export type Settings = Readonly<Record<string, string>>

export interface ApiPlace {
  readonly folder: DataFolder
  readonly port: number
  readonly files: { readonly chain: string; readonly key: string }
  /** Origins whose pages may call the API. */
  readonly pages: readonly string[]
}

/** What the API process is told, under the names it reads (see its README). Holds no secret. */
export function apiSettings(
  tenant: Tenant,
  api: RegisteredApplication,
  { folder, port, files, pages }: ApiPlace,
): Settings {
  return {
    AUTHORITY: tenant.authority,
    TENANT_ID: tenant.tenantId,
    CLIENT_ID: api.appId,
    // Owners are users of one tenant, so each tenant has to-dos of its own.
    DATABASE_FILE: folder.file(`todolist-${tenant.tenantId}.db`),
    HOST: 'localhost',
    PORT: String(port),
    TLS_CERT_FILE: files.chain,
    TLS_KEY_FILE: files.key,
    CA_FILE: folder.file('ca.pem'),
    ...(pages.length > 0 && { CORS_ORIGINS: pages.join(',') }),
  }
}

/** The environment of the API's process: ours, with its settings on top. What is set for some other API must not leak in. */
export function apiEnvironment(environment: NodeJS.ProcessEnv, settings: Settings): NodeJS.ProcessEnv {
  const ours = Object.entries(environment).filter(([name]) => !otherApiSettings.has(name))
  return { ...Object.fromEntries(ours), ...settings }
}

/** What the API reads beyond the settings it is given above: a DATABASE_URL of the user's shell names some other database. */
const otherApiSettings = new Set([
  'CORS_ORIGINS',
  'DATABASE_URL',
  'DRAIN_SECONDS',
  'LOG_LEVEL',
  'METRICS_HOST',
  'METRICS_PORT',
  'RATE_LIMIT_PER_ADDRESS',
  'RATE_LIMIT_PER_CALLER',
  'TRUST_PROXY',
])

/** What the daemon is told. CA_FILE is relative to the file these settings stand in. */
export function daemonSettings(
  tenant: Tenant,
  apps: { api: RegisteredApplication; daemon: RegisteredApplication; secret: string },
  apiUrl: string,
): Settings {
  return {
    CLIENT_ID: apps.daemon.appId,
    CLIENT_SECRET: apps.secret,
    AUTHORITY: tenant.authority,
    SCOPES: `api://${apps.api.appId}/.default`,
    API_ENDPOINT: `${apiUrl}/api/todolist`,
    CA_FILE: 'ca.pem',
  }
}

/** What the page of the web app is told; none of it is secret. */
export function webSettings(
  tenant: Tenant,
  { api, web }: { api: RegisteredApplication; web: RegisteredApplication },
  apiUrl: string,
): WebSettings {
  const scopes = ['ToDoList.Read', 'ToDoList.ReadWrite'].map((scope) => `api://${api.appId}/${scope}`)
  return { authority: tenant.authority, clientId: web.appId, scopes, api: `${apiUrl}/api/todolist` }
}

/** Writes settings as an env file that only its owner can read. Returns its path. */
export function writeSettings(folder: DataFolder, name: string, settings: Settings): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}='${value}'`)
  return folder.write(name, `# Written by tenantry at every start; changes made here are lost.\n${lines.join('\n')}\n`)
}
