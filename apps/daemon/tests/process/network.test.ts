import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { runDaemon, settingsFor, withoutCorrelationId } from '../stand-in/daemon-process.js'
import { startServices } from '../stand-in/services.js'

test('an API that is down ends with 7 and says how to start it', async (t) => {
  const services = await startServices(t)
  const gone = await startServices(t)
  await gone.stop()
  const ended = await runDaemon({ env: { ...settingsFor(services), API_ENDPOINT: gone.apiEndpoint } })
  assert.deepEqual(
    { ...ended, stderr: withoutCorrelationId(ended.stderr) },
    {
      code: 7,
      stdout: '',
      stderr: `todolist-daemon: cannot talk to the API at ${gone.origin}: nothing listens at that address. Next: start it (for the local tenant and API: \`npm run up\`) or correct API_ENDPOINT. (ECONNREFUSED, correlation id <id>)\n`,
    },
  )
})

test('an authority that is down ends with 7 and its real cause', async (t) => {
  const services = await startServices(t)
  await services.stop()
  const ended = await runDaemon({ env: settingsFor(services) })
  assert.deepEqual(
    { ...ended, stderr: withoutCorrelationId(ended.stderr) },
    {
      code: 7,
      stdout: '',
      stderr: `todolist-daemon: cannot talk to the authority at ${services.origin}: nothing listens at that address. Next: start it (for the local tenant and API: \`npm run up\`) or correct AUTHORITY. (ECONNREFUSED, correlation id <id>)\n`,
    },
  )
})

test('an authority whose certificate nobody vouches for ends with 7, names CA_FILE and gets no request', async (t) => {
  const services = await startServices(t)
  const ended = await runDaemon({ env: { ...settingsFor(services), CA_FILE: undefined } })
  assert.deepEqual(
    { ...ended, stderr: withoutCorrelationId(ended.stderr) },
    {
      code: 7,
      stdout: '',
      stderr: `todolist-daemon: cannot talk to the authority at ${services.origin}: its TLS certificate was issued by an authority that is not trusted here. Next: set CA_FILE to the PEM file of that authority; a local tenant keeps its own under .tenantry. (DEPTH_ZERO_SELF_SIGNED_CERT, correlation id <id>)\n`,
    },
  )
  assert.equal(services.seen.length, 0)
})

test('a certificate for another host name ends with 7', async (t) => {
  const services = await startServices(t)
  const elsewhere = services.authority.replace('localhost', '127.0.0.1')
  const ended = await runDaemon({ env: { ...settingsFor(services), AUTHORITY: elsewhere } })
  assert.equal(ended.code, 7)
  assert.match(
    ended.stderr,
    /its TLS certificate is for another host name\. Next: put the host name of the certificate into AUTHORITY\. \(ERR_TLS_CERT_ALTNAME_INVALID, correlation id [0-9a-f-]{36}\)\n$/,
  )
})

test('a peer that does not speak TLS ends with 7', async (t) => {
  const services = await startServices(t)
  const server = createServer((_request, response) => response.end('hello'))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const ended = await runDaemon({
    env: { ...settingsFor(services), API_ENDPOINT: `https://localhost:${port}/api/todolist` },
  })
  assert.equal(ended.code, 7)
  assert.match(
    ended.stderr,
    /cannot talk to the API at https:\/\/localhost:\d+: it does not speak TLS there\. Next: check host and port in API_ENDPOINT/,
  )
})

test('a host name that does not exist ends with 7', async (t) => {
  const services = await startServices(t)
  // RFC 6761 section 6.4: .invalid never resolves. Without any name server the answer is EAI_AGAIN.
  const ended = await runDaemon({ env: { ...settingsFor(services), AUTHORITY: 'https://tenant.invalid/x' } })
  assert.equal(ended.code, 7)
  assert.match(
    ended.stderr,
    /^todolist-daemon: cannot talk to the authority at https:\/\/tenant\.invalid: .+\((ENOTFOUND|EAI_AGAIN), correlation id [0-9a-f-]{36}\)\n$/,
  )
})

for (const part of ['discovery', 'token', 'api'] as const) {
  test(`a connection that is cut during ${part} ends with 7`, async (t) => {
    const services = await startServices(t, () => ({ [part]: 'hang up' }))
    const ended = await runDaemon({ env: settingsFor(services) })
    assert.equal(ended.code, 7)
    assert.match(
      ended.stderr,
      /it closed the connection without an answer\. Next: [^\n]+\(ECONNRESET, correlation id [0-9a-f-]{36}\)\n$/,
    )
  })
}

test('TLS checks that are switched off are refused before any request', async (t) => {
  const services = await startServices(t)
  const ended = await runDaemon({ env: { ...settingsFor(services), NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
  assert.deepEqual(ended, {
    code: 6,
    stdout: '',
    stderr:
      'todolist-daemon: TLS checks are switched off: NODE_TLS_REJECT_UNAUTHORIZED=0 would hand the client secret to anybody who pretends to be the tenant. Next: remove it, and name the certificate authority to trust with CA_FILE=<file.pem> instead.\n',
  })
  assert.equal(services.seen.length, 0)
})
