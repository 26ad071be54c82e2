import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import type { Tenant } from '../src/index.js'

export type Json = Readonly<Record<string, unknown>>

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as a JSON object. */
  readonly body: Json
}

export interface Message {
  headers?: Readonly<Record<string, string>>
  body?: string | Uint8Array
}

export interface HttpsClient {
  send(method: string, path: string, message?: Message): Promise<Reply>
  close(): void
}

/** Speaks to a tenant over one kept-alive connection, trusting its CA and nothing else. */
export function connectTo(tenant: Pick<Tenant, 'ca' | 'port'>): HttpsClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: tenant.ca.root })
  return {
    close: () => agent.destroy(),
    send: (method, path, { headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const target = { agent, host: 'localhost', servername: 'localhost', port: tenant.port, method, path }
        const outgoing = request({ ...target, headers: { ...length, ...headers } }, (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', reject)
          incoming.on('end', () => {
            resolve(reply(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString('utf8')))
          })
        })
        outgoing.on('error', reject)
        outgoing.end(body)
      }),
  }
}

function reply(status: number, headers: IncomingHttpHeaders, received: string): Reply {
  return {
    status,
    headers,
    text: received,
    get body() {
      return object(JSON.parse(received))
    },
  }
}

export function object(value: unknown): Json {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `not an object: ${String(value)}`)
  return value as Json
}

export function list(value: unknown): Json[] {
  assert.ok(Array.isArray(value), `not a list: ${String(value)}`)
  return value.map(object)
}

/** The member `name` of a JSON object, which has to be a text. */
export function text(json: Json, name: string): string {
  const value = json[name]
  assert.ok(typeof value === 'string', `${name} is not a text: ${String(value)}`)
  return value
}

export const form = { 'content-type': 'application/x-www-form-urlencoded' }

export const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
