import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Trust root of the stand-in services: one self-signed certificate for localhost, valid until 2076. */
export const certificateFile = testFile('test-only-localhost.cert.pem')
export const tenantId = 'aaaabbbb-0000-4ccc-8ddd-222222222222'
export const clientId = '00001111-aaaa-4bbb-8ccc-333333333333'
export const apiId = '22223333-cccc-4ddd-8eee-444444444444'

export interface Seen {
  /** The client's port, which tells connections apart. */
  port: number | undefined
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

export type Reply = { status?: number; headers?: Record<string, string>; body: unknown } | 'silence' | 'hang up'
type Replies = Record<'discovery' | 'token' | 'api', Reply | ((request: Seen) => Reply)>

export interface Services {
  origin: string
  authority: string
  apiEndpoint: string
  /** In JWT form, made anew for each test. */
  accessToken: string
  seen: Seen[]
  stop(): Promise<void>
}

/** A token service and a to-do API on one HTTPS port; `change` replaces single answers of the happy path. */
export async function startServices(
  test: TestContext,
  change: (services: Services) => Partial<Replies> = () => ({}),
): Promise<Services> {
  const server = createServer({
    key: readFileSync(testFile('test-only-localhost.key.pem')),
    cert: readFileSync(certificateFile),
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port')
  const origin = `https://localhost:${address.port}`
  const services: Services = {
    origin,
    authority: `${origin}/${tenantId}`,
    apiEndpoint: `${origin}/api/todolist`,
    accessToken: madeUpToken(),
    seen: [],
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  const replies = { ...happyReplies(services), ...change(services) }
  server.on('request', (request, response) => void answer(request, response, services, replies))
  test.after(() => (server.listening ? services.stop() : undefined))
  return services
}

export const tutorialToDos = [
  { id: 1, owner: '6232f9a3-52fc-4b6a-8f36-0c9c4b5e3d01', description: 'Pick up grocery' },
  { id: 2, owner: '99245b1d-09a3-48b9-9d16-9c7a0b8f3e02', description: 'Finish invoice report' },
  { id: 3, owner: '53a1b9c7-1d2e-4f60-8a7b-5c4d3e2f1a03', description: 'Water plants' },
]

/** An error answer as the real token service shapes it. */
export function entraError(status: number, error: string, code: number, message: string): Reply {
  const trace = '0a1b2c3d-1111-4222-8333-444455556666'
  const correlation = '11112222-3333-4444-8555-666677778888'
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: 2026-11-23 10:00:00Z`,
      error_codes: [code],
      timestamp: '2026-11-23 10:00:00Z',
      trace_id: trace,
      correlation_id: correlation,
    },
  }
}

function happyReplies({ authority, accessToken }: Services): Replies {
  return {
    discovery: {
      body: {
        issuer: `${authority}/v2.0`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        token_endpoint: `${authority}/oauth2/v2.0/token`,
        jwks_uri: `${authority}/discovery/v2.0/keys`,
      },
    },
    token: { body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: accessToken } },
    api: { body: tutorialToDos },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, services: Services, replies: Replies) {
  const { method = '', url = '', headers } = request
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const seen: Seen = { port: request.socket.remotePort, method, path: url, headers, body }
  services.seen.push(seen)
  const given = replies[partOf(url)]
  const reply = typeof given === 'function' ? given(seen) : given
  if (reply === 'silence') return
  if (reply === 'hang up') {
    request.socket.destroy()
    return
  }
  const content =
    typeof reply.body === 'string' || Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body)
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers }).end(content)
}

function partOf(path: string): keyof Replies {
  if (path.includes('/.well-known/')) return 'discovery'
  return path.includes('/oauth2/') ? 'token' : 'api'
}

function madeUpToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ typ: 'JWT', alg: 'RS256' })}.${part({ roles: ['ToDoList.Read.All'] })}.${randomBytes(64).toString('base64url')}`
}

function testFile(name: string): string {
  // Compiled tests run in dist/tests, the certificate stays beside their source.
  return fileURLToPath(new URL(`../../../tests/stand-in/${name}`, import.meta.url))
}
