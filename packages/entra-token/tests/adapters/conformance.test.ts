import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { serve as serveHono } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { H3, toNodeHandler } from 'h3'
import { Hono } from 'hono'
import * as forExpress from '../../src/adapters/express.js'
import { entraToken } from '../../src/adapters/fastify.js'
import * as forH3 from '../../src/adapters/h3.js'
import * as forHono from '../../src/adapters/hono.js'
import { protect, protectedResource } from '../../src/adapters/node.js'
import { anyOf, definePermissions } from '../../src/permissions.js'
import { attackCorpus, permissionCorpus } from '../../src/testing/attack-corpus.js'
import { createTestTenant } from '../../src/testing/test-tenant.js'
import { createTokenVerifier, type TokenVerifier } from '../../src/verifier.js'

const tenant = createTestTenant({ audience: '22222222-aaaa-4bbb-8ccc-000000000002' })
const permissions = definePermissions({
  scopes: ['ToDoList.Read', 'ToDoList.ReadWrite'],
  roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
})
const { app: application, user } = permissions
const read = anyOf(application.hasRole('ToDoList.Read.All'), user.hasScope('ToDoList.Read'))
const write = anyOf(user.hasScope('ToDoList.ReadWrite'))
const options = { ...tenant.options, permissions, allowedApps: null, resource: 'https://api.example.com/todos' }
const metadataUrl = 'https://api.example.com/.well-known/oauth-protected-resource/todos'

/** GET /todos (read) gives the caller's kind, POST /todos (write) too, GET /live is public. */
type Host = (verifier: TokenVerifier) => Promise<Server>

const hosts: Record<string, Host> = {
  'node:http': async (verifier) => {
    const todos = {
      GET: protect(verifier, read, (_request, response, { kind }) => response.end(kind)),
      HEAD: protect(verifier, read, (_request, response) => response.end()),
      POST: protect(verifier, write, (_request, response, { kind }) => response.end(kind)),
    }
    const metadata = protectedResource(verifier)
    return createServer((incoming, response) => {
      const [path = ''] = (incoming.url ?? '').split('?')
      if (path === verifier.protectedResource()?.path) return metadata(incoming, response)
      if (path === '/todos') return todos[incoming.method as keyof typeof todos](incoming, response)
      response.writeHead(path === '/live' ? 200 : 404).end('live')
    })
  },
  Fastify: async (verifier) => {
    const app = Fastify()
    await app.register(entraToken, { verifier })
    app.get('/todos', { config: { access: read } }, (incoming) => incoming.caller.kind)
    app.post('/todos', { config: { access: write } }, (incoming) => incoming.caller.kind)
    app.get('/live', { config: { access: 'public' } }, () => 'live')
    await app.ready()
    return app.server
  },
  Express: async (verifier) => {
    const app = express()
    forExpress
      .protectedRoutes(app, verifier)
      .get('/todos', read, (incoming, response) => void response.send(forExpress.callerOf(incoming).kind))
      .post('/todos', write, (incoming, response) => void response.send(forExpress.callerOf(incoming).kind))
      .get('/live', 'public', (_incoming, response) => void response.send('live'))
    // Express's own handler would print the stack to standard error.
    app.set('env', 'test')
    return createServer(app)
  },
  Hono: async (verifier) => {
    const app = new Hono()
    forHono
      .protectedRoutes(app, verifier)
      .get('/todos', read, (context) => context.text(forHono.callerOf(context).kind))
      .post('/todos', write, (context) => context.text(forHono.callerOf(context).kind))
      .get('/live', 'public', (context) => context.text('live'))
    return serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
  },
  h3: async (verifier) => {
    const app = new H3()
    forH3
      .protectedRoutes(app, verifier)
      .get('/todos', read, (event) => forH3.callerOf(event).kind)
      .post('/todos', write, (event) => forH3.callerOf(event).kind)
      .get('/live', 'public', () => 'live')
    return createServer(toNodeHandler(app))
  },
}

for (const [name, host] of Object.entries(hosts)) {
  suite(`${name}, over HTTP`, () => {
    const verifier = createTokenVerifier(options)
    const cold = createTokenVerifier({ ...options, fetchKeys: () => Promise.reject(new Error('down')) })
    let open: Server
    let down: Server
    before(async () => {
      open = await listening(await host(verifier))
      down = await listening(await host(cold))
    })
    after(() => {
      for (const server of [open, down]) {
        server.closeAllConnections()
        server.close()
      }
      verifier.close()
      cold.close()
    })
    const bearer = (token: string) => [`Bearer ${token}`]
    const reader = () => tenant.app({ roles: ['ToDoList.Read.All'] })

    test('a handler sees who calls, before and after the token is remembered', async () => {
      const token = reader()
      for (const _ of [1, 2, 3]) {
        const { status, body } = await ask(open, { authorization: bearer(token) })
        assert.deepEqual([status, body], [200, 'app'])
      }
      const { body } = await ask(open, { authorization: bearer(tenant.user({ scopes: ['ToDoList.Read'] })) })
      assert.equal(body, 'user')
    })

    test('without a token the challenge only says where to learn more', async () => {
      const { status, headers } = await ask(open, {})
      assert.deepEqual([status, headers['www-authenticate']], [401, `Bearer resource_metadata="${metadataUrl}"`])
    })

    test('a bad token is told so, and where to learn more', async () => {
      const { status, headers } = await ask(open, { authorization: bearer('a.b.c') })
      assert.equal(status, 401)
      assert.match(
        String(headers['www-authenticate']),
        /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="https:[^"]+"$/,
      )
    })

    test('a user without the scope is a 403 that names it; an application’s names none', async () => {
      const readOnly = tenant.user({ scopes: ['ToDoList.Read'] })
      const refused = await ask(open, { method: 'POST', authorization: bearer(readOnly) })
      assert.equal(refused.status, 403)
      assert.match(
        String(refused.headers['www-authenticate']),
        /error="insufficient_scope".*, scope="ToDoList.ReadWrite"/,
      )
      const app = await ask(open, { method: 'POST', authorization: bearer(reader()) })
      assert.equal(app.status, 403)
      assert.doesNotMatch(String(app.headers['www-authenticate']), / scope="/)
    })

    test('without keys the answer is 503 with Retry-After and no challenge', async () => {
      const { status, headers } = await ask(down, { authorization: bearer(reader()) })
      assert.deepEqual([status, headers['www-authenticate']], [503, undefined])
      assert.match(String(headers['retry-after']), /^\d+$/)
    })

    test('a token in the query beside the header is a 400, alone it is none', async () => {
      const path = `/todos?a=b&access_token=${reader()}`
      assert.equal((await ask(open, { path, authorization: bearer(reader()) })).status, 400)
      assert.equal((await ask(open, { path })).status, 401)
    })

    test('a token in a form body is none, and adds nothing to the one in the header', async () => {
      const form = `access_token=${tenant.user({ scopes: ['ToDoList.ReadWrite'] })}`
      const alone = await ask(open, { method: 'POST', form })
      assert.deepEqual(
        [alone.status, alone.headers['www-authenticate']],
        [401, `Bearer resource_metadata="${metadataUrl}"`],
      )
      const readOnly = tenant.user({ scopes: ['ToDoList.Read'] })
      const beside = await ask(open, { method: 'POST', form, authorization: bearer(readOnly) })
      assert.equal(beside.status, 403)
    })

    test('HEAD is protected as GET is', async () => {
      assert.equal((await ask(open, { method: 'HEAD' })).status, 401)
      assert.equal((await ask(open, { method: 'HEAD', authorization: bearer(reader()) })).status, 200)
    })

    test('a public route needs no token, an unknown path stays 404', async () => {
      assert.deepEqual((await ask(open, { path: '/live' })).body, 'live')
      assert.equal((await ask(open, { path: '/nowhere' })).status, 404)
    })

    test('the API’s metadata is public and names the issuer', async () => {
      const { status, headers, body } = await ask(open, { path: '/.well-known/oauth-protected-resource/todos' })
      assert.equal(status, 200)
      assert.match(String(headers['content-type']), /^application\/json/)
      assert.deepEqual(JSON.parse(body), {
        resource: 'https://api.example.com/todos',
        authorization_servers: [tenant.issuer],
        scopes_supported: permissions.scopes.map((scope) => `${tenant.audience}/${scope}`),
        bearer_methods_supported: ['header'],
      })
    })

    test('every attack of the corpus that HTTP lets through gets its status, and tells nothing', async () => {
      const asked = { scope: 'ToDoList.Read', role: 'ToDoList.Read.All' }
      const cases = [...attackCorpus(tenant), ...permissionCorpus(tenant, asked)].filter(({ overHttp }) => overHttp)
      assert.ok(cases.length > 130)
      for (const { id, title, authorization, expected, token } of cases) {
        const { status, body, headers } = await ask(open, { authorization })
        assert.equal(status, expected.status, `${id} ${title}`)
        const payload = token?.split('.')[1] ?? ''
        assert.ok(payload.length < 10 || !`${JSON.stringify(headers)}${body}`.includes(payload), `${id} ${title}`)
        assert.doesNotMatch(body, /The token's (iss|tid|aud|oid)|requestedAccessTokenVersion/)
      }
    })
  })
}

suite('a route that does not say who may call it cannot be added', () => {
  const verifier = createTokenVerifier(options)
  const look = { roles: [], scopes: [], decide: () => ({ allowed: true }) as const }
  const message =
    "GET /x does not say who may call it: give a policy made by anyOf(…), or 'public', before its handler."
  for (const access of [undefined, look, () => ''] as never[]) {
    test(`with ${typeof access} in its place`, () => {
      assert.throws(() => forExpress.protectedRoutes(express(), verifier).get('/x', access), { message })
      assert.throws(() => forHono.protectedRoutes(new Hono(), verifier).get('/x', access, () => new Response()), {
        message,
      })
      assert.throws(() => forH3.protectedRoutes(new H3(), verifier).get('/x', access, () => ''), { message })
      assert.throws(() => protect(verifier, access, () => {}), { name: 'TypeError', message: /anyOf/ })
    })
  }

  test('and metadata are served only for an API that has an address', () => {
    const plain = createTokenVerifier({ ...tenant.options, permissions, allowedApps: null })
    assert.equal(plain.protectedResource(), null)
    assert.throws(() => protectedResource(plain), { name: 'TypeError', message: /option resource/ })
  })
})

test('an app of Hono writes refusals in its own words and keeps the headers it wants', async () => {
  const app = new Hono()
  forHono.protectedRoutes(app, createTokenVerifier(options)).get('/todos', read, (context) => context.text('x'))
  app.onError((error, context) => context.json({ own: 'code' in error ? error.code : null }, 418))
  const response = await app.request('/todos')
  assert.deepEqual([response.status, await response.json()], [418, { own: 'no_token' }])
})

interface Answer {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
}

function ask(server: Server, { method = 'GET', path = '/todos', form = '', authorization = [] as readonly string[] }) {
  const { port } = server.address() as AddressInfo
  return new Promise<Answer>((resolve, reject) => {
    // Names and values in turn: the only form in which Node sends one header twice.
    const headers = ['Host', 'localhost', ...authorization.flatMap((value) => ['Authorization', value])]
    if (form !== '') {
      headers.push('Content-Type', 'application/x-www-form-urlencoded', 'Content-Length', String(form.length))
    }
    request({ host: '127.0.0.1', port, method, path, headers: headers as never }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
      .on('error', reject)
      .end(form)
  })
}

async function listening(server: Server): Promise<Server> {
  if (!server.listening) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  return server
}
