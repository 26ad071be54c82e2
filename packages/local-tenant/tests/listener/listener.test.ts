import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { ListenError, startTenant, type Tenant } from '../../src/index.js'
import { type Answer, BodyError, type Call } from '../../src/listener/call.js'
import { certificateHosts } from '../../src/listener/hosts.js'
import { type Listener, listen } from '../../src/listener/listener.js'
import { type DevelopmentCa, openDevelopmentCa } from '../../src/tls/development-ca.js'
import { connectTo, form, type HttpsClient } from '../https-client.js'

let ca: DevelopmentCa
let tls: { chain: string; key: string }
let calls: Call[]
let listener: Listener
let client: HttpsClient
before(async () => {
  calls = []
  ca = await openDevelopmentCa(null, () => new Date())
  tls = await ca.certificateFor('tenant', certificateHosts)
  listener = await listen({ port: 0, host: 'localhost', tls, handle })
  client = connectTo({ ca, port: listener.port })
})
after(async () => {
  client.close()
  await listener.close()
})

async function handle(call: Call): Promise<Answer> {
  calls.push(call)
  if (call.path[0] === 'silent') return { status: 204 }
  if (call.path[0] === 'slow') await new Promise((resolve) => setTimeout(resolve, 50))
  if (call.path[0] === 'never') await new Promise(() => {})
  if (call.path[0] !== 'read') return { status: 200, body: { path: call.path } }
  const body = await call.readBody(1_000).catch((error: unknown) => error)
  return { status: 200, body: { body: body instanceof BodyError ? body.reason : body } }
}

test('both loopback addresses are served', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const socket = await open({ host })
    assert.ok(socket.authorized)
    socket.destroy()
  }
})

test('a request reaches its endpoint decoded: path, query, host family and correlation id', async () => {
  const id = '0B7D8C2A-6F3E-4D5B-9A1C-2E4F6A8B0C1D'
  const path = `/a%20b/%C3%BC/?x=1&x=2&client-request-id=${id}`
  await client.send('GET', path, { headers: { host: 'Contoso.ciamlogin.com' } })
  const call = calls.at(-1)
  assert.deepEqual(call?.path, ['a b', 'ü'])
  assert.deepEqual(call?.query.getAll('x'), ['1', '2'])
  assert.deepEqual(call?.family, { kind: 'ciam', name: 'contoso' })
  assert.equal(call?.origin, 'https://contoso.ciamlogin.com')
  assert.equal(call?.correlationId, id.toLowerCase())
  assert.equal(call?.port, listener.port)
})

test('a host that is none of ours is 421 and reaches no endpoint: a rebound DNS name cannot talk to the tenant', async () => {
  const seen = calls.length
  const hosts = [
    'evil.example',
    'localhost.evil.example',
    'a.b.ciamlogin.com',
    'ciamlogin.com',
    '127.0.0.2',
    'localhost:x',
    '__proto__',
  ]
  for (const host of hosts) {
    const { status, body } = await client.send('GET', '/', { headers: { host } })
    assert.equal(status, 421, host)
    const message = 'This listener does not answer for the host in the request.'
    assert.deepEqual(body, { error: { code: 'BadRequest', message } })
  }
  assert.equal(calls.length, seen)
})

test('a path with tricks in it is 400', async () => {
  for (const path of ['/..', '/a/../b', '/%2e%2e/x', '/a//b', '/v1.0///b', '/v1.0/a//b', '/%00', '/%', '/%ff', '/.']) {
    const { status, body } = await client.send('GET', path)
    assert.equal(status, 400, path)
    assert.deepEqual(body, { error: { code: 'BadRequest', message: 'The path is not a valid URL path.' } })
  }
})

test("one slash too many behind the version of Graph, as Microsoft's SDK for Python writes it, is none", async () => {
  assert.deepEqual((await client.send('GET', '/v1.0//users')).body, { path: ['v1.0', 'users'] })
  assert.deepEqual((await client.send('GET', '/beta//users')).body, { path: ['beta', 'users'] })
})

test('a slash that was percent-encoded stays inside its segment', async () => {
  assert.deepEqual((await client.send('GET', '/a%2Fb/c')).body, { path: ['a/b', 'c'] })
})

test('URLs and headers have limits', async () => {
  const long = await client.send('GET', `/${'x'.repeat(8_192)}`)
  assert.equal(long.status, 414)
  assert.deepEqual(long.body, { error: { code: 'BadRequest', message: 'The URL is too long.' } })
  const headers = await client.send('GET', '/', { headers: { 'x-long': 'x'.repeat(20_000) } })
  assert.equal(headers.status, 431)
  const message = 'The request line or the headers are too long.'
  assert.deepEqual(headers.body, { error: { code: 'BadRequest', message } })
})

test('a body is read up to its limit in bytes, as UTF-8 only', async () => {
  const read = async (body: string | Uint8Array) => (await client.send('POST', '/read', { body })).body['body']
  assert.equal(await read('ü'.repeat(500)), 'ü'.repeat(500))
  assert.equal(await read('ü'.repeat(501)), 'too_large')
  assert.equal(await read(Buffer.from([0xc3, 0x28])), 'not_utf8')
  assert.equal(await read(''), '')
})

test('a body that is too large, or that nobody reads, is discarded, and the connection goes on', async () => {
  const body = 'x'.repeat(3_000_000)
  const socket = await open()
  const text = reading(socket)
  const head = `content-type: ${form['content-type']}\r\nhost: localhost\r\ncontent-length: ${body.length}`
  for (const path of ['/read', '/unread', '/slow']) socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n${body}`)
  socket.write('GET /last HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  const answers = await text
  assert.equal(answers.match(/HTTP\/1\.1 200 OK/g)?.length, 4)
  assert.match(answers, /too_large[\s\S]*unread[\s\S]*slow[\s\S]*last/)
})

test('pipelined requests are answered in their order', async () => {
  const socket = await open()
  const text = reading(socket)
  const rest = ['one', 'two'].map((path) => `GET /${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`).join('')
  socket.write(
    `GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n${rest}GET /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
  )
  assert.match(await text, /"slow"[\s\S]*"one"[\s\S]*"two"[\s\S]*"x"/)
})

test('Expect: 100-continue is honoured, another expectation refused', async () => {
  const socket = await open()
  const text = reading(socket)
  socket.write(
    'POST /read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n',
  )
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write('hi')
  assert.match(await text, /^HTTP\/1\.1 100 Continue[\s\S]*HTTP\/1\.1 200 OK[\s\S]*\{"body":"hi"\}$/)
  const { status } = await client.send('GET', '/', { headers: { expect: 'a miracle' } })
  assert.equal(status, 417)
})

test('HEAD has the headers of GET and no body; 204 has neither body nor length', async () => {
  const [get, head] = [await client.send('GET', '/x'), await client.send('HEAD', '/x')]
  assert.equal(head.status, 200)
  assert.equal(head.text, '')
  assert.equal(head.headers['content-length'], get.headers['content-length'])
  const silent = await client.send('GET', '/silent')
  assert.equal(silent.headers['content-length'], undefined)
  assert.equal(silent.headers['content-type'], undefined)
})

test('what is not HTTP is answered with 400 and the end of the connection', async () => {
  const smuggled =
    'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
  for (const bytes of ['hello\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', smuggled]) {
    const socket = await open()
    const text = reading(socket)
    socket.write(bytes)
    assert.match(await text, /^HTTP\/1\.1 400 Bad Request\r\n/)
  }
})

test('a client that goes away in the middle of a body disturbs nobody', async () => {
  const socket = await open()
  const seen = calls.length
  socket.write('POST /read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\nhalf')
  while (calls.length === seen) await new Promise((resolve) => setTimeout(resolve, 5))
  socket.destroy()
  assert.equal((await client.send('GET', '/x')).status, 200)
})

test('close() ends within moments, whatever clients hold open: idle, in the middle of a request, before the handshake', async () => {
  const own = await listen({ port: 0, host: 'localhost', tls, handle })
  const idle = connectTo({ ca, port: own.port })
  await idle.send('GET', '/x')
  const started = await open({ port: own.port })
  const ended = reading(started)
  started.write('GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const bare = connect(own.port, '127.0.0.1').on('error', () => {})
  await new Promise((resolve) => bare.once('connect', resolve))
  const begun = Date.now()
  await own.close()
  assert.ok(Date.now() - begun < 5_000)
  assert.equal(await ended, '')
  bare.destroy()
  idle.close()
  await own.close()
})

test('without open connections close() does not wait', async () => {
  const own = await listen({ port: 0, host: 'localhost', tls, handle })
  const begun = Date.now()
  await own.close()
  assert.ok(Date.now() - begun < 500)
})

for (const host of ['127.0.0.1', '::1']) {
  test(`a port that is taken on ${host} alone is a ListenError, and nothing stays behind`, async (context) => {
    const taken = await takePort(host)
    if (taken === undefined) return context.skip(`this machine has no ${host}`)
    await assert.rejects(listen({ port: taken.port, host: 'localhost', tls, handle }), (error) => {
      assert.ok(error instanceof ListenError)
      assert.equal(error.name, 'ListenError')
      assert.equal(error.code, 'EADDRINUSE')
      assert.equal(error.port, taken.port)
      assert.equal(error.message, `cannot listen on port ${taken.port} (EADDRINUSE)`)
      return true
    })
    await new Promise((resolve) => taken.server.close(resolve))
    const free = await listen({ port: taken.port, host: 'localhost', tls, handle })
    await free.close()
  })
}

test('a tenant whose port is taken does not start, and says so', async () => {
  const tenant: Promise<Tenant> = startTenant({ dataFolder: null, port: listener.port })
  await assert.rejects(tenant, { name: 'ListenError', code: 'EADDRINUSE', port: listener.port })
})

async function takePort(host: string): Promise<{ server: Server; port: number } | undefined> {
  const server = createServer()
  const bound = await new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port: 0, host }, () => resolve(true))
  })
  const address = server.address()
  return bound === true && typeof address === 'object' && address !== null ? { server, port: address.port } : undefined
}

function open({ host = '127.0.0.1', port = listener.port } = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, ca: ca.root, servername: 'localhost' }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Everything that arrives until the other side ends the connection. */
function reading(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
  })
  return new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve(text)))
}
