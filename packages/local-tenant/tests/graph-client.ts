import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Tenant } from '../src/index.js'
import { type HttpsClient, type Json, type Reply, text } from './https-client.js'
import { type Credentials, requestToken } from './token-client.js'

export interface GraphClient {
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>
  /** GET that has to answer 200. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Json>
  /** POST that has to answer 200 or 201. */
  post(path: string, body: unknown): Promise<Json>
  /** PATCH that has to answer 204. */
  patch(path: string, body: unknown): Promise<void>
}

/** Calls Graph at `/v1.0` as the tenant's administrator. */
export async function administer(client: HttpsClient, tenant: Tenant): Promise<GraphClient> {
  return graphAs(client, await graphToken(client, tenant, tenant.administrator))
}

export async function graphToken(client: HttpsClient, tenant: Tenant, credentials: Credentials): Promise<string> {
  const reply = await requestToken(client, tenant, credentials, 'https://graph.microsoft.com/.default')
  assert.equal(reply.status, 200, reply.text)
  return text(reply.body, 'access_token')
}

export function graphAs(client: HttpsClient, token: string): GraphClient {
  const send: GraphClient['send'] = (method, path, body, headers = {}) =>
    client.send(method, `/v1.0/${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    send,
    async get(path, headers) {
      const reply = await send('GET', path, undefined, headers)
      assert.equal(reply.status, 200, reply.text)
      return reply.body
    },
    async post(path, body) {
      const reply = await send('POST', path, body)
      assert.ok(reply.status === 200 || reply.status === 201, reply.text)
      return reply.body
    },
    async patch(path, body) {
      const reply = await send('PATCH', path, body)
      assert.equal(reply.status, 204, reply.text)
      assert.equal(reply.text, '')
    },
  }
}

export interface Registered {
  readonly id: string
  readonly appId: string
  readonly servicePrincipalId: string
}

/** An application with its service principal. */
export async function register(graph: GraphClient, application: Json): Promise<Registered> {
  const created = await graph.post('applications', application)
  const appId = text(created, 'appId')
  const servicePrincipal = await graph.post('servicePrincipals', { appId })
  return { id: text(created, 'id'), appId, servicePrincipalId: text(servicePrincipal, 'id') }
}

export async function addSecret(graph: GraphClient, id: string, passwordCredential: Json = {}): Promise<string> {
  return text(await graph.post(`applications/${id}/addPassword`, { passwordCredential }), 'secretText')
}

export function appRole(value: string, more: Json = {}): Json & { id: string } {
  const texts = { displayName: value, description: `May ${value}` }
  return { id: randomUUID(), value, ...texts, allowedMemberTypes: ['Application'], isEnabled: true, ...more }
}

export async function grant(
  graph: GraphClient,
  principal: Registered,
  resource: Registered,
  { id }: { id: string },
): Promise<Json> {
  return graph.post(`servicePrincipals/${resource.servicePrincipalId}/appRoleAssignedTo`, {
    principalId: principal.servicePrincipalId,
    resourceId: resource.servicePrincipalId,
    appRoleId: id,
  })
}

export interface Tutorial {
  readonly api: Registered
  readonly daemon: Registered & Credentials
  readonly roles: readonly [Json & { id: string }, Json & { id: string }]
}

/** The tutorial's two applications: an API with two roles and `idtyp`, and a daemon that holds both roles. */
export async function registerTutorial(graph: GraphClient, version: 1 | 2 = 2): Promise<Tutorial> {
  const roles = [appRole('ToDoList.Read.All'), appRole('ToDoList.ReadWrite.All')] as const
  const api = await register(graph, {
    displayName: 'ciam-ToDoList-api',
    api: { requestedAccessTokenVersion: version },
    optionalClaims: { accessToken: [{ name: 'idtyp' }] },
    appRoles: roles,
  })
  await graph.patch(`applications/${api.id}`, { identifierUris: [`api://${api.appId}`] })
  const client = await register(graph, { displayName: 'ciam-client-app' })
  const clientSecret = await addSecret(graph, client.id)
  const daemon = { ...client, clientId: client.appId, clientSecret }
  for (const role of roles) await grant(graph, daemon, api, role)
  return { api, daemon, roles }
}
