import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { Failure } from '../../src/failure.js'
import { createTransport, type OutgoingRequest } from '../../src/transport/transport.js'
import { certificateFile, type Services, startServices } from '../stand-in/services.js'

const extraRoots = readFileSync(certificateFile, 'utf8')

/** A proxy that wants `user:p@ss` when `wants` is set, and opens tunnels or answers `status`. */
async function startProxy(t: TestContext, { wants = false, status = 200 } = {}) {
  const tunnels: string[] = []
  const sockets: Duplex[] = []
  const server = createServer()
  server.on('connect', ({ url = '', headers }, client: Duplex, head: Buffer) => {
    sockets.push(client)
    client.on('error', () => undefined)
    const given = headers['proxy-authorization']
    const isGood = !wants || given === `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    if (!isGood) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
    if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
    tunnels.push(url)
    const onward = connect(Number(url.split(':')[1]), 'localhost', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(head)
      onward.pipe(client).pipe(onward)
    })
    onward.on('error', () => client.destroy())
    sockets.push(onward)
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return { tunnels, host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, stop: () => server.close() }
}

function through(t: TestContext, proxy: string, services: Services) {
  const signal = new AbortController().signal
  // The choice is the proxy's test; here even localhost goes through it, because that is where the stand-in is.
  const transport = createTransport({ extraRoots, signal, proxyFor: () => new URL(proxy) })
  t.after(() => transport.close())
  const request: OutgoingRequest = {
    peer: { name: 'the API', setting: 'API_ENDPOINT' },
    method: 'GET',
    url: new URL(services.apiEndpoint),
    headers: {},
    maxBytes: 1000,
  }
  return () => transport.send(request)
}

test('requests go through one tunnel, with user and password, and the peer is proven as ever', async (t) => {
  const services = await startServices(t)
  const proxy = await startProxy(t, { wants: true })
  const send = through(t, `http://user:p%40ss@${proxy.host}`, services)
  for (let round = 0; round < 2; round++) assert.equal((await send()).status, 200)
  assert.deepEqual(proxy.tunnels, [new URL(services.origin).host])
})

test('a peer whose certificate nobody vouches for is refused through a tunnel too', async (t) => {
  const services = await startServices(t)
  const proxy = await startProxy(t)
  const transport = createTransport({
    extraRoots: undefined,
    signal: new AbortController().signal,
    proxyFor: () => new URL(`http://${proxy.host}`),
  })
  t.after(() => transport.close())
  const peer = { name: 'the API', setting: 'API_ENDPOINT' }
  const url = new URL(services.apiEndpoint)
  await assert.rejects(transport.send({ peer, method: 'GET', url, headers: {}, maxBytes: 1000 }), (error) => {
    assert.ok(error instanceof Failure)
    assert.deepEqual(error.ids, ['DEPTH_ZERO_SELF_SIGNED_CERT'])
    return true
  })
  assert.equal(services.seen.length, 0)
})

const failures = [
  {
    title: 'a wrong password of the proxy is told as such, and not shown',
    options: { wants: true },
    user: 'user:wrong-pass@',
    why: 'the proxy does not accept the user name and password of HTTPS_PROXY, or there are none',
    ids: ['proxy 407'],
  },
  {
    title: 'a proxy that does not connect is told with its status',
    options: { status: 403 },
    user: '',
    why: 'the proxy answered 403 instead of connecting',
    ids: ['proxy 403'],
  },
]

for (const { title, options, user, why, ids } of failures) {
  test(title, async (t) => {
    const services = await startServices(t)
    const proxy = await startProxy(t, options)
    await assert.rejects(through(t, `http://${user}${proxy.host}`, services)(), (error) => {
      assert.ok(error instanceof Failure)
      assert.equal(error.exit, 'network')
      assert.equal(error.message, `cannot talk to the API through the proxy ${proxy.host}: ${why}`)
      assert.deepEqual(error.ids, ids)
      return true
    })
  })
}

test('a proxy that is down is blamed, not the peer', async (t) => {
  const services = await startServices(t)
  const proxy = await startProxy(t)
  proxy.stop()
  await assert.rejects(through(t, `http://${proxy.host}`, services)(), (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.message, `cannot talk to the API through the proxy ${proxy.host}: the proxy cannot be reached`)
    assert.deepEqual(error.ids, ['ECONNREFUSED'])
    return true
  })
})
