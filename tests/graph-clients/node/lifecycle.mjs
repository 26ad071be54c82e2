// What both clients of this folder do, each in its own words (`Words` below), and the one line that they print about it.
import { ClientSecretCredential, DeviceCodeCredential } from '@azure/identity'

const { AUTHORITY_HOST, TENANT_ID, CLIENT_ID, CLIENT_SECRET, NAME: name } = process.env

/** Where Graph is: `https://localhost:<port>/v1.0`. */
export const graphUrl = process.env.GRAPH_URL

export const graphScope = 'https://graph.microsoft.com/.default'
const roleId = '6f1c9c1e-52d1-4a3f-9a6e-5d0b7c2f8e11'

/**
 * Registers an API and a daemon, gives the daemon a secret and a role, takes a token with it, deletes the daemon and
 * restores it. No secret and no token is in what it prints.
 *
 * `connect(credential)` gives a client's words: create, update, read, createServicePrincipal, addPassword, assign, remove,
 * namesOneByOne, deletedNames, restore and refusal(error).
 */
export async function live(connect) {
  const graph = connect(administrator())
  const api = await registerApi(graph)
  const daemon = await register(graph, { displayName: `${name} daemon` })
  const secret = await graph.addPassword(daemon.objectId, { displayName: `made by ${name}` })
  const grant = await graph.assign(api.servicePrincipalId, {
    principalId: daemon.servicePrincipalId,
    resourceId: api.servicePrincipalId,
    appRoleId: roleId,
  })
  const own = credential(daemon.appId, secret.secretText)
  const record = {
    api: { ...api, ...(await facts(graph, api.objectId)) },
    daemon,
    found: await graph.namesOneByOne(name),
    secret: { keyId: secret.keyId, hint: secret.hint, length: secret.secretText.length },
    grant: { principalId: grant.principalId, resourceId: grant.resourceId, appRoleId: grant.appRoleId },
    claims: await claims(own, `api://${api.appId}/.default`),
    denied: await refused(connect(own), (other) => other.read(api.objectId)),
  }
  await graph.remove(daemon.objectId)
  const missing = await refused(graph, () => graph.read(daemon.objectId))
  const deleted = await graph.deletedNames(name)
  for (const id of [daemon.objectId, daemon.servicePrincipalId]) await graph.restore(id)
  const restored = await graph.read(daemon.objectId)
  console.log(
    JSON.stringify({
      ...record,
      missing,
      deleted,
      restored: { appId: restored.appId, keyIds: restored.passwordCredentials.map(({ keyId }) => keyId) },
      // Another credential object, so that no cache answers.
      claimsAfterwards: await claims(credential(daemon.appId, secret.secretText), `api://${api.appId}/.default`),
    }),
  )
}

async function registerApi(graph) {
  const role = { id: roleId, value: 'ToDoList.Read.All', displayName: 'Read', description: 'Reads every list.' }
  const api = await register(graph, {
    displayName: `${name} API, unfinished`,
    api: { requestedAccessTokenVersion: 2 },
    appRoles: [{ ...role, allowedMemberTypes: ['Application'], isEnabled: true }],
  })
  await graph.update(api.objectId, {
    displayName: `${name} API`,
    identifierUris: [`api://${api.appId}`],
    optionalClaims: { accessToken: [{ name: 'idtyp' }] },
  })
  return api
}

async function register(graph, application) {
  const { id: objectId, appId } = await graph.create(application)
  const { id: servicePrincipalId } = await graph.createServicePrincipal(appId)
  return { objectId, appId, servicePrincipalId }
}

async function facts(graph, id) {
  const { displayName, identifierUris, appRoles } = await graph.read(id)
  return { displayName, identifierUris, roles: appRoles.map(({ value }) => value) }
}

async function refused(graph, act) {
  try {
    await act(graph)
    return { status: 200, code: null }
  } catch (error) {
    return graph.refusal(error)
  }
}

const options = { authorityHost: AUTHORITY_HOST, disableInstanceDiscovery: true, retryOptions: { maxRetries: 0 } }

const credential = (clientId, secret) => new ClientSecretCredential(TENANT_ID, clientId, secret, options)

/** The administrator: an application with a secret or, without one, a person who is shown a code on standard error. */
function administrator() {
  if (CLIENT_SECRET !== undefined) return credential(CLIENT_ID, CLIENT_SECRET)
  const userPromptCallback = ({ userCode }) => console.error(`code ${userCode}`)
  return new DeviceCodeCredential({ ...options, tenantId: TENANT_ID, clientId: CLIENT_ID, userPromptCallback })
}

async function claims(by, scope) {
  const { token } = await by.getToken(scope)
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'))
}
