import type { IncomingHttpHeaders } from 'node:http'
import type { HostFamily } from './hosts.js'

/** One request, read at the door: everything in it is bounded and decoded, nothing in it is trusted. */
export interface Call {
  readonly method: string
  readonly family: HostFamily
  /** The port that the connection came in on. */
  readonly port: number
  /** The address that the connection came from. */
  readonly remoteAddress: string
  /** Scheme and host as the client addressed us, without a trailing slash. */
  readonly origin: string
  /** The path's segments, percent-decoded; no segment is empty, `.` or `..`. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The caller's `client-request-id`, when it is a GUID. */
  readonly correlationId: string | undefined
  /** The whole body as UTF-8. Throws BodyError when it is longer than `limit` bytes, not UTF-8 or cut short. */
  readBody(limit: number): Promise<string>
  /** The body, once somebody has read it whole. */
  readonly heard: string | undefined
}

/**
 * What an endpoint answers: `body`, which is written as JSON, or in its place `text` or `bytes`, which are JSON already unless
 * `headers` say otherwise.
 */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly text?: string
  readonly bytes?: Uint8Array
}

/** In place of an answer: say nothing until the client goes, or cut the connection. */
export interface Silence {
  readonly silence: 'hang' | 'reset'
}

export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly reason: 'too_large' | 'not_utf8' | 'incomplete'
  constructor(reason: 'too_large' | 'not_utf8' | 'incomplete') {
    super(reason)
    this.reason = reason
  }
}
