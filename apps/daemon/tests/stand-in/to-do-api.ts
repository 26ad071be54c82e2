import type { Replier, Reply, Seen } from './services.js'

interface Stored {
  id: number
  owner: string
  description: string
  version: number
}

export interface ToDoApi {
  reply: Replier
  /** The same, for a test that changes requests or answers. */
  answer: (request: Seen) => Reply
  stored: Map<number, Stored>
}

export const someOwner = '6232f9a3-52fc-4b6a-8f36-0c9c4b5e3d01'

/** The contract of the ToDoList API: pages, ETags, idempotency keys, problems; `count` to-dos to begin with. */
export function toDoApi(count = 0): ToDoApi {
  const stored = new Map<number, Stored>()
  const made = new Map<string, number>()
  for (let id = 1; id <= count; id++) stored.set(id, { id, owner: someOwner, description: `To-do ${id}`, version: 1 })
  const methods: Readonly<Record<string, (request: Seen, url: URL) => Reply>> = {
    GET: (request, url) => (idIn(url) === undefined ? list(url) : withToDo(request, url, (toDo) => shown(200, toDo))),
    POST: (request) => create(request),
    PUT: (request, url) =>
      guarded(request, url, (toDo) => {
        toDo.description = bodyOf(request).description
        toDo.version++
        return shown(200, toDo)
      }),
    DELETE: (request, url) =>
      guarded(request, url, ({ id }) => {
        stored.delete(id)
        return { status: 204, body: '' }
      }),
  }
  const list = (url: URL): Reply => {
    const { searchParams } = url
    const all = [...stored.values()].filter(
      ({ owner, description }) =>
        owner === (searchParams.get('owner') ?? owner) && description.includes(searchParams.get('q') ?? ''),
    )
    const from = Number(searchParams.get('cursor') ?? 0)
    const limit = Number(searchParams.get('limit') ?? all.length)
    const next = new URLSearchParams(searchParams)
    next.set('cursor', String(from + limit))
    const headers = from + limit < all.length ? { link: `<${url.pathname}?${next.toString()}>; rel="next"` } : {}
    return { headers: { ...headers }, body: all.slice(from, from + limit).map(plainToDo) }
  }
  const create = (request: Seen): Reply => {
    const { description, owner } = bodyOf(request)
    if (owner === undefined) return problem(400, 'An application has no to-dos of its own: name the user.')
    const key = String(request.headers['idempotency-key'])
    const id = made.get(key) ?? stored.size + 1
    made.set(key, id)
    const toDo = stored.get(id) ?? { id, owner, description, version: 1 }
    stored.set(id, toDo)
    return shown(201, toDo)
  }
  const withToDo = (_request: Seen, url: URL, act: (toDo: Stored) => Reply): Reply => {
    const toDo = stored.get(idIn(url) ?? 0)
    return toDo ? act(toDo) : problem(404, 'There is no such to-do, or it is not yours.')
  }
  const guarded = (request: Seen, url: URL, act: (toDo: Stored) => Reply): Reply =>
    withToDo(request, url, (toDo) => {
      const tag = request.headers['if-match']
      if (tag === undefined) return problem(428, 'If-Match is missing.')
      return tag === etag(toDo) ? act(toDo) : problem(412, 'The to-do has changed.')
    })
  const answer = (request: Seen): Reply =>
    methods[request.method]?.(request, new URL(request.path, 'https://x')) ?? problem(405, 'No.')
  return { stored, answer, reply: answer }
}

function plainToDo({ id, owner, description }: Stored): object {
  return { id, owner, description }
}

function shown(status: number, toDo: Stored): Reply {
  return { status, headers: { etag: etag(toDo) }, body: plainToDo(toDo) }
}

function etag({ version }: Stored): string {
  return `"${version}"`
}

function problem(status: number, detail: string): Reply {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: { status, detail } }
}

function idIn({ pathname }: URL): number | undefined {
  const id = /\/api\/todolist\/(\d+)$/.exec(pathname)?.[1]
  return id === undefined ? undefined : Number(id)
}

function bodyOf({ body }: Seen): { description: string; owner: string | undefined } {
  return JSON.parse(body) as { description: string; owner: string | undefined }
}
