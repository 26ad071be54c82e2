// The limit: Fastify over HTTPS with a constant, without token, database, log or limits. `/all` is a list of 100,000 by
// one JSON.stringify, as most APIs answer.
import fastify from 'fastify'
import { port, tls } from './settings.mjs'
import { manyTodos, todos } from './todos.mjs'

const api = fastify({ https: tls })
const all = manyTodos(100_000).map((todo, index) => ({ id: index + 1, ...todo }))
api.get('/api/todolist', async () => todos)
api.get('/all', async (_request, reply) => reply.type('application/json').send(JSON.stringify(all)))
await api.listen({ host: '127.0.0.1', port })
