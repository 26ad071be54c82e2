import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { assertProblem } from '../fixtures/assert-problem.js'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

let running: RunningApi
let token: string

before(async () => {
  running = await startApi({
    store: {
      pageText: async () => {
        throw new Error('disk on fire at /var/secret/path')
      },
    },
  })
  token = running.issuer.app('ToDoList.ReadWrite.All')
})

after(() => running.close())

test('an unknown address answers 404, without a token and with one', async () => {
  const detail = 'There is nothing at this address. The to-do list is at /api/todolist, its description at /docs.'
  assertProblem(await running.api.inject('/nothing'), 404, 'route_not_found', detail)
  const headers = { authorization: `Bearer ${token}` }
  assertProblem(await running.api.inject({ url: '/nothing', headers }), 404, 'route_not_found', detail)
})

const allowed = [
  { url: '/api/todolist', methods: ['PUT', 'DELETE', 'PATCH', 'OPTIONS'], allow: 'GET, HEAD, POST' },
  { url: '/api/todolist/1', methods: ['POST', 'OPTIONS'], allow: 'GET, HEAD, PUT, PATCH, DELETE' },
  { url: '/openapi.json', methods: ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'], allow: 'GET, HEAD' },
  { url: '/docs', methods: ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'], allow: 'GET, HEAD' },
  { url: '/health/live', methods: ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'], allow: 'GET, HEAD' },
  { url: '/health/ready', methods: ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'], allow: 'GET, HEAD' },
] as const

for (const { url, methods, allow } of allowed) {
  for (const method of methods) {
    test(`${method} ${url} answers 405 and names the methods there are, before the body is read`, async () => {
      const headers = { 'content-type': 'application/json' }
      const payload = method === 'OPTIONS' ? undefined : '{"not json'
      const answer = await running.api.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
      assertProblem(answer, 405, 'method_not_allowed', `This address answers to ${allow} only.`)
      assert.equal(answer.headers.allow, allow)
    })
  }
}

test('no answer allows another origin, not even to a pre-flight request', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
  const answer = await running.api.inject({ method: 'OPTIONS', url: '/api/todolist', headers })
  assert.equal(answer.statusCode, 405)
  assert.deepEqual(
    Object.keys(answer.headers).filter((name) => name.startsWith('access-control-')),
    [],
  )
})

test('a body that is not JSON is refused with 400 and is not quoted', async () => {
  assertProblem(await post('{"description": secret'), 400, 'invalid_json', 'The body is not JSON: send a JSON object.')
})

test('an empty body is refused with 400', async () => {
  assertProblem(await post(''), 400, 'invalid_json', 'The body is empty: send a JSON object.')
})

test('a body that reaches for the prototype is refused with 400', async () => {
  assertProblem(await post('{"__proto__": {"owner": "x"}}'), 400, 'invalid_json')
})

test('a body of more than 64 KiB is refused with 413', async () => {
  const body = JSON.stringify({ description: 'x'.repeat(64 * 1024) })
  assertProblem(await post(body), 413, 'body_too_large', 'The body is larger than 65536 bytes.')
})

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
  test(`a body of type ${type} is refused with 415`, async () => {
    const detail =
      'Send the body as JSON, with the header Content-Type: application/json (a PATCH also as application/merge-patch+json).'
    assertProblem(await post('{"description":"x"}', type), 415, 'unsupported_media_type', detail)
  })
}

test('a failure of the store answers 500 without its reason, which is in the log under the same id', async () => {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await running.api.inject({ url: '/api/todolist', headers })
  const problem = assertProblem(
    answer,
    500,
    'internal_error',
    'The request failed for a reason inside this API. Try again; if it persists, report the traceId.',
  )
  assert.doesNotMatch(answer.body, /fire|secret/)
  const line = running.logLines.find((candidate) => candidate.includes('disk on fire'))
  assert.equal(line?.includes(String(problem.get('traceId'))), true)
})

test('an address that cannot be decoded answers 400', async () => {
  assertProblem(
    await running.api.inject('/api/todolist/%zz'),
    400,
    'bad_request',
    'The address is not a valid URL path.',
  )
})

test('an id of 200 characters answers 414', async () => {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await running.api.inject({ url: `/api/todolist/${'1'.repeat(200)}`, headers })
  assertProblem(answer, 414, 'address_too_long', 'The address is too long.')
})

test('a client-request-id that is a GUID comes back as it was sent; the traceId stays our own', async () => {
  const id = 'AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee'
  const answer = await running.api.inject({ url: '/api/todolist', headers: { 'client-request-id': id } })
  assert.equal(answer.headers['client-request-id'], id)
  assert.notEqual(answer.headers['request-id'], id.toLowerCase())
  assert.match(
    String(answer.headers['request-id']),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})

test('a client-request-id of any other form is not repeated', async () => {
  const answer = await running.api.inject({ url: '/api/todolist', headers: { 'client-request-id': 'x'.repeat(50) } })
  assert.equal(answer.headers['client-request-id'], undefined)
})

test('neither a token nor a cookie nor a query reaches the log', async () => {
  const headers = { authorization: `Bearer ${token}`, cookie: 'session=s3cr3t' }
  await running.api.inject({ url: `/api/todolist/1?access_token=${token}`, headers })
  const log = running.logLines.join('')
  assert.match(log, /"path":"\/api\/todolist\/1"/)
  assert.doesNotMatch(log, /eyJ|s3cr3t|access_token/)
})

test('a header of more than 16 KiB is refused with 431, over the wire', async () => {
  const answer = await raw(`GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`)
  assertProblem(answer, 431, 'header_too_large', 'The header fields of the request are too large.')
})

test('what is not HTTP is refused with 400, over the wire', async () => {
  assertProblem(await raw('HELLO\r\n\r\n'), 400, 'bad_request', 'The request is not well-formed HTTP/1.1.')
})

function post(payload: string, type = 'application/json') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  return running.api.inject({ method: 'POST', url: '/api/todolist', headers, payload })
}

async function raw(request: string) {
  if (!running.api.server.listening) await running.api.listen({ host: '127.0.0.1', port: 0 })
  const address: AddressInfo | string | null = running.api.server.address()
  assert(typeof address === 'object' && address !== null)
  const socket = connect(address.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(request)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']),
  )
  assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
  return { statusCode: Number(statusLine.split(' ')[1]), headers, body }
}
