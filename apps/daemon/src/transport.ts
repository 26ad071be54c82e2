import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { createSecureContext } from 'node:tls'
import { Failure } from './failure.js'
import { networkFailure, type Peer } from './network-failure.js'
import { trustedRoots } from './trust.js'

export interface OutgoingRequest {
  peer: Peer
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** https only. */
  url: URL
  headers: Readonly<Record<string, string>>
  body?: string
  /** A longer answer is refused. */
  maxBytes: number
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
}

export function createTransport({ extraRoots, signal, connectTimeoutMs = 10_000 }: TransportOptions): Transport {
  const agents = new Map<string, Agent>()
  const agentFor = (url: URL): Agent => {
    const agent = agents.get(url.origin) ?? newAgent(url, extraRoots)
    agents.set(url.origin, agent)
    return agent
  }
  return {
    send: (request) => exchange(request, { agent: agentFor(request.url), signal, connectTimeoutMs }),
    close: () => {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

function newAgent(url: URL, extraRoots: string | undefined): Agent {
  const roots = trustedRoots(url, extraRoots)
  // One context for all connections of the agent, instead of reading the roots again for each.
  return new Agent({ keepAlive: true, ...(roots && { secureContext: createSecureContext({ ca: [...roots] }) }) })
}

interface Line {
  agent: Agent
  signal: AbortSignal
  connectTimeoutMs: number
}

function exchange(request: OutgoingRequest, { agent, signal, connectTimeoutMs }: Line): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, url, headers, body } = request
    // Said aloud, because Node takes the default from NODE_TLS_REJECT_UNAUTHORIZED.
    const outgoing = httpsRequest(url, { method, headers, agent, signal, rejectUnauthorized: true })
    const fail = (error: unknown): void => {
      outgoing.destroy()
      reject(signal.aborted ? reasonOf(signal) : networkFailure(error, request))
    }
    const connecting = setTimeout(() => fail({ code: 'ETIMEDOUT' }), connectTimeoutMs)
    outgoing.once('socket', (socket) => {
      if (socket.connecting) socket.once('secureConnect', () => clearTimeout(connecting))
      else clearTimeout(connecting)
    })
    outgoing.once('close', () => clearTimeout(connecting))
    outgoing.on('error', fail)
    outgoing.once('response', (response) => {
      receive(response, request).then(resolve, fail)
    })
    outgoing.end(body)
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
