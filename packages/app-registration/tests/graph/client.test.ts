import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { type Clock, createGraphClient, type GraphClient } from '../../src/graph/client.js'
import { GraphError } from '../../src/graph/error.js'
import { certificate } from '../https/localhost-certificate.js'
import { type LocalhostServer, type Scripted, serve } from '../https/localhost-server.js'

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl'
const throttled: Scripted = {
  status: 429,
  headers: { 'Retry-After': '7' },
  body: { error: { code: 'TooManyRequests', message: 'Too many requests.' } },
}
const missing: Scripted = {
  status: 404,
  body: { error: { code: 'Request_ResourceNotFound', message: "Resource 'x' does not exist." } },
}

/** A client of the server whose waits are recorded and take no time. */
function clientOf({ origin }: LocalhostServer): { graph: GraphClient; waits: number[] } {
  const waits: number[] = []
  const clock: Clock = {
    now: () => Date.parse('2026-11-23T10:00:00Z'),
    wait: async (milliseconds) => {
      waits.push(milliseconds)
    },
  }
  const accessToken = async (): Promise<string> => token
  return { graph: createGraphClient({ baseUrl: `${origin}/v1.0`, accessToken, ca: certificate, clock }), waits }
}

async function failureOf(promise: Promise<unknown>): Promise<GraphError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GraphError, inspect(error))
  assert.ok(!inspect(error).includes('eyJ'), 'no token in the error')
  return error
}

test('a read is sent below the base URL with the token and an id of its own, and gives the parsed answer', async () => {
  await using server = await serve({ status: 200, body: { id: '1' } })
  const { graph } = clientOf(server)
  const path = "/applications(uniqueName='a')"
  assert.deepEqual(await graph.send({ method: 'GET', path }), { status: 200, body: { id: '1' } })
  await graph.send({ method: 'GET', path })
  const [first, second] = server.received
  assert.equal(first?.method, 'GET')
  assert.equal(first?.path, "/v1.0/applications(uniqueName='a')")
  assert.equal(first?.headers.authorization, `Bearer ${token}`)
  assert.equal(first?.headers['content-type'], undefined)
  assert.match(String(first?.headers['client-request-id']), /^[0-9a-f-]{36}$/)
  assert.notEqual(first?.headers['client-request-id'], second?.headers['client-request-id'])
})

test('an upsert is sent as JSON and asks Graph to create what is missing', async () => {
  await using server = await serve({ status: 201, body: { id: '1' } })
  const { graph } = clientOf(server)
  await graph.send({ method: 'PATCH', path: '/applications', body: { displayName: 'ü' }, createIfMissing: true })
  const [call] = server.received
  assert.equal(call?.headers.prefer, 'create-if-missing')
  assert.equal(call?.headers['content-type'], 'application/json')
  assert.equal(call?.body, '{"displayName":"ü"}')
})

test('an answer without content has no body', async () => {
  await using server = await serve({ status: 204 })
  const { graph } = clientOf(server)
  assert.deepEqual(await graph.send({ method: 'PATCH', path: '/applications/1', body: {} }), {
    status: 204,
    body: undefined,
  })
})

test('a throttled write waits as long as Graph says and is then sent again', async () => {
  await using server = await serve(throttled, throttled, { status: 204 })
  const { graph, waits } = clientOf(server)
  await graph.send({ method: 'POST', path: '/x', body: { a: 1 } })
  assert.deepEqual(waits, [7000, 7000])
  assert.deepEqual(
    server.received.map(({ body }) => body),
    ['{"a":1}', '{"a":1}', '{"a":1}'],
  )
})

test('a client that is throttled for two minutes gives up and says when to come back', async () => {
  await using server = await serve(throttled)
  const { graph, waits } = clientOf(server)
  const error = await failureOf(graph.send({ method: 'GET', path: '/x' }))
  assert.equal(waits.length, 17)
  assert.equal(error.status, 429)
  assert.equal(error.code, 'TooManyRequests')
  assert.equal(error.retryAfterMs, 7000)
  assert.match(error.message, /^GET \/x was answered with 429 TooManyRequests: Too many requests\. Wait a while/)
})

test('an object that is not known everywhere yet is asked for again', async () => {
  await using server = await serve(missing, missing, { status: 200, body: {} })
  const { graph, waits } = clientOf(server)
  await graph.send({ method: 'GET', path: '/x', settling: true })
  assert.deepEqual(waits, [500, 1000])
})

test('an object that does not exist is reported at once', async () => {
  await using server = await serve(missing)
  const { graph, waits } = clientOf(server)
  const error = await failureOf(graph.send({ method: 'GET', path: '/x' }))
  assert.deepEqual(
    [error.status, error.code, error.reason],
    [404, 'Request_ResourceNotFound', "Resource 'x' does not exist."],
  )
  assert.deepEqual(waits, [])
})

test('a connection that breaks while reading is opened again', async () => {
  await using server = await serve({ status: 0, broken: true }, { status: 200, body: {} })
  const { graph, waits } = clientOf(server)
  await graph.send({ method: 'GET', path: '/x' })
  assert.deepEqual(waits, [500])
})

test('a connection that breaks while writing is reported, because nobody knows whether the write arrived', async () => {
  await using server = await serve({ status: 0, broken: true })
  const { graph } = clientOf(server)
  const error = await failureOf(graph.send({ method: 'POST', path: '/x', body: {} }))
  assert.deepEqual([error.status, error.code, error.method, error.path], [0, 'ECONNRESET', 'POST', '/x'])
  assert.equal(server.received.length, 1)
  assert.match(error.message, /^POST \/x had no answer \(ECONNRESET\): .+ Check that the host can be reached/)
})

test('all pages of a collection are read in order', async () => {
  await using server = await serve(
    (origin) => ({ status: 200, body: { value: [1, 2], '@odata.nextLink': `${origin}/v1.0/x?$skiptoken=a` } }),
    { status: 200, body: { value: [3] } },
  )
  const { graph } = clientOf(server)
  assert.deepEqual(await graph.list('/x'), [1, 2, 3])
  assert.deepEqual(
    server.received.map(({ path }) => path),
    ['/v1.0/x', '/v1.0/x?$skiptoken=a'],
  )
})

test('a next page on another origin is not followed, so the token does not go there', async () => {
  await using elsewhere = await serve({ status: 200, body: { value: [] } })
  await using server = await serve({
    status: 200,
    body: { value: [1], '@odata.nextLink': `${elsewhere.origin}/v1.0/x` },
  })
  const error = await failureOf(clientOf(server).graph.list('/x'))
  assert.equal(error.code, 'answer_not_understood')
  assert.equal(elsewhere.received.length, 0)
})

test('an answer that is no collection is refused where one was expected', async () => {
  await using server = await serve({ status: 200, body: { id: '1' } })
  const error = await failureOf(clientOf(server).graph.list('/x'))
  assert.deepEqual(
    [error.status, error.code, error.reason],
    [200, 'answer_not_understood', 'a collection was expected'],
  )
})

test('a refusal keeps the words of Graph and the id for its support', async () => {
  await using server = await serve({
    status: 403,
    headers: { 'request-id': '7ba6bfe8-5a1b-4a0e-8a6b-bb5c9e7d5a10' },
    body: {
      error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' },
    },
  })
  const error = await failureOf(clientOf(server).graph.send({ method: 'GET', path: '/x' }))
  assert.equal(
    error.message,
    'GET /x was answered with 403 Authorization_RequestDenied: Insufficient privileges to complete the operation ' +
      '(request-id 7ba6bfe8-5a1b-4a0e-8a6b-bb5c9e7d5a10). ' +
      'Sign in as an identity that has Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All.',
  )
  assert.equal(error.requestId, '7ba6bfe8-5a1b-4a0e-8a6b-bb5c9e7d5a10')
})

test('the request id is also found in the body of a refusal', async () => {
  const error = { code: 'X', message: 'y', innerError: { 'request-id': 'abc-1' } }
  await using server = await serve({ status: 400, body: { error } })
  assert.equal((await failureOf(clientOf(server).graph.send({ method: 'GET', path: '/x' }))).requestId, 'abc-1')
})

test('a token that the server repeats does not reach the error', async () => {
  const message = `bad token ${token}\nand ${'a'.repeat(5000)}`
  await using server = await serve({ status: 401, body: { error: { code: 'InvalidAuthenticationToken', message } } })
  const error = await failureOf(clientOf(server).graph.send({ method: 'GET', path: '/x' }))
  assert.match(error.reason, /^bad token \[secret\] and a+…$/)
  assert.equal(error.reason.length, 1001)
})

test('an answer that does not come from Graph is said to be so, and none of it is shown', async () => {
  await using server = await serve({ status: 502, body: '<html>eyJ0 secret</html>' })
  const error = await failureOf(clientOf(server).graph.send({ method: 'GET', path: '/x' }))
  assert.deepEqual([error.status, error.code], [502, 'answer_not_understood'])
  assert.ok(!error.message.includes('html'))
})

test('a success that is not JSON is refused, and none of it is shown', async () => {
  await using server = await serve({ status: 200, body: '{"secretText":"s3cret' })
  const error = await failureOf(clientOf(server).graph.send({ method: 'POST', path: '/addPassword', body: {} }))
  assert.equal(error.code, 'answer_not_understood')
  assert.ok(!inspect(error).includes('s3cret'))
})

test('an answer larger than 16 MiB is refused', async () => {
  await using server = await serve({ status: 200, body: `"${'x'.repeat(16 * 1024 * 1024)}"` })
  const error = await failureOf(clientOf(server).graph.send({ method: 'POST', path: '/x', body: {} }))
  assert.deepEqual([error.status, error.code], [0, 'answer_too_large'])
})

test('a server with a certificate that is not trusted gets no request', async () => {
  await using server = await serve({ status: 200, body: {} })
  const graph = createGraphClient({ baseUrl: server.origin, accessToken: async () => token })
  const error = await failureOf(graph.send({ method: 'GET', path: '/x' }))
  assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  assert.equal(server.received.length, 0)
})

test('an aborted client stops waiting and throws the reason', async () => {
  await using server = await serve({ ...throttled, headers: { 'Retry-After': '50' } })
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const graph = createGraphClient({
    baseUrl: server.origin,
    accessToken: async () => token,
    ca: certificate,
    signal: stop.signal,
  })
  const running = graph.send({ method: 'GET', path: '/x' })
  setTimeout(() => stop.abort(reason), 100)
  await assert.rejects(running, reason)
})

test('a base URL without TLS is refused before any call', () => {
  const create = () => createGraphClient({ baseUrl: 'http://localhost:8443/v1.0', accessToken: async () => token })
  assert.throws(create, {
    name: 'TypeError',
    message:
      'The Graph base URL must be an https URL such as https://graph.microsoft.com/v1.0, but is http://localhost:8443/v1.0',
  })
})
