import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { startTenant, type Tenant } from '../../src/index.js'
import type { Call } from '../../src/listener/call.js'
import { openSite } from '../../src/portal/site.js'
import { connectTo, type HttpsClient } from '../https-client.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-site-'))
const page = '<!doctype html><title>Portal</title>'
const script = 'export const answer = 42\n'
let tenant: Tenant
let client: HttpsClient

before(async () => {
  writeFileSync(join(folder, 'index.html'), page)
  writeFileSync(join(folder, 'main-abc.js'), script)
  writeFileSync(join(folder, 'main-abc.js.br'), brotliCompressSync(script))
  writeFileSync(join(folder, 'secret.txt'), 'not a file of a site')
  tenant = await startTenant({ dataFolder: null, port: 0, portalFolder: folder })
  client = connectTo(tenant)
})
after(async () => {
  client?.close()
  await tenant?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('every path of the portal that is no file is its page, which may load nothing from elsewhere and be framed by nobody', async () => {
  for (const path of ['/portal', '/portal/', '/portal/app-registrations/1/app-roles', '/portal/index.html']) {
    const { status, headers, text } = await client.send('GET', path)
    assert.deepEqual([status, text], [200, page], path)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(headers['cache-control'], 'no-cache')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    const policy = String(headers['content-security-policy'])
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assert.ok(policy.includes(rule), rule)
    }
    assert.doesNotMatch(policy, /unsafe|\*|https?:/)
  }
})

test('an asset is kept for good, and comes compressed to who takes that', async () => {
  const plain = await client.send('GET', '/portal/assets/main-abc.js')
  assert.deepEqual([plain.status, plain.text], [200, script])
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8')
  assert.equal(plain.headers['content-encoding'], undefined)
  const compressed = await client.send('GET', '/portal/assets/main-abc.js', {
    headers: { 'accept-encoding': 'gzip, br' },
  })
  assert.equal(compressed.headers['content-encoding'], 'br')
  assert.equal(compressed.headers['vary'], 'accept-encoding')
  assert.equal(compressed.headers['content-length'], String(brotliCompressSync(script).length))
  const head = await client.send('HEAD', '/portal/assets/main-abc.js')
  assert.deepEqual([head.status, head.text], [200, ''])
  assert.equal(head.headers['content-length'], String(script.length))
})

test('nothing but the files of the site can be had', async () => {
  for (const name of [
    'secret.txt',
    'main-abc.js.br',
    '..%2fsecret.txt',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    'a/main-abc.js',
    'none.js',
    '',
  ]) {
    const { status, text } = await client.send('GET', `/portal/assets/${name}`)
    assert.deepEqual([status, text], [404, 'The portal has no such file: reload the page.\n'], name)
  }
  for (const path of ['/portal/../portal/assets/main-abc.js', '/portal/%2e%2e/v1.0/applications']) {
    assert.equal((await client.send('GET', path)).status, 400, path)
  }
  const posted = await client.send('POST', '/portal', { body: '{}' })
  assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD'])
})

test('a browser that opens the bare address gets to the portal; programs and the emulated hosts answer as a login host', async () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
  for (const method of ['GET', 'HEAD']) {
    const { status, headers, text } = await client.send(method, '/', { headers: { accept } })
    assert.deepEqual([status, headers['location'], headers['vary'], text], [302, '/portal', 'accept', ''], method)
  }
  const refused: [string, string, Record<string, string>][] = [
    ['GET', '/', { accept: '*/*' }],
    ['GET', '/', { accept: 'application/json, text/plain, */*' }],
    ['POST', '/', { accept }],
    ['GET', '/nothing', { accept }],
    ['GET', '/', { accept, host: 'contoso.ciamlogin.com' }],
    ['GET', '/', { accept, host: 'login.microsoftonline.com' }],
  ]
  for (const [method, path, headers] of refused) {
    const reply = await client.send(method, path, { headers })
    assert.deepEqual(
      [reply.status, reply.body['error_codes']],
      [404, [9002313]],
      `${method} ${path} ${headers['host']}`,
    )
  }
  const graph = await client.send('GET', '/', { headers: { accept, host: 'graph.microsoft.com' } })
  assert.notEqual(graph.status, 302)
  await using bare = await startTenant({ dataFolder: null, port: 0 })
  const withoutPortal = connectTo(bare)
  assert.equal((await withoutPortal.send('GET', '/', { headers: { accept } })).status, 404)
  withoutPortal.close()
})

test('the portal is on localhost alone, for this machine alone', async () => {
  const elsewhere = await client.send('GET', '/portal', { headers: { host: 'contoso.ciamlogin.com' } })
  assert.equal(elsewhere.status, 404)
  const call = { method: 'GET', path: ['portal'], headers: {}, remoteAddress: '192.168.1.7' }
  const answer = openSite(folder)(call as unknown as Call)
  assert.deepEqual([answer.status, answer.text], [403, 'The portal is for browsers on this machine only.\n'])
})

test('a portal that has not been built says how to', async () => {
  const call = { method: 'GET', path: ['portal'], headers: {}, remoteAddress: '127.0.0.1' }
  const answer = openSite(join(folder, 'missing'))(call as unknown as Call)
  assert.deepEqual([answer.status, answer.text], [503, 'The portal has not been built. Next: npm run build.\n'])
})

test('a tenant that was given no portal has none', async () => {
  await using bare = await startTenant({ dataFolder: null, port: 0 })
  const other = connectTo(bare)
  const { status } = await other.send('GET', '/portal')
  other.close()
  assert.equal(status, 404)
})
