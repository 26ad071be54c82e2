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

const plainStart = { port: 8443, data: '.tenantry', tenants: [], seed: null, announceTo: null }

test('`start --memory` keeps nothing on disk', async () => {
  assert.deepEqual((await run('start', '--memory')).calls, [{ ...plainStart, data: null }])
  assert.deepEqual((await run('start', '--port', '1')).calls, [{ ...plainStart, port: 1 }])
})

test('`start` takes several tenants, or a seed for one of them', async () => {
  const { calls } = await run('start', '--tenant', 'contoso', '--tenant', 'fabrikam-2')
  assert.deepEqual(calls, [{ ...plainStart, tenants: ['contoso', 'fabrikam-2'] }])
  const seeded = await run('start', '--tenant', 'contoso', '--seed', 'a b.json')
  assert.deepEqual(seeded.calls, [{ ...plainStart, tenants: ['contoso'], seed: 'a b.json' }])
})

test('`start --json` announces on standard output', async () => {
  const { calls, stdout } = await run('start', '--json', '--port', '9')
  assert.deepEqual(stdout, 'listening')
  assert.equal(calls.length, 1)
})

test('a wrong command line ends with 2 and one clear line, and runs nothing', async () => {
  const cases = [
    { args: ['down'], says: /unknown command 'down'/ },
    { args: ['up', '--prot', '1'], says: /unknown option '--prot'.*\n.*--port/ },
    { args: ['up', '--port', 'http'], says: /A port is a number from 0 to 65535/ },
    { args: ['up', '--port', '65536'], says: /A port is a number from 0 to 65535/ },
    { args: ['up', '--data', ''], says: /A folder needs a name/ },
    { args: ['start', '--tenant', 'Contoso'], says: /1 to 63 of a-z, 0-9 and inner hyphens/ },
    { args: ['start', '--tenant', 'a', '--tenant', 'a'], says: /Each tenant needs a name of its own/ },
    { args: ['start', '--tenant', 'a', '--tenant', 'b', '--seed', 'x'], says: /'--seed' fills one tenant/ },
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
  const note = async (options: { port: number; announceTo?: { write(words: string): unknown } | null }) => {
    calls.push(options)
    if (options.port === 9) options.announceTo?.write('listening')
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
