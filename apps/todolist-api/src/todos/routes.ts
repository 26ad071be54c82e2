import type { Server } from 'node:https'
import type { Caller } from '@tenantry/entra-token'
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify'
import { type Guid, readGuid } from '../guid.js'
import { readTodos, writeTodos } from '../permissions.js'
import { refuseOtherMethods } from '../problem/method-not-allowed.js'
import { type Refusal, RequestRefused } from '../problem/problem.js'
import type { Reach, TodoStore } from '../store/todo-store.js'
import { bodyRule, itemAddressSchema, type SchemaTypes, todoBodySchema, todoListSchema, todoSchema } from './schemas.js'
import type { Todo } from './todo.js'

const list = '/api/todolist'
const item = '/api/todolist/:id'

/**
 * The five operations of the tutorial's controller. An application reaches every to-do, a user their own; what is out of
 * reach answers 404 exactly like what does not exist.
 *
 * Who owns a new to-do: the user who makes it, whatever the body says, or whom an application names. The owner of a
 * to-do never changes. Both as in the tutorial; new here is that an application must name an owner.
 */
export function todoRoutes(server: FastifyInstance<Server>, store: TodoStore): void {
  const api = server.withTypeProvider<SchemaTypes>()

  api.get(list, { config: { access: readTodos }, schema: { response: { 200: todoListSchema } } }, (request) =>
    store.list(reachOf(request.caller)),
  )

  api.get(
    item,
    { config: { access: readTodos }, schema: { params: itemAddressSchema, response: { 200: todoSchema } } },
    async (request) => found(await store.find(readId(request.params.id), reachOf(request.caller))),
  )

  api.post(
    list,
    {
      config: { access: writeTodos },
      schema: { body: todoBodySchema, response: { 201: todoSchema } },
      schemaErrorFormatter: invalidBody,
    },
    async (request, reply) => {
      const { owner, description } = request.body
      const todo = await store.create({ owner: ownerFor(request.caller, owner), description: description.trim() })
      return reply.code(201).header('location', `${list}/${todo.id}`).send(todo)
    },
  )

  api.put(
    item,
    {
      config: { access: writeTodos },
      schema: { params: itemAddressSchema, body: todoBodySchema, response: { 200: todoSchema } },
      schemaErrorFormatter: invalidBody,
    },
    async (request) => {
      const id = readId(request.params.id)
      refuseOtherId(request.body.id, id)
      return found(await store.describe(id, request.body.description.trim(), reachOf(request.caller)))
    },
  )

  api.delete(
    item,
    { config: { access: writeTodos }, schema: { params: itemAddressSchema } },
    async (request, reply) => {
      if (!(await store.remove(readId(request.params.id), reachOf(request.caller)))) throw todoNotFound()
      return reply.code(204).send()
    },
  )

  refuseOtherMethods(server, list, ['GET', 'HEAD', 'POST'])
  refuseOtherMethods(server, item, ['GET', 'HEAD', 'PUT', 'DELETE'])
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

function found(todo: Todo | undefined): Todo {
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

function invalidBody(errors: readonly FastifySchemaValidationError[]): RequestRefused {
  const detail = bodyRule(errors[0]?.instancePath ?? '')
  return new RequestRefused({ status: 400, code: 'invalid_body', detail })
}
