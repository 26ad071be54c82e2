import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import { callerOf, entraToken } from '../../src/adapters/fastify.js'
import { EntraTokenError } from '../../src/errors.js'
import { anyOf } from '../../src/permissions.js'
import { appClaims, objectId, permissions, testKeys, testVerifier, token, userClaims, without } from '../test-tenant.js'

const { app: application, user } = permissions
const read = anyOf(application.hasRole('ToDoList.Read.All'), user.hasScope('ToDoList.Read'))
const write = anyOf(application.hasRole('ToDoList.ReadWrite.All'), user.hasScope('ToDoList.ReadWrite'))
const bearer = (claims: object) => ({ authorization: `Bearer ${token(claims)}` })

test('a handler sees who calls', async () => {
  const app = await protectedApp()
  const response = await app.inject({ url: '/todos', headers: bearer(appClaims) })
  assert.equal(response.statusCode, 200)
  assert.deepEqual(response.json(), { kind: 'app', objectId })
})

test('a request without token is a 401 with the bare challenge', async () => {
  const app = await protectedApp()
  const response = await app.inject('/todos')
  assert.equal(response.statusCode, 401)
  assert.equal(response.headers['www-authenticate'], 'Bearer')
  assert.deepEqual(response.json(), {
    statusCode: 401,
    code: 'no_token',
    error: 'Unauthorized',
    message: 'The request carries no bearer token. Send one in the Authorization header.',
  })
})

test('a bad token is a 401 that says invalid_token', async () => {
  const app = await protectedApp()
  const response = await app.inject({ url: '/todos', headers: { authorization: 'Bearer abc' } })
  assert.equal(response.statusCode, 401)
  assert.equal(
    response.headers['www-authenticate'],
    'Bearer error="invalid_token", error_description="The token is not a well-formed signed access token. Request a new one."',
  )
})

test('a good token without the permission is a 403, with the scope for a user and without for an application', async () => {
  const app = await protectedApp()
  const refusedUser = await app.inject({
    method: 'POST',
    url: '/todos',
    headers: bearer({ ...userClaims, scp: 'ToDoList.Read' }),
  })
  assert.equal(refusedUser.statusCode, 403)
  assert.match(
    String(refusedUser.headers['www-authenticate']),
    /^Bearer error="insufficient_scope", .*, scope="ToDoList.ReadWrite"$/,
  )
  const refusedApp = await app.inject({ method: 'POST', url: '/todos', headers: bearer(appClaims) })
  assert.equal(refusedApp.statusCode, 403)
  assert.doesNotMatch(String(refusedApp.headers['www-authenticate']), /scope="/)
  assert.equal(refusedApp.json<{ code: string }>().code, 'insufficient_permission')
})

test('an application without idtyp is not taken for one', async () => {
  const app = await protectedApp()
  const response = await app.inject({ url: '/todos', headers: bearer(without(appClaims, 'idtyp')) })
  assert.equal(response.statusCode, 403)
})

test('keys that cannot be had are a 503 with Retry-After and no challenge', async () => {
  const { source } = testKeys({ load: () => Promise.reject(new Error('down')) })
  const app = await protectedApp(testVerifier({}, source))
  const response = await app.inject({ url: '/todos', headers: bearer(appClaims) })
  assert.equal(response.statusCode, 503)
  assert.equal(response.headers['retry-after'], '1')
  assert.equal(response.headers['www-authenticate'], undefined)
})

test('an error handler writes the body and cannot lose the headers', async () => {
  const app = Fastify()
  app.setErrorHandler((error, _request, reply) => {
    assert.ok(error instanceof EntraTokenError)
    return reply.code(error.status).type('application/problem+json').send({ code: error.code })
  })
  await app.register(entraToken, { verifier: testVerifier() })
  app.get('/todos', { config: { access: read } }, () => [])
  const response = await app.inject('/todos')
  assert.equal(response.statusCode, 401)
  assert.equal(response.headers['www-authenticate'], 'Bearer')
  assert.deepEqual(response.json(), { code: 'no_token' })
})

test('a refused request’s body is never parsed', async () => {
  const app = await protectedApp()
  const response = await app.inject({
    method: 'POST',
    url: '/todos',
    headers: { 'content-type': 'application/json' },
    payload: '{ this is no JSON',
  })
  assert.equal(response.statusCode, 401)
})

test('HEAD is protected as GET is, and OPTIONS exists only where somebody declares it', async () => {
  const app = await protectedApp()
  assert.equal((await app.inject({ method: 'HEAD', url: '/todos' })).statusCode, 401)
  assert.equal((await app.inject({ method: 'HEAD', url: '/todos', headers: bearer(appClaims) })).statusCode, 200)
  assert.equal((await app.inject({ method: 'OPTIONS', url: '/todos' })).statusCode, 404)
})

test('a public route needs no token and has no caller', async () => {
  const app = await protectedApp()
  app.get('/whoami', { config: { access: 'public' } }, (request) => [callerOf(request), request.caller])
  assert.equal((await app.inject('/health/live')).statusCode, 200)
  const response = await app.inject('/whoami?a=b')
  assert.equal(response.statusCode, 500)
  assert.equal(response.json<{ message: string }>().message, 'GET /whoami has no caller: its route is public.')
})

test('an unknown path is a 404 without a token', async () => {
  const app = await protectedApp()
  assert.equal((await app.inject('/nowhere')).statusCode, 404)
})

test('two Authorization headers on the wire are a 400, although Node shows only one', async () => {
  const app = await protectedApp()
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  const credentials = `Authorization: Bearer ${token(appClaims)}\r\n`
  socket.end(`GET /todos HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${credentials}${credentials}\r\n`)
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString()
  })
  await once(socket, 'close')
  await app.close()
  assert.match(answer, /^HTTP\/1\.1 400 /)
  assert.match(answer, /www-authenticate: Bearer error="invalid_request"/i)
  assert.match(answer, /"code":"multiple_credentials"/)
})

test('a route that does not say who may call it makes start-up fail, by method and path', async () => {
  const app = await protectedApp()
  const message =
    "PUT /todos/:id does not say who may call it: set config.access to a policy made by anyOf(…), or to 'public'."
  assert.throws(() => app.put('/todos/:id', () => ''), { message })
  const nested = await protectedApp()
  nested.register(
    async (child) => {
      child.put('/:id', { config: {} }, () => '')
    },
    { prefix: '/todos' },
  )
  await assert.rejects(async () => nested.ready(), { message })
})

test('a policy of another make is none', async () => {
  const app = await protectedApp()
  const access = { roles: [], scopes: [], decide: () => ({ allowed: true }) as const }
  assert.throws(() => app.get('/x', { config: { access } }, () => ''), /^Error: GET \/x does not say/)
})

test('a route in a nested context is protected too', async () => {
  const app = await protectedApp()
  app.register(async (child) => {
    child.get('/nested', { config: { access: read } }, (request) => request.caller.kind)
  })
  assert.equal((await app.inject('/nested')).statusCode, 401)
  assert.equal((await app.inject({ url: '/nested', headers: bearer(userClaims) })).body, 'user')
})

test('a route added before the plugin fails closed when it is called', async () => {
  const app = Fastify()
  app.get('/early', () => 'open')
  await app.register(entraToken, { verifier: testVerifier() })
  const response = await app.inject({ url: '/early', headers: bearer(appClaims) })
  assert.equal(response.statusCode, 500)
  assert.match(response.json<{ message: string }>().message, /^GET \/early does not say who may call it/)
})

test('an instance with its own server type takes the plugin as well', async () => {
  const app = Fastify({ http2: true })
  await app.register(entraToken, { verifier: testVerifier() })
  app.get('/x', { config: { access: read } }, (request) => request.caller.kind)
  assert.equal((await app.inject({ url: '/x', headers: bearer(appClaims) })).body, 'app')
})

async function protectedApp(verifier = testVerifier()): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(entraToken, { verifier })
  app.get('/todos', { config: { access: read } }, ({ caller: { kind, objectId: id } }) => ({ kind, objectId: id }))
  app.post('/todos', { config: { access: write } }, () => ({}))
  app.get('/health/live', { config: { access: 'public' } }, () => ({}))
  return app
}
