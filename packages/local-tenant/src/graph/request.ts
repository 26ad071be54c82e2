import type { Directory } from '../directory/directory.js'
import { type Answer, BodyError, type Call } from '../listener/call.js'
import { badRequest, GraphRefusal } from './errors.js'
import { type KeyPredicate, matches, readFilter, readTop, select } from './odata.js'

/** An authorised call to Graph, with its path and its preferences read. */
export interface GraphRequest {
  readonly directory: Directory
  /** The keys in the path, from left to right. */
  readonly keys: readonly KeyPredicate[]
  readonly query: URLSearchParams
  /** For instance `https://graph.microsoft.com/v1.0`. */
  readonly base: string
  /** What the request addresses, without its query. */
  readonly url: string
  readonly createIfMissing: boolean
  readonly now: Date
  /** The body as JSON; undefined when there is none. Throws GraphRefusal. */
  json(): Promise<unknown>
}

const bodyLimit = 1_048_576

export function readGraphRequest(
  call: Call,
  directory: Directory,
  path: { keys: readonly KeyPredicate[]; version: string },
  now: Date,
): GraphRequest {
  const preferences = String(call.headers['prefer'] ?? '')
  return {
    directory,
    keys: path.keys,
    query: call.query,
    base: `${call.origin}/${path.version}`,
    url: `${call.origin}/${call.path.map(encodeURIComponent).join('/')}`,
    createIfMissing: preferences
      .split(',')
      .some((preference) => preference.trim().toLowerCase() === 'create-if-missing'),
    now,
    json: () => readJson(call),
  }
}

async function readJson(call: Call): Promise<unknown> {
  const body = await call.readBody(bodyLimit).catch((error: unknown) => {
    const tooLarge = error instanceof BodyError && error.reason === 'too_large'
    throw tooLarge
      ? new GraphRefusal(413, 'RequestEntityTooLarge', 'The request body is larger than 1 MiB.')
      : badRequest('Unable to read the request payload.')
  })
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

/** `context` is the metadata path of what is shown, for instance `applications/$entity`. */
export function entity(
  { base, query }: GraphRequest,
  context: string,
  type: string,
  object: Readonly<Record<string, unknown>>,
): Answer {
  return {
    status: 200,
    headers: odata,
    body: { '@odata.context': `${base}/$metadata#${context}`, ...select(object, query.get('$select'), type) },
  }
}

/** `collection` is where the new object is found again by its id; the same as `context` unless it is given. */
export function created(
  { base }: GraphRequest,
  context: string,
  object: Readonly<Record<string, unknown>>,
  collection = context,
): Answer {
  return {
    status: 201,
    headers: { ...odata, location: `${base}/${collection}/${String(object['id'])}` },
    body: { '@odata.context': `${base}/$metadata#${context}/$entity`, ...object },
  }
}

export function noContent(): Answer {
  return { status: 204 }
}

/** A collection's first page: what passes `$filter`, at most `$top`, with the members of `$select`. */
export function list(
  { base, url, query }: GraphRequest,
  context: string,
  type: string,
  objects: () => Iterable<Readonly<Record<string, unknown>>>,
): Answer {
  const filter = readFilter(query.get('$filter'))
  const top = readTop(query)
  const skip = readSkip(query)
  const found: Readonly<Record<string, unknown>>[] = []
  let seen = 0
  for (const object of objects()) {
    if (!matches(object, filter, type)) continue
    seen += 1
    if (seen > skip) found.push(object)
    if (found.length > top) break
  }
  const more = found.length > top
  const value = found.slice(0, top).map((object) => select(object, query.get('$select'), type))
  return {
    status: 200,
    headers: odata,
    body: {
      '@odata.context': `${base}/$metadata#${context}`,
      ...(more ? { '@odata.nextLink': nextLink(url, query, skip + top) } : {}),
      value,
    },
  }
}

function readSkip(query: URLSearchParams): number {
  const token = query.get('$skiptoken')
  if (token === null) return 0
  if (/^\d{1,9}$/.test(token)) return Number(token)
  throw new GraphRefusal(400, 'Directory_ExpiredPageToken', 'The specified page token value is not valid.')
}

function nextLink(url: string, query: URLSearchParams, skip: number): string {
  const next = new URLSearchParams(query)
  next.set('$skiptoken', String(skip))
  return `${url}?${next.toString()}`
}

const odata = { 'odata-version': '4.0' }
