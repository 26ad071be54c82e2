import type { Server } from 'node:https'
import { Readable } from 'node:stream'
import type { Caller } from '@tenantry/entra-token'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { type Guid, readGuid } from '../guid.js'
import { readTodos, writeTodos } from '../permissions.js'
import { refuseOtherMethods } from '../problem/method-not-allowed.js'
import { type Refusal, RequestRefused } from '../problem/problem.js'
import type { Reach, StoredTodo, TodoStore } from '../store/todo-store.js'
import { writeCursor } from './cursor.js'
import { type ListRequest, readListRequest } from './list-request.js'
import { pageOf, wholeList } from './listing.js'
import { operations } from './operations.js'
import { conditionFailed, entityTag, matchesIfNoneMatch, readIfMatch } from './preconditions.js'
import { keyReused, readRequestKey, requestRunning } from './request-key.js'
import {
  bodyRule,
  itemAddressSchema,
  patchRule,
  type SchemaTypes,
  todoBodySchema,
  todoListSchema,
  todoPatchSchema,
  todoSchema,
} from './schemas.js'
import type { NewTodo, Todo } from './todo.js'

const list = '/api/todolist'
const item = '/api/todolist/:id'

/**
 * The operations of the tutorial's controller, and PATCH. An application reaches every to-do, a user their own; what is
 * out of reach answers 404 exactly like what does not exist.
 *
 * Who owns a new to-do: the user who makes it, whatever the body says, or whom an application names. The owner of a
 * to-do never changes. Both as in the tutorial; new here is that an application must name an owner.
 */
export async function todoRoutes(server: FastifyInstance<Server>, store: TodoStore): Promise<void> {
  const api = server.withTypeProvider<SchemaTypes>()

  // An array, a text or a stream, of which the types read off the schema know only the first.
  server.get(
    list,
    { config: { access: readTodos, operation: operations.list }, schema: { response: { 200: todoListSchema } } },
    async (request, reply) => {
      const wanted = readListRequest(request.query, request.caller)
      return answerList(store, wanted, request, reply)
    },
  )

  api.get(
    item,
    {
      config: { access: readTodos, operation: operations.read },
      schema: { params: itemAddressSchema, response: { 200: todoSchema } },
    },
    async (request, reply) => {
      const stored = found(await store.find(readId(request.params.id), reachOf(request.caller)))
      reply.header('etag', entityTag(stored))
      if (matchesIfNoneMatch(request.headers['if-none-match'], stored)) return notModified(reply)
      return stored.todo
    },
  )

  api.post(
    list,
    {
      config: { access: writeTodos, operation: operations.create },
      schema: { body: todoBodySchema, response: { 201: todoSchema } },
      schemaErrorFormatter: invalid(bodyRule),
    },
    async (request, reply) => {
      const { owner, description } = request.body
      const todo = { owner: ownerFor(request.caller, owner), description: description.trim() }
      const stored = await create(store, todo, request)
      return answerStored(stored, reply.code(201).header('location', `${list}/${stored.todo.id}`))
    },
  )

  api.put(
    item,
    {
      config: { access: writeTodos, operation: operations.replace },
      schema: { params: itemAddressSchema, body: todoBodySchema, response: { 200: todoSchema } },
      schemaErrorFormatter: invalid(bodyRule),
    },
    async (request, reply) => {
      const id = readId(request.params.id)
      refuseOtherId(request.body.id, id)
      return answerStored(await describe(store, id, request.body.description, request), reply)
    },
  )

  await server.register(async (child) => {
    // Here alone, so that a merge patch sent to another route is refused.
    child.addContentTypeParser(
      'application/merge-patch+json',
      { parseAs: 'string' },
      child.getDefaultJsonParser('error', 'error'),
    )
    child.withTypeProvider<SchemaTypes>().patch(
      item,
      {
        config: { access: writeTodos, operation: operations.patch },
        schema: { params: itemAddressSchema, body: todoPatchSchema, response: { 200: todoSchema } },
        schemaErrorFormatter: invalid(patchRule),
      },
      async (request, reply) => {
        const id = readId(request.params.id)
        return answerStored(await describe(store, id, request.body.description, request), reply)
      },
    )
  })

  api.delete(
    item,
    { config: { access: writeTodos, operation: operations.remove }, schema: { params: itemAddressSchema } },
    async (request, reply) => {
      const id = readId(request.params.id)
      const reach = reachOf(request.caller)
      const expected = await readIfMatch(request.headers['if-match'], () => store.find(id, reach))
      current(await store.remove(id, reach, expected))
      return reply.code(204).send()
    },
  )

  refuseOtherMethods(server, list, ['GET', 'HEAD', 'POST'])
  refuseOtherMethods(server, item, ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])
}

// The lists themselves are returned and not sent: an answer that was sent here would have to be waited for.
async function answerList(store: TodoStore, wanted: ListRequest, request: FastifyRequest, reply: FastifyReply) {
  const reach = narrowed(reachOf(request.caller), wanted.owner)
  if (reach === 'nothing') return []
  const listed = { reach, text: wanted.text, after: wanted.after }
  if (wanted.limit !== undefined) {
    const { todos, next } = await pageOf(store, listed, wanted.limit)
    if (next !== undefined) reply.header('link', linkTo(next, { ...wanted, limit: wanted.limit }, request.caller))
    return todos
  }
  // Fastify answers HEAD with what GET answers, cut before the body: that would read the whole store for nothing.
  const whole = request.method === 'HEAD' ? Readable.from([]) : await wholeList(store, listed)
  reply.type('application/json; charset=utf-8')
  return whole
}

function linkTo(next: number, { owner, text, limit }: ListRequest, caller: Caller): string {
  const query = new URLSearchParams({ limit: String(limit), cursor: writeCursor(next, caller, { owner, text }) })
  if (owner !== undefined) query.set('owner', owner)
  if (text !== undefined) query.set('q', text)
  return `<${list}?${query.toString()}>; rel="next"`
}

// A user who asks for another's to-dos gets what there is for them: an empty list, whether that owner exists or not.
function narrowed(reach: Reach, owner: Guid | undefined): Reach | 'nothing' {
  if (owner === undefined) return reach
  if (reach === 'everything' || reach.owner === owner) return { owner }
  return 'nothing'
}

async function create(store: TodoStore, todo: NewTodo, request: FastifyRequest): Promise<StoredTodo> {
  const key = readRequestKey(request.headers['idempotency-key'], request.caller, `POST ${list}`, todo)
  if (key === undefined) return store.create(todo)
  const outcome = await store.createOnce(todo, key)
  if (outcome.kind === 'other-request') throw keyReused()
  if (outcome.kind === 'running') throw requestRunning()
  return outcome.stored
}

async function describe(
  store: TodoStore,
  id: number,
  description: string | undefined,
  request: FastifyRequest,
): Promise<StoredTodo> {
  const reach = reachOf(request.caller)
  const expected = await readIfMatch(request.headers['if-match'], () => store.find(id, reach))
  if (description !== undefined) return current(await store.describe(id, description.trim(), reach, expected))
  const stored = found(await store.find(id, reach))
  return current(expected === 'any' || expected === stored.version ? stored : 'stale')
}

function notModified(reply: FastifyReply): FastifyReply {
  return reply.code(304).send()
}

function answerStored(stored: StoredTodo, reply: FastifyReply): Todo {
  reply.header('etag', entityTag(stored))
  return stored.todo
}

function current<Outcome>(outcome: Outcome | 'stale' | undefined): Outcome {
  if (outcome === 'stale') throw conditionFailed()
  return found(outcome)
}

function reachOf(caller: Caller): Reach {
  return caller.kind === 'app' ? 'everything' : { owner: objectIdOf(caller) }
}

function ownerFor(caller: Caller, owner: string | undefined): Guid {
  if (caller.kind === 'user') return objectIdOf(caller)
  const named = owner === undefined ? undefined : readGuid(owner)
  if (named === undefined) throw new RequestRefused(ownerRequired)
  return named
}

function objectIdOf(caller: Caller): Guid {
  const objectId = readGuid(caller.objectId)
  if (objectId === undefined) throw new Error('the verifier let a caller through whose object id is not a GUID')
  return objectId
}

// 16 digits hold every safe integer; a longer text would lose digits on its way to a number.
function readId(text: string): number {
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(id)) throw todoNotFound()
  return id
}

function refuseOtherId(inBody: number | undefined, inAddress: number): void {
  if (inBody === undefined || inBody === inAddress) return
  throw new RequestRefused({
    status: 400,
    code: 'id_mismatch',
    detail: 'The id in the body is not the id in the address. Leave it out or make them equal.',
  })
}

function found<Found>(todo: Found | undefined): Found {
  if (todo === undefined) throw todoNotFound()
  return todo
}

function todoNotFound(): RequestRefused {
  return new RequestRefused({
    status: 404,
    code: 'todo_not_found',
    detail: 'There is no such to-do, or it is not yours.',
  })
}

const ownerRequired: Refusal = {
  status: 400,
  code: 'owner_required',
  detail: 'An application has no to-dos of its own: name the user in the member owner.',
}

function invalid(ruleOf: (instancePath: string) => string) {
  return (errors: readonly FastifySchemaValidationError[]) =>
    new RequestRefused({ status: 400, code: 'invalid_body', detail: ruleOf(errors[0]?.instancePath ?? '') })
}
