// @microsoft/microsoft-graph-client: paths and plain objects.
import { Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import { graphScope, graphUrl, live } from './lifecycle.mjs'

function connect(credential) {
  const { origin, hostname } = new URL(graphUrl)
  const client = Client.initWithMiddleware({
    authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: [graphScope] }),
    baseUrl: `${origin}/`,
    // It sends its token to Microsoft's Graph hosts and to these.
    customHosts: new Set([hostname]),
  })
  const deleted = '/directory/deletedItems'
  return {
    create: (application) => client.api('/applications').post(application),
    update: (id, changes) => client.api(`/applications/${id}`).patch(changes),
    read: (id) => client.api(`/applications/${id}`).get(),
    remove: (id) => client.api(`/applications/${id}`).delete(),
    createServicePrincipal: (appId) => client.api('/servicePrincipals').post({ appId }),
    addPassword: (id, passwordCredential) => client.api(`/applications/${id}/addPassword`).post({ passwordCredential }),
    assign: (id, assignment) => client.api(`/servicePrincipals/${id}/appRoleAssignedTo`).post(assignment),
    async namesOneByOne(name) {
      const names = []
      const filtered = client.api('/applications').filter(`startswith(displayName,'${name}')`)
      const first = await filtered.select(['displayName']).top(1).get()
      await new PageIterator(client, first, ({ displayName }) => names.push(displayName) > 0).iterate()
      return names
    },
    async deletedNames(name) {
      const { value } = await client.api(`${deleted}/microsoft.graph.application`).get()
      return value.map(({ displayName }) => displayName).filter((found) => found.startsWith(name))
    },
    restore: (id) => client.api(`${deleted}/${id}/restore`).post(null),
    refusal(error) {
      if (!(error instanceof GraphError)) throw error
      return { status: error.statusCode, code: error.code }
    },
  }
}

await live(connect)
