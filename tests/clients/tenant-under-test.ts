import assert from 'node:assert/strict'
import {
  apply,
  clientCredentialsToken,
  createGraphClient,
  type DesiredState,
  type GraphClient,
  type SecretStore,
  type StoredSecret,
} from '@tenantry/app-registration'
import { startTenant, type Tenant, type TenantDefinition } from '@tenantry/local-tenant'
import { type ClientCertificate, makeClientCertificate } from './client-certificate.js'
import { openTrustedIssuer, type TrustedIssuer } from './trusted-issuer.js'

/** A running tenant with one API and one daemon that may call it, registered through Graph as anybody would. */
export interface TenantUnderTest extends AsyncDisposable {
  readonly tenant: Tenant
  readonly daemon: Daemon
  /** Shows what the daemon shows, and the daemon's application knows none of it. */
  readonly stranger: Pick<Daemon, 'certificate' | 'assertion'>
  readonly api: { readonly appId: string; readonly scope: string }
}

/** The client that every library of this folder acts as. */
export interface Daemon {
  readonly clientId: string
  readonly clientSecret: string
  readonly servicePrincipalId: string
  readonly certificate: ClientCertificate
  /** A token of the issuer that the daemon's application trusts. */
  readonly assertion: string
}

export const roles = ['ToDoList.Read.All', 'ToDoList.ReadWrite.All']

export async function openTenant(definition: TenantDefinition = {}): Promise<TenantUnderTest> {
  const issuer = await openTrustedIssuer()
  const federation = { allowedIssuers: [issuer.origin], ca: issuer.ca }
  const tenant = await startTenant({ ...definition, dataFolder: null, port: 0, federation })
  const graph = administer(tenant)
  const { api, daemon, secret } = await register(graph)
  const certificate = await makeClientCertificate('daemon')
  return {
    tenant,
    daemon: {
      clientId: daemon.appId,
      clientSecret: secret,
      servicePrincipalId: daemon.servicePrincipalId,
      certificate,
      assertion: await trust(graph, daemon.objectId, certificate, issuer),
    },
    stranger: {
      certificate: await makeClientCertificate('stranger'),
      assertion: (await issuer.addWorkload('stranger')).token,
    },
    api: { appId: api.appId, scope: `api://${api.appId}/.default` },
    async [Symbol.asyncDispose]() {
      await tenant.close()
      await issuer[Symbol.asyncDispose]()
    },
  }
}

async function register(graph: GraphClient) {
  const kept = new Map<string, StoredSecret>()
  const { applications } = await apply(graph, desired, inMemory(kept))
  const [api, daemon, secret] = [applications['api'], applications['daemon'], kept.get('daemon')]
  assert.ok(api && daemon && secret, 'the registration is not whole')
  return { api, daemon, secret: secret.value }
}

/** Lets the application prove itself by certificate and by tokens of the issuer; gives one of those. */
async function trust(
  graph: GraphClient,
  objectId: string,
  { der }: ClientCertificate,
  { issuer, audience, addWorkload }: TrustedIssuer,
): Promise<string> {
  const application = `/applications/${objectId}`
  const key = { type: 'AsymmetricX509Cert', usage: 'Verify', key: der.toString('base64') }
  await graph.send({ method: 'PATCH', path: application, body: { keyCredentials: [key] } })
  const { subject, token } = await addWorkload('daemon')
  const credential = { name: 'trusted', issuer, subject, audiences: [audience] }
  await graph.send({ method: 'POST', path: `${application}/federatedIdentityCredentials`, body: credential })
  return token
}

const desired: DesiredState = {
  applications: [
    {
      uniqueName: 'api',
      displayName: 'API of the client tests',
      identifierUri: 'appId',
      optionalAccessTokenClaims: ['idtyp'],
      appRoles: roles.map((value) => ({
        value,
        displayName: value,
        description: value,
        allowedMemberTypes: ['Application'],
      })),
    },
    {
      uniqueName: 'daemon',
      displayName: 'Daemon of the client tests',
      permissions: [{ application: 'api', appRoles: roles, consent: true }],
      secret: { displayName: 'client tests', lifetimeDays: 2, renewBeforeDays: 1 },
    },
  ],
}

function administer({ graph, authority, administrator, ca }: Tenant): GraphClient {
  const scope = 'https://graph.microsoft.com/.default'
  const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
  return createGraphClient({ baseUrl: graph, accessToken, ca: ca.root })
}

function inMemory(secrets: Map<string, StoredSecret>): SecretStore {
  return {
    read: async (uniqueName) => secrets.get(uniqueName),
    write: async (uniqueName, secret) => void secrets.set(uniqueName, secret),
  }
}
