import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ClientCredentials,
  clientCredentialsToken,
  deviceCodeToken,
  type GraphTokenSource,
} from '@tenantry/app-registration'
import { openDataFolder } from '@tenantry/local-tenant'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { callJson } from './https-json.js'
import type { AppsOptions, CloudOptions } from './options.js'
import { connect, type Place, type Purpose } from './place.js'
import type { AppsSurroundings } from './surroundings.js'

/** A tenant that is reached by its public addresses. Credentials and state get a folder of their own for each tenant. */
export async function openCloudPlace(
  { data, tenant }: AppsOptions,
  cloud: CloudOptions,
  purpose: Purpose,
  surroundings: AppsSurroundings,
): Promise<Place> {
  refuseUncheckedTls(surroundings)
  if (tenant === null) {
    throw new Failure(exitCodes.usage, '--cloud needs a tenant', 'name it with --tenant <subdomain or tenant id>')
  }
  const login = baseUrl(cloud.loginUrl ?? `https://${tenant}.ciamlogin.com`, '--login-url')
  const graphUrl = baseUrl(cloud.graphUrl, '--graph-url')
  const { signal } = surroundings
  const tenantId = isGuid(tenant) ? tenant.toLowerCase() : await findTenantId(login, tenant, signal)
  const operatorAuthority = `${cloud.loginUrl === null ? 'https://login.microsoftonline.com' : login}/${tenantId}`
  const authority = `${login}/${tenantId}`
  const accessToken = tokenSource(cloud, operatorAuthority, purpose, surroundings)
  const { graph, takeToken } = connect({ graphUrl, authority, accessToken, signal })
  const folder = openDataFolder(join(openDataFolder(data).path, `cloud-${tenantId}`))
  return { name: `${tenant} at ${new URL(graphUrl).host}`, tenantId, authority, graph, takeToken, folder, caFile: null }
}

function refuseUncheckedTls({ environment }: AppsSurroundings): void {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return
  const why = 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set, which lets anybody pose as the tenant'
  throw new Failure(exitCodes.configuration, why, 'unset it, and name your own authority with NODE_EXTRA_CA_CERTS')
}

function baseUrl(text: string, option: string): string {
  if (URL.canParse(text)) {
    const { protocol, username, password, search, hash, href } = new URL(text)
    if (protocol === 'https:' && username + password + search + hash === '') return href.replace(/\/+$/, '')
  }
  throw new Failure(exitCodes.usage, `'${option} ${text}' is no plain https URL`, `give ${option} an https URL`)
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

/** The tenant's id out of its discovery document, which everybody may read. */
async function findTenantId(login: string, subdomain: string, signal: AbortSignal): Promise<string> {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(subdomain)) {
    throw new Failure(exitCodes.usage, `'${subdomain}' is neither a subdomain nor a tenant id`, 'correct --tenant')
  }
  const url = `${login}/${subdomain}.onmicrosoft.com/v2.0/.well-known/openid-configuration`
  const answer = await callJson({ url, signal }).catch((cause: unknown) => {
    signal.throwIfAborted()
    const why = `${new URL(login).host} cannot be reached (${codeOf(cause)})`
    throw new Failure(exitCodes.network, why, 'check the spelling of --tenant and the network', { cause })
  })
  const { issuer } = (answer.body ?? {}) as { issuer?: unknown }
  const id = String(issuer).split('/').find(isGuid)
  if (answer.status === 200 && id !== undefined) return id
  const why = `there is no tenant ${subdomain} at ${new URL(login).host} (${answer.status})`
  throw new Failure(exitCodes.configuration, why, 'check the spelling of --tenant')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
}

/** The first that is there: a token in the environment, an application's credential in the environment, a person. */
function tokenSource(
  cloud: CloudOptions,
  authority: string,
  purpose: Purpose,
  { environment, terminal }: AppsSurroundings,
): GraphTokenSource {
  const { graphTokenEnv, operatorClientId } = cloud
  if (graphTokenEnv !== null) return environmentToken(graphTokenEnv, environment)
  const application = applicationCredential(authority, environment)
  if (application !== undefined) {
    terminal.write(`  Signs in as the application ${application.clientId} (AZURE_CLIENT_ID)\n`)
    return clientCredentialsToken(application)
  }
  return deviceCodeToken({
    authority,
    clientId: operatorClientId,
    scopes: leastScopes(purpose),
    invite: ({ url, code, scopes }) =>
      terminal.write(`  Sign in: open ${url} and type ${code}\n  It asks for ${scopes.map(shortName).join(', ')}\n`),
  })
}

const graphScope = 'https://graph.microsoft.com/'
const shortName = (scope: string) => scope.slice(graphScope.length)

/** The delegated permissions of Microsoft Graph without which the purpose cannot be reached. */
export function leastScopes({ writes, desired }: Purpose): string[] {
  const apps = desired?.applications ?? []
  const permissions = apps.flatMap((application) => application.permissions ?? [])
  const consents = permissions.some(({ delegatedScopes = [] }) => delegatedScopes.length > 0)
  const names = writes
    ? [
        'Application.ReadWrite.All',
        'AppRoleAssignment.ReadWrite.All',
        ...(consents ? ['DelegatedPermissionGrant.ReadWrite.All'] : []),
      ]
    : ['Application.Read.All', ...(consents || desired === null ? ['DelegatedPermissionGrant.Read.All'] : [])]
  return names.map((name) => `${graphScope}${name}`)
}

function environmentToken(name: string, environment: NodeJS.ProcessEnv): GraphTokenSource {
  const token = environment[name]?.trim() ?? ''
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const why = `the environment variable ${name} holds no token`
    throw new Failure(exitCodes.configuration, why, `put an access token for Microsoft Graph into ${name}`)
  }
  return async () => token
}

function applicationCredential(authority: string, environment: NodeJS.ProcessEnv): ClientCredentials | undefined {
  const clientId = environment['AZURE_CLIENT_ID']
  const clientSecret = environment['AZURE_CLIENT_SECRET']
  const path = environment['AZURE_CLIENT_CERTIFICATE_PATH']
  if (!clientId) return undefined
  const scope = `${graphScope}.default`
  if (path) {
    const pem = readPem(path)
    return { authority, clientId, scope, clientCertificate: { certificate: pem, privateKey: pem } }
  }
  if (clientSecret) return { authority, clientId, scope, clientSecret }
  const why = 'AZURE_CLIENT_ID is set without AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH'
  throw new Failure(exitCodes.configuration, why, 'set one of them, or unset AZURE_CLIENT_ID to sign in yourself')
}

function readPem(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8')
    if (new X509Certificate(pem).subject !== undefined && pem.includes('PRIVATE KEY')) return pem
  } catch {
    // Said below: the reason may quote the file.
  }
  const why = `AZURE_CLIENT_CERTIFICATE_PATH names no readable PEM file with a certificate and its key`
  throw new Failure(exitCodes.configuration, why, 'correct it, or unset AZURE_CLIENT_ID to sign in yourself')
}
