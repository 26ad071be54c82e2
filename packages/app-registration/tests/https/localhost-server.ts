import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import { certificate, key } from './localhost-certificate.js'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Scripted {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a text as it is; 'broken' ends the connection instead. */
  readonly body?: object | string
  readonly broken?: boolean
}

export interface LocalhostServer extends AsyncDisposable {
  readonly origin: string
  readonly received: readonly Received[]
}

/** A real HTTPS server that gives the scripted answers one after the other, and the last one for ever. */
export async function serve(
  ...script: readonly (Scripted | ((origin: string) => Scripted))[]
): Promise<LocalhostServer> {
  const received: Received[] = []
  let origin = ''
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    incoming.on('end', () => {
      const entry = script[Math.min(received.length, script.length - 1)]
      const answer = typeof entry === 'function' ? entry(origin) : entry
      received.push({ method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body })
      if (answer === undefined || answer.broken) return incoming.socket.destroy()
      const text = typeof answer.body === 'object' ? JSON.stringify(answer.body) : (answer.body ?? '')
      return outgoing.writeHead(answer.status, { ...answer.headers }).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  origin = `https://localhost:${address.port}`
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)))
      server.closeAllConnections()
    })
  return { origin, received, [Symbol.asyncDispose]: close }
}
