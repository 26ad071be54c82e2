import { type Session, SignInNeeded, Unreachable } from '../session/session.js'
import { readClaimsChallenge } from './claims-challenge.js'
import { refusalOf } from './refusal.js'
import { readTodo, readTodos, type TodoPage, type Versioned } from './to-do.js'

/** The to-dos of the user, as the API keeps them. Every call throws SignInNeeded, Unreachable or Refusal. */
export interface TodoApi {
  /** The first page, or the one at this address. */
  list(next?: string): Promise<TodoPage>
  read(id: number): Promise<Versioned>
  /** Carried out once for each `key`, however often it is asked for. */
  add(description: string, key: string): Promise<Versioned>
  /** Refused with 412 when the to-do has another version by now. */
  describe(id: number, description: string, version: string): Promise<Versioned>
  remove(id: number, version: string): Promise<void>
}

/** What is asked of the API beside a token. */
interface Call {
  readonly method?: 'POST' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const pageSize = 20
const patience = 30_000

export function createTodoApi({ api, accessToken }: Pick<Session, 'api' | 'accessToken'>): TodoApi {
  const list = api.replace(/\/$/, '')
  const item = (id: number) => `${list}/${id}`

  async function call(address: string, init: Call = {}): Promise<Response> {
    const first = await send(address, init, await accessToken())
    const response = first.status === 401 ? await sendAgain(address, init, first) : first
    if (!response.ok) throw await refusalOf(response)
    return response
  }

  /** The API may want a token that says more, or may have stopped to trust the one that is in memory. */
  async function sendAgain(address: string, init: Call, { headers }: Response): Promise<Response> {
    const claims = readClaimsChallenge(headers.get('www-authenticate'))
    const second = await send(address, init, await accessToken({ renewed: true, claims }))
    if (second.status === 401) throw new SignInNeeded(claims)
    return second
  }

  async function send(address: string, init: Call, token: string): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${token}`, 'client-request-id': crypto.randomUUID() }
    try {
      return await fetch(address, { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(patience) })
    } catch (cause) {
      throw new Unreachable('API', new URL('/health/live', api).href, { cause })
    }
  }

  return {
    async list(next = `${list}?limit=${pageSize}`) {
      const response = await call(next)
      return { todos: readTodos(await response.json()), next: nextPage(response, list) }
    },
    async read(id) {
      return versioned(await call(item(id)))
    },
    async add(description, key) {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key }
      return versioned(await call(list, { method: 'POST', headers, body: JSON.stringify({ description }) }))
    },
    async describe(id, description, version) {
      const headers = { 'content-type': 'application/merge-patch+json', 'if-match': version }
      return versioned(await call(item(id), { method: 'PATCH', headers, body: JSON.stringify({ description }) }))
    },
    async remove(id, version) {
      await call(item(id), { method: 'DELETE', headers: { 'if-match': version } })
    },
  }
}

async function versioned(response: Response): Promise<Versioned> {
  return { todo: readTodo(await response.json()), version: response.headers.get('etag') ?? undefined }
}

/** RFC 8288. Only to the list itself: a token must not follow a link to anywhere else. */
function nextPage({ headers }: Response, list: string): string | undefined {
  const target = /^<([^>]*)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1]
  if (target === undefined) return undefined
  const next = new URL(target, list)
  // The API's paths match in any case.
  if (`${next.origin}${next.pathname}`.toLowerCase() === list.toLowerCase()) return next.href
  throw new Error('The API named a next page that is not one of its list.')
}
