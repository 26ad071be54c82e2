import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Socket,
  type Server as SocketServer,
} from 'node:net'
import type { WebSettings } from '../settings/settings.js'
import { answerFor } from './answers.js'
import { readSite } from './site-files.js'

export type { WebSettings } from '../settings/settings.js'

export interface WebServerOptions {
  /** The folder with the built page. */
  readonly site: string
  /** `localhost` stands for both loopback addresses. */
  readonly host: string
  /** 0 takes any that is free. */
  readonly port: number
  /** PEM. */
  readonly tls: { readonly chain: string; readonly key: string }
}

/** The web app's files over HTTPS, and the settings of the page. It keeps no session and sees no token. */
export interface WebServer {
  readonly port: number
  /** For instance `https://localhost:3443`; of a host that is not `localhost`, with that host. */
  readonly origin: string
  /** Tells the page where tenant and API are. Until then every answer is 503: their addresses may follow from this one's port. */
  settle(settings: WebSettings): void
  close(): Promise<void>
}

const requestTimeout = 30_000
const handshakeTimeout = 10_000
/** How long close() waits for answers that are being written. */
const closeTimeout = 1_000

/** Starts to listen. Throws the system's error, with its `code`, for a port that cannot be had or a folder that cannot be read. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options)
    } catch (error) {
      // A number that the system picked for the first address may be taken on the second: then any other one will do.
      const unlucky = options.port === 0 && error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!unlucky || attempt === 10) throw error
    }
  }
}

async function startOnce({ site, host, port, tls }: WebServerOptions): Promise<WebServer> {
  const files = readSite(site)
  let settings: WebSettings | undefined
  const sockets = new Set<Socket>()
  const server = makeServer(tls, sockets, (request, response) => {
    const { status, headers, body } = answerFor(request, files, settings)
    response.writeHead(status, headers)
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  const [first = host, second] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  await bind(server, port, first)
  const bound = (server.address() as AddressInfo).port
  const servers: SocketServer[] = [server]
  if (second !== undefined) {
    const other = createSocketServer({ noDelay: true }, (socket) => void server.emit('connection', socket))
    try {
      if (await bindIfPossible(other, bound, second)) servers.push(other)
    } catch (error) {
      await stop(servers, sockets)
      throw error
    }
  }
  return {
    port: bound,
    origin: `https://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    settle: (given) => {
      settings = given
    },
    close: () => stop(servers, sockets),
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void

function makeServer({ chain, key }: WebServerOptions['tls'], sockets: Set<Socket>, handle: Handle): Server {
  const limits = { requestTimeout, headersTimeout: requestTimeout, handshakeTimeout, maxHeaderSize: 16_384 }
  // An empty `ca`: browsers show no certificates here, and reading Node's own list of roots takes 30 ms.
  const server = createServer({ cert: chain, key, ca: [], minVersion: 'TLSv1.2', ...limits }, handle)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return server
}

function bind(server: SocketServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
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
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL') return false
    throw error
  }
}

/** A browser holds its connections open: they must not hold the process open. */
async function stop(servers: readonly SocketServer[], sockets: ReadonlySet<Socket>): Promise<void> {
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, closeTimeout)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  clearTimeout(cut)
}
