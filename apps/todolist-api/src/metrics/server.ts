import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

/**
 * Answers `GET /metrics` in plain HTTP and nothing else. On a port of its own, so that a proxy in front of the API never
 * serves it to the world. Rejects when it cannot listen.
 */
export async function serveMetrics(text: () => string, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const isMetrics = request.method === 'GET' && request.url?.split('?', 1)[0] === '/metrics'
    if (!isMetrics) return response.writeHead(404, { 'content-length': 0 }).end()
    return response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text())
  })
  server.listen(port, host)
  await once(server, 'listening')
  return server
}
