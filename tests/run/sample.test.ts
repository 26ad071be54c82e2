import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { installedPeers, nodes, peers } from './peers.js'
import { ended, openServer, plainEnvironment, tenantry } from './under-run.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry sample '))
after(() => rmSync(folder, { recursive: true, force: true }))
const data = join(folder, 'data')
const tenant = await startTenant({ dataFolder: data, port: 0 })
const role = 'ToDoList.Read.All'
const api = tenant.apps.add({ displayName: 'api', appRoles: [role] })
const daemon = tenant.apps.add({ displayName: 'daemon', secret: true, grants: [{ api: api.appId, roles: [role] }] })
const { tenantId } = tenant
// From here on `tenantry run` starts it, for each program anew.
await tenant.close()
const server = await openServer(tenant, ['localhost'])
after(() => server[Symbol.asyncDispose]())

const bySubdomain = 'https://contoso.ciamlogin.com/'
const recommended = `https://contoso.ciamlogin.com/${tenantId}`
const summary = (count: number) =>
  `tenantry run: ${count} requests answered by contoso; none was let through to Microsoft.\n`
const issuerNotice = `! A client read the metadata of ${bySubdomain}contoso.onmicrosoft.com and asked for no token. It has perhaps refused the issuer, whose host is another: use the authority ${recommended}.\n`
const versionNotice = (version: string) =>
  `! MSAL Node ${version} signs in by ${bySubdomain}contoso.onmicrosoft.com. That works now and is refused from version 5.2.1 on, because the issuer has another host: use the authority ${recommended}.\n`

for (const { name, path: node } of nodes) {
  const skip = installedPeers ?? (!existsSync(node) && `${name} is not installed here`)

  test(`${name}: a daemon of the sample's packages runs unchanged, and is told what a newer MSAL will say`, {
    skip,
  }, async () => {
    const { code, stdout, stderr } = await sample(node, bySubdomain, '@azure/msal-node')
    assert.deepEqual([code, stderr], [0, `${versionNotice('2.12.0')}${summary(2)}`])
    const { path, authorization } = JSON.parse(stdout) as { path: string; authorization: string }
    const claims = JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString()) as {
      roles: string[]
    }
    assert.deepEqual([path, claims.roles], ['/api/todolist', [role]])
  })

  test(`${name}: the sample with its placeholders, adopted, prints the to-dos of the ToDoList API`, {
    skip,
  }, async () => {
    const app = await adopted()
    const { code, stdout, stderr } = await inFolder(app, [
      ...['run', '--todolist-api', '--api-port', '0', '--'],
      ...[node, 'index.js', '--op', 'getToDos'],
    ])
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), ['Pick up grocery', 'Finish invoice report', 'Water plants'])
    // The authority that it was given is the one that no MSAL refuses, so there is nothing to tell.
    assert.match(stderr, /^tenantry run: \d+ requests answered by contoso; none was let through to Microsoft\.\n$/)
  })
}

// How each Node fares with it is every-client.test.ts's; here it is what the person is told.
test('MSAL 7 refuses the issuer as with the real tenant, and the reason is told; the recommended authority works', {
  skip: installedPeers,
}, async () => {
  const refused = await sample(process.execPath, bySubdomain, 'msal-node-7')
  assert.deepEqual(refused, {
    code: 1,
    signal: null,
    stdout: 'failed: endpoints_resolution_error\n',
    stderr: `${issuerNotice}tenantry run: 1 request answered by contoso; none was let through to Microsoft.\n`,
  })
  const { code, stderr } = await sample(process.execPath, recommended, 'msal-node-7')
  assert.deepEqual([code, stderr], [0, summary(2)])
})

let adopting: Promise<string> | undefined

/** The folder of the sample, adopted once for every Node. */
function adopted(): Promise<string> {
  adopting ??= adopt()
  return adopting
}

async function adopt(): Promise<string> {
  const app = join(folder, 'clone/App')
  mkdirSync(app, { recursive: true })
  for (const file of ['authConfig.js', 'index.js']) copyFileSync(join(peers, 'placeholders', file), join(app, file))
  writeFileSync(join(app, 'package.json'), '{}')
  writeFileSync(join(app, '.env'), "NODE_TLS_REJECT_UNAUTHORIZED='0'\n")
  const { code, stderr } = await inFolder(app, ['adopt', '..'])
  assert.equal(code, 0, stderr)
  return app
}

/** The packages are found beside the peers, as they would be beside the program. */
function inFolder(cwd: string, args: readonly string[]) {
  const env = { ...plainEnvironment, NODE_PATH: join(peers, 'node_modules') }
  return ended(spawn(process.execPath, [tenantry, ...args], { cwd, env }))
}

/** The sample in a folder with an .env file, as somebody has cloned it and filled it in. */
function sample(node: string, authority: string, msal: string) {
  const settings = {
    AUTHORITY: authority,
    CLIENT_ID: daemon.appId,
    CLIENT_SECRET: daemon.clientSecret ?? '',
    API_SCOPE: `${api.identifierUri}/.default`,
    API_ENDPOINT: `https://localhost:${server.port}/api/todolist`,
    MSAL_PACKAGE: msal,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`)
  writeFileSync(join(folder, '.env'), lines.join(''))
  const program = [node, join(peers, 'sample.cjs'), '--op', 'getToDos']
  const args = [tenantry, 'run', '--data', data, '--', ...program]
  return ended(spawn(process.execPath, args, { cwd: folder, env: plainEnvironment }))
}
