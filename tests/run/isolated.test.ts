import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ended, openRunBench, openServer, plainEnvironment, tenantry } from './under-run.js'

const bench = await openRunBench()
after(() => bench[Symbol.asyncDispose]())
const node = process.execPath

const namespace = ['--user', '--map-current-user', '--keep-caps', '--net', 'ip', 'link', 'set', 'lo', 'up']
const skip = spawnSync('unshare', namespace).status !== 0 && 'this machine gives no network namespaces'

/** Runs a command isolated, over a folder of its own, which no tenant runs in. */
function isolated(command: readonly string[], env: NodeJS.ProcessEnv = plainEnvironment) {
  const data = join(bench.folder, 'isolated')
  return ended(spawn(node, [tenantry, 'run', '--isolated', '--data', data, '--', ...command], { env }))
}

test('an isolated program reaches the tenant, and nothing beside it', { skip }, async () => {
  await using outside = await openServer(bench.tenant, ['localhost'])
  const main = bench.program(
    'isolated.mjs',
    `import { connect } from 'node:net'
    import { networkInterfaces } from 'node:os'
    const reach = (port, host) => new Promise((resolve) => connect(port, host, () => resolve('reached')).on('error', ({ code }) => resolve(code)))
    const { status } = await fetch('https://graph.microsoft.com/v1.0/users')
    console.log(status, Object.keys(networkInterfaces()).join(), await reach(${outside.port}, '127.0.0.1'), await reach(443, '192.0.2.1'), process.getuid())`,
  )
  const { code, stdout, stderr } = await isolated([node, main])
  assert.equal(stdout, `401 lo ECONNREFUSED ENETUNREACH ${process.getuid?.()}\n`, stderr)
  assert.equal(code, 0)
  assert.equal(stderr, 'tenantry run: 1 request answered by contoso; none was let through to Microsoft.\n')
})

test('exit code and signal of an isolated program are its own', { skip }, async () => {
  assert.equal((await isolated(['sh', '-c', 'exit 33'])).code, 33)
  assert.equal((await isolated(['sh', '-c', 'kill -TERM $$'])).signal, 'SIGTERM')
})

test('a tenant that runs in the folder is out of reach for an isolated program, which is said before it starts', {
  skip,
}, async () => {
  assert.deepEqual(await bench.run([node, '--version'], { flags: ['--isolated'] }), {
    code: 9,
    signal: null,
    stdout: '',
    stderr: `✗ the tenant that runs in ${bench.data} is out of reach for an isolated program. Next: stop it, or choose another folder with --data.\n`,
  })
})

test('a system without unshare is told what is missing', async () => {
  const { code, stdout, stderr } = await isolated([node, '--version'], { ...plainEnvironment, PATH: bench.folder })
  assert.deepEqual([code, stdout], [6, ''])
  assert.match(
    stderr,
    /^✗ this system gives no network namespace to --isolated \(spawnSync unshare ENOENT\)\. Next: install util-linux/,
  )
})
