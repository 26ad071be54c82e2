import { isUtf8 } from 'node:buffer'
import { setMaxListeners } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { Failure } from '../failure.js'
import { networkFailure, type Peer } from './network-failure.js'
import type { ProxyChoice } from './proxy.js'
import { trustedRoots } from './trust.js'
import type { watchTunnel } from './tunnel.js'

export interface OutgoingRequest {
  peer: Peer
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** https only. */
  url: URL
  headers: Readonly<Record<string, string>>
  body?: string
  /** A longer answer is refused. */
  maxBytes: number
  /** How long the whole exchange may take; without it only the signal ends it. */
  timeoutMs?: number
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface Transport {
  /**
   * Sends one request over a verified TLS connection, kept open for the next one to the same host. Any status is an
   * answer; redirects are not followed. Rejects with a `network` failure that names the cause, with an `unexpected`
   * one for an answer that is too long or not UTF-8, and with the signal's reason once that has fired.
   */
  send(request: OutgoingRequest): Promise<Answer>
  close(): void
}

export interface TransportOptions {
  /** PEM certificates to trust besides the public roots; for loopback hosts instead of them. */
  extraRoots: string | undefined
  signal: AbortSignal
  /** How long TCP and TLS may take before the peer counts as unreachable. */
  connectTimeoutMs?: number
  /** The proxy to go through; none if not given. */
  proxyFor?: ProxyChoice
}

export function createTransport({
  extraRoots,
  signal,
  connectTimeoutMs = 10_000,
  proxyFor = () => undefined,
}: TransportOptions): Transport {
  // Every request under way listens; however many they are, it is no leak.
  setMaxListeners(0, signal)
  const routes = new Map<string, Promise<Route>>()
  const routeTo = (url: URL): Promise<Route> => {
    const route = routes.get(url.origin) ?? openRoute(url, proxyFor(url), extraRoots)
    routes.set(url.origin, route)
    return route
  }
  return {
    send: async (request) => exchange(request, { ...(await routeTo(request.url)), signal, connectTimeoutMs }),
    close: () => {
      for (const route of routes.values()) {
        // One that could not be opened has told its callers, and has nothing to close.
        route.then(({ agent }) => agent.destroy()).catch(() => undefined)
      }
    },
  }
}

/** How to reach one origin. */
interface Route {
  agent: Agent
  /** One context for all connections, instead of reading the roots again for each; undefined: Node's own choice. */
  secureContext: SecureContext | undefined
  tunnel: { proxy: URL; watch: typeof watchTunnel } | undefined
}

async function openRoute(url: URL, proxy: URL | undefined, extraRoots: string | undefined): Promise<Route> {
  const roots = trustedRoots(url, extraRoots)
  const secureContext = roots && createSecureContext({ ca: [...roots] })
  if (!proxy) return { agent: new Agent({ keepAlive: true }), secureContext, tunnel: undefined }
  const { newTunnel, watchTunnel: watch } = await import('./tunnel.js')
  return { agent: newTunnel(proxy, trustedRoots(proxy, extraRoots)), secureContext, tunnel: { proxy, watch } }
}

interface Line extends Route {
  signal: AbortSignal
  connectTimeoutMs: number
}

function exchange(request: OutgoingRequest, line: Line): Promise<Answer> {
  const { agent, secureContext, tunnel, signal, connectTimeoutMs } = line
  return new Promise((resolve, reject) => {
    const { method, url, headers, body, peer, timeoutMs } = request
    // Said aloud, because Node takes the default from NODE_TLS_REJECT_UNAUTHORIZED.
    const security = { rejectUnauthorized: true, ...(secureContext && { secureContext }) }
    const outgoing = httpsRequest(url, { method, headers, agent, signal, ...security })
    const fail = (error: unknown): void => {
      outgoing.destroy()
      reject(signal.aborted ? reasonOf(signal) : networkFailure(blame(error), request))
    }
    const blame = tunnel ? tunnel.watch(outgoing, tunnel.proxy, peer, fail) : (error: unknown) => error
    const connecting = setTimeout(() => fail({ code: 'ETIMEDOUT' }), connectTimeoutMs)
    const answering = timeoutMs === undefined ? undefined : setTimeout(() => fail(noAnswer(request)), timeoutMs)
    outgoing.once('socket', (socket) => {
      if (isConnecting(socket)) socket.once('secureConnect', () => clearTimeout(connecting))
      else clearTimeout(connecting)
    })
    outgoing.once('close', () => {
      clearTimeout(connecting)
      clearTimeout(answering)
    })
    outgoing.on('error', fail)
    outgoing.once('response', (response) => {
      receive(response, request).then(resolve, fail)
    })
    outgoing.end(body)
  })
}

// Through a tunnel TCP is connected before TLS begins; TLSSocket knows, its types do not.
function isConnecting(socket: Socket): boolean {
  return socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true)
}

function noAnswer({ peer, url, timeoutMs = 0 }: OutgoingRequest): Failure {
  return new Failure('network', {
    what: `cannot talk to ${peer.name} at ${url.origin}`,
    why: `no answer within ${timeoutMs / 1000} s`,
    next: `try again; if it stays, look at the log of ${peer.name}`,
    ids: ['ETIMEDOUT'],
  })
}

function receive(response: IncomingMessage, request: OutgoingRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes > request.maxBytes) reject(unusable(request, `its answer is longer than ${request.maxBytes} bytes`))
    })
    response.once('end', () => {
      const content = Buffer.concat(chunks)
      if (isUtf8(content))
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: content.toString() })
      else reject(unusable(request, 'its answer is not UTF-8 text'))
    })
    response.once('error', reject)
  })
}

function unusable({ peer, url }: OutgoingRequest, why: string): Failure {
  return new Failure('unexpected', {
    what: `${peer.name} at ${url.origin} gave an unusable answer`,
    why,
    next: `check that ${peer.setting} is the right address`,
  })
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('the request was cancelled')
}
