import type { IncomingMessage } from 'node:http'
import { get, type RequestOptions } from 'node:https'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'

/** The body of a 200 answer with JSON in it, or a rejection with an Error that says what came instead. */
export type HttpsGet = (url: URL, signal: AbortSignal) => Promise<Uint8Array>

const timeoutMilliseconds = 5_000
const maxBytes = 512 * 1024

/**
 * A GET for public key documents: TLS verified, 5 s from start to last byte, at most 512 KiB, no redirect, no compression.
 * `ca` (PEM) is trusted in addition to the roots Node ships. Its sockets do not keep the process alive.
 */
export function createHttpsGet(ca: string | undefined): HttpsGet {
  let trust: SecureContext | undefined
  return async (url, signal) => {
    if (ca !== undefined) trust ??= createSecureContext({ ca: [...rootCertificates, ca] })
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMilliseconds)])
    try {
      return await readBody(await request(url, { signal: deadline, ...(trust ? { secureContext: trust } : {}) }))
    } catch (cause) {
      throw new Error(`GET ${url.origin}${url.pathname} failed: ${reason(cause, deadline)}`, { cause })
    }
  }
}

function request(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' }
  return new Promise((resolve, reject) => {
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED cannot take it back: whoever serves the keys decides who gets in.
    get(url, { ...options, headers, agent: false, rejectUnauthorized: true }, resolve)
      .on('socket', (socket) => socket.unref())
      .on('error', reject)
  })
}

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  try {
    refuseUnexpected(response)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    response.destroy()
  }
}

function refuseUnexpected({ statusCode, headers }: IncomingMessage): void {
  if (statusCode !== 200) throw new Error(`the answer has status ${statusCode}; redirects are not followed`)
  if (!/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(headers['content-type'] ?? '')) {
    throw new Error('the answer is not JSON by its content type')
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new Error('the answer is compressed')
}

const trustFailures = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

function reason(cause: unknown, deadline: AbortSignal): string {
  // Aborted by our deadline, or by close(), after which nobody is left to read this.
  if (deadline.aborted) return `no complete answer within ${timeoutMilliseconds} ms`
  if (!(cause instanceof Error)) return 'unknown reason'
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (trustFailures.has(code)) return `its certificate is not trusted (${code}); pass its CA certificate as \`ca\``
  return cause.message || code || cause.name
}
