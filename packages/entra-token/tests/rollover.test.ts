import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import Fastify from 'fastify'
import { entraToken } from '../src/adapters/fastify.js'
import { anyOf, definePermissions } from '../src/permissions.js'
import { createTestTenant, type TestTenant } from '../src/testing/test-tenant.js'
import { createTokenVerifier } from '../src/verifier.js'

const fixtures = new URL('../../tests/fixtures/', import.meta.url)
const [cert = '', key = ''] = ['cert', 'key'].map((name) =>
  readFileSync(new URL(`localhost-${name}.pem`, fixtures), 'utf8'),
)
const audience = '22222222-aaaa-4bbb-8ccc-000000000002'
const tenantId = '11111111-aaaa-4bbb-8ccc-000000000001'
const permissions = definePermissions({ scopes: [], roles: ['ToDoList.Read.All'] })
const read = anyOf(permissions.app.hasRole('ToDoList.Read.All'))

const clients = 16
const perPhase = 160

test('while keys roll from A over A and B to B, no valid request on real connections fails', async () => {
  const clock = { ahead: 0 }
  await using provider = await startProvider(() => Date.now() + clock.ahead)
  const { tenant } = provider
  await using api = await startApi(provider)
  const lastOfA = tenant.app({ roles: ['ToDoList.Read.All'] })
  // The phase changes between two answers, while fifteen other requests are on their way with tokens of the phase before.
  const phases: Record<number, () => void> = {
    [perPhase]: () => tenant.rotate(),
    [2 * perPhase]: () => {
      tenant.withdrawOldKeys()
      // Past the hourly refresh: the next request makes the API look, and those under way do not wait for it.
      clock.ahead += 2 * 3600_000
    },
  }
  let sent = 0
  const failed: unknown[] = []
  const client = async () => {
    while (sent < 3 * perPhase) {
      phases[sent++]?.()
      const status = await api.ask(tenant.app({ roles: ['ToDoList.Read.All'] }, longLived(clock)))
      if (status !== 200) failed.push({ sent, status })
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  assert.deepEqual(failed, [])
  assert.deepEqual(provider.keyCounts(), [1, 2, 1])
  assert.equal(await api.ask(lastOfA), 401)
})

/** Good for a day: a token that is on its way while the clock jumps two hours has not expired when it is looked at. */
function longLived({ ahead }: { ahead: number }) {
  return { exp: Math.floor((Date.now() + ahead) / 1000) + 86_400 }
}

/** A tenant whose documents are served over real TLS. */
async function startProvider(now: () => number) {
  const served: number[] = []
  const server = createServer({ cert, key }, ({ url }, response) => {
    const { discovery, keys } = tenant.documents()
    if (url?.endsWith('/keys')) served.push(keys.keys.length)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url?.endsWith('/keys') ? keys : discovery))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const authority = `https://localhost:${(server.address() as AddressInfo).port}/${tenantId}`
  const tenant = createTestTenant({ audience, tenantId, authority, now })
  return { tenant, keyCounts: () => served, [Symbol.asyncDispose]: async () => void server.close() }
}

/** A protected API on a port of its own, whose keys come from the provider. */
async function startApi({ tenant }: { tenant: TestTenant }) {
  const { fetchKeys: _, ...options } = tenant.options
  const verifier = createTokenVerifier({ ...options, ca: cert, permissions, allowedApps: null })
  const app = Fastify()
  await app.register(entraToken, { verifier })
  app.get('/todos', { config: { access: read } }, () => [])
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = async (token: string) => {
    const response = await fetch(`${address}/todos`, { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    return response.status
  }
  const stop = async () => {
    app.server.closeAllConnections()
    await app.close()
    verifier.close()
  }
  return { ask, [Symbol.asyncDispose]: stop }
}
