import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { howToInstall, installed, pinned, sourcesOf } from '../clients/installed.js'
import { assertLifecycle, type Lifecycle } from './lifecycle.js'
import { administration, openTenantForPrograms } from './tenant.js'

const open = await openTenantForPrograms()
after(() => open[Symbol.asyncDispose]())
const { tenant } = open
const { tenantId } = tenant

const node = installed('graph-node') === undefined ? undefined : [process.execPath]
const venv = installed('graph-python')
const python = venv === undefined ? undefined : [join(venv, 'venv/bin/python')]
const atLocalhost = `${tenant.origin}/${tenantId}/v2.0`
const atMicrosoft = `https://login.microsoftonline.com/${tenantId}/v2.0`

/** Each program with the name that it gives to what it makes, and the issuer that its authority's host calls for. */
const sdks = [
  {
    title: `@microsoft/microsoft-graph-client ${pinned('graph-node', /microsoft-graph-client": "(.+)"/)}`,
    runtime: node,
    program: join(sourcesOf('graph-node'), 'javascript-client.mjs'),
    name: 'JavaScript',
    issuer: atLocalhost,
  },
  {
    title: `@microsoft/msgraph-sdk ${pinned('graph-node', /msgraph-sdk": "(.+)"/)}`,
    runtime: node,
    program: join(sourcesOf('graph-node'), 'msgraph-sdk.mjs'),
    name: 'Kiota',
    issuer: atLocalhost,
  },
  {
    title: `Microsoft Graph SDK for Python ${pinned('graph-python', /^msgraph-sdk==(.+)$/m)}`,
    runtime: python,
    program: join(sourcesOf('graph-python'), 'lifecycle.py'),
    name: 'Python',
    issuer: atMicrosoft,
  },
]

suite('Microsoft Graph SDKs', { concurrency: 2 }, () => {
  for (const { title, runtime, program, name, issuer } of sdks) {
    test(`${title} creates, reads, patches, grants, gets a token with the role, deletes and restores`, {
      skip: runtime === undefined && howToInstall,
    }, async () => {
      const { code, stdout, stderr } = await open.run([...(runtime ?? []), program], administration(tenant))
      assert.equal(code, 0, stderr.slice(0, 2_000))
      assert.equal(stderr, '')
      assert.doesNotMatch(stdout, /eyJ[\w-]{8,}\.eyJ/, 'printed a token')
      await assertLifecycle(JSON.parse(stdout) as Lifecycle, name, issuer, open)
    })
  }
})

test("no SDK asked for a host that is not the tenant's", () => assert.deepEqual(open.proxy.refused, []))
