import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { howToInstall, installed, pinned, sourcesOf } from '../clients/installed.js'
import type { Ended } from '../clients/program.js'
import { assertLifecycle, type Lifecycle } from './lifecycle.js'
import { administration, openTenantForPrograms } from './tenant.js'

const open = await openTenantForPrograms()
after(() => open[Symbol.asyncDispose]())
const { tenant } = open
const { tenantId } = tenant

// A person, and the program by which that person administers the tenant.
const ada = await tenant.users.add({ displayName: 'Ada Berg', name: 'ada', directoryRoles: ['globalAdministrator'] })
const scopes = ['Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All']
const { appId: tools } = tenant.apps.add({
  displayName: 'tools',
  publicClient: true,
  delegatedGrants: [{ api: 'https://graph.microsoft.com', scopes }],
})

const node = installed('graph-node') === undefined ? undefined : [process.execPath]
const venv = installed('graph-python')
const python = venv === undefined ? undefined : [join(venv, 'venv/bin/python')]
const atLocalhost = `${tenant.origin}/${tenantId}/v2.0`
const atMicrosoft = `https://login.microsoftonline.com/${tenantId}/v2.0`

/** Each program with the beginning of the names that it gives, and the issuer that its authority's host calls for. */
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

const act = 'creates, reads, patches, grants, gets a token with the role, deletes and restores'

suite('Microsoft Graph SDKs', { concurrency: 2 }, () => {
  for (const { title, runtime, program, name, issuer } of sdks) {
    const command = [...(runtime ?? []), program]
    const skip = runtime === undefined && howToInstall

    test(`${title} ${act}, for an application`, { skip }, async () => {
      const told = { ...administration(tenant), NAME: name }
      const ended = await open.run(command, told)
      assert.equal(ended.stderr, '')
      await assertLifecycle(lifeOf(ended), name, issuer, open)
    })

    test(`${title} ${act}, for a person who signed in by device code`, { skip }, async () => {
      const named = `Ada by ${name}`
      const { CLIENT_SECRET: _none, ...rest } = administration(tenant)
      const told = { ...rest, CLIENT_ID: tools, NAME: named }
      const enterCode = (text: string) => {
        const [, deviceCode] = /^code (\S+)$/m.exec(text) ?? []
        if (deviceCode !== undefined) tenant.users.signIn(ada.objectId, { deviceCode })
      }
      await assertLifecycle(lifeOf(await open.run(command, told, { onStderr: enterCode })), named, issuer, open)
    })
  }
})

function lifeOf({ code, stdout, stderr }: Ended): Lifecycle {
  assert.equal(code, 0, stderr.slice(0, 2_000))
  assert.doesNotMatch(stdout + stderr, /eyJ[\w-]{8,}\.eyJ/, 'printed a token')
  return JSON.parse(stdout) as Lifecycle
}

test("no SDK asked for a host that is not the tenant's", () => assert.deepEqual(open.proxy.refused, []))
