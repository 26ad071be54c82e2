import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Tenant } from '@tenantry/local-tenant'
import { standIn } from './stand-in.js'

/** A network client for MSAL Node: certificate, SNI and Host header are those of the host in the URL, the machine is ours. */
export interface MsalNetwork {
  /** Method and address of every request that MSAL made, with the tenant's id and port as `<tid>` and `<port>`. */
  readonly requests: readonly string[]
  sendGetRequestAsync<T>(url: string, options?: Options): Promise<Answer<T>>
  sendPostRequestAsync<T>(url: string, options?: Options): Promise<Answer<T>>
}

interface Options {
  readonly headers?: Record<string, string>
  readonly body?: string
}

interface Answer<T> {
  headers: Record<string, string>
  body: T
  status: number
}

/** `offline` leaves nothing but localhost to be reached, as on a machine that has the tenant and no network. */
export function createMsalNetwork(tenant: Tenant, { offline }: { offline: boolean }): MsalNetwork {
  const requests: string[] = []
  const send = async <T>(method: string, address: string, { headers = {}, body = '' }: Options = {}) => {
    const url = new URL(address)
    requests.push(anonymous(`${method} ${url.host}${url.pathname}`, tenant))
    if (offline && url.hostname !== 'localhost') throw new Error(`${url.hostname} cannot be reached`)
    const target = standIn(tenant, url.hostname)
    return exchange<T>(method, url, { ...target, ca: tenant.ca.root }, { ...headers, host: url.host }, body)
  }
  return {
    requests,
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  }
}

async function exchange<T>(
  method: string,
  { hostname, pathname, search }: URL,
  connection: { host: string; port: number; ca: string },
  headers: Record<string, string>,
  body: string,
): Promise<Answer<T>> {
  const path = `${pathname}${search}`
  const request = httpsRequest({ ...connection, servername: hostname, agent: false, method, path, headers })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const named = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const)
  // What MSAL itself does with an answer: it takes the server at its word.
  const content = JSON.parse(await text(response)) as T
  return { headers: Object.fromEntries(named), body: content, status: response.statusCode ?? 0 }
}

function anonymous(line: string, { tenantId, port }: Tenant): string {
  return line.replaceAll(tenantId, '<tid>').replace(`:${port}/`, ':<port>/')
}
