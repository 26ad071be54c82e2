import { randomUUID } from 'node:crypto'
import type { Answer, Call } from '../listener/call.js'
import { badRequest, GraphRefusal } from './errors.js'
import { collection, oneOf, type Read, type Reader, text, whole } from './properties.js'

const maxRequests = 20

const anything: Reader<unknown> = (value) => value

const readHeaders: Reader<Readonly<Record<string, string>>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(`Invalid value specified for property '${path}': an object was expected.`)
  }
  const headers = Object.entries(value).map(([name, item]) => [name.toLowerCase(), text(item, `${path}.${name}`)])
  return Object.fromEntries(headers) as Record<string, string>
}

const readItem = whole(
  'batchRequest',
  {
    id: text,
    method: oneOf('GET', 'POST', 'PATCH', 'PUT', 'DELETE'),
    url: text,
    headers: readHeaders,
    body: anything,
    dependsOn: collection(text),
  },
  { headers: {}, body: undefined, dependsOn: [] },
)
type Item = Read<typeof readItem>
const readBatch = whole('batch', { requests: collection(readItem) }, {})

/**
 * Answers up to twenty requests in one (graph docs: concepts/json-batching), each by itself and in a transaction of its own: one that is
 * refused takes nothing back. They are done in the order in which they stand; one that depends on another that failed is
 * not done at all (424). Throws GraphRefusal for a batch that cannot be read.
 */
export async function answerBatch(
  call: Call,
  version: string,
  body: unknown,
  answer: (call: Call) => Promise<Answer>,
): Promise<Answer> {
  const { requests } = readBatch(body, '')
  checkBatch(requests)
  const statuses = new Map<string, number>()
  const responses: object[] = []
  for (const item of requests) {
    const failed = item.dependsOn.some((id) => (statuses.get(id) ?? 424) >= 400)
    const {
      status,
      headers = {},
      body: shown,
    } = failed ? failedDependency() : await answer(callOf(item, call, version))
    statuses.set(item.id, status)
    const type = shown === undefined ? {} : { 'Content-Type': 'application/json' }
    responses.push({
      id: item.id,
      status,
      headers: { ...headers, ...type },
      ...(shown === undefined ? {} : { body: shown }),
    })
  }
  return { status: 200, body: { responses } }
}

function checkBatch(requests: readonly Item[]): void {
  if (requests.length === 0) throw badRequest('The batch has no requests.')
  if (requests.length > maxRequests) {
    throw new GraphRefusal(
      400,
      'MaximumValueExceeded',
      `Number of batch request steps exceeds the maximum value of ${maxRequests}.`,
    )
  }
  const before = new Set<string>()
  for (const { id, dependsOn } of requests) {
    if (id === '' || before.has(id)) throw badRequest(`The request id '${id.slice(0, 64)}' is empty or not unique.`)
    const missing = dependsOn.find((name) => !before.has(name))
    if (missing !== undefined) {
      throw badRequest(
        `Request '${id.slice(0, 64)}' depends on '${missing.slice(0, 64)}', which does not stand before it.`,
      )
    }
    before.add(id)
  }
}

/** A request of the batch as if it had come by itself, with the token that the batch came with. */
function callOf({ method, url, headers, body }: Item, call: Call, version: string): Call {
  const { path, query } = readUrl(url)
  return {
    ...call,
    method,
    path: [version, ...path],
    query,
    headers: { ...headers, authorization: call.headers.authorization },
    correlationId: call.correlationId,
    readBody: async () => (body === undefined ? '' : JSON.stringify(body)),
  }
}

/** Relative to the version: `/users?$top=1`. What cannot be read becomes a path that nothing stands at. */
function readUrl(url: string): { path: string[]; query: URLSearchParams } {
  const [path = '', ...query] = url.split('?')
  try {
    const segments = path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent)
    return { path: segments, query: new URLSearchParams(query.join('?')) }
  } catch {
    return { path: [path], query: new URLSearchParams() }
  }
}

function failedDependency(): Answer {
  const id = randomUUID()
  const innerError = { date: '', 'request-id': id, 'client-request-id': id }
  const message = 'The request was not done because one that it depends on failed.'
  return { status: 424, body: { error: { code: 'FailedDependency', message, innerError } } }
}
