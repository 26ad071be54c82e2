import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Failure } from '../../src/failure.js'
import { createTransport, type OutgoingRequest } from '../../src/transport/transport.js'
import { certificateFile, startServices } from '../stand-in/services.js'

const extraRoots = readFileSync(certificateFile, 'utf8')

function getFrom(address: string): OutgoingRequest {
  const peer = { name: 'the API', setting: 'API_ENDPOINT' }
  return { peer, method: 'GET', url: new URL(address), headers: {}, maxBytes: 1000 }
}

test('a peer that accepts connections but never finishes TLS counts as unreachable', async (t) => {
  const server = createServer(() => undefined)
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const transport = createTransport({ extraRoots, signal: new AbortController().signal, connectTimeoutMs: 50 })
  t.after(() => server.close())
  t.after(() => transport.close())
  await assert.rejects(transport.send(getFrom(`https://localhost:${port}/`)), (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'network')
    assert.equal(
      error.message,
      `cannot talk to the API at https://localhost:${port}: no connection within the time allowed`,
    )
    assert.deepEqual(error.ids, ['ETIMEDOUT'])
    return true
  })
})

test('the time to connect does not limit the answer', async (t) => {
  const services = await startServices(t, () => ({ api: 'silence' }))
  const stop = new AbortController()
  const transport = createTransport({ extraRoots, signal: stop.signal, connectTimeoutMs: 200 })
  t.after(() => transport.close())
  const reason = new Failure('deadline', { what: 'a', why: 'b', next: 'c' })
  setTimeout(() => stop.abort(reason), 500)
  await assert.rejects(transport.send(getFrom(services.apiEndpoint)), reason)
})

test('requests to one host share a connection', async (t) => {
  const services = await startServices(t)
  const transport = createTransport({ extraRoots, signal: new AbortController().signal })
  t.after(() => transport.close())
  for (let round = 0; round < 3; round++)
    assert.equal((await transport.send(getFrom(services.apiEndpoint))).status, 200)
  assert.equal(new Set(services.seen.map(({ port }) => port)).size, 1)
})

test('nothing is sent once the signal has fired', async (t) => {
  const services = await startServices(t)
  const reason = new Failure('interrupted', { what: 'a', why: 'b', next: 'c' })
  const transport = createTransport({ extraRoots, signal: AbortSignal.abort(reason) })
  t.after(() => transport.close())
  await assert.rejects(transport.send(getFrom(services.apiEndpoint)), reason)
  assert.equal(services.seen.length, 0)
})
