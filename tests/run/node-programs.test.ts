import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ended, openRunBench, openServer, plainEnvironment, tenantry } from './under-run.js'

const bench = await openRunBench()
after(() => bench[Symbol.asyncDispose]())
const { tenant, run, program } = bench
const { tenantId } = tenant
const node = process.execPath

const discovery = `https://login.microsoftonline.com/${tenantId}/v2.0/.well-known/openid-configuration`
/** Asks for the discovery document and prints the issuer: by fetch, and by node:https. */
const byFetch = `fetch('${discovery}').then((answer) => answer.json()).then(({ issuer }) => console.log(issuer))`
const byHttps = `require('node:https').get('${discovery}', (answer) => {
  let text = ''
  answer.on('data', (chunk) => { text += chunk }).on('end', () => console.log(JSON.parse(text).issuer))
})`
const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0\n`

const summary = (count: number) =>
  `tenantry run: ${count} request${count === 1 ? '' : 's'} answered by contoso, which goes on running on port ${tenant.port}; none was let through to Microsoft.\n`

const answered = { code: 0, signal: null, stdout: issuer, stderr: summary(1) }

for (const [kind, name, text] of [
  ['a CommonJS program by node:https', 'https.cjs', byHttps],
  ['a CommonJS program by fetch', 'fetch.cjs', byFetch],
  ['an ES module by fetch', 'fetch.mjs', byFetch],
  [
    'an ES module that connects by hand',
    'by-hand.mjs',
    `import { connect } from 'node:tls'
    const socket = connect(443, 'login.microsoftonline.com', { servername: 'login.microsoftonline.com' }, () => {
      socket.write('GET /${tenantId}/v2.0/.well-known/openid-configuration HTTP/1.1\\r\\nhost: login.microsoftonline.com\\r\\nconnection: close\\r\\n\\r\\n')
    })
    let text = ''
    socket.on('data', (chunk) => { text += chunk }).on('end', () => console.log(JSON.parse(text.split('\\r\\n\\r\\n')[1]).issuer))`,
  ],
  [
    'a program that looks the address up by itself',
    'looked-up.cjs',
    byHttps.replace(
      `get('${discovery}'`,
      `get({ host: '192.0.2.1', servername: 'login.microsoftonline.com', headers: { host: 'login.microsoftonline.com' }, path: '${new URL(discovery).pathname}' }`,
    ),
  ],
  [
    'a forked program',
    'fork.mjs',
    `import { fork } from 'node:child_process'
    if (process.argv[2] === 'child') ${byFetch}
    else fork(new URL(import.meta.url).pathname.replaceAll('%20', ' '), ['child'])`,
  ],
  [
    'a worker thread',
    'worker.cjs',
    `const { isMainThread, Worker } = require('node:worker_threads')
    if (isMainThread) new Worker(__filename)
    else ${byHttps}`,
  ],
  [
    'a worker thread with an empty environment',
    'bare-worker.cjs',
    `const { isMainThread, Worker } = require('node:worker_threads')
    if (isMainThread) new Worker(__filename, { env: {} })
    else ${byHttps}`,
  ],
  [
    'a child with an environment of its own',
    'bare-child.cjs',
    `const { spawn } = require('node:child_process')
    if (process.argv[2] === 'child') ${byHttps}
    else spawn(process.execPath, [__filename, 'child'], { env: { ONLY: 'this' }, stdio: 'inherit' })`,
  ],
  [
    'a child that is waited for, with an environment of its own',
    'waited-for.cjs',
    `const { execFileSync } = require('node:child_process')
    if (process.argv[2] === 'child') ${byHttps}
    else execFileSync(process.execPath, [__filename, 'child'], { env: {}, stdio: 'inherit' })`,
  ],
] as const) {
  test(`${kind} is answered by the tenant`, async () => {
    const result = await run([node, program(name, text)])
    assert.deepEqual(result, answered)
  })
}

test("a program with NODE_OPTIONS of its own keeps them, and its own preload's calls are answered too", async () => {
  const preload = program(
    'own preload.cjs',
    `// The command itself is a Node program too.
    if (process.argv[1].endsWith('with-options.cjs')) globalThis.preloaded = ${byHttps.split('\n')[0]} answer.resume() })`,
  )
  const main = program(
    'with-options.cjs',
    `console.log(typeof preloaded, process.execArgv.length, require('node:v8').getHeapStatistics().heap_size_limit < 300e6)`,
  )
  const NODE_OPTIONS = `--require "${preload}" --max-old-space-size=200`
  const result = await run([node, main], { env: { NODE_OPTIONS } })
  assert.deepEqual(result, { code: 0, signal: null, stdout: 'object 0 true\n', stderr: summary(1) })
})

test('standard input, both outputs and the exit code are the program’s own', async () => {
  const main = program(
    'echo.cjs',
    `process.stdin.pipe(process.stdout); process.stdin.on('end', () => { console.error('end'); process.exitCode = 77 })`,
  )
  const result = await run([node, main], { stdin: 'grüße\n' })
  assert.deepEqual(result, { code: 77, signal: null, stdout: 'grüße\n', stderr: `end\n${summary(0)}` })
})

test('a program that is killed by a signal ends the command by that signal', async () => {
  const main = program('killed.cjs', `process.kill(process.pid, 'SIGKILL')`)
  assert.deepEqual(await run([node, main]), { code: null, signal: 'SIGKILL', stdout: '', stderr: summary(0) })
})

test('a signal that the command is sent is handed on, and the program says how it ends', async () => {
  const main = program(
    'patient.cjs',
    `process.on('SIGTERM', () => { console.log('heard'); process.exit(3) }); setInterval(() => {}, 1000); console.log('ready')`,
  )
  const child = bench.start([node, main])
  const result = ended(child)
  child.stdout?.once('data', () => child.kill('SIGTERM'))
  assert.deepEqual(await result, { code: 3, signal: null, stdout: 'ready\nheard\n', stderr: summary(0) })
})

test('this machine and a third host are reached as without us, and trusted as without us', async () => {
  await using own = await openServer(tenant, ['localhost'])
  const plain = createServer((_request, response) => response.end('plain'))
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const { port } = plain.address() as AddressInfo
  const main = program(
    'others.mjs',
    `import { get } from 'node:http'
    // A third host: its name leads to this machine by the program's own lookup.
    const lookup = (name, options, answer) => options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)
    const third = await new Promise((resolve) => get({ host: 'third.example', port: ${port}, lookup }, (answer) => answer.on('data', (chunk) => resolve(String(chunk)))))
    const here = await (await fetch('https://localhost:${own.port}/here')).json()
    const local = await (await fetch('http://localhost:${port}')).text()
    const strange = await new Promise((resolve) => import('node:https').then(({ get }) => get({ host: 'third.example', port: ${own.port}, lookup }, () => resolve('trusted')).on('error', ({ code }) => resolve(code))))
    console.log(third, here.path, local, strange)`,
  )
  const result = await run([node, main])
  plain.closeAllConnections()
  plain.close()
  assert.deepEqual(result, {
    code: 0,
    signal: null,
    stdout: 'plain /here plain UNABLE_TO_GET_ISSUER_CERT_LOCALLY\n',
    stderr: summary(0),
  })
})

test('hosts of Microsoft that the tenant does not stand in for are refused with the reason, and named at the end', async () => {
  const hosts = ['login.microsoftonline.us', 'graph.microsoft.de', 'login.windows.net', 'contoso.b2clogin.com']
  const main = program(
    'refused.mjs',
    `import { connect } from 'node:net'
    for (const host of ${JSON.stringify(hosts)}) await fetch('https://' + host).catch(({ cause }) => console.log(cause.code, cause.message))
    connect(80, 'login.microsoftonline.com', () => console.log('connected')).on('error', ({ code, host }) => console.log(code, host))`,
  )
  const { code, stdout, stderr } = await run([node, main])
  const lines = stdout.trimEnd().split('\n')
  assert.equal(code, 0)
  for (const [index, host] of hosts.entries()) {
    assert.ok(
      lines[index]?.startsWith(`ERR_TENANTRY_REFUSED tenantry run: ${host}:443 is a login or Graph host`),
      lines[index],
    )
  }
  assert.deepEqual(lines.slice(hosts.length), ['ERR_TENANTRY_REFUSED login.microsoftonline.com'])
  const refused = [...hosts.map((host) => `${host}:443`), 'login.microsoftonline.com:80'].join(', ')
  assert.ok(
    stderr.startsWith(
      `${summary(0)}! Refused, because the local tenant does not stand in for them: ${refused}. Next: `,
    ),
  )
})

test("calls that go through the user's own proxy end at the tenant as well", async () => {
  const main = program(
    'tunnel.cjs',
    `const { request } = require('node:http')
    const proxy = new URL(process.env.HTTPS_PROXY)
    request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: 'graph.microsoft.com:443' })
      .on('connect', (answer, socket) => {
        require('node:https').get({ host: 'graph.microsoft.com', path: '/v1.0/users', createConnection: () => require('node:tls').connect({ socket, servername: 'graph.microsoft.com' }) }, ({ statusCode }) => { console.log(answer.statusCode, statusCode); socket.destroy() })
      })
      .end()`,
  )
  const result = await run([node, main], { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } })
  assert.deepEqual(result, { code: 0, signal: null, stdout: '200 401\n', stderr: summary(1) })
})

test('what cannot be started is refused as shells do it, and nothing of the run is left in the data folder', async () => {
  assert.deepEqual(await run(['no-such-program']), {
    code: 127,
    signal: null,
    stdout: '',
    stderr: '✗ there is no program no-such-program. Next: check its name, or give its path.\n',
  })
  const { code, stderr } = await run([bench.folder])
  assert.deepEqual(
    [code, /cannot be started \(EACCES\)\. Next: check that the file may be executed\.\n$/.test(stderr)],
    [126, true],
  )
  assert.deepEqual(
    readdirSync(bench.data).filter((name) => name.startsWith('run-')),
    [],
  )
})

/** Asks for something, says so, waits until its input ends, and asks again. */
const asksTwice = program(
  'twice.mjs',
  `const ask = async () => (await fetch('https://graph.microsoft.com/v1.0/users')).status
  console.log(await ask())
  process.stdin.resume().on('end', async () => console.log(await ask()))`,
)

function beside(data: string) {
  const child = spawn(node, [tenantry, 'run', '--data', data, '--', node, asksTwice], { env: plainEnvironment })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
    })
  }
  return {
    child,
    asked: once(child.stdout, 'data'),
    async end() {
      child.stdin.end()
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, ...text }
    },
  }
}

const leftIn = (data: string) => readdirSync(data).filter((name) => /^(run-|guests|.*-wal$)/.test(name))

test('a folder without a running tenant gets one, which two runs share that start at once, and which ends with the last of them', async () => {
  const data = join(bench.folder, 'fresh')
  const runs = [beside(data), beside(data)] as const
  await Promise.all(runs.map(({ asked }) => asked))
  // Each of them has started the tenant in one of these turns, or joined it.
  for (const [index, { end }] of runs.entries()) {
    const { code, stdout, stderr } = await end()
    assert.deepEqual([code, stdout], [0, '401\n401\n'])
    const goesOn =
      index === 0 ? /which goes on running on port \d+; none was let/ : /requests answered by contoso; none was let/
    assert.match(stderr, goesOn)
  }
  assert.deepEqual([leftIn(data), existsSync(join(data, 'contoso.db'))], [[], true])
  const port = Number(readFileSync(join(data, 'port'), 'utf8'))
  const gone = connect(port, '127.0.0.1').on('connect', () => assert.fail('the tenant goes on'))
  const [refused] = (await once(gone, 'error')) as [NodeJS.ErrnoException]
  assert.equal(refused.code, 'ECONNREFUSED')
})

test('a run that is killed holds no tenant: it goes on for the other one alone, ends with it, and nothing of either is left', async () => {
  const data = join(bench.folder, 'killed')
  const starter = beside(data)
  await starter.asked
  const other = beside(data)
  await other.asked
  starter.child.kill('SIGKILL')
  await once(starter.child, 'exit')
  const { code, stdout, stderr } = await other.end()
  assert.deepEqual([code, stdout], [0, '401\n401\n'])
  assert.match(stderr, /requests answered by contoso; none was let/)
  assert.deepEqual(leftIn(data), [])
  // What the killed one had started is nobody's child now and ends when its input does.
  starter.child.stdin.end()
})
