import type { ClientRequest } from 'node:http'
import type { Agent } from 'node:https'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { Failure } from '../failure.js'
import type { Peer } from './network-failure.js'

/**
 * An agent whose connections go through `proxy` by CONNECT; TLS is spoken with the peer, the proxy sees no content. `roots` are
 * trusted for a proxy that speaks TLS itself; undefined means Node's own choice.
 */
export function newTunnel(proxy: URL, roots: readonly string[] | undefined): Agent {
  return new HttpsProxyAgent(proxy, { keepAlive: true, rejectUnauthorized: true, ...(roots && { ca: [...roots] }) })
}

/** Watches a request through a tunnel: who is to blame for what goes wrong before the tunnel stands. */
export function watchTunnel(outgoing: ClientRequest, proxy: URL, peer: Peer, fail: (error: Failure) => void) {
  let isOpen = false
  outgoing.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    isOpen = statusCode === 200
    if (!isOpen) fail(refused(proxy, peer, statusCode))
  })
  // A connection that is used again emits no proxyConnect: its tunnel stands already.
  outgoing.once('socket', () => {
    isOpen = true
  })
  return (error: unknown): unknown => (isOpen || error instanceof Failure ? error : unreachable(proxy, peer, error))
}

function refused({ host }: URL, peer: Peer, status: number): Failure {
  return new Failure('network', {
    what: `cannot talk to ${peer.name} through the proxy ${host}`,
    why:
      status === 407
        ? 'the proxy does not accept the user name and password of HTTPS_PROXY, or there are none'
        : `the proxy answered ${status} instead of connecting`,
    next:
      status === 407
        ? 'set HTTPS_PROXY to http://user:password@host:port'
        : `ask who runs the proxy to allow the host of ${peer.setting}, or name that host in NO_PROXY`,
    ids: [`proxy ${status}`],
  })
}

function unreachable({ host }: URL, peer: Peer, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no tunnel'
  return new Failure('network', {
    what: `cannot talk to ${peer.name} through the proxy ${host}`,
    why: 'the proxy cannot be reached',
    next: `check HTTPS_PROXY, or name the host of ${peer.setting} in NO_PROXY if it needs no proxy`,
    ids: [code],
  })
}
