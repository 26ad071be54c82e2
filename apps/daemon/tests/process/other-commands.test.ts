import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  daemonFolder,
  emptyFolder,
  runDaemon,
  runTokenCommand,
  secret,
  settingsFor,
} from '../stand-in/daemon-process.js'
import { apiId, clientId, entraError, madeUpToken, startServices, tenantId } from '../stand-in/services.js'

const claims = {
  aud: apiId,
  iss: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
  tid: tenantId,
  azp: clientId,
  oid: '44445555-dddd-4eee-8fff-666666666666',
  idtyp: 'app',
  ver: '2.0',
  roles: ['ToDoList.Read.All'],
  iat: 1_700_000_000,
  exp: 4_000_000_000,
}

test('auth whoami tells application, tenant and roles, and never the token', async (t) => {
  const access_token = madeUpToken(claims)
  const services = await startServices(t, () => ({
    token: { body: { token_type: 'Bearer', expires_in: 3599, access_token } },
  }))
  const { code, stdout, stderr } = await runDaemon({ args: ['auth', 'whoami'], env: settingsFor(services) })
  assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(JSON.parse(stdout), {
    kind: 'app-only',
    application: clientId,
    objectId: claims.oid,
    tenant: tenantId,
    roles: ['ToDoList.Read.All'],
    scopes: [],
    audience: apiId,
    issuer: claims.iss,
    expires: '2096-10-02T07:06:40.000Z',
  })
  assert.ok(services.seen.every(({ path }) => !path.includes('/api/')))
})

test('auth whoami says so when the token cannot be read', async (t) => {
  const services = await startServices(t, () => ({
    token: { body: { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque' } },
  }))
  const { code, stderr } = await runDaemon({ args: ['auth', 'whoami'], env: settingsFor(services) })
  assert.equal(code, 1)
  assert.match(stderr, /the access token cannot be read: it is not a JWT, for instance because it is encrypted/)
})

test('token get prints the bare token, or with --output json an object', async (t) => {
  const services = await startServices(t)
  const env = settingsFor(services)
  assert.deepEqual(
    await runTokenCommand({ args: ['token', 'get', '--verbose', '-q'], env }).then(({ stdout }) => stdout),
    `${services.accessToken}\n`,
  )
  const { stdout } = await runTokenCommand({ args: ['token', 'get', '-o', 'json'], env })
  assert.deepEqual(JSON.parse(stdout), { accessToken: services.accessToken, tokenType: 'Bearer' })
})

test('token inspect explains a token from stdin or an argument without any settings', async () => {
  const token = madeUpToken({
    ...claims,
    idtyp: undefined,
    ver: '1.0',
    roles: undefined,
    scp: 'ToDoList.Read ToDoList.ReadWrite',
  })
  const fromStdin = await runDaemon({ args: ['token', 'inspect', '-'], input: `Authorization: Bearer ${token}\n` })
  const fromArgument = await runDaemon({ args: ['token', 'inspect', token] })
  assert.equal(fromStdin.code, 0)
  const explained = JSON.parse(fromStdin.stdout) as Record<string, unknown>
  assert.equal(explained['kind'], 'delegated')
  assert.deepEqual(explained['scopes'], ['ToDoList.Read', 'ToDoList.ReadWrite'])
  assert.equal(explained['version'], '1.0')
  assert.deepEqual(Object.keys(explained), Object.keys(JSON.parse(fromArgument.stdout) as object))
})

test('credential show names the origin, credential test proves it', async (t) => {
  const services = await startServices(t)
  const env = settingsFor(services)
  const shown = await runDaemon({ args: ['credential', 'show'], env })
  const origin = { setting: 'CLIENT_SECRET', origin: 'the environment' }
  assert.deepEqual(JSON.parse(shown.stdout), [{ kind: 'secret', ...origin }])
  assert.equal(services.seen.length, 0)
  const tested = await runDaemon({ args: ['credential', 'test'], env })
  assert.deepEqual(JSON.parse(tested.stdout), {
    accepted: true,
    kind: 'secret',
    credential: 'secret from CLIENT_SECRET in the environment',
    clientId,
    authority: services.authority,
  })
  const none = await runDaemon({ args: ['credential', 'show'] })
  assert.equal(none.code, 6)
  assert.match(none.stderr, /CLIENT_SECRET or CLIENT_SECRET_FILE is missing .+ CERT_FILE, .+\. Next: /)
})

test('a refused credential ends with 4 and, as JSON, with its AADSTS code', async (t) => {
  const services = await startServices(t, () => ({ token: entraError(401, 'invalid_client', 7000222, 'Expired.') }))
  const { code, stdout, stderr } = await runDaemon({
    args: ['credential', 'test', '-o', 'json'],
    env: settingsFor(services),
  })
  assert.deepEqual([code, stdout], [4, ''])
  const failure = JSON.parse(stderr) as Record<string, unknown>
  assert.equal(failure['aadsts'], 'AADSTS7000222')
  assert.equal(failure['traceId'], '0a1b2c3d-1111-4222-8333-444455556666')
  assert.match(String(failure['correlationId']), /^[0-9a-f-]{36}$/)
})

test('config show tells every origin, the strongest first, and conceals the secret', async (t) => {
  const home = emptyFolder(t)
  const cwd = emptyFolder(t)
  mkdirSync(join(home, 'todolist-daemon'))
  writeFileSync(join(home, 'todolist-daemon', 'daemon.env'), 'CLIENT_ID=from-the-user\n', { mode: 0o600 })
  writeFileSync(join(cwd, '.env'), `CLIENT_SECRET=${secret}\nSCOPES=weaker\n`)
  const env = { XDG_CONFIG_HOME: home, API_ENDPOINT: 'https://api.example/todos' }
  const args = ['config', 'show', '--origin', '--scopes', 'api://x/.default']
  const { code, stdout } = await runDaemon({ args, cwd, env })
  assert.equal(code, 0)
  const rows = JSON.parse(stdout) as Record<string, string>[]
  const user = join(home, 'todolist-daemon', 'daemon.env')
  if (process.platform === 'linux')
    assert.deepEqual(rows, [
      { setting: 'CLIENT_ID', value: 'from-the-user', origin: user },
      { setting: 'CLIENT_SECRET', value: '[concealed]', origin: join(cwd, '.env') },
      { setting: 'SCOPES', value: 'api://x/.default', origin: 'the command line' },
      { setting: 'API_ENDPOINT', value: 'https://api.example/todos', origin: 'the environment' },
    ])
  const plain = JSON.parse((await runDaemon({ args: ['config', 'show'], cwd, env })).stdout) as Record<string, string>
  assert.equal(plain['SCOPES'], 'weaker')
})

test('explain tells what a code means, offline, and 3 for one it does not know', async () => {
  for (const code of ['AADSTS7000222', '7000222', 'aadsts7000222']) {
    const { stdout } = await runDaemon({ args: ['explain', code] })
    const explained = JSON.parse(stdout) as Record<string, string>
    assert.equal(explained['code'], 'AADSTS7000222')
    assert.equal(explained['meaning'], 'the client secret has expired')
    assert.match(explained['next'] ?? '', /^create a new one/)
  }
  const unknown = await runDaemon({ args: ['explain', '123456'] })
  assert.equal(unknown.code, 3)
  assert.match(unknown.stderr, /AADSTS123456 is not explained here/)
})

test('version prints the version, with --json that of Node too', async () => {
  assert.match((await runDaemon({ args: ['version'] })).stdout, /^\d+\.\d+\.\d+\n$/)
  const { stdout } = await runDaemon({ args: ['version', '--json'] })
  const { node, platform } = JSON.parse(stdout) as Record<string, string>
  assert.deepEqual([node, platform], [process.versions.node, process.platform])
})

test('the correlation id of --correlation-id goes with every request', async (t) => {
  const services = await startServices(t)
  const id = 'abcdef00-1111-4222-8333-444455556666'
  await runDaemon({ args: ['todos', 'list', '--correlation-id', id], env: settingsFor(services) })
  assert.equal(services.seen.at(-1)?.headers['client-request-id'], id)
})

const typed: readonly [words: string[], expected: string][] = [
  [['todos', 'ex'], 'export'],
  [['completion', ''], 'bash zsh fish pwsh --op'],
  [['todos', 'list', '--o'], '--owner --op --operation --output'],
  [['todos', 'list', '--output', 'y'], 'yaml'],
]

test('bash completes words, options and values from the printed script', {
  skip: process.platform === 'win32',
}, async () => {
  const { stdout } = await runDaemon({ args: ['completion', 'bash'] })
  for (const [words, expected] of typed) {
    const line = ['todolist-daemon', ...words].map((word) => `'${word}'`).join(' ')
    const script = `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _todolist_daemon; echo "\${COMPREPLY[@]}"`
    const bash = spawn('bash', ['--norc', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let completed = ''
    bash.stdout.setEncoding('utf8').on('data', (text: string) => (completed += text))
    await once(bash, 'close')
    assert.ok(completed.startsWith(expected), `${words.join(' ')}: ${completed}`)
  }
})

for (const shell of ['zsh', 'fish', 'pwsh']) {
  test(`the script for ${shell} knows every command's words and the choices of options`, async () => {
    const { code, stdout } = await runDaemon({ args: ['completion', shell] })
    assert.equal(code, 0)
    for (const words of [
      'list get create update delete import export',
      'json ndjson table csv yaml none',
      'todos run auth token',
    ])
      assert.ok(stdout.includes(words), words)
  })
}

test('help and version load none of the heavy parts', async () => {
  for (const args of [['--help'], ['--version'], ['completion', 'bash']]) {
    const program = new URL(`file://${join(daemonFolder, 'dist/src/main.js')}`).href
    const script = `process.argv = ['node', 'x', ...${JSON.stringify(args)}]; process.stdout.write = (text, done) => { done?.(); return true };
      await import('${program}');
      const loaded = process.moduleLoadList.filter((name) => /NativeModule (https|tls|crypto|dns|zlib)$/.test(name));
      process.stderr.write(loaded.join())`
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: process.env['PATH'] } })
    let loaded = ''
    node.stderr.setEncoding('utf8').on('data', (text: string) => (loaded += text))
    await once(node, 'close')
    assert.equal(loaded, '', args.join(' '))
  }
})
