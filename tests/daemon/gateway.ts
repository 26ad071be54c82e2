import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as send } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/**
 * What happens to a request on its way to the API: it passes; its connection is lost before or after the API dealt with it; it is
 * answered by somebody else; or it waits for a promise first.
 */
export type Fate =
  | 'pass'
  | 'lost on the way'
  | 'lost on the way back'
  | { status: number; retryAfter?: number }
  | Promise<'pass'>

/** A gateway in front of the API, with the API's own certificate: real TLS on both sides, and the place where faults are made. Its answers tell the time of the test. */
export interface Gateway extends AsyncDisposable {
  /** For API_ENDPOINT. */
  readonly endpoint: string
  /** Method, path and time of every request that came, in this order; `key` is its Idempotency-Key. */
  readonly seen: readonly { method: string; path: string; key: string | undefined; at: number }[]
  /** Decides about the requests to come. */
  decide(fateOf: (request: IncomingMessage) => Fate): void
}

/** `api` is the API's origin, `settings` are those of its own, which name certificate and key. */
export async function startGateway(
  api: string,
  { settings, ca, now }: { settings: Readonly<Record<string, string>>; ca: string; now: () => number },
): Promise<Gateway> {
  const [cert, key] = ['TLS_CERT_FILE', 'TLS_KEY_FILE'].map((name) => readFileSync(settings[name] ?? ''))
  const onward = new Agent({ keepAlive: true, ca })
  // A server's own is the machine's.
  const date = (): string => new Date(now()).toUTCString()
  const seen: Gateway['seen'][number][] = []
  let fateOf: (request: IncomingMessage) => Fate = () => 'pass'
  const server = createServer({ cert, key }, (request, response) => {
    const { method = '', url = '', headers } = request
    seen.push({ method, path: url, key: headers['idempotency-key']?.toString(), at: now() })
    void meet(fateOf(request), request, response).catch(() => request.socket.destroy())
  })
  const meet = async (decided: Fate, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    const fate = await decided
    if (fate === 'lost on the way') return void request.socket.destroy()
    if (typeof fate === 'object') {
      const { status, retryAfter } = fate
      response
        .writeHead(status, { date: date(), ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) })
        .end()
      return
    }
    const { method, url = '', headers } = request
    const call = send(new URL(url, api), { method, headers, agent: onward })
    call.end(body)
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const content = await buffer(answer)
    if (fate === 'lost on the way back') return void request.socket.destroy()
    const { 'transfer-encoding': _, ...rest } = answer.headers
    response
      .writeHead(answer.statusCode ?? 502, { ...rest, date: date(), 'content-length': content.length })
      .end(content)
  }
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}/api/todolist`,
    seen,
    decide: (decision) => {
      fateOf = decision
    },
    async [Symbol.asyncDispose]() {
      onward.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
