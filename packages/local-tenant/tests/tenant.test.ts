import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../src/directory/database.js'
import { startTenant, type Tenant } from '../src/index.js'
import { administer, registerTutorial } from './graph-client.js'
import { connectTo, guidPattern, list } from './https-client.js'
import { claimsOf, requestToken, verified } from './token-client.js'

const root = mkdtempSync(join(tmpdir(), 'tenantry-tenant-'))
let dataFolder: string
beforeEach(() => {
  dataFolder = mkdtempSync(join(root, 'data-'))
})
afterEach(() => rmSync(dataFolder, { recursive: true }))
after(() => rmSync(root, { recursive: true }))

async function asAdministrator<T>(tenant: Tenant, work: (given: Given) => Promise<T>): Promise<T> {
  const client = connectTo(tenant)
  try {
    return await work({ client, graph: await administer(client, tenant) })
  } finally {
    client.close()
  }
}
type Given = { client: ReturnType<typeof connectTo>; graph: Awaited<ReturnType<typeof administer>> }

const published = async (client: Given['client'], { tenantId }: Tenant) =>
  list((await client.send('GET', `/${tenantId}/discovery/v2.0/keys`)).body['keys'])

test('a started tenant says where it is and whom it trusts', async () => {
  await using tenant = await startTenant({ dataFolder: null, port: 0 })
  assert.match(tenant.tenantId, guidPattern)
  assert.equal(tenant.subdomain, 'contoso')
  assert.ok(tenant.port > 0)
  assert.equal(tenant.origin, `https://localhost:${tenant.port}`)
  assert.equal(tenant.authority, `${tenant.origin}/${tenant.tenantId}`)
  assert.equal(tenant.graph, `${tenant.origin}/v1.0`)
  assert.match(tenant.administrator.clientId, guidPattern)
  assert.match(tenant.ca.root, /^-----BEGIN CERTIFICATE-----/)
  assert.equal(tenant.ca.rootFile, null)
})

test('a tenant that was closed and started again keeps its ids, keys, CA, applications, secrets and grants', async () => {
  const first = await startTenant({ dataFolder, port: 0, subdomain: 'fabrikam', displayName: 'Fabrikam' })
  const before = await asAdministrator(first, async ({ client, graph }) => {
    const tutorial = await registerTutorial(graph)
    const scope = `api://${tutorial.api.appId}/.default`
    const { body } = await requestToken(client, first, tutorial.daemon, scope)
    const application = await graph.get(`applications/${tutorial.api.id}`)
    return { tutorial, scope, application, token: String(body['access_token']), keys: await published(client, first) }
  })
  await first.close()

  await using second = await startTenant({ dataFolder, port: 0, subdomain: 'fabrikam', displayName: 'Ignored' })
  assert.equal(second.tenantId, first.tenantId)
  assert.equal(second.subdomain, 'fabrikam')
  assert.equal(second.ca.root, first.ca.root)
  assert.equal(second.administrator.clientId, first.administrator.clientId)
  await asAdministrator(second, async ({ client, graph }) => {
    const keys = await published(client, second)
    assert.deepEqual(
      keys.map(({ kid }) => kid),
      before.keys.map(({ kid }) => kid),
    )
    assert.ok(verified(before.token, keys), 'tokens from before are still good')
    const application = await graph.get(`applications/${before.tutorial.api.id}`)
    assert.deepEqual({ ...application, '@odata.context': '' }, { ...before.application, '@odata.context': '' })
    const claims = claimsOf(await requestToken(client, second, before.tutorial.daemon, before.scope))
    assert.deepEqual(claims['roles'], ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'])
    assert.equal(claims['sub'], before.tutorial.daemon.servicePrincipalId)
  })
})

test("the administrator's secret ends with the tenant, and none of it stays in the directory", async () => {
  const first = await startTenant({ dataFolder, port: 0 })
  const former = first.administrator
  assert.equal(first.administrator, former)
  assert.equal(administratorSecrets(), 1)
  await first.close()
  assert.equal(administratorSecrets(), 0)
  await using second = await startTenant({ dataFolder, port: 0 })
  assert.equal(administratorSecrets(), 0)
  assert.notEqual(second.administrator.clientSecret, former.clientSecret)
  assert.deepEqual(await refusalOf(second, former), [7000215])
})

test('the administrator of a process that was killed is worth nothing to the next start', async () => {
  const killed = await startTenant({ dataFolder, port: 0 })
  const former = killed.administrator
  // What a killed process leaves behind is what stands in the directory while it runs.
  const copy = join(root, 'copy of a killed one')
  cpSync(dataFolder, copy, { recursive: true })
  await killed.close()
  await using next = await startTenant({ dataFolder: copy, port: 0 })
  assert.deepEqual(await refusalOf(next, former), [7000215])
})

test('what its administrator lost over Graph, secrets and permissions, it has again after a restart', async () => {
  const first = await startTenant({ dataFolder, port: 0 })
  const { clientId } = first.administrator
  await asAdministrator(first, async ({ graph }) => {
    const own = `servicePrincipals(appId='${clientId}')`
    assert.equal((await graph.send('DELETE', own)).status, 400)
    const held = list((await graph.get(`${own}/appRoleAssignments`))['value'])
    assert.ok(held.length > 5)
    for (const { id } of held) {
      assert.equal((await graph.send('DELETE', `${own}/appRoleAssignments/${String(id)}`)).status, 204)
    }
    // The token in hand keeps its permissions to its end.
    const application = `applications(appId='${clientId}')`
    const { passwordCredentials } = await graph.get(application)
    for (const { keyId } of list(passwordCredentials)) {
      assert.equal((await graph.send('POST', `${application}/removePassword`, { keyId })).status, 204)
    }
  })
  assert.deepEqual(await refusalOf(first, first.administrator), [7000215])
  await first.close()
  await using second = await startTenant({ dataFolder, port: 0 })
  await asAdministrator(second, async ({ graph }) => {
    assert.equal(second.administrator.clientId, clientId)
    await graph.post('applications', { displayName: 'as ever' })
  })
})

function administratorSecrets(): number {
  const db = openDatabase(join(dataFolder, 'contoso.db'))
  const kept = db.query("SELECT key_id FROM password_credentials WHERE display_name = 'this run'").all()
  db.close()
  return kept.length
}

async function refusalOf(tenant: Tenant, { clientId, clientSecret }: Tenant['administrator']): Promise<unknown> {
  const client = connectTo(tenant)
  const { body } = await requestToken(client, tenant, { clientId, clientSecret }, '.default')
  client.close()
  return body['error_codes']
}

test('a start that fails leaves the administrator of the running tenant as it is', async () => {
  await using running = await startTenant({ dataFolder, port: 0 })
  const again = startTenant({ dataFolder, port: running.port })
  await assert.rejects(again, { name: 'ListenError', code: 'EADDRINUSE' })
  await asAdministrator(running, async ({ graph }) => assert.ok(await graph.get('organization')))
})

test('no secret stands in any file of the data folder, and all of them are readable by their owner alone', async () => {
  const tenant = await startTenant({ dataFolder, port: 0 })
  const { daemon } = await asAdministrator(tenant, ({ graph }) => registerTutorial(graph))
  const check = () => {
    assert.equal(statSync(dataFolder).mode & 0o777, 0o700)
    for (const name of readdirSync(dataFolder)) {
      const path = join(dataFolder, name)
      assert.equal(statSync(path).mode & 0o777, 0o600, name)
      const bytes = readFileSync(path)
      for (const secret of [daemon.clientSecret, tenant.administrator.clientSecret]) {
        assert.ok(!bytes.includes(secret), name)
        assert.ok(!bytes.includes(secret.slice(6)), name)
      }
    }
  }
  check()
  await tenant.close()
  check()
})

test('what was acknowledged survives SIGKILL, and the file is sound', async () => {
  const script = fileURLToPath(new URL('./registering-process.js', import.meta.url))
  const child = spawn(process.execPath, [script, dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    said += chunk.toString('utf8')
    if (said.split('\n').length > 25) child.kill('SIGKILL')
  }
  const acknowledged = said.split('\n').slice(0, -1)
  assert.ok(acknowledged.length >= 25)

  const db = openDatabase(join(dataFolder, 'contoso.db'))
  assert.deepEqual(db.query('PRAGMA integrity_check').all(), [{ integrity_check: 'ok' }])
  assert.deepEqual(db.query('PRAGMA foreign_key_check').all(), [])
  db.close()
  await using tenant = await startTenant({ dataFolder, port: 0 })
  await asAdministrator(tenant, async ({ graph }) => {
    for (const appId of acknowledged) {
      assert.equal((await graph.get(`applications(appId='${appId}')`))['appId'], appId)
      assert.equal((await graph.get(`servicePrincipals(appId='${appId}')`))['appId'], appId)
    }
  })
})

test('five tenants in one process do not disturb each other', async () => {
  const tenants = await Promise.all(Array.from({ length: 5 }, () => startTenant({ dataFolder: null, port: 0 })))
  assert.equal(new Set(tenants.map(({ tenantId }) => tenantId)).size, 5)
  assert.equal(new Set(tenants.map(({ port }) => port)).size, 5)
  assert.equal(new Set(tenants.map(({ ca }) => ca.root)).size, 5)
  const registered = await Promise.all(
    tenants.map((tenant) => asAdministrator(tenant, ({ graph }) => registerTutorial(graph))),
  )
  const [one, two] = tenants
  const [here, there] = registered
  assert.ok(one && two && here && there)
  const client = connectTo(one)
  const scope = `api://${here.api.appId}/.default`
  assert.equal((await requestToken(client, one, here.daemon, scope)).status, 200)
  const stranger = await requestToken(client, one, there.daemon, scope)
  assert.deepEqual(stranger.body['error_codes'], [700016])
  const elsewhere = await requestToken(client, two, here.daemon, scope)
  assert.deepEqual(elsewhere.body['error_codes'], [90002])
  const distrusted = connectTo({ ca: one.ca, port: two.port })
  await assert.rejects(distrusted.send('GET', '/'))
  distrusted.close()
  await two.close()
  assert.equal((await requestToken(client, one, here.daemon, scope)).status, 200)
  client.close()
  await Promise.all(tenants.map((tenant) => tenant.close()))
})

test('after close() the port is free again, and closing twice is closing once', async () => {
  const first = await startTenant({ dataFolder: null, port: 0 })
  await Promise.all([first.close(), first.close()])
  await first[Symbol.asyncDispose]()
  const second = await startTenant({ dataFolder: null, port: first.port })
  await second.close()
})

test('options that make no sense are refused before anything starts', async () => {
  for (const times of [
    { lifetime: { atLeast: 10, atMost: 5 } },
    { lifetime: { atLeast: 0, atMost: 5 } },
    { backdate: -1 },
    { backdate: 0.5 },
  ]) {
    await assert.rejects(startTenant({ dataFolder: null, port: 0, tokens: times }), { name: 'RangeError' })
  }
  await assert.rejects(startTenant({ dataFolder: null, port: 0, subdomain: 'Not A Host' }), { name: 'RangeError' })
})
