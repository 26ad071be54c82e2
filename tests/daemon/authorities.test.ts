import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Tenant } from '@tenantry/local-tenant'
import { type ConnectProxy, startConnectProxy } from '../clients/connect-proxy.js'
import { roles } from '../clients/tenant-under-test.js'
import { assertNothingLeaked, closedPort, openStack, type Stack } from './daemon-process.js'

let stack: Stack
let proxy: ConnectProxy
before(async () => {
  stack = await openStack()
  proxy = await startConnectProxy(stack.underTest.tenant)
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
})

const forms: Readonly<Record<string, (tenant: Tenant) => string>> = {
  '<sub>.ciamlogin.com/': ({ subdomain }) => `https://${subdomain}.ciamlogin.com/`,
  '<sub>.ciamlogin.com/<sub>.onmicrosoft.com': ({ subdomain }) =>
    `https://${subdomain}.ciamlogin.com/${subdomain}.onmicrosoft.com`,
  '<sub>.ciamlogin.com/<tid>': ({ subdomain, tenantId }) => `https://${subdomain}.ciamlogin.com/${tenantId}`,
  '<sub>.ciamlogin.com/<tid>/v2.0': ({ subdomain, tenantId }) => `https://${subdomain}.ciamlogin.com/${tenantId}/v2.0`,
  '<tid>.ciamlogin.com/': ({ tenantId }) => `https://${tenantId}.ciamlogin.com/`,
  '<tid>.ciamlogin.com/<tid>': ({ tenantId }) => `https://${tenantId}.ciamlogin.com/${tenantId}`,
  'login.microsoftonline.com/<tid>': ({ tenantId }) => `https://login.microsoftonline.com/${tenantId}`,
  'localhost:<port>/<tid>': ({ authority }) => authority,
  'localhost:<port>/<sub>.onmicrosoft.com': ({ origin, subdomain }) => `${origin}/${subdomain}.onmicrosoft.com`,
}

for (const [form, authorityOf] of Object.entries(forms)) {
  test(`bar 9: the daemon signs in at ${form}, through the proxy of the environment unless it is this machine`, async () => {
    const { tenant, daemon } = stack.underTest
    const authority = authorityOf(tenant)
    const earlier = proxy.tunnels.length
    stack.shown.length = 0
    const ended = await stack.run({
      AUTHORITY: authority,
      CLIENT_SECRET: daemon.clientSecret,
      HTTPS_PROXY: `http://user:proxy-password@127.0.0.1:${proxy.port}`,
    })
    assert.equal(ended.code, 0, ended.stderr)
    assert.deepEqual(stack.shown, [roles])
    const { hostname } = new URL(authority)
    assert.deepEqual(proxy.tunnels.slice(earlier), hostname === 'localhost' ? [] : [`${hostname}:443`])
    assert.deepEqual(proxy.refused, [])
    assertNothingLeaked(ended, [daemon.clientSecret, 'proxy-password'])
  })
}

test('a proxy that is down ends with 7 and is blamed, without its password', async () => {
  const { tenant, daemon } = stack.underTest
  const ended = await stack.run({
    AUTHORITY: `https://${tenant.subdomain}.ciamlogin.com/`,
    CLIENT_SECRET: daemon.clientSecret,
    HTTPS_PROXY: `http://user:proxy-password@127.0.0.1:${await closedPort()}`,
  })
  assert.equal(ended.code, 7)
  assert.match(
    ended.stderr,
    /cannot talk to the authority through the proxy 127\.0\.0\.1:\d+: the proxy cannot be reached/,
  )
  assertNothingLeaked(ended, [daemon.clientSecret, 'proxy-password'])
})
