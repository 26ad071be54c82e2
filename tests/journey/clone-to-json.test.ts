import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { root } from '../workspaces.js'
import { type Ended, endAll, newFolder, node, printed, startTenantry, tenantry } from './programs.js'
import { openStack, readSettings } from './stack.js'

const folder = newFolder()
const data = join(folder, '.tenantry')
const anyPorts = ['--port', '0', '--api-port', '0', '--web-port', '0']
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

after(() => {
  endAll()
  rmSync(folder, { recursive: true, force: true })
})

test('the first run prints exactly the three to-dos, each owned by another user of the tenant', async () => {
  const run = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  assert.equal(run.code, 0, run.stderr)
  const todos = JSON.parse(run.stdout) as { id: number; owner: string; description: string }[]
  assert.deepEqual(
    todos.map(({ description }) => description),
    ['Pick up grocery', 'Finish invoice report', 'Water plants'],
  )
  for (const todo of todos) {
    assert.deepEqual(Object.keys(todo), ['id', 'owner', 'description'])
    assert.match(todo.owner, guid)
  }
  await using stack = await openStack(data)
  const users = (await stack.graph.list('/users')) as { id: string }[]
  assert.deepEqual(todos.map(({ owner }) => owner).sort(), users.map(({ id }) => id).sort())
})

test('every step has one line on standard error that says how long it took', async () => {
  const { stderr } = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  const lines = stderr.trim().split('\n')
  const steps = ['Data folder', 'Local tenant', 'Registration', 'To-dos', 'ToDoList API', 'Daemon']
  assert.equal(lines.length, steps.length + 1, stderr)
  for (const [index, step] of steps.entries())
    assert.match(lines[index] ?? '', new RegExp(`^✓ ${step}: .+ \\(\\d+\\.\\d s\\)$`))
  assert.match(lines.at(-1) ?? '', /^✓ Stopped: /)
})

test('bar 7: a second run changes nothing: same applications, same secret, same to-dos', async () => {
  const first = readSettings(data, 'daemon.env')
  const run = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stderr, /✓ Registration: .*, no changes \(/)
  assert.match(run.stderr, /✓ To-dos: no changes \(/)
  const second = readSettings(data, 'daemon.env')
  for (const name of ['CLIENT_ID', 'CLIENT_SECRET', 'SCOPES']) assert.equal(second[name], first[name], name)
})

test('everything in the data folder is readable by its owner alone', { skip: process.platform === 'win32' }, () => {
  assert.equal(statSync(data).mode & 0o777, 0o700)
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name)
})

test('while `up` runs, the daemon works from the root, from apps/daemon and from any folder below the data', async () => {
  const up = await startTenantry(['up', '--data', data, ...anyPorts], 'Ctrl-C stops everything')
  const config = ['--config', join(data, 'daemon.env')]
  const getToDos = ['--op', 'getToDos']
  const runs = await Promise.all([
    node(['.', ...getToDos, ...config], { cwd: root }),
    node(['.', '--operation', 'getToDos', ...config], { cwd: join(root, 'apps/daemon') }),
    node([root, ...getToDos], { cwd: folder }),
  ])
  for (const run of runs) assert.equal(run.code, 0, run.stderr)
  assert.equal(new Set(runs.map(({ stdout }) => stdout)).size, 1)
  assert.equal(up.output().stdout, '')
  // Pages may call the API while the web app is there for it, and no longer.
  const [, web] = /✓ Web app: (\S+)/.exec(up.output().stderr) ?? []
  assert.equal(readSettings(data, 'api.env')['CORS_ORIGINS'], web)
  const ended = await up.end('SIGINT')
  assert.equal(ended.code, 0)
  assert.match(ended.stderr, /✓ Stopped: nothing of it is left running\n$/)
  const once = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  assert.match(once.stderr, /✓ Registration: ciam-ToDoList-api and ciam-client-app, no changes \(/)
  assert.equal(readSettings(data, 'api.env')['CORS_ORIGINS'], undefined)
})

test('two data folders run side by side, and a second run in one folder is refused', async () => {
  const other = join(folder, 'other')
  const [first, second] = await Promise.all([
    startTenantry(['up', '--data', data, ...anyPorts], 'Ctrl-C stops everything'),
    startTenantry(['up', '--data', other, ...anyPorts], 'Ctrl-C stops everything'),
  ])
  assert.notEqual(readSettings(data, 'daemon.env')['CLIENT_ID'], readSettings(other, 'daemon.env')['CLIENT_ID'])
  const refused = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  assertFails(refused, 6, /^✗ Data folder: .* is in use by process \d+\. Next: .*--data/)
  const port = new URL(readSettings(data, 'daemon.env')['AUTHORITY'] ?? '').port
  const busyTenant = await tenantry([
    'up',
    '--once',
    '--data',
    join(folder, 'third'),
    '--port',
    port,
    '--api-port',
    '0',
  ])
  assertFails(busyTenant, 7, new RegExp(`✗ Local tenant: port ${port} is in use already\\. Next: .*--port`))
  const busyApi = await tenantry(['up', '--once', '--data', join(folder, 'third'), '--port', '0', '--api-port', port])
  assertFails(busyApi, 7, new RegExp(`✗ ToDoList API: port ${port} is in use already\\. Next: .*--api-port`))
  const freePorts = ['--port', '0', '--api-port', '0']
  const busyWeb = await tenantry(['up', '--data', join(folder, 'third'), ...freePorts, '--web-port', port])
  assertFails(busyWeb, 7, new RegExp(`✗ Web app: port ${port} is in use already\\. Next: .*--web-port`))
  await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])
})

test('when `up` is killed its API ends by itself, and the next run takes over', async () => {
  const up = await startTenantry(['up', '--data', data, ...anyPorts], 'Ctrl-C stops everything')
  const apiPort = Number(new URL(readSettings(data, 'daemon.env')['API_ENDPOINT'] ?? '').port)
  await up.end('SIGKILL')
  await until(async () => !(await answers(apiPort)), 'the API has ended')
  const next = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  assert.equal(next.code, 0, next.stderr)
})

test('without admin consent the API answers 403 and the daemon names the missing permission', async () => {
  await using stack = await openStack(data)
  await withdrawConsent(stack.graph)
  await stack.startApi()
  const run = await stack.daemon()
  assertFails(run, 5, /403.*ToDoList\.Read\.All/)
  assert.match(run.stderr, /consent/i)
})

test('the next run repairs a withdrawn consent and says so', async () => {
  const run = await tenantry(['up', '--once', '--verbose', '--data', data, ...anyPorts])
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stderr, /2 changes made through Microsoft Graph/)
})

test('a changed secret ends with the exit code for authentication', async () => {
  await using stack = await openStack(data)
  await stack.startApi()
  const secret = stack.settings.daemon['CLIENT_SECRET'] ?? ''
  assertFails(await stack.daemon({ CLIENT_SECRET: `${secret}x` }), 4, /AADSTS7000215/)
})

test('a stopped API ends with the exit code for the network, and so does a stopped tenant', async () => {
  await using stack = await openStack(data)
  const api = await stack.startApi()
  await api.end('SIGTERM')
  assertFails(await stack.daemon(), 7, /ECONNREFUSED/)
  assertFails(await stack.daemon({ AUTHORITY: `https://localhost:1/${stack.tenant.tenantId}` }), 7, /ECONNREFUSED/)
})

test('a wrong command line, tenant, client or scope each ends with its own exit code and one line', async () => {
  await using stack = await openStack(data)
  await stack.startApi()
  const nobody = '11111111-1111-4111-8111-111111111111'
  assertFails(await stack.daemon({}, ['--op', 'getTodos']), 2, /getToDos/)
  assertFails(await stack.daemon({ CLIENT_ID: '' }), 6, /CLIENT_ID/)
  assertFails(await stack.daemon({ CLIENT_ID: nobody }), 4, /AADSTS700016/)
  assertFails(await stack.daemon({ SCOPES: `api://${nobody}/.default` }), 6, /AADSTS500011/)
  const elsewhere = stack.tenant.authority.replace(stack.tenant.tenantId, nobody)
  assertFails(await stack.daemon({ AUTHORITY: elsewhere }), 4, /AADSTS90002/)
})

test('a secret that was damaged in its file is renewed', async () => {
  const file = join(data, 'secrets.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"value": "..../, '"value": "dddd'))
  const run = await tenantry(['up', '--once', '--data', data, ...anyPorts])
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stderr, /2 changes made through Microsoft Graph/)
})

test('a folder with other things in it is refused and left as it is', async () => {
  const busy = join(folder, 'with other things')
  mkdirSync(busy, { mode: 0o755 })
  writeFileSync(join(busy, '.gitignore'), 'dist\n')
  const run = await tenantry(['up', '--once', '--data', busy, ...anyPorts])
  assertFails(run, 6, /✗ Data folder: .* has other things in it\. Choose a folder/)
  assert.deepEqual(readdirSync(busy), ['.gitignore'])
  assert.equal(readFileSync(join(busy, '.gitignore'), 'utf8'), 'dist\n')
  assert.equal(statSync(busy).mode & 0o777, 0o755)
})

test('where certificates would go unchecked nothing starts', async () => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const run = await tenantry(['up', '--once', '--data', data, ...anyPorts], { env })
  assert.equal(run.code, 6)
  assert.match(run.stderr, /✗ NODE_TLS_REJECT_UNAUTHORIZED=0 is set.*Next: unset it/)
  assert.equal(run.stdout, '')
})

test('a tenant that `start` made serves `up` as well', async () => {
  const alone = join(folder, 'alone')
  const started = await startTenantry(['start', '--data', alone, '--port', '0'], 'Local tenant')
  assert.equal((await started.end('SIGTERM')).code, 0)
  const run = await tenantry(['up', '--once', '--data', alone, ...anyPorts])
  assert.equal(run.code, 0, run.stderr)
})

test('nothing that any of these runs printed holds a secret or a token', () => {
  const folders = [data, join(folder, 'other'), join(folder, 'alone')]
  const secrets = folders.map((path) => readSettings(path, 'daemon.env')['CLIENT_SECRET'] ?? '')
  const streams = printed.map(({ text }) => text)
  assert.ok(streams.join('').length > 5_000)
  for (const secret of secrets) {
    assert.equal(secret.length, 40)
    assert.ok(streams.every((text) => !text.includes(secret)))
  }
  for (const text of streams) assert.doesNotMatch(text, /eyJ/)
})

function assertFails(run: Ended, code: number, line: RegExp): void {
  assert.equal(run.code, code, run.stderr)
  assert.equal(run.stdout, '')
  assert.match(run.stderr, line)
  const complaints = run.stderr.split('\n').filter((text) => text !== '' && !text.startsWith('✓'))
  assert.equal(complaints.length, 1, run.stderr)
}

async function withdrawConsent(graph: Awaited<ReturnType<typeof openStack>>['graph']): Promise<void> {
  const path = "/servicePrincipals?$filter=displayName eq 'ciam-ToDoList-api'"
  const [api] = (await graph.list(path.replaceAll(' ', '%20'))) as { id: string }[]
  const assigned = `/servicePrincipals/${api?.id}/appRoleAssignedTo`
  for (const { id } of (await graph.list(assigned)) as { id: string }[]) {
    await graph.send({ method: 'DELETE', path: `${assigned}/${id}` })
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy().destroyed))
    socket.on('error', () => resolve(false))
  })
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`waited 10 s in vain until ${what}`)
}
