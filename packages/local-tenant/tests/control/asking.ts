import assert from 'node:assert/strict'
import { startTenant, type Tenant, type TenantOptions } from '../../src/index.js'
import { connectTo, type HttpsClient, type Message, object, type Reply, text } from '../https-client.js'
import { type Credentials, requestToken } from '../token-client.js'

export interface Given extends AsyncDisposable {
  readonly tenant: Tenant
  readonly client: HttpsClient
  /** An API that offers `Read` and `Write`. */
  readonly api: { readonly appId: string; readonly identifierUri: string }
  /** Holds `Read`. */
  readonly daemon: Credentials & { readonly objectId: string }
  /** A token request of the daemon that is good but for what is given. */
  ask(changed?: Partial<Credentials> & { scope?: string }, message?: Message): Promise<Reply>
}

/** A tenant in memory with an API and a daemon. */
export async function given(options: Partial<TenantOptions> = {}): Promise<Given> {
  const tenant = await startTenant({ dataFolder: null, port: 0, ...options })
  const client = connectTo(tenant)
  const api = tenant.apps.add({ displayName: 'api', appRoles: ['Read', 'Write'] })
  assert.ok(api.identifierUri !== null)
  const grants = [{ api: api.appId, roles: ['Read'] }]
  const { appId, objectId, clientSecret } = tenant.apps.add({ displayName: 'daemon', secret: true, grants })
  assert.ok(clientSecret !== null)
  const daemon = { clientId: appId, objectId, clientSecret }
  return {
    tenant,
    client,
    api: { appId: api.appId, identifierUri: api.identifierUri },
    daemon,
    ask: ({ scope = `${api.identifierUri}/.default`, ...changed } = {}, message = {}) =>
      requestToken(client, tenant, { ...daemon, ...changed }, scope, message),
    async [Symbol.asyncDispose]() {
      client.close()
      await tenant.close()
    },
  }
}

/** Midnight of tomorrow in UTC: what is registered today exists by then, and none of its secrets has ended. */
export function nextMidnight(): Date {
  const day = 86_400_000
  return new Date((Math.floor(Date.now() / day) + 1) * day)
}

/** What the answer says is wrong. */
export const codeOf = ({ body }: Reply) => (Array.isArray(body['error_codes']) ? Number(body['error_codes'][0]) : 0)

/** Calls the control plane as whoever knows its key. */
export function control(
  { tenant, client }: Pick<Given, 'tenant' | 'client'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const authorization = `Bearer ${tenant.controlKey}`
  return client.send(method, `/_tenantry/tenants/${tenant.tenantId}/${path}`, {
    headers: { authorization, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/** A refusal of the control plane, in full. */
export function assertRefused(reply: Reply, status: number, code: string, message: RegExp): void {
  assert.equal(reply.status, status, reply.text)
  const error = object(reply.body['error'])
  assert.deepEqual(Object.keys(reply.body), ['error'])
  assert.deepEqual(Object.keys(error), ['code', 'message'])
  assert.equal(error['code'], code)
  assert.match(text(error, 'message'), message)
}
