import assert from 'node:assert/strict'
import test from 'node:test'
import { runCommandLine } from '../src/command-line.js'
import { Failure } from '../src/failure.js'

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

test('a wrong command line is refused with 2 in one clear line, and runs nothing', async () => {
  const read = (words: string) => `read ${words} --help`
  const useOr = (name: string, words: string) => `use '${name}' if you meant that, or ${read(words)}`
  const port = 'a port is a number from 0 to 65535; 0 takes any that is free'
  const name = 'a name has 1 to 63 of a-z, 0-9 and inner hyphens'
  const cases: [args: string[], why: string, next: string][] = [
    [['down'], "unknown command 'down'", read('tenantry')],
    [['strat'], "unknown command 'strat'", useOr('start', 'tenantry')],
    [['--versoin'], "unknown option '--versoin'", useOr('--version', 'tenantry')],
    [['up', '--prot', '1'], "unknown option '--prot'", useOr('--port', 'tenantry up')],
    [['up', '--apiPort', '1'], "unknown option '--apiPort'", useOr('--api-port', 'tenantry up')],
    [['up', '-p', '1'], "unknown option '-p'", read('tenantry up')],
    [['start', '--constructor'], "unknown option '--constructor'", read('tenantry start')],
    [['up', '--port', 'http'], `'--port http': ${port}`, read('tenantry up')],
    [['up', '--port=65536'], `'--port 65536': ${port}`, read('tenantry up')],
    [['up', '--port'], "'--port <number>' needs its value", read('tenantry up')],
    [['up', '--data', '--verbose'], "'--data <folder>' needs its value", read('tenantry up')],
    [['up', '--data', ''], "'--data ': a folder needs a name", read('tenantry up')],
    [['up', '--once=yes'], "'--once' takes no value", read('tenantry up')],
    [['start', '--tenant', 'Contoso'], `'--tenant Contoso': ${name}`, read('tenantry start')],
    [
      ['start', '--tenant=a', '--tenant=a'],
      "'--tenant a': each tenant needs a name of its own",
      read('tenantry start'),
    ],
    [['start', '--tenant', 'a', '--tenant', 'b', '--seed', 'x'], "'--seed' fills one tenant", 'name one with --tenant'],
    [['up', 'extra'], "'tenantry up' takes options only, and was given 'extra'", read('tenantry up')],
    [['up', '--', '--once'], "'tenantry up' takes options only, and was given '--once'", read('tenantry up')],
  ]
  for (const [args, message, next] of cases) {
    const { refusal, calls, stdout, stderr } = await run(...args)
    assert.ok(refusal instanceof Failure, args.join(' '))
    assert.deepEqual({ message: refusal.message, next: refusal.next }, { message, next })
    assert.equal(refusal.exitCode, 2)
    assert.deepEqual([stdout, stderr, calls], ['', '', []])
  }
})

test('an option that is given twice counts as written last, and a folder may begin with a hyphen behind =', async () => {
  const { calls } = await run('start', '--port', '1', '--port=2', '--data=-x')
  assert.deepEqual(calls, [{ ...plainStart, port: 2, data: '-x' }])
})

test('--version and --help go to standard output and end with 0', async () => {
  const nothing = { refusal: undefined, calls: [], stderr: '' }
  assert.deepEqual(await run('--version'), { ...nothing, code: 0, stdout: '1.2.3\n' })
  const program = await run('--help')
  assert.deepEqual(program, {
    ...nothing,
    code: 0,
    stdout: `Usage: tenantry <command> [options]

A Microsoft Entra External ID tenant on this machine, and what belongs to it.

Commands:
  up     start tenant and API, register the applications, and stay up until Ctrl-C
  start  start one or more tenants alone, and stay up until Ctrl-C

Options:
  -V, --version  print the version
  -h, --help     print this help
`,
  })
  assert.deepEqual(await run('help'), program)
  const up = await run('up', '--prot', '--help')
  assert.match(up.stdout, /^Usage: tenantry up \[options\]\n\nstart tenant and API/)
  assert.match(up.stdout, /\n {2}--api-port <number> {2}port of the ToDoList API \(default: 44351\)\n/)
  for (const option of ['--once ', '--port <number>', '--data <folder>', '--verbose ', '-h, --help'])
    assert.ok(up.stdout.includes(`\n  ${option} `), option)
  assert.deepEqual(await run('help', 'up'), up)
})

test('without a command the help goes to standard error and the code is 2', async () => {
  const { code, calls, stdout, stderr } = await run()
  assert.deepEqual([code, calls, stdout], [2, [], ''])
  assert.match(stderr, /^Usage: tenantry <command>/)
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
  const ended = runCommandLine(args, { up: note, start: note }, io)
  const [code, refusal] = await ended.then(
    (value) => [value, undefined] as const,
    (error: unknown) => [undefined, error] as const,
  )
  return { code, refusal, calls, ...text }
}
