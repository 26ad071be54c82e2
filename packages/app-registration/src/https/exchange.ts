import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'

const LONGEST_CALL_MS = 30_000
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024

export interface Call {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly agent: Agent
  readonly signal?: AbortSignal | undefined
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** No complete answer came. `code` is Node's (ECONNREFUSED, …), `timeout` or `answer_too_large`. */
export class NoAnswer extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'NoAnswer'
    this.code = code
  }
}

/**
 * One HTTPS request and its whole answer, whatever the status; redirects are not followed.
 * Throws NoAnswer after 30 seconds, beyond 16 MiB or when the connection fails, and the signal's reason when aborted.
 */
export function exchange(call: Call): Promise<Reply> {
  const { url, method, headers, body, agent } = call
  const deadline = AbortSignal.timeout(LONGEST_CALL_MS)
  const signal = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline])
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(call.signal?.aborted ? call.signal.reason : explain(error, deadline))
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED cannot take it back: these calls carry secrets.
    const outgoing = request(url, { method, headers, agent, signal, rejectUnauthorized: true }, (incoming) => {
      readText(incoming).then(
        (text) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
        fail,
      )
    })
    outgoing.on('error', fail)
    outgoing.end(body)
  })
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_ANSWER_BYTES) throw new NoAnswer('answer_too_large', 'the answer is larger than 16 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function explain(error: Error, deadline: AbortSignal): NoAnswer {
  if (error instanceof NoAnswer) return error
  if (deadline.aborted) return new NoAnswer('timeout', 'no complete answer within 30 seconds')
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'network_error'
  // A refused connection to a name with two addresses arrives as an AggregateError with an empty message.
  return new NoAnswer(code, error.message === '' ? code : error.message)
}
