import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Failure } from '../failure.js'
import { metricsText } from './metrics.js'
import { isReady, type Status } from './status.js'

export interface HealthServer {
  port: number
  close(): void
}

/**
 * Answers /livez (the process answers at all), /startupz (the first token was there), /readyz and /metrics over plain
 * HTTP; whoever reaches the port may read them. Rejects with a `configuration` failure when it cannot listen.
 */
export async function startHealthServer(
  { host, port }: { host: string; port: number },
  status: Status,
): Promise<HealthServer> {
  const server = createServer((request, response) => answer(request, response, status))
  server.requestTimeout = 5_000
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen({ host, port }, error)
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answer({ method = '', url = '/' }: IncomingMessage, response: ServerResponse, status: Status): void {
  const { code, type, text } = pageFor(method, url, status)
  const allow = code === 405 ? { allow: 'GET, HEAD' } : {}
  response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store', ...allow }).end(text)
}

function pageFor(method: string, url: string, status: Status): Page {
  const page = pages[url.split('?')[0] ?? '']
  if (!page) return { code: 404, type: 'text/plain', text: 'not found\n' }
  if (method !== 'GET' && method !== 'HEAD') return { code: 405, type: 'text/plain', text: 'GET only\n' }
  return page(status)
}

interface Page {
  code: number
  type: string
  text: string
}

const pages: Readonly<Record<string, (status: Status) => Page>> = {
  '/livez': () => said(true, { alive: true }),
  '/startupz': ({ started }) => said(started, { started }),
  '/readyz': (status) => said(isReady(status), reasons(status)),
  '/metrics': (status) => ({
    code: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: metricsText(status, process.memoryUsage.rss()),
  }),
}

function said(isWell: boolean, body: unknown): Page {
  return { code: isWell ? 200 : 503, type: 'application/json', text: `${JSON.stringify(body)}\n` }
}

function reasons(status: Status): Record<string, unknown> {
  const failing = [...status.jobs].flatMap(([name, job]) => (job.failing ? [name] : []))
  return {
    ready: isReady(status),
    started: status.started,
    stopping: status.stopping,
    token: status.token().kind,
    failingJobs: failing,
  }
}

function cannotListen({ host, port }: { host: string; port: number }, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  return new Failure('configuration', {
    what: `cannot listen on ${host}:${port}`,
    why: code === 'EADDRINUSE' ? 'the port is taken' : code,
    next: 'choose another --health-port or --health-host',
    ids: [code],
  })
}
