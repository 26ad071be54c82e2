import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Where } from '../../src/control/faults.js'
import { createNotices } from '../../src/control/notices.js'
import type { Asker } from '../../src/control/request-log.js'
import type { Call } from '../../src/listener/call.js'
import { given } from './asking.js'

const tenantId = '11111111-2222-3333-4444-555555555555'
const initialDomain = 'contoso.onmicrosoft.com'
const organization = { tenantId, subdomain: 'contoso', initialDomain, displayName: 'Contoso', created: '' }
const cure = `use the authority https://contoso.ciamlogin.com/${tenantId}.`

function noticing() {
  const told: string[] = []
  const tasks: (() => void)[] = []
  const notices = createNotices(
    (text) => told.push(text),
    (task) => tasks.push(task),
  )
  function see(
    where: Where,
    { version = '3.8.10', sku = 'msal.js.node', name = 'contoso', path = initialDomain } = {},
  ) {
    const call = { family: { kind: 'ciam', name }, path: [path] } as unknown as Call
    const asker: Asker = { sku, version, clientId: null, grant: null, scope: null }
    notices.notice(call, where, asker, organization)
  }
  function passTime() {
    for (const task of tasks.splice(0)) task()
  }
  return { told, see, passTime, settle: notices.settle }
}

test('MSAL Node before 5.2.1 by the domain is told once for each version what becomes of it', () => {
  const { told, see } = noticing()
  for (const version of ['3.8.10', '3.8.10', '5.2.0', '2.16.3', '5.1.99']) see('token', { version })
  assert.equal(told.length, 4)
  assert.equal(
    told[0],
    `MSAL Node 3.8.10 signs in by https://contoso.ciamlogin.com/${initialDomain}. That works now and is refused from version 5.2.1 on, because the issuer has another host: ${cure}`,
  )
})

test('newer versions, other libraries and authorities with the tenant id are told nothing', () => {
  const { told, see, passTime } = noticing()
  see('token', { version: '5.2.1' })
  see('token', { version: '7.2.1' })
  see('token', { version: 'new' })
  see('token', { sku: 'MSAL.Python' })
  see('token', { path: tenantId })
  see('token', { name: tenantId })
  see('discovery', { path: tenantId })
  passTime()
  assert.deepEqual(told, [])
})

test('metadata by the domain that no token request follows is told, once', () => {
  const { told, see, passTime } = noticing()
  see('discovery')
  see('discovery')
  assert.deepEqual(told, [])
  passTime()
  see('discovery')
  passTime()
  assert.deepEqual(told, [
    `A client read the metadata of https://contoso.ciamlogin.com/${initialDomain} and asked for no token. It has perhaps refused the issuer, whose host is another: ${cure}`,
  ])
})

test('what was still being waited for is told when nothing more will come, and not again', () => {
  const { told, see, passTime, settle } = noticing()
  see('discovery')
  settle()
  passTime()
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /asked for no token/)
})

test('metadata that a token request follows is told nothing', () => {
  const { told, see, passTime } = noticing()
  see('discovery', { version: '7.2.1' })
  see('token', { version: '7.2.1' })
  passTime()
  assert.deepEqual(told, [])
})

test('a token request by the endpoint that the metadata names belongs to whoever read the metadata', () => {
  const { told, see, passTime } = noticing()
  see('discovery')
  see('token', { path: tenantId })
  passTime()
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /^MSAL Node 3\.8\.10 signs in by /)
})

test('a tenant tells onNotice of a client that it saw', async () => {
  const told: string[] = []
  await using here = await given({ onNotice: (text) => told.push(text) })
  const headers = { host: 'contoso.ciamlogin.com', 'x-client-sku': 'msal.js.node', 'x-client-ver': '3.8.10' }
  const { tenant, client } = here
  await client.send('POST', '/contoso.onmicrosoft.com/oauth2/v2.0/token', { headers })
  assert.equal(told.length, 1)
  assert.ok(told[0]?.endsWith(`use the authority https://contoso.ciamlogin.com/${tenant.tenantId}.`))
})
