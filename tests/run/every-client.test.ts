import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { installedPeers, nodes, peers } from './peers.js'
import { openRunBench, openServer } from './under-run.js'

const bench = await openRunBench()
after(() => bench[Symbol.asyncDispose]())
const { tenant, run } = bench
const server = await openServer(tenant, ['localhost'])
after(() => server[Symbol.asyncDispose]())
const role = 'Everything.Read.All'
const api = tenant.apps.add({ displayName: 'api', appRoles: [role] })
const client = tenant.apps.add({ displayName: 'client', secret: true, grants: [{ api: api.appId, roles: [role] }] })

const login = `https://login.microsoftonline.com/${tenant.tenantId}/v2.0`
const env = {
  AUTHORITY: `https://contoso.ciamlogin.com/${tenant.tenantId}`,
  BARE_AUTHORITY: 'https://contoso.ciamlogin.com/',
  CLIENT_ID: client.appId,
  CLIENT_SECRET: client.clientSecret ?? '',
  SCOPE: `${api.identifierUri}/.default`,
  API: `https://localhost:${server.port}/api/todolist`,
  DISCOVERY: `${login}/.well-known/openid-configuration`,
}

const answered = [login, '/api/todolist', true]

for (const { name, path } of nodes) {
  test(`${name}: MSAL 2, 3, 5 and 7, axios, fetch, undici and got, a fork and a worker are answered by the tenant, and reach an API on this machine`, {
    skip: installedPeers ?? (!existsSync(path) && `${name} is not installed here`),
  }, async () => {
    const { code, stdout, stderr } = await run([path, join(peers, 'every-client.mjs')], { env })
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      // The bare authority is refused from 5.2.1 on, by the client itself, as with the real tenant.
      'MSAL 2.12.0': ['string', 'token'],
      'MSAL 3.8.10': ['string', 'token'],
      'MSAL 5.6.0': ['string', 'endpoints_resolution_error'],
      'MSAL 7.2.1': ['string', 'endpoints_resolution_error'],
      axios: answered,
      fetch: answered,
      undici: answered,
      got: answered,
      fork: login,
      worker: login,
    })
    assert.match(stderr, /^tenantry run: \d+ requests answered by contoso, .*; none was let through to Microsoft\.\n$/m)
  })
}
