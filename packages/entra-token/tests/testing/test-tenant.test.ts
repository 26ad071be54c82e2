import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyOf, definePermissions } from '../../src/permissions.js'
import { createTestTenant } from '../../src/testing/test-tenant.js'
import { createTokenVerifier } from '../../src/verifier.js'

const audience = '00001111-aaaa-2222-bbbb-3333cccc4444'
const permissions = definePermissions({ scopes: ['Todos.Read'], roles: ['Todos.Read.All'] })

test('its tokens are good, of the kind and with the permissions they were asked for', async () => {
  const { tenant, verifier } = pair()
  const app = await verifier.verify(tenant.app({ roles: ['Todos.Read.All'] }))
  const user = await verifier.verify(tenant.user({ scopes: ['Todos.Read'] }, { acrs: ['c1'] }))
  assert.ok(app.kind === 'app' && app.roles.has('Todos.Read.All'))
  assert.ok(user.kind === 'user' && user.scopes.has('Todos.Read') && user.authenticationContexts.has('c1'))
  assert.equal(app.tenantId, tenant.tenantId)
  const policy = anyOf(permissions.app.hasRole('Todos.Read.All'))
  assert.equal(policy.decide(await verifier.verify(tenant.app())).allowed, false)
  await assert.rejects(verifier.verify(tenant.idToken()), { code: 'not_an_access_token' })
})

test('claims can be exchanged and left out', async () => {
  const { tenant, verifier } = pair()
  await assert.rejects(verifier.verify(tenant.app({}, { aud: 'x' })), { code: 'wrong_audience' })
  await assert.rejects(verifier.verify(tenant.app({}, { exp: undefined })), { code: 'malformed' })
})

test('keys roll: the new key signs at once, the old one verifies until it is withdrawn', async () => {
  let now = Date.UTC(2026, 10, 23)
  const { tenant, verifier } = pair(() => now)
  const old = tenant.app()
  await verifier.verify(old)
  tenant.rotate()
  await verifier.verify(tenant.app())
  await verifier.verify(old)
  tenant.withdrawOldKeys()
  tenant.rotate()
  now += 31_000
  await verifier.verify(tenant.app())
  await assert.rejects(verifier.verify(old), { code: 'unknown_key' })
})

test('while it is down nothing can be fetched, and it comes back', async () => {
  const { tenant } = pair()
  tenant.goDown()
  await assert.rejects(tenant.options.fetchKeys(new URL('https://x/keys'), AbortSignal.timeout(1000)), /is down/)
  tenant.comeBack()
  const keys = await tenant.options.fetchKeys(new URL('https://x/keys'), AbortSignal.timeout(1000))
  assert.deepEqual(JSON.parse(Buffer.from(keys).toString()), tenant.documents().keys)
})

test('a slow tenant is waited for no longer than the signal says', async () => {
  const { tenant } = pair()
  tenant.slow(60_000)
  const impatient = new AbortController()
  const attempt = tenant.options.fetchKeys(new URL('https://x/keys'), impatient.signal)
  impatient.abort()
  await assert.rejects(attempt, /too slow/)
  tenant.slow(1)
  assert.ok(await tenant.options.fetchKeys(new URL('https://x/keys'), new AbortController().signal))
})

test('two tenants do not take each other’s tokens', async () => {
  const [one, other] = [pair(), pair()]
  await assert.rejects(one.verifier.verify(other.tenant.app()), { code: 'unknown_key' })
})

function pair(now?: () => number) {
  const tenant = createTestTenant({ audience, ...(now === undefined ? {} : { now }) })
  return { tenant, verifier: createTokenVerifier({ ...tenant.options, permissions, allowedApps: null }) }
}
