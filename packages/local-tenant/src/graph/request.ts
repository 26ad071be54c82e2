import type { Directory } from '../directory/directory.js'
import type { PasswordHash } from '../directory/user-passwords.js'
import { type Answer, BodyError, type Call } from '../listener/call.js'
import type { Caller } from './authorize.js'
import { badRequest, GraphRefusal } from './errors.js'
import type { KeyPredicate } from './odata/path.js'

/** How much an answer says of itself (OData JSON format 4.01 §4.5). */
export type MetadataLevel = 'none' | 'minimal' | 'full'

/** An authorised call to Graph, with its path, its preferences and its body read. */
export interface GraphRequest {
  readonly directory: Directory
  readonly caller: Caller
  /** The caller may touch only what it owns. */
  readonly ownedOnly: boolean
  /** The keys in the path, from left to right. */
  readonly keys: readonly KeyPredicate[]
  readonly query: URLSearchParams
  /** For instance `https://graph.microsoft.com/v1.0`. */
  readonly base: string
  /** What the request addresses, without its query. */
  readonly url: string
  readonly createIfMissing: boolean
  /** `ConsistencyLevel: eventual` was sent, without which there are no advanced queries. */
  readonly eventual: boolean
  readonly metadata: MetadataLevel
  readonly now: Date
  /** Objects are not found for so long after they were made. */
  readonly replicationDelayMs: number
  readonly correlationId: string
  /** The password in the body, hashed, where the route takes one. */
  readonly password: PasswordHash | null
  /** The body as JSON; undefined when there is none. Throws GraphRefusal. */
  json(): unknown
}

const bodyLimit = 1_048_576

type FromElsewhere = Pick<
  GraphRequest,
  'directory' | 'caller' | 'ownedOnly' | 'keys' | 'now' | 'replicationDelayMs' | 'correlationId'
>

/** Throws GraphRefusal for a body that cannot be read. */
export async function readGraphRequest(call: Call, version: string, known: FromElsewhere): Promise<GraphRequest> {
  const body = call.method === 'GET' ? '' : await readBody(call)
  return {
    ...known,
    query: call.query,
    base: `${call.origin}/${version}`,
    url: `${call.origin}/${call.path.map(encodeURIComponent).join('/')}`,
    createIfMissing: listed(call.headers['prefer']).includes('create-if-missing'),
    eventual: listed(call.headers['consistencylevel']).includes('eventual'),
    metadata: metadataLevel(call.headers.accept ?? ''),
    password: null,
    json: () => parse(body),
  }
}

function listed(header: string | readonly string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((item) => item.trim().toLowerCase())
}

function metadataLevel(accept: string): MetadataLevel {
  const [, level] = /odata\.metadata=(none|minimal|full)/i.exec(accept) ?? []
  return level === undefined ? 'minimal' : (level.toLowerCase() as MetadataLevel)
}

async function readBody(call: Call): Promise<string> {
  return call.readBody(bodyLimit).catch((error: unknown) => {
    const tooLarge = error instanceof BodyError && error.reason === 'too_large'
    throw tooLarge
      ? new GraphRefusal(413, 'RequestEntityTooLarge', 'The request body is larger than 1 MiB.')
      : badRequest('Unable to read the request payload.')
  })
}

function parse(body: string): unknown {
  if (body.trim() === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    throw new GraphRefusal(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
}

/** The latest creation that this request sees, in ISO 8601; undefined when nothing is held back. */
export function createdUntil({ replicationDelayMs, now }: GraphRequest): string | undefined {
  return replicationDelayMs === 0 ? undefined : new Date(now.getTime() - replicationDelayMs).toISOString()
}

/** `object`, unless it is so new that it has not been replicated. */
export function replicated<T extends { created: string }>(object: T | undefined, request: GraphRequest): T | undefined {
  const until = createdUntil(request)
  return object === undefined || until === undefined || object.created <= until ? object : undefined
}

export function noContent(): Answer {
  return { status: 204 }
}
