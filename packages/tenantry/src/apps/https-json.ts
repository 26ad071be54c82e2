import { request } from 'node:https'

export interface JsonCall {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  readonly ca?: string
  readonly signal: AbortSignal
}

const largestAnswer = 1024 * 1024
const longestCallMs = 10_000

/** One HTTPS call and its answer; a body that is not JSON is undefined. Throws what the connection throws. */
export function callJson({ url, method = 'GET', headers = {}, body, ca, signal }: JsonCall) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  const limits = AbortSignal.any([signal, AbortSignal.timeout(longestCallMs)])
  const trust = ca === undefined ? {} : { ca }
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const options = { method, headers: { ...headers, ...type }, signal: limits, rejectUnauthorized: true, ...trust }
    const outgoing = request(url, options, (answer) => {
      let received = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        received += chunk
        if (received.length > largestAnswer) answer.destroy(new Error('the answer is larger than 1 MiB'))
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: parse(received) }))
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
