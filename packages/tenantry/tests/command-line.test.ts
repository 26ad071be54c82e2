import assert from 'node:assert/strict'
import test from 'node:test'
import { runCommandLine } from '../src/command-line.js'

test('`up` without options has the documented ports and folder', async () => {
  const { code, calls } = await run('up')
  assert.equal(code, 0)
  assert.deepEqual(calls, [{ once: false, port: 8443, apiPort: 44351, data: '.tenantry', verbose: false }])
})

test('`up` hands every option on', async () => {
  const { calls } = await run('up', '--once', '--port', '0', '--api-port', '1234', '--data', 'a b', '--verbose')
  assert.deepEqual(calls, [{ once: true, port: 0, apiPort: 1234, data: 'a b', verbose: true }])
})

test('`start --memory` keeps nothing on disk', async () => {
  assert.deepEqual((await run('start', '--memory')).calls, [{ port: 8443, data: null }])
  assert.deepEqual((await run('start', '--port', '1')).calls, [{ port: 1, data: '.tenantry' }])
})

test('a wrong command line ends with 2 and one clear line, and runs nothing', async () => {
  const cases = [
    { args: ['down'], says: /unknown command 'down'/ },
    { args: ['up', '--prot', '1'], says: /unknown option '--prot'.*\n.*--port/ },
    { args: ['up', '--port', 'http'], says: /A port is a number from 0 to 65535/ },
    { args: ['up', '--port', '65536'], says: /A port is a number from 0 to 65535/ },
    { args: ['up', 'extra'], says: /too many arguments/ },
  ]
  for (const { args, says } of cases) {
    const { code, calls, stdout, stderr } = await run(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, says)
    assert.equal(stdout, '')
    assert.deepEqual(calls, [])
  }
})

test('--version and --help go to standard output and end with 0', async () => {
  assert.deepEqual(await run('--version'), { code: 0, calls: [], stdout: '1.2.3\n', stderr: '' })
  const help = await run('up', '--help')
  assert.equal(help.code, 0)
  for (const option of ['--once', '--port', '--api-port', '--data', '--verbose'])
    assert.match(help.stdout, new RegExp(option))
})

test('the exit code of a command is the exit code of the run', async () => {
  assert.equal((await run('up', '--port', '7')).code, 7)
})

async function run(...args: string[]) {
  const calls: object[] = []
  const text = { stdout: '', stderr: '' }
  const note = async (options: { port: number }) => {
    calls.push(options)
    return options.port === 7 ? 7 : 0
  }
  const terminal = (name: 'stdout' | 'stderr') => ({
    write(words: string) {
      text[name] += words
    },
  })
  const io = { stdout: terminal('stdout'), stderr: terminal('stderr'), version: '1.2.3' }
  const code = await runCommandLine(args, { up: note, start: note }, io)
  return { code, calls, ...text }
}
