import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { after, before, beforeEach, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createHttpsGet } from '../../src/keys/https-get.js'
import { createTokenVerifier } from '../../src/verifier.js'
import { appClaims, keyDocument, keyPair, options, publishedKey, tenantId, token } from '../test-tenant.js'

const fixtures = new URL('../../../tests/fixtures/', import.meta.url)
const cert = readFileSync(new URL('localhost-cert.pem', fixtures), 'utf8')
const key = readFileSync(new URL('localhost-key.pem', fixtures), 'utf8')
const { signal } = new AbortController()

suite('a GET for key documents, against a real TLS server', () => {
  let server: Server
  let origin: string
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let requests: string[]

  before(async () => {
    server = createServer({ cert, key }, (request, response) => {
      requests.push(request.url ?? '')
      answer(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    origin = `https://localhost:${address.port}`
  })
  beforeEach(() => {
    requests = []
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })

  const get = createHttpsGet(cert)
  const fetchKeys = () => get(new URL('/keys?secret=query', origin), signal)
  const json = { 'content-type': 'application/json; charset=utf-8' }

  test('the bytes of a JSON answer come back', async () => {
    answer = (_, response) => response.writeHead(200, json).end('{"a":1}')
    assert.equal(Buffer.from(await fetchKeys()).toString(), '{"a":1}')
  })

  test('a content type that is JSON by its suffix will do', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end('{}')
    assert.equal(Buffer.from(await fetchKeys()).toString(), '{}')
  })

  test('a redirect is refused and nobody is asked', async () => {
    answer = (_, response) => response.writeHead(302, { location: '/other' }).end()
    await assert.rejects(fetchKeys(), failure('the answer has status 302; redirects are not followed'))
    assert.deepEqual(requests, ['/keys?secret=query'])
  })

  for (const status of [204, 404, 429, 500, 503]) {
    test(`status ${status} is refused`, async () => {
      answer = (_, response) => response.writeHead(status, json).end('{}')
      await assert.rejects(fetchKeys(), failure(`the answer has status ${status}; redirects are not followed`))
    })
  }

  test('a web page is refused', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{}')
    await assert.rejects(fetchKeys(), failure('the answer is not JSON by its content type'))
  })

  test('a compressed answer is refused unread', async () => {
    answer = (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('x')
    await assert.rejects(fetchKeys(), failure('the answer is compressed'))
  })

  test('an answer of more than 512 KiB is cut off', async () => {
    answer = (_, response) => {
      response.on('error', () => {})
      response.writeHead(200, json).end(Buffer.alloc(30_000_000, 0x20))
    }
    await assert.rejects(fetchKeys(), failure('the answer is larger than 524288 bytes'))
  })

  test('an answer that breaks off is refused', async () => {
    answer = (request, response) => {
      response.writeHead(200, { ...json, 'content-length': '100' }).write('{')
      setImmediate(() => request.socket.destroy())
    }
    await assert.rejects(fetchKeys(), /GET https:\/\/localhost:\d+\/keys failed: (aborted|socket hang up)$/)
  })

  test('a body that drips does not hold longer than five seconds in all', async () => {
    answer = (_, response) => {
      response.writeHead(200, json)
      const drip = setInterval(() => response.write(' '), 500)
      response.on('close', () => clearInterval(drip))
    }
    await assert.rejects(fetchKeys(), failure('no complete answer within 5000 ms'))
  })

  test('a certificate of an unknown authority is refused, and the way out is named', async () => {
    answer = (_, response) => response.writeHead(200, json).end('{}')
    const attempt = createHttpsGet(undefined)(new URL('/keys', origin), signal)
    await assert.rejects(
      attempt,
      failure('its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); pass its CA certificate as `ca`'),
    )
    assert.deepEqual(requests, [])
  })

  test('a certificate for another name is refused', async () => {
    const elsewhere = origin.replace('localhost', '127.0.0.2')
    await assert.rejects(
      get(new URL('/keys', elsewhere), signal),
      /failed: (Hostname\/IP does not match|connect ECONNREFUSED)/,
    )
  })

  test('a port nobody listens on is refused', async () => {
    await assert.rejects(
      get(new URL('https://localhost:1/keys'), signal),
      /GET https:\/\/localhost:1\/keys failed: .*ECONNREFUSED/,
    )
  })

  test('a verifier made from nothing but options loads its keys from there and verifies', async () => {
    const authority = `${origin}/${tenantId}`
    answer = serveTenant(authority)
    const verifier = createTokenVerifier({ ...options, authority, ca: cert })
    await verifier.ready()
    const caller = await verifier.authenticate(`Bearer ${token({ ...appClaims, iss: `${authority}/v2.0` })}`)
    assert.equal(caller.kind, 'app')
    assert.deepEqual(requests, [`/${tenantId}/v2.0/.well-known/openid-configuration`, `/${tenantId}/keys`])
    assert.equal(verifier.health().state, 'fresh')
    verifier.close()
  })

  test('a program that waits for its keys lives until they are there, and then ends by itself', async () => {
    const authority = `${origin}/${tenantId}`
    answer = (request, response) => setTimeout(() => serveTenant(authority)(request, response), 100)
    const program = `
      import { createTokenVerifier, definePermissions } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url))}
      const permissions = definePermissions({ scopes: ['A'], roles: [] })
      const verifier = createTokenVerifier({ ...${JSON.stringify({ authority, ca: cert, tenantId, audience: tenantId })}, permissions, allowedApps: null })
      await verifier.ready()
      process.stdout.write(verifier.health().state)`
    const command = ['--input-type=module', '--eval', program]
    const child = spawn(process.execPath, command, { cwd: fileURLToPath(fixtures), timeout: 60_000 })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    await once(child, 'close')
    assert.deepEqual([child.exitCode, printed], [0, 'fresh'])
  })

  function serveTenant(authority: string): typeof answer {
    const configuration = JSON.stringify({ issuer: `${authority}/v2.0`, jwks_uri: `${authority}/keys` })
    const keys = keyDocument({ ...publishedKey('key-1', keyPair.publicKey), issuer: `${authority}/v2.0` })
    return ({ url }, response) => {
      response.writeHead(200, json).end(url?.endsWith('/openid-configuration') ? configuration : keys)
    }
  }
})

function failure(reason: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error)
    assert.match(error.message, /^GET https:\/\/localhost:\d+\/keys failed: /)
    assert.equal(error.message.replace(/^.*? failed: /, ''), reason)
    return true
  }
}
