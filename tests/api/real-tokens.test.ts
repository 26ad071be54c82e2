import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { after, before, suite } from 'node:test'
import { ConfidentialClientApplication } from '@azure/msal-node'
import {
  apply,
  clientCredentialsToken,
  createGraphClient,
  type DesiredApplication,
  type StoredSecret,
} from '@tenantry/app-registration'
import { anyOf, createTokenVerifier, definePermissions } from '@tenantry/entra-token'
import { protect } from '@tenantry/entra-token/node'
import { type ServerCertificate, startTenant, type Tenant } from '@tenantry/local-tenant'
import { createMsalNetwork } from '../clients/msal-network.js'
import { endAll, newFolder, type Running, startNode } from '../journey/programs.js'
import { root } from '../workspaces.js'

/** What a signed-in user's token says beyond an application's; the tenant makes it to order. */
const userClaims = (oid: string, scp: string) => ({ oid, sub: randomUUID(), scp, idtyp: 'user', roles: undefined })

suite('tokens of the local tenant at the ToDoList API, over HTTPS', () => {
  const folder = newFolder()
  let here: Registered
  let api: Running
  let url: string

  before(async () => {
    here = await registered(join(folder, 'data'))
    api = await startApi(here, join(folder, 'todos.db'))
    ;[, url = ''] = /listening on (\S+)/.exec(api.output().stderr) ?? []
  })
  after(async () => {
    endAll()
    await here?.tenant.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = (method: string, path: string, token: string, body?: object) =>
    exchange(`${url}/api/todolist${path}`, { method, ca: here.tenant.ca.root, token, body })
  const v2 = () => here.apis['v2']

  test('an application with a token from MSAL makes a to-do for a user, and that user reads it', async () => {
    const owner = randomUUID()
    const app = await here.msalToken(v2().appId)
    const created = await call('POST', '', app, { owner, description: 'From MSAL to SQLite' })
    assert.equal(created.status, 201)
    const { id } = created.body as { id: number }
    const todo = { id, owner, description: 'From MSAL to SQLite' }
    assert.deepEqual(created.body, todo)
    const claims = userClaims(owner, 'ToDoList.Read')
    const user = await here.tenant.tokens.issue({ client: here.clientId, resource: v2().appId, claims })
    assert.deepEqual(await call('GET', '', user), { status: 200, challenge: undefined, body: [todo] })
    const refused = await call('POST', '', user, { description: 'No permission to write' })
    assert.equal(refused.status, 403)
    assert.match(refused.challenge ?? '', /^Bearer error="insufficient_scope".*scope="ToDoList.ReadWrite"/)
    const other = userClaims(randomUUID(), 'ToDoList.ReadWrite')
    const stranger = await here.tenant.tokens.issue({ client: here.clientId, resource: v2().appId, claims: other })
    assert.equal((await call('DELETE', `/${id}`, stranger)).status, 404)
  })

  test('tokens of version 1.0 are refused, of applications and of users, and the log says what to set', async () => {
    const issued = { client: here.clientId, resource: v2().appId, version: 1 } as const
    const ofApp = await here.tenant.tokens.issue(issued)
    const ofUser = await here.tenant.tokens.issue({ ...issued, claims: userClaims(randomUUID(), 'ToDoList.Read') })
    for (const token of [ofApp, ofUser]) {
      const { status, challenge, body } = await call('GET', '', token)
      assert.equal(status, 401)
      assert.match(challenge ?? '', /^Bearer error="invalid_token"/)
      assert.equal((body as { code: string }).code, 'unsupported_version')
    }
    const { stderr } = await api.end('SIGTERM')
    assert.equal(stderr.split('\n').filter((line) => line.includes('requestedAccessTokenVersion')).length, 2)
    assert.doesNotMatch(stderr, /eyJ/)
  })
})

test('an API that takes version 1.0 knows applications from users, with tokens from MSAL for a registration of that version', async () => {
  const folder = newFolder()
  const here = await registered(join(folder, 'data'))
  const { tenant, apis } = here
  const { authority, tenantId, ca } = tenant
  const permissions = definePermissions({ scopes: ['ToDoList.Read'], roles: ['ToDoList.Read.All'] })
  const verifier = createTokenVerifier({
    authority,
    tenantId,
    audience: [apis.v1.appId, `api://${apis.v1.appId}`],
    permissions,
    tokenVersions: ['1.0'],
    allowedApps: [here.clientId],
    ca: ca.root,
  })
  const access = anyOf(permissions.app.hasRole('ToDoList.Read.All'), permissions.user.hasScope('ToDoList.Read'))
  const answer = protect(verifier, access, (_request, response, { kind, clientId, objectId }) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ kind, clientId, objectId }))
  })
  const { chain, key } = here.certificate
  const server = createServer({ cert: chain, key }, answer).listen(0, 'localhost')
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const get = (token: string) => exchange(`https://localhost:${port}/`, { method: 'GET', ca: ca.root, token })
    const app = await get(await here.msalToken(apis.v1.appId))
    assert.equal(app.status, 200, JSON.stringify(app))
    const { kind, clientId } = app.body as { kind: string; clientId: string }
    assert.deepEqual({ kind, clientId }, { kind: 'app', clientId: here.clientId })
    const objectId = randomUUID()
    const claims = userClaims(objectId, 'ToDoList.Read')
    const user = await tenant.tokens.issue({ client: here.clientId, resource: apis.v1.appId, claims })
    const body = { kind: 'user', clientId: here.clientId, objectId }
    assert.deepEqual(await get(user), { status: 200, challenge: undefined, body })
    assert.equal((await get(await here.msalToken(apis.v2.appId))).status, 401)
  } finally {
    server.close()
    verifier.close()
    await tenant.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

interface Registered {
  readonly tenant: Tenant
  readonly certificate: ServerCertificate
  readonly apis: Readonly<Record<'v1' | 'v2', { readonly appId: string }>>
  readonly clientId: string
  /** Asks the token endpoint through MSAL Node. */
  msalToken(apiAppId: string): Promise<string>
}

/** A tenant with an API of each token version and a client that may call both. */
async function registered(dataFolder: string): Promise<Registered> {
  const tenant = await startTenant({ dataFolder, port: 0 })
  const { authority, administrator, ca } = tenant
  const scope = 'https://graph.microsoft.com/.default'
  const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
  const graph = createGraphClient({ baseUrl: tenant.graph, accessToken, ca: ca.root })
  const secrets = new Map<string, StoredSecret>()
  const store = {
    read: async (name: string) => secrets.get(name),
    write: async (name: string, secret: StoredSecret) => void secrets.set(name, secret),
  }
  const { applications } = await apply(
    graph,
    { applications: [apiOfVersion('v1', 1), apiOfVersion('v2', 2), client] },
    store,
  )
  const { v1, v2, client: registeredClient } = applications
  const secret = secrets.get('client')?.value
  assert.ok(v1 && v2 && registeredClient && secret)
  const msal = new ConfidentialClientApplication({
    auth: {
      clientId: registeredClient.appId,
      clientSecret: secret,
      authority,
      knownAuthorities: [`localhost:${tenant.port}`],
    },
    system: { networkClient: createMsalNetwork(tenant, { offline: true }) },
  })
  return {
    tenant,
    certificate: await ca.certificateFor('api', ['localhost', '127.0.0.1', '::1']),
    apis: { v1, v2 },
    clientId: registeredClient.appId,
    async msalToken(apiAppId) {
      const result = await msal.acquireTokenByClientCredential({ scopes: [`api://${apiAppId}/.default`] })
      assert.ok(result)
      return result.accessToken
    },
  }
}

const roles = ['ToDoList.Read.All', 'ToDoList.ReadWrite.All']

function apiOfVersion(uniqueName: string, accessTokenVersion: 1 | 2): DesiredApplication {
  return {
    uniqueName,
    displayName: `API with tokens of version ${accessTokenVersion}`,
    identifierUri: 'appId',
    accessTokenVersion,
    optionalAccessTokenClaims: ['idtyp'],
    appRoles: roles.map((value) => ({
      value,
      displayName: value,
      description: value,
      allowedMemberTypes: ['Application'],
    })),
  }
}

const client: DesiredApplication = {
  uniqueName: 'client',
  displayName: 'Client of both',
  permissions: ['v1', 'v2'].map((application) => ({ application, appRoles: roles, consent: true })),
  secret: { displayName: 'real tokens', lifetimeDays: 2, renewBeforeDays: 1 },
}

function startApi({ tenant, certificate, apis }: Registered, databaseFile: string): Promise<Running> {
  const { files } = certificate
  assert.ok(files !== null && tenant.ca.rootFile !== null)
  const env = {
    AUTHORITY: tenant.authority,
    TENANT_ID: tenant.tenantId,
    CLIENT_ID: apis.v2.appId,
    DATABASE_FILE: databaseFile,
    PORT: '0',
    TLS_CERT_FILE: files.chain,
    TLS_KEY_FILE: files.key,
    CA_FILE: tenant.ca.rootFile,
  }
  return startNode(['.', 'serve'], 'listening on', { cwd: join(root, 'apps/todolist-api'), env })
}

interface Asked {
  readonly method: string
  readonly ca: string
  readonly token: string
  readonly body?: object | undefined
}

async function exchange(url: string, { method, ca, token, body }: Asked) {
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { authorization: `Bearer ${token}`, 'if-match': '*', ...content }
  const asked = request(url, { method, ca, headers, agent: false }).end(body && JSON.stringify(body))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const challenge = answer.headers['www-authenticate']
  const answered: unknown = JSON.parse(await text(answer))
  return { status: answer.statusCode, challenge, body: answered }
}
