import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import test, { after } from 'node:test'
import { startProxy } from '../../src/run/proxy.js'
import { readUserProxy } from '../../src/run/user-proxy.js'

const tenant = await listening('tenant')
const other = await listening('other')
const proxy = await startProxy({ tenantPort: () => tenant.port, userProxy: null })
after(async () => {
  await proxy.close()
  tenant.close()
  other.close()
})

test('a tunnel to an emulated host ends at the tenant, and one to any other host where it was going', async () => {
  const established = 'HTTP/1.1 200 Connection established\r\n\r\n'
  for (const host of ['login.microsoftonline.com', 'graph.microsoft.com', 'contoso.ciamlogin.com']) {
    assert.equal(await ask(proxy.port, `${host}:443`), `${established}tenant heard: hello`)
  }
  assert.equal(await ask(proxy.port, `127.0.0.1:${other.port}`), `${established}other heard: hello`)
})

test('a host of Microsoft that is not emulated is refused with the reason, and counted', async () => {
  for (const target of ['login.microsoftonline.us:443', 'graph.microsoft.com:80']) {
    const answer = await ask(proxy.port, target)
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/)
    assert.match(answer, /\r\nconnection: close\r\n\r\n/)
    assert.ok(answer.includes(`tenantry run: ${target} is a login or Graph host of Microsoft's`))
  }
  assert.deepEqual(proxy.refused, ['login.microsoftonline.us:443', 'graph.microsoft.com:80'])
})

test('what is no CONNECT to a host and port is refused', async () => {
  for (const target of ['nowhere', 'host:0', 'host:99999', 'user@host:443', ':443', '[::1:443']) {
    assert.match(await ask(proxy.port, target), /^HTTP\/1\.1 400 Bad Request\r\n/, target)
  }
  const plain = await exchange(
    proxy.port,
    'GET http://example.com/ HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n',
  )
  assert.match(plain, /^HTTP\/1\.1 501 Not Implemented\r\n/)
  assert.match(plain, /tenantry run: this proxy takes CONNECT only\.\n$/)
})

test('a host that cannot be reached is answered 502', async () => {
  const gone = await listening('gone')
  gone.close()
  assert.match(await ask(proxy.port, `127.0.0.1:${gone.port}`), /^HTTP\/1\.1 502 Bad Gateway\r\n/)
})

test("other hosts are reached through the user's own proxy, which says itself what it thinks of it", async () => {
  const upstream = await startProxy({ tenantPort: () => other.port, userProxy: null })
  const chained = await startProxy({
    tenantPort: () => tenant.port,
    userProxy: readUserProxy({ HTTPS_PROXY: `http://127.0.0.1:${upstream.port}`, NO_PROXY: 'localhost' }),
  })
  try {
    assert.match(await ask(chained.port, `127.0.0.1:${other.port}`), /^HTTP\/1\.1 200 .*other heard: hello$/s)
    assert.match(await ask(chained.port, 'bad target:1'), /^HTTP\/1\.1 400 /)
    assert.match(await ask(chained.port, 'graph.microsoft.com:443'), /tenant heard: hello$/)
    await upstream.close()
    assert.match(await ask(chained.port, `127.0.0.1:${other.port}`), /^HTTP\/1\.1 502 /)
    assert.match(await ask(chained.port, `localhost:${other.port}`), /other heard: hello$/)
  } finally {
    await chained.close()
  }
})

/** A server that repeats the first thing it hears, and closes. */
async function listening(name: string) {
  const server = createServer((socket: Socket) => {
    socket.once('data', (heard) => socket.end(`${name} heard: ${heard.toString()}`))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

const ask = (port: number, target: string) =>
  exchange(port, `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\nhello`)

async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}
