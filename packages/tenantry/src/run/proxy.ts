import { once } from 'node:events'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { destinationOf, refusalText } from './microsoft-hosts.js'
import { type UserProxy, upstreamOf } from './user-proxy.js'

export interface InterceptingProxy {
  readonly port: number
  /** Each refused host with its port, as often as it was tried. */
  readonly refused: readonly string[]
  close(): Promise<void>
}

export interface ProxyOptions {
  /** Where the local tenant listens on this machine, once that is known: before the first program may ask. */
  tenantPort(): number
  /** The proxy that the user goes through; null when there is none. */
  readonly userProxy: UserProxy | null
}

/**
 * Listens on the loopback address for programs that speak HTTP CONNECT (RFC 9110 §9.3.6) to a proxy: tunnels to emulated
 * hosts end at the tenant, refused ones are answered 403 with the reason, all others go on to where they were going,
 * through the user's own proxy where there is one. Looks into no tunnel.
 */
export async function startProxy({ tenantPort, userProxy }: ProxyOptions): Promise<InterceptingProxy> {
  const refused: string[] = []
  const sockets = new Set<Socket>()
  const onConnect = (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy())
    const target = readTarget(request.url ?? '')
    if (target === undefined) return refuse(client, 400, 'tenantry run: CONNECT takes host:port.')
    const { host, port } = target
    const destination = destinationOf(host, port)
    if (destination === 'refused') {
      refused.push(`${host}:${port}`)
      return refuse(client, 403, refusalText(`${host}:${port}`))
    }
    if (destination === 'tenant') return tunnel(client, connect(tenantPort(), '127.0.0.1'), { head })
    const upstream = userProxy === null ? null : upstreamOf(userProxy, host, port)
    tunnel(client, connect(upstream?.onward ?? { host, port }), { head, greeting: upstream?.greeting })
  }
  let http: Promise<HttpServer> | undefined
  // Node programs do not come here, so HTTP is loaded with the first program that does.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    http ??= httpServer(onConnect)
    void http.then((reader) => reader.emit('connection', socket) && socket.resume())
  })
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    refused,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

type OnConnect = (request: IncomingMessage, client: Duplex, head: Buffer) => void

/** Reads HTTP from sockets that it is handed; answers everything but CONNECT 501. */
async function httpServer(onConnect: OnConnect): Promise<HttpServer> {
  const { createServer: createHttpServer } = await import('node:http')
  const server = createHttpServer((_request, response) => {
    const text = 'tenantry run: this proxy takes CONNECT only.\n'
    response.writeHead(501, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) }).end(text)
  })
  return server.on('connect', onConnect)
}

/** `host:port`, or `[address]:port`. */
function readTarget(authority: string): { host: string; port: number } | undefined {
  const [, address, name, digits = ''] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([^\s:/@[\]]{1,253})):(\d{1,5})$/i.exec(authority) ?? []
  const host = address ?? name
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

interface Opening {
  /** What the client has sent behind its CONNECT. */
  readonly head: Buffer
  /** What the next proxy has to be told; its answer is the client's. */
  readonly greeting?: string | undefined
}

function tunnel(client: Duplex, server: Socket, { head, greeting }: Opening): void {
  const unreachable = () => refuse(client, 502, 'tenantry run: the host cannot be reached.')
  server.once('error', unreachable)
  server.once('connect', () => {
    server.off('error', unreachable)
    server.setNoDelay(true)
    if (greeting === undefined) client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    else server.write(greeting)
    if (head.length > 0) server.write(head)
    join(client, server)
  })
}

/** Each side hears the other, and none outlives the other. */
function join(client: Duplex, server: Socket): void {
  server.on('error', () => client.destroy())
  client.on('error', () => server.destroy())
  client.on('close', () => server.destroy())
  server.on('close', () => client.destroy())
  server.pipe(client)
  client.pipe(server)
}

const reasons: Readonly<Record<number, string>> = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' }

function refuse(client: Duplex, status: number, text: string): void {
  const head = `content-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text) + 1}\r\nconnection: close`
  client.end(`HTTP/1.1 ${status} ${reasons[status]}\r\n${head}\r\n\r\n${text}\n`)
}
