// A tenant's data with Microsoft's two tutorial applications in it, and the token request of the one that calls the other.
import { apply, clientCredentialsToken, createGraphClient } from '../packages/app-registration/dist/src/index.js'
import { startTenant } from '../packages/local-tenant/dist/src/index.js'
import { apiName, daemonName, tutorialApps } from '../packages/tenantry/dist/src/tutorial/apps.js'
import { ask } from './server.mjs'

export const subdomain = 'contoso'

/** Makes the data folder and registers through Graph, as `tenantry up` does. */
export async function registerTutorial(data) {
  const tenant = await startTenant({ dataFolder: data, subdomain, port: 0 })
  try {
    const secrets = new Map()
    const store = {
      read: async (name) => secrets.get(name),
      write: async (name, secret) => void secrets.set(name, secret),
    }
    const { applications } = await apply(administer(tenant), tutorialApps(), store)
    const { [apiName]: api, [daemonName]: daemon } = applications
    const { files } = await tenant.ca.certificateFor('peers', ['localhost', '127.0.0.1'])
    return {
      tenantId: tenant.tenantId,
      apiId: api.appId,
      clientId: daemon.appId,
      clientSecret: secrets.get(daemonName).value,
      servicePrincipalId: daemon.servicePrincipalId,
      tls: files,
    }
  } finally {
    await tenant.close()
  }
}

function administer({ authority, administrator, ca, graph }) {
  const scope = 'https://graph.microsoft.com/.default'
  const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
  return createGraphClient({ baseUrl: graph, accessToken, ca: ca.root })
}

export function tokenRequest({ clientId, clientSecret }, path, scope) {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope }
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams(form)),
  }
}

/** An access token from a server that is running. */
export async function takeToken(server, request) {
  const { status, text } = await ask(server.port, request)
  if (status !== 200) throw new Error(`The token endpoint answered ${status}.`)
  return JSON.parse(text).access_token
}
