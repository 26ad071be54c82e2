import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress, lookupPublic } from './public-address.js'

/** Another issuer's documents cannot be had. `message` says why and, where there is something to do, what; for operators, never for clients. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError'
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`${url.slice(0, 256)}: ${reason}`, options)
  }
}

const timeout = 5_000
const maxBytes = 524_288

interface Reach {
  /** Origins that may be asked wherever they are. */
  readonly allowed: ReadonlySet<string>
  /** PEM; the authority behind the allowed origins. */
  readonly ca: string | undefined
}

/**
 * GET of a JSON object by https: at most 5 s and 512 KiB, no redirects, and no address that is not public unless its origin is
 * allowed. Throws IssuerError.
 */
export async function fetchDocument(text: string, reach: Reach): Promise<Readonly<Record<string, unknown>>> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') throw new IssuerError(text, 'only https is asked')
  const body = await get(url, reach).catch((cause: unknown) => {
    if (cause instanceof IssuerError) throw cause
    const reason = cause instanceof Error ? cause.message : 'failed'
    throw new IssuerError(text, reason, { cause })
  })
  return readObject(body, text)
}

function get(url: URL, reach: Reach): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeout)
    const outgoing = request(url, { ...connectOptions(url, reach), signal, headers }, (response) => {
      readBody(response, url).then(resolve, (error: unknown) => {
        outgoing.destroy()
        reject(error)
      })
    })
    outgoing.on('error', (error) => {
      reject(signal.aborted ? new IssuerError(url.href, `no answer within ${timeout / 1000} s`) : error)
    })
    outgoing.end()
  })
}

// Without compression, so that the limit counts what is read.
const headers = { accept: 'application/json', 'accept-encoding': 'identity' }

/** Throws IssuerError for an address that may not be asked; a name is held to its addresses when it is looked up. */
function connectOptions(url: URL, { allowed, ca }: Reach): RequestOptions {
  const always: RequestOptions = { agent: false, rejectUnauthorized: true }
  if (allowed.has(url.origin)) return { ...always, ...(ca === undefined ? {} : { ca }) }
  // An address is connected to without being looked up.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new IssuerError(url.href, notPublic(url))
  return { ...always, lookup: lookupPublic(() => new IssuerError(url.href, notPublic(url))) }
}

function notPublic({ origin }: URL): string {
  return `its address is not a public one; list ${origin} among the allowed issuers if it shall be asked all the same`
}

async function readBody(response: IncomingMessage, url: URL): Promise<string> {
  if (response.statusCode !== 200) throw new IssuerError(url.href, `answered with status ${response.statusCode}`)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new IssuerError(url.href, `answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readObject(body: string, url: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Refused below, like any other document that is no JSON object.
  }
  throw new IssuerError(url, 'answered with something that is not a JSON object')
}
