import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Answer, BodyError, type Call } from './call.js'
import { hostFamily } from './hosts.js'

export interface Listener {
  readonly port: number
  close(): Promise<void>
}

export interface ListenerOptions {
  port: number
  /** Loopback unless the operator asked for another address. */
  host: string
  tls: { chain: string; key: string }
  /** Answers a call; must not throw. */
  handle(call: Call): Promise<Answer>
}

/** The port is taken or may not be used. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly code: string
  readonly port: number
  constructor(code: string, port: number, options: ErrorOptions) {
    super(`cannot listen on port ${port} (${code})`, options)
    this.code = code
    this.port = port
  }
}

const loopback = ['127.0.0.1', '::1']
/** A request whose headers or body take longer than this is cut off. */
const requestTimeout = 30_000
const maxUrlLength = 8_192

/** Listens on `host`; `localhost` stands for both loopback addresses, so that it does not matter which one a client tries first. */
export async function listen({ port, host, tls, handle }: ListenerOptions): Promise<Listener> {
  const [first = host, second] = host === 'localhost' ? loopback : [host]
  const makeServer = () =>
    createServer(
      { cert: tls.chain, key: tls.key, minVersion: 'TLSv1.2', requestTimeout, headersTimeout: requestTimeout },
      (request, response) => void answer(request, response, handle),
    )
  const servers = [makeServer()]
  const [primary] = servers as [Server]
  await bind(primary, port, first)
  const bound = (primary.address() as AddressInfo).port
  if (second !== undefined) {
    const other = makeServer()
    if (await bindIfPossible(other, bound, second)) servers.push(other)
  }
  return {
    port: bound,
    async close() {
      await Promise.all(servers.map(stop))
    },
  }
}

function bind(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => reject(new ListenError(cause.code ?? 'unknown', port, { cause }))
    server.once('error', fail)
    server.listen({ port, host }, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

/** A machine without IPv6 has no ::1 to listen on; that is no reason not to start. */
async function bindIfPossible(server: Server, port: number, host: string): Promise<boolean> {
  try {
    await bind(server, port, host)
    return true
  } catch (error) {
    if (error instanceof ListenError && ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(error.code)) return false
    throw error
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    // A client that holds a connection open must not hold the process open.
    setTimeout(() => server.closeAllConnections(), 1_000).unref()
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: ListenerOptions['handle'],
): Promise<void> {
  const call = readCall(request)
  const result = 'status' in call ? call : await handle(call)
  write(request, response, result)
}

/** The request as a Call, or the answer to one that does not even reach an endpoint. */
function readCall(request: IncomingMessage): Call | Answer {
  const host = request.headers.host ?? ''
  const family = hostFamily(host)
  if (family === undefined) return plainError(421, 'This listener does not answer for the host in the request.')
  const url = request.url ?? '/'
  if (url.length > maxUrlLength) return plainError(414, 'The URL is too long.')
  const [rawPath = '/', rawQuery = ''] = splitOnce(url, '?')
  const path = decodePath(rawPath)
  if (path === undefined) return plainError(400, 'The path is not a valid URL path.')
  const query = new URLSearchParams(rawQuery)
  return {
    method: request.method ?? 'GET',
    family,
    port: request.socket.localPort ?? 0,
    origin: `https://${host.toLowerCase()}`,
    path,
    query,
    headers: request.headers,
    correlationId: readGuid(request.headers['client-request-id']) ?? readGuid(query.get('client-request-id')),
    readBody: (limit) => readBody(request, limit),
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function decodePath(path: string): string[] | undefined {
  try {
    const segments = path.split('/').slice(1).map(decodeURIComponent)
    if (segments.at(-1) === '') segments.pop()
    return segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'))
      ? undefined
      : segments
  } catch {
    return undefined
  }
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function readGuid(value: string | string[] | null | undefined): string | undefined {
  return typeof value === 'string' && guid.test(value) ? value.toLowerCase() : undefined
}

async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > limit) break
      chunks.push(chunk)
    }
  } catch {
    throw new BodyError('incomplete')
  }
  if (length > limit) throw new BodyError('too_large')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new BodyError('not_utf8')
  }
}

function plainError(status: number, message: string): Answer {
  return { status, body: { error: { code: 'BadRequest', message } } }
}

function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return
  const text = body === undefined ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': String(Buffer.byteLength(text)),
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    // The rest of a body that was not read would otherwise be taken for the next request.
    ...(request.complete || request.method === 'GET' ? {} : { connection: 'close' }),
    ...headers,
  })
  response.end(request.method === 'HEAD' ? '' : text)
}
