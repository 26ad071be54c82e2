import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { endAll, startNode } from '../journey/programs.js'
import { root } from '../workspaces.js'
import { administer } from './administered.js'

// A person registers the tutorial in a tenant that behaves as one in the cloud does on a bad day: new objects are not found
// at first, and Graph asks for patience. Both are real waits, and MSAL asks every five seconds whether somebody signed in.
const replicationDelayMs = 1_500
const folder = mkdtempSync(join(tmpdir(), 'tenantry-device-code-'))
const tenant = await startTenant({ dataFolder: null, port: 0, graph: { replicationDelayMs } })
after(async () => {
  endAll()
  await tenant.close()
  rmSync(folder, { recursive: true, force: true })
})
const { ca, origin, tenantId } = tenant
const caFile = join(folder, 'company-ca.pem')
writeFileSync(caFile, ca.root)

const read = ['Application.Read.All']
const write = ['Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All']
const operator = (displayName: string, scopes: readonly string[]) =>
  tenant.apps.add({
    displayName,
    publicClient: true,
    delegatedGrants: [{ api: 'https://graph.microsoft.com', scopes }],
  })
const tools = operator('command line tools', [...read, ...write])
const newcomer = operator('not consented', read)
const ada = await tenant.users.add({ displayName: 'Ada Berg', name: 'ada', directoryRoles: ['globalAdministrator'] })
const bob = await tenant.users.add({ displayName: 'Bob Kern', name: 'bob' })

interface SignIn {
  readonly user: { readonly objectId: string }
  readonly clientId: string
  readonly data: string
}

/** Runs `tenantry apps …`; somebody enters the code as soon as it is shown. */
async function apps(command: string, { user, clientId, data }: SignIn) {
  const addresses = ['--cloud', '--tenant', 'contoso', '--graph-url', `${origin}/v1.0`, '--login-url', origin]
  const args = ['apps', command, ...addresses, '--data', join(folder, data), '--operator-client-id', clientId]
  const program = join(root, 'packages/tenantry/tenantry.cjs')
  const env = { NODE_EXTRA_CA_CERTS: caFile }
  const { child, output } = await startNode([program, ...args], 'It asks for', { cwd: folder, env })
  const closed = once(child, 'close') as Promise<[number | null]>
  const [, url, deviceCode = ''] = /Sign in: open (\S+) and type (\S+)/.exec(output().stderr) ?? []
  tenant.users.signIn(user.objectId, { deviceCode })
  const [code] = await closed
  return { code, url, ...output() }
}

const asksFor = (stderr: string) => /It asks for (.+)/.exec(stderr)?.[1]

suite('by device code', () => {
  test('an administrator registers the applications, through throttling and replication, and a second time nothing', async () => {
    const signIn = { user: ada, clientId: tools.appId, data: 'ada' }
    tenant.faults.add({ where: 'graph', status: 429, retryAfter: 1, times: 2 })
    tenant.faults.add({ where: 'graph', status: 503, times: 1 })
    const { code, url, stdout, stderr } = await apps('apply', signIn)
    assert.deepEqual([code, stdout], [0, ''], stderr)
    assert.equal(new URL(url ?? '').origin, origin)
    assert.equal(asksFor(stderr), write.join(', '))
    assert.match(stderr, /ciam-client-app: proved its secret with a token for ciam-ToDoList-api: .*idtyp app/)

    const statuses = tenant.requests.list().map(({ where, status }) => `${where} ${status}`)
    for (const seen of ['graph 429', 'graph 503', 'graph 404']) assert.ok(statuses.includes(seen), seen)
    const secret = readFileSync(join(folder, 'ada', `cloud-${tenantId}`, 'ciam-client-app.secret'), 'utf8').trim()
    for (const hidden of [secret, ada.password, 'eyJ']) assert.ok(!stderr.includes(hidden))

    // Until Graph finds everything, a plan sees changes that are not there.
    tenant.clock.advance({ minutes: 1 })
    const again = await apps('plan', signIn)
    assert.deepEqual([again.code, again.stdout], [0, ''], again.stderr)
    assert.equal(asksFor(again.stderr), read.join(', '))
  })

  test('a user without a directory role is refused, whatever the program may do', async () => {
    const { code, stdout, stderr } = await apps('apply', { user: bob, clientId: tools.appId, data: 'bob' })
    assert.deepEqual([code, stdout], [5, ''], stderr)
    assert.match(stderr, /Insufficient privileges to complete the operation/)
    assert.match(stderr, /Sign in as an identity that has Application\.ReadWrite\.All/)
  })

  test('a program that nobody consented to gets no token, and the person is told what to do', async () => {
    const { code, stdout, stderr } = await apps('apply', { user: ada, clientId: newcomer.appId, data: 'newcomer' })
    assert.deepEqual([code, stdout], [4, ''], stderr)
    assert.match(stderr, /Nobody signed in: .*invalid_grant/)
    assert.match(stderr, /sign in as an administrator of the tenant/)
  })
})

test('what was registered was registered in the name of the administrator, once', async () => {
  const graph = administer(tenant)
  const filter = encodeURIComponent("activityDisplayName eq 'Add application'")
  const added = (await graph.list(`/auditLogs/directoryAudits?$filter=${filter}`)) as Json[]
  assert.deepEqual(
    added.map(({ initiatedBy }) => initiatedBy.user?.id),
    [ada.objectId, ada.objectId],
  )
})

interface Json {
  readonly initiatedBy: { readonly user: { readonly id: string } | null }
}
