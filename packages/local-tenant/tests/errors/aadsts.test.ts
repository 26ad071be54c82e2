import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { aadsts } from '../../src/errors/aadsts.js'
import { startTenant, type Tenant } from '../../src/index.js'
import {
  addCertificate,
  assertionOf,
  assertionParameters,
  type Changes,
  type ClientCertificate,
  makeCertificate,
  signedJwt,
} from '../assertions.js'
import { inProcess } from '../call.js'
import { askForDevice, clientRequestId, deviceCodes, enterAtPage, pollAs } from '../device.js'
import {
  addSecret,
  administer,
  type GraphClient,
  type Registered,
  register,
  registerTutorial,
  type Tutorial,
} from '../graph-client.js'
import { connectTo, form, guidPattern, type HttpsClient, type Message, type Reply } from '../https-client.js'
import { requestToken } from '../token-client.js'

interface Given extends Tutorial {
  /** Registered with the loner, beside a federated credential. */
  certificate: ClientCertificate
  tenant: Tenant
  client: HttpsClient
  graph: GraphClient
  loner: Registered
  /** The appId of an API that offers Notes.Read and Notes.Write. */
  notes: string
  /** The appId of a public client that may Notes.Read. */
  reader: string
}

interface Case {
  code: number
  error: string
  status: number
  suberror?: string
  lookup: boolean
  ask(given: Given): Promise<Pick<Reply, 'status' | 'headers' | 'body'>>
  message(given: Given): string
}

const wrongTenant =
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You'

/** The test that has the code in it: a browser is told of it, or it takes a sign-in to get there. */
type ElsewhereTested = `${string}.test.ts`

/** One request for each row of the table, and the answer in full. */
const cases: { [Name in keyof typeof aadsts]: Case | ElsewhereTested } = {
  tenantNotFound: {
    code: 90002,
    error: 'invalid_request',
    status: 400,
    lookup: false,
    ask: ({ client }) => post(client, '/fabrikam.onmicrosoft.com/oauth2/v2.0/token', {}),
    message: () =>
      "Tenant 'fabrikam.onmicrosoft.com' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  unknownInstance: {
    code: 50049,
    error: 'invalid_instance',
    status: 400,
    lookup: false,
    ask: ({ client }) => {
      const endpoint = encodeURIComponent('https://login.example.com/common/oauth2/v2.0/authorize')
      const headers = { 'client-request-id': clientRequestId }
      return client.send('GET', `/common/discovery/instance?authorization_endpoint=${endpoint}`, { headers })
    },
    message: () =>
      'Unknown or invalid instance. Please check that the authority is correct and that it is one of the known instances.',
  },
  resourceParameter: {
    code: 901002,
    error: 'invalid_request',
    status: 400,
    lookup: false,
    ask: (given) => token(given, { ...asDaemon(given), resource: given.api.appId }),
    message: () => "The 'resource' request parameter is not supported.",
  },
  missingParameter: {
    code: 900144,
    error: 'invalid_request',
    status: 400,
    lookup: false,
    ask: (given) => token(given, { client_id: given.daemon.appId }),
    message: () => "The request body must contain the following parameter: 'grant_type'.",
  },
  missingField: {
    code: 90014,
    error: 'invalid_request',
    status: 400,
    lookup: true,
    ask: (given) => token(given, { ...asDaemon(given), scope: '' }),
    message: () =>
      "The required field 'scope' is missing from the credential. Ensure that you have all the necessary parameters for the login request.",
  },
  malformedRequest: {
    code: 9002313,
    error: 'invalid_request',
    status: 400,
    lookup: false,
    ask: (given) => tokenWith(given, { headers: form, body: 'scope=a&scope=b' }),
    message: () => 'Invalid request. Request is malformed or invalid.',
  },
  wrongVerb: {
    code: 900561,
    error: 'invalid_request',
    status: 405,
    lookup: false,
    ask: ({ client, tenant }) =>
      client.send('GET', `/${tenant.tenantId}/oauth2/v2.0/token`, {
        headers: { 'client-request-id': clientRequestId },
      }),
    message: () => 'The endpoint only accepts POST requests. Received a GET request.',
  },
  unsupportedGrant: {
    code: 70003,
    error: 'unsupported_grant_type',
    status: 400,
    lookup: false,
    ask: (given) => token(given, { ...asDaemon(given), grant_type: 'password' }),
    message: () => "The app requested an unsupported grant type 'password'.",
  },
  applicationNotFound: {
    code: 700016,
    error: 'unauthorized_client',
    status: 400,
    lookup: true,
    ask: (given) => token(given, { ...asDaemon(given), client_id: clientRequestId }),
    message: ({ tenant }) =>
      `Application with identifier '${clientRequestId}' was not found in the directory '${tenant.tenantId}'. ${wrongTenant} may have sent your authentication request to the wrong tenant.`,
  },
  invalidApplicationId: {
    code: 700038,
    error: 'unauthorized_client',
    status: 400,
    lookup: false,
    ask: (given) => token(given, { ...asDaemon(given), client_id: '00000000-0000-0000-0000-000000000000' }),
    message: () => '00000000-0000-0000-0000-000000000000 is not a valid application identifier.',
  },
  missingServicePrincipal: {
    code: 7000229,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    async ask(given) {
      const { body } = await given.graph.send(
        'PATCH',
        "applications(uniqueName='orphan')",
        { displayName: 'orphan' },
        prefer,
      )
      return token(given, { ...asDaemon(given), client_id: String(body['appId']) })
    },
    message: ({ tenant }) =>
      `The client application {appId} is missing service principal in the tenant ${tenant.tenantId}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119`,
  },
  applicationDisabled: {
    code: 7000112,
    error: 'unauthorized_client',
    status: 400,
    lookup: false,
    async ask(given) {
      const app = await register(given.graph, { displayName: 'switched off' })
      await given.graph.patch(`servicePrincipals/${app.servicePrincipalId}`, { accountEnabled: false })
      return token(given, { ...asDaemon(given), client_id: app.appId })
    },
    message: () => "Application '{appId}'(switched off) is disabled.",
  },
  invalidSecret: {
    code: 7000215,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    ask: (given) => token(given, { ...asDaemon(given), client_secret: 'not-the-secret' }),
    message: ({ daemon }) =>
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${daemon.appId}'.`,
  },
  expiredSecret: {
    code: 7000222,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    async ask(given) {
      const ended = { startDateTime: '2020-01-01T00:00:00Z', endDateTime: '2020-07-01T00:00:00Z' }
      const client_secret = await addSecret(given.graph, given.loner.id, ended)
      return token(given, { ...asDaemon(given), client_id: given.loner.appId, client_secret })
    },
    message: ({ loner }) =>
      `The provided client secret keys for app '${loner.appId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
  },
  missingCredential: {
    code: 7000216,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => token(given, { ...asDaemon(given), client_secret: '' }),
    message: () =>
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  },
  malformedJwt: {
    code: 50027,
    error: 'invalid_request',
    status: 400,
    lookup: true,
    ask: (given) => token(given, assertionParameters(given.loner.appId, 'not-a-jwt')),
    message: () => 'JWT token is invalid or malformed.',
  },
  unnamedKey: {
    code: 5002723,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    ask: (given) => presented(given, { header: { 'x5t#S256': undefined } }),
    message: () =>
      'Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.',
  },
  wrongJwtType: {
    code: 5002727,
    error: 'invalid_request',
    status: 400,
    lookup: false,
    ask: (given) => presented(given, { header: { typ: 'JOSE' } }),
    message: () => "Invalid JWT header type specified, must be 'JWT' or 'http://openid.net/specs/jwt/1.0'.",
  },
  unsupportedAlgorithm: {
    code: 5002738,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    ask: (given) => presented(given, { header: { alg: 'none' } }),
    message: () =>
      "Invalid JWT token. 'none' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512,PS256'",
  },
  invalidSignature: {
    code: 700027,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { header: { 'x5t#S256': 'abcd' } }),
    message: ({ loner }) =>
      `Client assertion failed signature validation. [Reason - The key was not found., Thumbprint of key used by client: '69B71D', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${loner.appId}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/${loner.appId}'].`,
  },
  assertionTime: {
    code: 700024,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    // The message tells the time, so the time has to stand still.
    async ask(given) {
      const now = new Date('2026-11-23T10:00:00.250Z')
      const { send, directory } = await inProcess({ now: () => now })
      const { appId, objectId } = directory.applications.create({ displayName: 'late' })
      directory.servicePrincipals.create(appId, {})
      const certificate = await makeCertificate(new Date('2026-01-01T00:00:00Z'))
      directory.keyCredentials.add(objectId, { key: certificate.der })
      const seconds = now.getTime() / 1000 - 0.25
      const claims = { nbf: seconds - 1_000, exp: seconds - 400 }
      const body = new URLSearchParams(
        assertionParameters(appId, assertionOf(given.tenant, appId, certificate, { claims })),
      )
      const path = [directory.organization.tenantId, 'oauth2', 'v2.0', 'token']
      const call = { method: 'POST', path, headers: form, body: body.toString(), correlationId: clientRequestId }
      return send({ ...call, origin: given.tenant.origin })
    },
    message: () =>
      'Client assertion is not within its valid time range. Current time: 2026-11-23T10:00:00.2500000Z, assertion valid from 2026-11-23T09:43:20.0000000Z, expiry time of assertion 2026-11-23T09:53:20.0000000Z. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
  },
  assertionIssuer: {
    code: 700021,
    error: 'invalid_client',
    status: 401,
    lookup: true,
    ask: (given) => presented(given, { claims: { iss: given.daemon.appId, sub: given.daemon.appId } }),
    message: () =>
      "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
  },
  assertionAudience: {
    code: 700023,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { claims: { aud: given.tenant.origin } }),
    message: () =>
      'Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
  },
  assertionSubject: {
    code: 50048,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { claims: { sub: 'somebody else' } }),
    message: () => 'Subject mismatches Issuer claim in the client assertion.',
  },
  noFederatedIssuer: {
    code: 700211,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { claims: { ...federated, iss: 'https://localhost:1/issuer/' } }),
    message: () =>
      "No matching federated identity record found for presented assertion issuer 'https://localhost:1/issuer/'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
  },
  noFederatedAudience: {
    code: 700212,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { claims: { ...federated, aud: 'api://else' } }),
    message: () =>
      "No matching federated identity record found for presented assertion audience 'api://else'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
  },
  noFederatedSubject: {
    code: 700213,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { claims: { ...federated, sub: 'workload:two' } }),
    message: () =>
      "No matching federated identity record found for presented assertion subject 'workload:two'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
  },
  federatedCaseDiffers: {
    code: 7002138,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => presented(given, { claims: { ...federated, sub: 'Workload:One' } }),
    message: () =>
      "No matching federated identity record found for presented assertion subject 'Workload:One'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. See documentation at: https://learn.microsoft.com/entra/workload-id/workload-identity-federation. See breaking change notification and remediation at: https://learn.microsoft.com/en-us/entra/identity-platform/reference-breaking-changes#august-2024.",
  },
  notAppOnly: {
    code: 700229,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    async ask({ certificate }) {
      const key = createPublicKey(certificate.privateKey)
      const { send, directory } = await inProcess({ federation: { keyOf: () => Promise.resolve(key) } })
      const { appId, objectId } = directory.applications.create({ displayName: 'workload' })
      directory.servicePrincipals.create(appId, {})
      const { sub: subject, aud: audience } = federated
      const issuer = `https://login.microsoftonline.com/${clientRequestId}/v2.0`
      directory.federatedCredentials.create(objectId, { name: 'entra', issuer, subject, audience, description: null })
      const exp = Math.floor(Date.now() / 1000) + 600
      const claims = { ...federated, iss: issuer, tid: clientRequestId, oid: subject, scp: 'User.Read', exp }
      const assertion = signedJwt({ alg: 'RS256', kid: 'key' }, claims, certificate.privateKey)
      const body = new URLSearchParams(assertionParameters(appId, assertion)).toString()
      const path = [directory.organization.tenantId, 'oauth2', 'v2.0', 'token']
      return send({ method: 'POST', path, headers: form, body, correlationId: clientRequestId })
    },
    message: () =>
      'Only app-only tokens may be used as Federated Identity Credentials for Microsoft Entra issuer. Use an app-only access token (generated during a client credentials flow) instead of a user-delegated access token (representing a request coming from a user context).',
  },
  issuerUnreachable: {
    code: 50166,
    error: 'invalid_request',
    status: 400,
    lookup: false,
    ask: (given) => presented(given, { header: { alg: 'RS256', kid: 'key' }, claims: federated }),
    message: () => 'Request to External OIDC endpoint failed.',
  },
  invalidScope: {
    code: 70011,
    error: 'invalid_scope',
    status: 400,
    lookup: false,
    ask: (given) => token(given, { ...asDaemon(given), scope: 'api://one/.default api://two/.default' }),
    message: () =>
      "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope api://one/.default api://two/.default is not valid.",
  },
  scopeWithoutDefault: {
    code: 1002012,
    error: 'invalid_scope',
    status: 400,
    lookup: false,
    ask: (given) => token(given, { ...asDaemon(given), scope: 'api://one/ToDoList.Read.All' }),
    message: () =>
      'The provided value for scope api://one/ToDoList.Read.All is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  },
  resourceNotFound: {
    code: 500011,
    error: 'invalid_resource',
    status: 400,
    lookup: true,
    ask: (given) => token(given, { ...asDaemon(given), scope: 'api://nobody/.default' }),
    message: ({ tenant }) =>
      `The resource principal named api://nobody was not found in the tenant named ${tenant.tenantId}. ${wrongTenant} might have sent your authentication request to the wrong tenant.`,
  },
  resourceDisabled: {
    code: 500014,
    error: 'invalid_resource',
    status: 400,
    lookup: false,
    async ask(given) {
      const app = await register(given.graph, { displayName: 'resource switched off' })
      await given.graph.patch(`servicePrincipals/${app.servicePrincipalId}`, { accountEnabled: false })
      return token(given, { ...asDaemon(given), scope: `${app.appId}/.default` })
    },
    message: () => "The service principal for resource '{appId}' is disabled.",
  },
  notAssigned: {
    code: 501051,
    error: 'invalid_grant',
    status: 400,
    lookup: false,
    async ask(given) {
      const app = await register(given.graph, { displayName: 'members only' })
      await given.graph.patch(`servicePrincipals/${app.servicePrincipalId}`, { appRoleAssignmentRequired: true })
      return token(given, { ...asDaemon(given), scope: `${app.appId}/.default` })
    },
    message: ({ daemon }) =>
      `Application '${daemon.appId}'(ciam-client-app) is not assigned to a role for the application '{appId}'(members only).`,
  },
  tooManyRequests: {
    code: 90055,
    error: 'temporarily_unavailable',
    status: 429,
    lookup: false,
    ask: (given) => {
      given.tenant.faults.add({ where: 'token', status: 429, times: 1 })
      return token(given, asDaemon(given))
    },
    message: () => 'The server is terminating the request because there are too many requests. Please retry later.',
  },
  severalResources: {
    code: 28000,
    error: 'invalid_scope',
    status: 400,
    lookup: false,
    ask: (given) => askForDevice(given, { client_id: given.reader, scope: `${given.notes}/Notes.Read User.Read` }),
    message: ({ notes }) =>
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${notes}/Notes.Read User.Read is not valid.`,
  },
  consentRequired: {
    code: 65001,
    error: 'invalid_grant',
    suberror: 'consent_required',
    status: 400,
    lookup: false,
    ask: (given) => signedInPoll(given, given.reader, `${given.notes}/Notes.Write`),
    message: ({ reader }) =>
      `The user or administrator has not consented to use the application with ID '${reader}' named 'reader'. Send an interactive authorization request for this user and resource.`,
  },
  userNotAssigned: {
    code: 50105,
    error: 'invalid_grant',
    status: 400,
    lookup: false,
    async ask(given) {
      const app = given.tenant.apps.add({ displayName: 'members', publicClient: true })
      await given.graph.patch(`servicePrincipals/${app.servicePrincipalId}`, { appRoleAssignmentRequired: true })
      return signedInPoll(given, app.appId, 'openid')
    },
    message: () =>
      "Your administrator has configured the application members ('{appId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user 'dana@contoso.onmicrosoft.com' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.",
  },
  userNotFound: {
    code: 50034,
    error: 'invalid_grant',
    status: 400,
    lookup: false,
    async ask(given) {
      const { objectId } = await given.tenant.users.add({ displayName: 'Gone', name: 'gone' })
      const poll = signedInPoll(given, given.reader, 'openid', objectId, () =>
        given.graph.send('DELETE', `users/${objectId}`),
      )
      const { body, ...reply } = await poll
      const described = String(body['error_description']).replace(objectId, '{user}')
      return { ...reply, body: { ...body, error_description: described } }
    },
    message: ({ tenant }) =>
      `The user account {user} does not exist in the ${tenant.tenantId} directory. To sign into this application, the account must be added to the directory.`,
  },
  userDisabled: {
    code: 50057,
    error: 'invalid_grant',
    status: 400,
    lookup: false,
    async ask(given) {
      const { objectId } = await given.tenant.users.add({ displayName: 'Asleep', name: 'asleep' })
      return signedInPoll(given, given.reader, 'openid', objectId, () =>
        given.graph.patch(`users/${objectId}`, { accountEnabled: false }),
      )
    },
    message: () => 'The user account is disabled.',
  },
  confidentialClient: {
    code: 7000218,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => signedInPoll(given, given.daemon.appId, 'openid'),
    message: () => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  publicClient: {
    code: 700025,
    error: 'invalid_client',
    status: 401,
    lookup: false,
    ask: (given) => pollAs(given, given.reader, 'any', { client_secret: 'none of this client' }),
    message: () => "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  },
  authorizationPending: {
    code: 70016,
    error: 'authorization_pending',
    status: 400,
    lookup: false,
    async ask(given) {
      const { deviceCode } = await deviceCodes(given, given.reader, 'openid')
      return pollAs(given, given.reader, deviceCode)
    },
    message: () => 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
  },
  badDeviceCode: {
    code: 70018,
    error: 'bad_verification_code',
    status: 400,
    lookup: false,
    async ask(given) {
      const other = given.tenant.apps.add({ displayName: 'other', publicClient: true })
      const { deviceCode } = await deviceCodes(given, given.reader, 'openid')
      return pollAs(given, other.appId, deviceCode)
    },
    message: () => 'OAuth 2.0 device flow error. Bad verification code.',
  },
  deviceCodeExpired: {
    code: 70019,
    error: 'expired_token',
    status: 400,
    lookup: false,
    async ask(given) {
      const { deviceCode } = await deviceCodes(given, given.reader, 'openid')
      given.tenant.clock.advance({ minutes: 15 })
      const reply = await pollAs(given, given.reader, deviceCode)
      given.tenant.clock.release()
      return reply
    },
    message: () => 'OAuth 2.0 device flow error. Verification code expired.',
  },
  pollingTooFast: {
    code: 70020,
    error: 'slow_down',
    status: 400,
    lookup: false,
    async ask(given) {
      const { deviceCode } = await deviceCodes(given, given.reader, 'openid')
      await pollAs(given, given.reader, deviceCode)
      return pollAs(given, given.reader, deviceCode)
    },
    message: () => 'OAuth 2.0 device flow error. The device polls faster than the interval allows.',
  },
  authorizationDeclined: {
    code: 65004,
    error: 'authorization_declined',
    status: 400,
    lookup: false,
    async ask(given) {
      const { deviceCode, userCode } = await deviceCodes(given, given.reader, 'openid')
      await enterAtPage(given, { user_code: userCode, decision: 'decline' })
      return pollAs(given, given.reader, deviceCode)
    },
    message: () => 'User declined to consent to access the app.',
  },
  userAssertionInvalid: 'token-endpoint/on-behalf-of.test.ts',
  userAssertionAudience: 'token-endpoint/on-behalf-of.test.ts',
  userAssertionExpired: 'token-endpoint/on-behalf-of.test.ts',
  appOnBehalf: 'token-endpoint/on-behalf-of.test.ts',
  idTokenOnBehalf: 'token-endpoint/on-behalf-of.test.ts',
  redirectMismatch: 'authorize-endpoint/authorize.test.ts',
  noRedirect: 'authorize-endpoint/authorize.test.ts',
  unsupportedResponseType: 'authorize-endpoint/authorize.test.ts',
  responseTypeNotEnabled: 'authorize-endpoint/authorize.test.ts',
  unsupportedResponseMode: 'authorize-endpoint/authorize.test.ts',
  challengeInvalid: 'authorize-endpoint/authorize.test.ts',
  challengeSize: 'authorize-endpoint/authorize.test.ts',
  noSession: 'authorize-endpoint/authorize.test.ts',
  verifierMismatch: 'token-endpoint/user-grants.test.ts',
  redirectDiffers: 'token-endpoint/user-grants.test.ts',
  crossOrigin: 'token-endpoint/user-grants.test.ts',
  sameOrigin: 'token-endpoint/user-grants.test.ts',
  codeRedeemed: 'token-endpoint/user-grants.test.ts',
  codeExpired: 'token-endpoint/user-grants.test.ts',
  grantUnknown: 'token-endpoint/user-grants.test.ts',
  refreshInactive: 'token-endpoint/user-grants.test.ts',
  refreshOver: 'token-endpoint/user-grants.test.ts',
  passwordChanged: 'token-endpoint/user-grants.test.ts',
  temporarilyUnavailable: {
    code: 90033,
    error: 'temporarily_unavailable',
    status: 503,
    lookup: false,
    async ask() {
      const { send, directory, faults } = await inProcess()
      directory.close()
      const body = 'grant_type=client_credentials&client_id=0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'
      const path = [directory.organization.tenantId, 'oauth2', 'v2.0', 'token']
      const answer = await send({ method: 'POST', path, headers: form, body, correlationId: clientRequestId })
      assert.equal(faults.length, 1, 'the fault is reported')
      return answer
    },
    message: () => 'A transient error has occurred. Please try again.',
  },
}

/** What the loner's federated credential is for. */
const federated = { iss: 'https://localhost:1/issuer', sub: 'workload:one', aud: 'api://AzureADTokenExchange' }

const prefer = { prefer: 'create-if-missing' }

let given: Given
before(async () => {
  const tenant = await startTenant({ dataFolder: null, port: 0 })
  const client = connectTo(tenant)
  const graph = await administer(client, tenant)
  const loner = await register(graph, { displayName: 'loner' })
  const certificate = await makeCertificate()
  await addCertificate(graph, loner.id, certificate)
  await graph.post(`applications/${loner.id}/federatedIdentityCredentials`, {
    name: 'workload',
    issuer: federated.iss,
    subject: federated.sub,
    audiences: [federated.aud],
  })
  await tenant.users.add({ displayName: 'Dana', name: 'dana' })
  const { appId: notes } = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read', 'Notes.Write'] })
  const delegatedGrants = [{ api: notes, scopes: ['Notes.Read'] }]
  const { appId: reader } = tenant.apps.add({ displayName: 'reader', publicClient: true, delegatedGrants })
  given = { tenant, client, graph, loner, certificate, notes, reader, ...(await registerTutorial(graph)) }
})
after(async () => {
  given.client.close()
  await given.tenant.close()
})

test('every row of the table has a case here', () => {
  assert.deepEqual(Object.keys(cases).toSorted(), Object.keys(aadsts).toSorted())
})

test('a row that is tested elsewhere is tested there', () => {
  for (const [name, elsewhere] of Object.entries(cases)) {
    if (typeof elsewhere !== 'string') continue
    const source = readFileSync(new URL(`../../../tests/${elsewhere}`, import.meta.url), 'utf8')
    const { code } = aadsts[name as keyof typeof aadsts]
    assert.ok(source.includes(String(code)), `${name} in ${elsewhere}`)
  }
})

test('no code stands in the table twice', () => {
  const codes = Object.values(aadsts).map(({ code }) => code)
  assert.equal(new Set(codes).size, codes.length)
})

for (const [name, expected] of Object.entries(cases)) {
  if (typeof expected === 'string') continue
  test(`AADSTS${expected.code} (${name}) is answered with ${expected.status} ${expected.error}`, async () => {
    const { status, headers, body } = await expected.ask(given)
    const { trace_id: traceId, timestamp } = body
    assert.match(String(traceId), guidPattern)
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
    const tail = `Trace ID: ${String(traceId)} Correlation ID: ${clientRequestId} Timestamp: ${String(timestamp)}`
    const described = `AADSTS${expected.code}: ${expected.message(given)} ${tail}`
    assert.equal(status, expected.status)
    assert.deepEqual(withoutNewIds(body, described), {
      error: expected.error,
      error_description: described,
      error_codes: [expected.code],
      timestamp,
      trace_id: traceId,
      correlation_id: clientRequestId,
      ...(expected.suberror === undefined ? {} : { suberror: expected.suberror }),
      ...(expected.lookup ? { error_uri: `${given.tenant.origin}/error?code=${expected.code}` } : {}),
    })
    assert.deepEqual(Object.keys(body).slice(0, 6), membersInOrder)
    assert.equal(headers['x-ms-request-id'], traceId)
    assert.equal(headers['cache-control'], 'no-store, no-cache')
    assert.equal(headers['pragma'], 'no-cache')
    assert.equal(headers['expires'], '-1')
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  })
}

const membersInOrder = ['error', 'error_description', 'error_codes', 'timestamp', 'trace_id', 'correlation_id']

/** The body with the id of an application that the case itself registered written as `{appId}`, where the case says so. */
function withoutNewIds(body: Reply['body'], described: string): object {
  if (!described.includes('{appId}')) return body
  const [head = '', tail = ''] = described.split('{appId}')
  const actual = String(body['error_description'])
  const appId = actual.slice(head.length, actual.length - tail.length)
  assert.match(appId, guidPattern)
  return { ...body, error_description: actual.replace(appId, '{appId}') }
}

test('the correlation id is taken from the query too, and made up when what was sent is no GUID', async () => {
  const path = `/${given.tenant.tenantId}/oauth2/v2.0/token`
  const fromQuery = await given.client.send('POST', `${path}?client-request-id=${clientRequestId.toUpperCase()}`)
  assert.equal(fromQuery.body['correlation_id'], clientRequestId)
  const invented = await given.client.send('POST', path, { headers: { 'client-request-id': 'me' } })
  assert.match(String(invented.body['correlation_id']), guidPattern)
})

test('what a client sent cannot break the one line of a description, and is cut short', async () => {
  const odd = `a\r\nb\u0000\u0085\u2028${'x'.repeat(1000)}`
  const { body } = await token(given, { ...asDaemon(given), grant_type: odd })
  assert.ok(
    String(body['error_description']).startsWith(
      `AADSTS70003: The app requested an unsupported grant type 'a??b???xxx`,
    ),
  )
  assert.doesNotMatch(String(body['error_description']), /[\p{C}\p{Zl}\p{Zp}]/u)
  assert.ok(String(body['error_description']).length < 600)
})

test('a refused secret appears nowhere in the answer', async () => {
  const clientSecret = 'Zyx8Q~a-secret-that-is-wrong-and-still-a-secret'
  const { tenant, client, daemon } = given
  const { text } = await requestToken(client, tenant, { ...daemon, clientSecret }, 'api://x/.default')
  assert.ok(!text.includes(clientSecret))
})

function asDaemon({ daemon, api }: Given): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_id: daemon.appId,
    client_secret: daemon.clientSecret,
    scope: `api://${api.appId}/.default`,
  }
}

/** A token request of the loner by an assertion that is good but for `changes`. */
function presented(wanted: Given, changes: Changes): Promise<Reply> {
  const { tenant, loner, certificate } = wanted
  return token(wanted, assertionParameters(loner.appId, assertionOf(tenant, loner.appId, certificate, changes)))
}

/** What a device is told after a user has signed in on it, and something has happened. */
async function signedInPoll(
  wanted: Given,
  clientId: string,
  scope: string,
  user = 'dana@contoso.onmicrosoft.com',
  then: () => Promise<unknown> = async () => {},
): Promise<Reply> {
  const { deviceCode, userCode } = await deviceCodes(wanted, clientId, scope)
  wanted.tenant.users.signIn(user, { deviceCode: userCode })
  await then()
  return pollAs(wanted, clientId, deviceCode)
}

function token(wanted: Given, parameters: Record<string, string>): Promise<Reply> {
  return post(wanted.client, `/${wanted.tenant.tenantId}/oauth2/v2.0/token`, parameters)
}

function tokenWith({ client, tenant }: Given, { headers = {}, ...message }: Message): Promise<Reply> {
  const identified = { ...headers, 'client-request-id': clientRequestId }
  return client.send('POST', `/${tenant.tenantId}/oauth2/v2.0/token`, { ...message, headers: identified })
}

function post(client: HttpsClient, path: string, parameters: Record<string, string>): Promise<Reply> {
  const headers = { ...form, 'client-request-id': clientRequestId }
  return client.send('POST', path, { headers, body: new URLSearchParams(parameters).toString() })
}
