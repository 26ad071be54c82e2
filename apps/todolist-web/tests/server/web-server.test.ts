import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { startWebServer } from '../../src/server/web-server.js'
import { readSettings } from '../../src/settings/settings.js'
import { certificate, key } from './certificate.js'

const site = mkdtempSync(join(tmpdir(), 'todolist web sité '))
const script = 'export const text = "a program"\n'
writeFileSync(join(site, 'index.html'), '<!doctype html><title>To-dos</title>')
writeFileSync(join(site, 'start-1.js'), script)
writeFileSync(join(site, 'start-1.js.br'), brotliCompressSync(script))
writeFileSync(join(site, 'secret.pem'), 'not of the page')

const server = await startWebServer({ site, host: 'localhost', port: 0, tls: { chain: certificate, key } })
after(async () => {
  await server.close()
  rmSync(site, { recursive: true, force: true })
})
const id = '0a1b2c3d-0000-4000-8000-00000000000'
const values = {
  AUTHORITY: `https://contoso.ciamlogin.com/${id}1`,
  CLIENT_ID: `${id}2`,
  SCOPES: `api://${id}3/ToDoList.Read`,
  API_ENDPOINT: 'https://api.example.com/api/todolist',
}

async function ask(path: string, method = 'GET', headers: Record<string, string> = {}, host = '127.0.0.1') {
  const options = {
    host,
    port: server.port,
    path,
    method,
    headers,
    ca: certificate,
    servername: 'localhost',
    agent: false,
  }
  const sent = request(options)
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = Buffer.concat((await response.toArray()) as Buffer[])
  return { status: response.statusCode, headers: response.headers, body }
}

test('before it is told the addresses of tenant and API, it asks to come back', async () => {
  const { status, headers } = await ask('/')
  assert.deepEqual([status, headers['retry-after']], [503, '1'])
  server.settle(readSettings(values, 'the test'))
  assert.equal((await ask('/')).status, 200)
})

test('the page may load nothing but its own files, and call nothing but itself, the tenant and the API', async () => {
  for (const path of ['/', '/assets/start-1.js', '/settings.json', '/nowhere']) {
    const { headers } = await ask(path)
    assertGuarded(headers, path)
  }
  const policy = String((await ask('/')).headers['content-security-policy'])
  const called = policy.split('; ').find((rule) => rule.startsWith('connect-src'))
  const origins = [`https://contoso.ciamlogin.com https://${id}1.ciamlogin.com`, 'https://api.example.com']
  assert.equal(called, `connect-src 'self' ${origins.join(' ')}`)
})

function assertGuarded(headers: IncomingHttpHeaders, path: string): void {
  const policy = String(headers['content-security-policy'])
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
    assert.ok(policy.split('; ').includes(rule), `${path}: ${rule}`)
  }
  assert.doesNotMatch(policy, /unsafe|\*/)
  assert.equal(headers['x-content-type-options'], 'nosniff', path)
  assert.equal(headers['x-frame-options'], 'DENY', path)
  assert.equal(headers['referrer-policy'], 'no-referrer', path)
  // It would bind every other server on this machine's name.
  assert.equal(headers['strict-transport-security'], undefined, path)
}

test('the page is asked for each time, its parts are kept for good, its settings are kept nowhere', async () => {
  assert.equal((await ask('/?x=1')).headers['cache-control'], 'no-cache')
  assert.match(String((await ask('/assets/start-1.js')).headers['cache-control']), /immutable/)
  const settings = await ask('/settings.json')
  assert.equal(settings.headers['cache-control'], 'no-store')
  assert.deepEqual(JSON.parse(settings.body.toString()), values)
})

test('a file is sent compressed to whoever takes that, and HEAD gets the headers alone', async () => {
  const plain = await ask('/assets/start-1.js')
  assert.equal(plain.body.toString(), script)
  const compressed = await ask('/assets/start-1.js', 'GET', { 'accept-encoding': 'gzip, br' })
  assert.equal(compressed.headers['content-encoding'], 'br')
  assert.equal(brotliDecompressSync(compressed.body).toString(), script)
  const head = await ask('/assets/start-1.js', 'HEAD')
  assert.deepEqual([head.status, head.body.length], [200, 0])
  assert.equal(head.headers['content-length'], String(script.length))
})

test('nothing else can be had, by no path and no method', async () => {
  const paths = [
    '/assets/../index.html',
    '/assets/%2e%2e%2findex.html',
    '/assets/secret.pem',
    '/assets/',
    '/index.html',
  ]
  for (const path of [...paths, '/assets/start-1.js.br', '//', '/settings.json/', '/assets/constructor']) {
    assert.equal((await ask(path)).status, 404, path)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await ask('/', method)
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method)
  }
})

test('a port that is taken is an error that says so, and a connection that says nothing does not hold the end up', async () => {
  const again = startWebServer({ site, host: 'localhost', port: server.port, tls: { chain: certificate, key } })
  await assert.rejects(again, { code: 'EADDRINUSE' })
  const other = await startWebServer({ site, host: 'localhost', port: 0, tls: { chain: certificate, key } })
  const silent = connect(other.port, '127.0.0.1')
  await once(silent, 'connect')
  const cut = once(silent, 'close')
  await other.close()
  await cut
})
