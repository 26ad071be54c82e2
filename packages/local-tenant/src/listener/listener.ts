import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Socket,
  type Server as SocketServer,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { isGuid } from '../guid.js'
import { type Answer, BodyError, type Call, type Silence } from './call.js'
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
  handle(call: Call): Promise<Answer | Silence>
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
const handshakeTimeout = 10_000
const maxUrlLength = 8_192
/** How long close() waits for answers that are being written. */
const closeTimeout = 1_000

/** Listens on `host`; `localhost` stands for both loopback addresses, so that it does not matter which one a client tries first. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listenOnce(options)
    } catch (error) {
      // A number that the system picked for the first address may be taken on the second: then any other one will do.
      const unlucky = options.port === 0 && error instanceof ListenError && error.code === 'EADDRINUSE'
      if (!unlucky || attempt === 10) throw error
    }
  }
}

async function listenOnce({ port, host, tls, handle }: ListenerOptions): Promise<Listener> {
  const [first = host, second] = host === 'localhost' ? loopback : [host]
  const sockets = new Set<Socket>()
  const primary = makeServer(tls, handle, sockets)
  await bind(primary, port, first)
  const servers: SocketServer[] = [primary]
  const bound = (primary.address() as AddressInfo).port
  try {
    if (second !== undefined) {
      // Its connections are the first one's from here on, which saves making a second TLS context.
      const other = createSocketServer({ noDelay: true }, (socket) => void primary.emit('connection', socket))
      if (await bindIfPossible(other, bound, second)) servers.push(other)
    }
  } catch (error) {
    await stop(servers, sockets)
    throw error
  }
  return { port: bound, close: () => stop(servers, sockets) }
}

function makeServer(tls: ListenerOptions['tls'], handle: ListenerOptions['handle'], sockets: Set<Socket>): Server {
  const timeouts = { requestTimeout, headersTimeout: requestTimeout, handshakeTimeout }
  // An empty `ca`: clients show no certificates here, and reading Node's own list of roots takes 30 ms of every start.
  const options: ServerOptions = { cert: tls.chain, key: tls.key, ca: [], minVersion: 'TLSv1.2', ...timeouts }
  const server = createServer(options, (request, response) => void answer(request, response, handle))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('clientError', refuseMalformed)
  return server
}

function bind(server: SocketServer, port: number, host: string): Promise<void> {
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
async function bindIfPossible(server: SocketServer, port: number, host: string): Promise<boolean> {
  try {
    await bind(server, port, host)
    return true
  } catch (error) {
    if (error instanceof ListenError && ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(error.code)) return false
    throw error
  }
}

/** Ends idle connections at once and the others a moment later: a client that holds one open must not hold the process open. */
async function stop(servers: readonly SocketServer[], sockets: ReadonlySet<Socket>): Promise<void> {
  // By socket, because a connection that never finished its TLS handshake is none of the HTTP server's yet.
  const cut = setTimeout(() => sockets.forEach((socket) => void socket.destroy()), closeTimeout)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  clearTimeout(cut)
}

const malformed: Readonly<Record<string, [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The request line or the headers are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
}

/** Answers what is not HTTP, for which there is no request and no response object. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, message] = malformed[error.code ?? ''] ?? ['400 Bad Request', 'The request is not valid HTTP.']
  const body = JSON.stringify(plainError(0, message).body)
  const head = `content-type: ${json}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`)
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: ListenerOptions['handle'],
): Promise<void> {
  const call = readCall(request)
  const result = 'status' in call ? call : await handle(call)
  if ('silence' in result) {
    if (result.silence === 'reset') request.socket.destroy()
    return
  }
  write(response, result, {
    named: 'family' in call && call.family.kind !== 'localhost',
    head: request.method === 'HEAD',
  })
}

/** The request as a Call, or the answer to one that does not even reach an endpoint. */
function readCall(request: IncomingMessage): Call | Answer {
  const host = addressed(request.headers.host ?? '')
  if (host.family === undefined) return plainError(421, 'This listener does not answer for the host in the request.')
  const url = request.url ?? '/'
  if (url.length > maxUrlLength) return plainError(414, 'The URL is too long.')
  const [rawPath = '/', rawQuery = ''] = splitOnce(url, '?')
  const path = decodedPath(rawPath)
  if (path === undefined) return plainError(400, 'The path is not a valid URL path.')
  const query = rawQuery === '' ? noQuery : new URLSearchParams(rawQuery)
  const call: Call & { heard: string | undefined } = {
    method: request.method ?? 'GET',
    family: host.family,
    port: request.socket.localPort ?? 0,
    remoteAddress: request.socket.remoteAddress ?? '',
    origin: host.origin,
    path,
    query,
    headers: request.headers,
    correlationId: readGuid(request.headers['client-request-id']) ?? readGuid(query.get('client-request-id')),
    readBody: (limit) =>
      readBody(request, limit, (text) => {
        call.heard = text
      }),
    heard: undefined,
  }
  return call
}

/** Of most calls. It is shared: a Call is for reading. */
const noQuery = new URLSearchParams()

/** Who is meant by a Host header, and a path in its segments: the same few come again and again. */
const addressed = kept((host: string) => ({ family: hostFamily(host), origin: `https://${host.toLowerCase()}` }))
const decodedPath = kept(decodePath)

/** `read`, which asks nothing but its argument, with its last thousand answers kept. Long texts are not worth it. */
function kept<T>(read: (text: string) => T): (text: string) => T {
  const answers = new Map<string, T>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    const fresh = read(text)
    if (answers.size >= 1_000) answers.clear()
    if (text.length <= 256) answers.set(text, fresh)
    return fresh
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Microsoft's Graph SDK for Python writes every address so, `/v1.0//users`; nobody else may. */
const doubled = /^(\/(?:v1\.0|beta)\/)\//

function decodePath(path: string): string[] | undefined {
  try {
    const segments = path.replace(doubled, '$1').split('/').slice(1).map(decodeURIComponent)
    if (segments.at(-1) === '') segments.pop()
    return segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'))
      ? undefined
      : segments
  } catch {
    return undefined
  }
}

function readGuid(value: unknown): string | undefined {
  return isGuid(value) ? value.toLowerCase() : undefined
}

/** What lies beyond the limit goes on being read and is thrown away, so that the connection stays usable. */
function readBody(request: IncomingMessage, limit: number, hear: (text: string) => void): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  let ended = false
  return new Promise((resolve, reject) => {
    // An error costs a stack; 'close' comes after every request, so it makes one only where it tells something new.
    const incomplete = () => ended || reject(new BodyError('incomplete'))
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
      else reject(new BodyError('too_large'))
    })
    request.on('end', () => {
      ended = true
      const text = decodeUtf8(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
      if (text === undefined) return reject(new BodyError('not_utf8'))
      hear(text)
      resolve(text)
    })
    request.on('error', incomplete)
    request.on('close', incomplete)
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function plainError(status: number, message: string): Answer {
  return { status, body: { error: { code: 'BadRequest', message } } }
}

const json = 'application/json; charset=utf-8'

function write(
  response: ServerResponse,
  { status, headers, body, text = body === undefined ? '' : JSON.stringify(body), bytes }: Answer,
  { named, head }: { named: boolean; head: boolean },
): void {
  if (response.destroyed) return
  // Name, value, name, value: the form that Node writes out without another look.
  const lines = ['x-content-type-options', 'nosniff']
  const content = bytes ?? text
  const length = Buffer.byteLength(content)
  if (content !== '' && headers?.['content-type'] === undefined) lines.push('content-type', json)
  if (status !== 204) lines.push('content-length', String(length))
  // As the real hosts do; said for localhost it would turn every other development server there to HTTPS.
  if (named) lines.push('strict-transport-security', 'max-age=31536000; includeSubDomains')
  for (const name in headers) lines.push(name, headers[name] ?? '')
  response.writeHead(status, lines)
  // Text of as many bytes as letters is ASCII, which Node writes in one go; of any other it has to count the bytes again.
  response.end(head ? '' : content, length === content.length ? 'latin1' : 'utf8')
}
