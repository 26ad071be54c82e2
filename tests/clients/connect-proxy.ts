import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Tenant } from '@tenantry/local-tenant'
import { standIn } from './stand-in.js'

/** What `HTTPS_PROXY` points a program at: tunnels for Microsoft's login and Graph hosts end at the tenant, all others are refused. */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number
  /** Host and port of every tunnel that was opened, in this order. */
  readonly tunnels: readonly string[]
  /** The hosts that programs asked for and were refused. */
  readonly refused: readonly string[]
}

export async function startConnectProxy(tenant: Tenant): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const refused: string[] = []
  const sockets = new Set<Duplex>()
  const server = createServer((_, response) => void response.writeHead(405).end())
  server.on('connect', ({ url = '' }, client: Duplex, head: Buffer) => {
    const onward = tunnel(tenant, url, client, head)
    const record = onward === undefined ? refused : tunnels
    record.push(url)
    for (const socket of [client, onward ?? client]) sockets.add(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    refused,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function tunnel(tenant: Tenant, address: string, client: Duplex, head: Buffer): Socket | undefined {
  try {
    const { hostname } = new URL(`https://${address}`)
    const onward = connect({ ...standIn(tenant, hostname), noDelay: true }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(client).pipe(onward)
    })
    client.on('error', () => onward.destroy())
    onward.on('error', () => client.destroy())
    return onward
  } catch {
    client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    return undefined
  }
}
