// @microsoft/msgraph-sdk, which Kiota generates: typed models, their serializers, its own request adapter. Its request builders
// for /applications and /servicePrincipals are in no published package, so those requests are written as the builders
// would; /directory comes with its builders.
import { HttpMethod, RequestInformation } from '@microsoft/kiota-abstractions'
import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure'
import { createGraphServiceClient, extendGraphServiceClient, GraphRequestAdapter } from '@microsoft/msgraph-sdk'
import {
  createApplicationCollectionResponseFromDiscriminatorValue,
  createApplicationFromDiscriminatorValue,
  createAppRoleAssignmentFromDiscriminatorValue,
  createPasswordCredentialFromDiscriminatorValue,
  createServicePrincipalFromDiscriminatorValue,
  serializeApplication,
  serializeAppRoleAssignment,
  serializePasswordCredential,
  serializeServicePrincipal,
} from '@microsoft/msgraph-sdk/models/index.js'
import { createODataErrorFromDiscriminatorValue } from '@microsoft/msgraph-sdk/models/oDataErrors/index.js'
import { PageIterator } from '@microsoft/msgraph-sdk-core'
import { DirectoryServiceClientNavigationMetadata } from '@microsoft/msgraph-sdk-directory'
import { graphScope, graphUrl, live } from './lifecycle.mjs'

const errors = { XXX: createODataErrorFromDiscriminatorValue }
const json = 'application/json'
const application = '{+baseurl}/applications/{id}'
extendGraphServiceClient(DirectoryServiceClientNavigationMetadata)

function connect(credential) {
  const { hostname } = new URL(graphUrl)
  const authentication = new AzureIdentityAuthenticationProvider(
    credential,
    [graphScope],
    undefined,
    new Set([hostname]),
  )
  const adapter = new GraphRequestAdapter(authentication)
  adapter.baseUrl = graphUrl
  const { deletedItems } = createGraphServiceClient(adapter).directory

  function request(method, template, parameters = {}) {
    const made = new RequestInformation(method, template, { baseurl: graphUrl, ...parameters })
    made.headers.add('accept', json)
    return made
  }
  function post(template, parameters, body, serialize, create) {
    const made = request(HttpMethod.POST, template, parameters)
    made.setContentFromParsable(adapter, json, body, serialize)
    return adapter.send(made, create, errors)
  }

  return {
    create: (body) =>
      post('{+baseurl}/applications', {}, body, serializeApplication, createApplicationFromDiscriminatorValue),
    update(id, changes) {
      const made = request(HttpMethod.PATCH, application, { id })
      made.setContentFromParsable(adapter, json, changes, serializeApplication)
      return adapter.sendNoResponseContent(made, errors)
    },
    read: (id) =>
      adapter.send(request(HttpMethod.GET, application, { id }), createApplicationFromDiscriminatorValue, errors),
    remove: (id) => adapter.sendNoResponseContent(request(HttpMethod.DELETE, application, { id }), errors),
    createServicePrincipal: (appId) =>
      post(
        '{+baseurl}/servicePrincipals',
        {},
        { appId },
        serializeServicePrincipal,
        createServicePrincipalFromDiscriminatorValue,
      ),
    addPassword: (id, passwordCredential) =>
      post(
        `${application}/addPassword`,
        { id },
        { passwordCredential },
        (writer, body) =>
          writer.writeObjectValue('passwordCredential', body.passwordCredential, serializePasswordCredential),
        createPasswordCredentialFromDiscriminatorValue,
      ),
    assign: (id, assignment) =>
      post(
        '{+baseurl}/servicePrincipals/{id}/appRoleAssignedTo',
        { id },
        assignment,
        serializeAppRoleAssignment,
        createAppRoleAssignmentFromDiscriminatorValue,
      ),
    async namesOneByOne(name) {
      const names = []
      const list = request(HttpMethod.GET, '{+baseurl}/applications{?%24filter,%24select,%24top}')
      list.queryParameters = {
        '%24filter': `startswith(displayName,'${name}')`,
        '%24select': ['displayName'],
        '%24top': 1,
      }
      const first = await adapter.send(list, createApplicationCollectionResponseFromDiscriminatorValue, errors)
      const keep = ({ displayName }) => names.push(displayName) > 0
      await new PageIterator(
        adapter,
        first,
        keep,
        createApplicationCollectionResponseFromDiscriminatorValue,
        errors,
      ).iterate()
      return names
    },
    async deletedNames(name) {
      const { value } = await deletedItems.graphApplication.get()
      return value.map(({ displayName }) => displayName).filter((found) => found.startsWith(name))
    },
    restore: (id) => deletedItems.byDirectoryObjectId(id).restore.post(),
    refusal(error) {
      if (error.errorEscaped === undefined) throw error
      return { status: error.responseStatusCode, code: error.errorEscaped.code }
    },
  }
}

await live(connect)
