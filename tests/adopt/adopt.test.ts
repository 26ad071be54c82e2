import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { startTenant } from '@tenantry/local-tenant'
import { ended, plainEnvironment, tenantry } from '../run/under-run.js'
import { root } from '../workspaces.js'

const parent = realpathSync(mkdtempSync(join(tmpdir(), 'tenantry adopt ')))
after(() => rmSync(parent, { recursive: true, force: true }))

type Files = Readonly<Record<string, string>>

function place(name: string, files: Files): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(parent, name, path)), { recursive: true })
    writeFileSync(join(parent, name, path), text)
  }
  return join(parent, name)
}

/** Runs the command in a folder; programs find this repository's packages by NODE_PATH. */
function command(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const environment = { ...plainEnvironment, NODE_PATH: join(root, 'node_modules'), ...env }
  return ended(spawn(process.execPath, [tenantry, ...args], { cwd, env: environment }))
}

/** The tutorial's daemon in its own words: four placeholders, and TLS checks switched off. */
const app: Files = {
  'App/package.json': '{"name":"app"}',
  'App/.env': "NODE_TLS_REJECT_UNAUTHORIZED='0'\n",
  'App/authConfig.js': `const environment = process.env
module.exports = {
  auth: {
    clientId: process.env.CLIENT_ID || 'Enter_the_Application_Id_Here',
    authority: process.env.AUTHORITY || 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/',
    clientSecret: process.env.CLIENT_SECRET || 'Enter_the_Client_Secret_Here',
  },
  endpoint: process.env.API_ENDPOINT || 'https://localhost:44351/api/todolist',
  scopes: [process.env.SCOPES || 'api://Enter_the_Web_Api_Application_Id_Here'],
}
`,
  'App/index.js': `process.loadEnvFile('.env')
const { auth, endpoint, scopes } = require('./authConfig')
const { ConfidentialClientApplication } = require('@azure/msal-node')
new ConfidentialClientApplication({ auth })
  .acquireTokenByClientCredential({ scopes: [\`\${scopes}/.default\`] })
  .then(async ({ accessToken }) => {
    const { tid, azp, aud, roles } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url'))
    const answer = process.argv[2] === 'token' ? null : await fetch(endpoint, { headers: { authorization: \`Bearer \${accessToken}\` } })
    console.log(JSON.stringify({ tid, azp, aud, roles, todos: await answer?.json(), unchecked: process.env.NODE_TLS_REJECT_UNAUTHORIZED }))
  })
`,
}
const api: Files = {
  'API/ToDoListAPI.csproj': '<Project/>',
  'API/appsettings.json': `{
  "AzureAd": {
    "Instance": "https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/",
    "TenantId": "Enter_the_Tenant_Id_Here",
    "ClientId": "Enter_the_Application_Id_Here",
    "Scopes": { "Read": ["ToDoList.Read", "ToDoList.ReadWrite"] },
    "AppPermissions": { "Read": ["ToDoList.Read.All", "ToDoList.ReadWrite.All"] }
  }
}
`,
}

interface Printed {
  readonly tid: string
  readonly azp: string
  readonly aud: string
  readonly roles: readonly string[]
  readonly todos?: readonly { readonly description: string }[]
  readonly unchecked: string
}

const digestOf = (folder: string, files: Files) =>
  createHash('sha256')
    .update(
      Object.keys(files)
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('\0'),
    )
    .digest('hex')

test('a clone with its placeholders is adopted, prints to-dos of the ToDoList API, and stays as it is', async () => {
  const files = { ...app, ...api }
  const folder = place('whole sample', files)
  const before = digestOf(folder, files)
  const adopted = await command(parent, ['adopt', 'whole sample'])
  assert.equal(adopted.code, 0, adopted.stderr)
  assert.match(
    adopted.stdout,
    /^ {2}App\/authConfig\.js:4 +client id: Enter_the_Application_Id_Here \(a placeholder\), unless CLIENT_ID is set$/m,
  )
  assert.match(adopted.stdout, /^ {2}App: CLIENT_SECRET=\(a client secret, not shown\)$/m)
  assert.match(
    adopted.stdout,
    /^No file was changed\. Next: cd "whole sample\/App" && .*tenantry(\.cjs")? run --todolist-api -- <program>$/m,
  )

  // In the folder of the program, with the tenant of the folder above it.
  const ran = await command(join(folder, 'App'), ['run', '--todolist-api', '--api-port', '0', '--', 'node', 'index.js'])
  assert.equal(ran.code, 0, ran.stderr)
  const { todos, roles, unchecked, ...ids } = JSON.parse(ran.stdout) as Printed
  assert.deepEqual(
    [todos?.map(({ description }) => description), roles, unchecked],
    [
      ['Pick up grocery', 'Finish invoice report', 'Water plants'],
      ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
      '1',
    ],
  )
  assert.match(ran.stderr, /^tenantry run: \d+ requests answered by contoso; none was let through to Microsoft\.\n$/)

  // A program that is not Node's reads its own variables, and another program's are not among them.
  const ofApi = await command(join(folder, 'API'), ['run', '--', 'sh', '-c', 'echo "$AzureAd__ClientId $CLIENT_ID"'])
  assert.equal(ofApi.stdout, `${ids.aud} \n`, ofApi.stderr)

  const again = await command(folder, ['adopt', '.', '-o', 'json'])
  const report = JSON.parse(again.stdout) as {
    changes: number
    tenant: { tenantId: string }
    applications: { name: string; appId: string }[]
    passed: { variable: string; value: string | null }[]
  }
  assert.equal(report.changes, 0)
  const idOf = (name: string) => report.applications.find((one) => one.name === name)?.appId
  assert.deepEqual([report.tenant.tenantId, idOf('App'), idOf('API')], [ids.tid, ids.azp, ids.aud])
  assert.equal(report.passed.find(({ variable }) => variable === 'CLIENT_SECRET')?.value, null)
  assert.equal(digestOf(folder, files), before)
  // No secret in anything that was printed.
  const secrets = JSON.parse(readFileSync(join(folder, '.tenantry/secrets.json'), 'utf8')) as Record<
    string,
    { value: string }
  >
  const printed = [adopted, ran, ofApi, again].map(({ stdout, stderr }) => stdout + stderr).join('')
  for (const { value } of Object.values(secrets)) assert.ok(value.length > 20 && !printed.includes(value))
})

const namespace = ['--user', '--map-current-user', '--keep-caps', '--net', 'ip', 'link', 'set', 'lo', 'up']

test('the API stands where the file says, port 44351, in a network of its own', {
  skip: spawnSync('unshare', namespace).status !== 0 && 'this machine gives no network namespaces',
}, async () => {
  // The address is a literal here: the program can be told no other.
  const address = /process\.env\.API_ENDPOINT \|\| /
  const folder = place('isolated', {
    ...app,
    'App/authConfig.js': (app['App/authConfig.js'] ?? '').replace(address, ''),
  })
  assert.equal((await command(folder, ['adopt', 'App'])).code, 0)
  const ran = await command(join(folder, 'App'), ['run', '--isolated', '--todolist-api', '--', 'node', 'index.js'])
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal((JSON.parse(ran.stdout) as Printed).todos?.length, 3)
})

test('ids that stand in the files are those of the tenant and of its applications', async () => {
  const [tenantId, client, resource] = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-aaaa-4bbb-8ccc-dddddddddddd`)
  const folder = place('filled in', {
    ...app,
    'App/.env': `CLIENT_ID=${client}\nAUTHORITY=https://fabrikam.ciamlogin.com/${tenantId}\nCLIENT_SECRET=of-the-real-tenant\nSCOPES=api://${resource}\n`,
  })
  const adopted = await command(folder, ['adopt', 'App', '--data', 'data'])
  assert.equal(adopted.code, 0, adopted.stderr)
  assert.ok(!adopted.stdout.includes('of-the-real-tenant'))
  const ran = await command(join(folder, 'App'), ['run', '--data', '../data', '--', 'node', 'index.js', 'token'])
  assert.equal(ran.code, 0, ran.stderr)
  const { tid, azp, aud } = JSON.parse(ran.stdout) as Printed
  assert.deepEqual([tid, azp, aud], [tenantId, client, resource])

  const contrary = place('contrary', {
    '.env': 'CLIENT_ID=x\nTENANT_ID=44444444-aaaa-4bbb-8ccc-dddddddddddd\nTENANT_SUBDOMAIN=fabrikam\n',
  })
  const refused = await command(folder, ['adopt', contrary, '--data', 'data'])
  assert.equal(refused.code, 9)
  assert.match(refused.stderr, /the tenant fabrikam in .* has the id 11111111-.*, and the files say 44444444-/)
})

test('what cannot be adopted makes nothing, and says where and why', async () => {
  const contradiction = place('contradiction', {
    ...app,
    'App/.env': 'AUTHORITY=https://contoso.ciamlogin.com/\n',
    'API/appsettings.json': '{ "AzureAd": { "Instance": "https://fabrikam.ciamlogin.com/", "ClientId": "" } }',
  })
  const damaged = place('damaged', { 'appsettings.json': '{ "AzureAd": { "ClientSecret": "never shown" "' })
  const results = await Promise.all([
    command(parent, ['adopt', contradiction]),
    command(parent, ['adopt', damaged]),
    command(parent, ['adopt', 'no such folder']),
    command(parent, ['adopt', join(damaged, 'appsettings.json')]),
    command(parent, ['adopt']),
    command(damaged, ['run', '--todolist-api', '--', 'node', '-v']),
    command(damaged, ['run', '--api-port', '1', '--', 'node', '-v']),
  ])
  assert.deepEqual(
    results.map(({ code, stdout }) => [code, stdout]),
    [9, 6, 6, 6, 2, 6, 2].map((code) => [code, '']),
  )
  const [first, second, third, fourth, , sixth] = results.map(({ stderr }) => stderr)
  assert.match(
    first ?? '',
    /the tenant's subdomain is fabrikam in API\/appsettings\.json:1 and contoso in App\/\.env:1\. Next: make them agree/,
  )
  assert.match(
    second ?? '',
    /Next: mend appsettings\.json, which was not read: it is damaged at line 1: UnexpectedEndOfString\.$/m,
  )
  assert.match(third ?? '', /no such folder does not exist/)
  assert.match(fourth ?? '', /is not a folder/)
  assert.match(sixth ?? '', /nothing that was adopted in .* covers .*Next: run tenantry adopt \. first/)
  assert.ok(!existsSync(join(contradiction, '.tenantry')))
})

test('a dry run says the same and makes nothing', async () => {
  const folder = place('dry', app)
  const { code, stdout, stderr } = await command(folder, ['adopt', '.', '--dry-run'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^Tenant contoso \(with an id of its own\), to be made:$/m)
  assert.match(stdout, /^ {2}App: CLIENT_ID=<new id of App>$/m)
  assert.deepEqual(readdirSync(folder), ['App'])
})

test('a tenant that runs is used, unless the files name another', async () => {
  const data = join(parent, 'running')
  await using tenant = await startTenant({ dataFolder: data, port: 0 })
  const folder = place('with a running one', app)
  const adopted = await command(folder, ['adopt', 'App', '--data', data])
  assert.equal(adopted.code, 0, adopted.stderr)
  assert.ok(adopted.stdout.includes(`Tenant contoso (${tenant.tenantId})`))
  writeFileSync(join(folder, 'App/.env'), 'AUTHORITY=https://fabrikam.ciamlogin.com/\n')
  const refused = await command(folder, ['adopt', 'App', '--data', data])
  assert.equal(refused.code, 9)
  assert.match(refused.stderr, /contoso runs over .*, and the files name the tenant fabrikam\. Next: stop it/)
})
