import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exitCodes } from '../../src/exit-codes.js'
import { daemonFolder, emptyFolder, runDaemon, secret, settingsFor } from '../stand-in/daemon-process.js'
import { apiId, clientId, startServices, tutorialToDos } from '../stand-in/services.js'

test('getToDos prints the list as one pretty-printed JSON array and nothing else', async (t) => {
  const services = await startServices(t)
  const ended = await runDaemon({ env: settingsFor(services) })
  assert.deepEqual(ended, { code: 0, stdout: `${JSON.stringify(tutorialToDos, null, 2)}\n`, stderr: '' })
})

test('the secret goes to the token endpoint only, the token to the API only, one correlation id to both', async (t) => {
  const services = await startServices(t)
  await runDaemon({ env: settingsFor(services) })
  const [discovery, token, api, ...more] = services.seen
  assert.equal(more.length, 0)
  assert.equal(discovery?.path, `${new URL(services.authority).pathname}/v2.0/.well-known/openid-configuration`)
  const form = new URLSearchParams(token?.body)
  assert.equal(form.get('grant_type'), 'client_credentials')
  assert.equal(form.get('client_id'), clientId)
  assert.equal(form.get('client_secret'), secret)
  assert.equal(form.get('scope'), `api://${apiId}/.default`)
  assert.equal(api?.headers.authorization, `Bearer ${services.accessToken}`)
  assert.match(form.get('client-request-id') ?? '', /^[0-9a-f-]{36}$/)
  assert.equal(api?.headers['client-request-id'], form.get('client-request-id'))
  assert.ok(![discovery, token].some((request) => request?.headers.authorization))
  assert.ok(!JSON.stringify([discovery, api]).includes(secret))
})

test('--operation is --op, and a list without to-dos is an empty array and a success', async (t) => {
  const services = await startServices(t, () => ({ api: { body: [] } }))
  const ended = await runDaemon({ args: ['--operation', 'getToDos'], env: settingsFor(services) })
  assert.deepEqual(ended, { code: 0, stdout: '[]\n', stderr: '' })
})

test('members that are not id, owner and description are not printed', async (t) => {
  const [first] = tutorialToDos
  const services = await startServices(t, () => ({ api: { body: [{ extra: { deep: true }, ...first }] } }))
  const { code, stdout } = await runDaemon({ env: settingsFor(services) })
  assert.equal(code, 0)
  assert.equal(stdout, `${JSON.stringify([first], null, 2)}\n`)
})

test('--verbose tells every step on stderr and leaves stdout as it is', async (t) => {
  const services = await startServices(t)
  const ended = await runDaemon({ args: ['--op', 'getToDos', '--verbose'], env: settingsFor(services) })
  const correlationId = services.seen.at(-1)?.headers['client-request-id']
  const { authority, apiEndpoint } = services
  assert.deepEqual(ended.stderr.replace(/expires in (3600|359\d) s/, 'expires in about an hour').split('\n'), [
    `todolist-daemon: correlation id ${String(correlationId)}`,
    `todolist-daemon: authority ${authority}`,
    `todolist-daemon: discovery: asking ${authority}/v2.0/.well-known/openid-configuration`,
    'todolist-daemon: discovery: answered 200',
    'todolist-daemon: credential: secret from CLIENT_SECRET in the environment',
    `todolist-daemon: token: asking ${authority}/oauth2/v2.0/token`,
    'todolist-daemon: token: answered 200',
    'todolist-daemon: token acquired, expires in about an hour',
    `todolist-daemon: API: asking ${apiEndpoint}`,
    'todolist-daemon: API: answered 200',
    '',
  ])
  assert.equal(ended.stdout, `${JSON.stringify(tutorialToDos, null, 2)}\n`)
  assert.equal(ended.code, 0)
})

test('settings come from .tenantry/daemon.env of a folder above, with file names relative to it', async (t) => {
  const services = await startServices(t)
  const { CLIENT_SECRET, CA_FILE, ...others } = settingsFor(services)
  const project = emptyFolder(t)
  mkdirSync(join(project, '.tenantry'))
  mkdirSync(join(project, 'apps', 'daemon'), { recursive: true })
  writeFileSync(join(project, '.tenantry', 'client-secret'), `${CLIENT_SECRET}\n`)
  copyFileSync(String(CA_FILE), join(project, '.tenantry', 'ca.pem'))
  const settings = { ...others, CLIENT_SECRET_FILE: 'client-secret', CA_FILE: 'ca.pem' }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(project, '.tenantry', 'daemon.env'), lines.join(''), { mode: 0o600 })
  const ended = await runDaemon({ cwd: join(project, 'apps', 'daemon') })
  assert.deepEqual(ended, { code: 0, stdout: `${JSON.stringify(tutorialToDos, null, 2)}\n`, stderr: '' })
})

test('a reader that stops reading is not an error', async (t) => {
  const services = await startServices(t)
  const ended = await runDaemon({ env: settingsFor(services), during: (child) => child.stdout?.destroy() })
  assert.deepEqual(ended, { code: 0, stdout: '', stderr: '' })
})

test('output that cannot be written is an error, not a success', {
  skip: !existsSync('/dev/full') && 'no /dev/full here',
}, async () => {
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [join(daemonFolder, 'todolist-daemon.cjs'), '--version'], {
    env: {},
    stdio: ['ignore', full, 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await once(child, 'close')
  closeSync(full)
  assert.equal(child.exitCode, 1)
  assert.match(
    stderr,
    /^todolist-daemon: unexpected error: Error: ENOSPC: no space left on device, write\. Next: [^\n]+\n$/,
  )
})

test('--help prints operations, options and every exit code on stdout', async () => {
  const { code, stdout, stderr } = await runDaemon({ args: ['--help'] })
  assert.equal(code, 0)
  assert.equal(stderr, '')
  for (const part of [
    'getToDos',
    '--op <operation>',
    '--config <file>',
    '--timeout <seconds>',
    '--verbose',
    '--version',
  ]) {
    assert.ok(stdout.includes(part), part)
  }
  for (const { code: number, meaning } of Object.values(exitCodes)) {
    assert.ok(stdout.includes(`  ${String(number).padEnd(3)}  ${meaning}\n`), meaning)
  }
})

test('--version prints the version of the package', async () => {
  assert.deepEqual(await runDaemon({ args: ['--version'] }), { code: 0, stdout: '0.1.0\n', stderr: '' })
})

test('`node .` in the folder of the daemon is the command', async () => {
  const child = spawn(process.execPath, ['.', '--version'], {
    cwd: daemonFolder,
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  await once(child, 'close')
  assert.equal(stdout, '0.1.0\n')
})

test('before the build the command says in one line how to build', async (t) => {
  const unbuilt = emptyFolder(t)
  copyFileSync(join(daemonFolder, 'todolist-daemon.cjs'), join(unbuilt, 'todolist-daemon.cjs'))
  const child = spawn(process.execPath, ['todolist-daemon.cjs', '--op', 'getToDos'], { cwd: unbuilt, env: {} })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await once(child, 'close')
  assert.equal(child.exitCode, 1)
  assert.equal(
    stderr,
    'todolist-daemon: the project is not built yet: dist/src/main.js is missing. Next: run `npm start` (or `npm run build`) in the repository root.\n',
  )
})
