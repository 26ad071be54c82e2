import assert from 'node:assert/strict'
import test from 'node:test'
import { runCommandLine } from '../src/command-line.js'
import { Failure } from '../src/failure.js'
import { programName } from '../src/spelling.js'

test('`up` without options has the documented ports and folder', async () => {
  const { code, calls } = await run('up')
  assert.equal(code, 0)
  assert.deepEqual(calls, [
    { once: false, port: 8443, apiPort: 44351, web: { port: 3443 }, data: '.tenantry', verbose: false },
  ])
})

test('each port of `up` may be any that is free', async () => {
  const { calls } = await run('up', '--port', '0', '--api-port', '0', '--web-port', '0')
  assert.deepEqual(calls, [{ once: false, port: 0, apiPort: 0, web: { port: 0 }, data: '.tenantry', verbose: false }])
})

test('`up --once` and `up --no-web` serve no web app, and its port is nobody’s', async () => {
  const without = { port: 3443, apiPort: 44351, web: null, data: '.tenantry', verbose: false }
  assert.deepEqual((await run('up', '--once', '--port', '3443')).calls, [{ ...without, once: true }])
  assert.deepEqual((await run('up', '--no-web', '--port', '3443')).calls, [{ ...without, once: false }])
})

test('`up` hands every option on', async () => {
  const { calls } = await run('up', '--once', '--port', '0', '--api-port', '1234', '--data', 'a b', '--verbose')
  assert.deepEqual(calls, [{ once: true, port: 0, apiPort: 1234, web: null, data: 'a b', verbose: true }])
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
    [
      ['up', '--port', '9000', '--api-port', '9000'],
      "'--port' and '--api-port' are both 9000, and only one server can listen there",
      'give one of them another port',
    ],
    [
      ['up', '--port', '44351'],
      "'--port' and '--api-port' are both 44351, and only one server can listen there",
      'give one of them another port',
    ],
    [
      ['up', '--api-port', '3443'],
      "'--api-port' and '--web-port' are both 3443, and only one server can listen there",
      'give one of them another port',
    ],
    [
      ['start', '--memory', '--data', '.tenantry'],
      "'--memory' keeps nothing on disk, and '--data' names a folder to keep it in",
      'leave out one of them',
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
  up      start tenant and API, register the applications, and stay up until Ctrl-C
  start   start one or more tenants alone, and stay up until Ctrl-C
  portal  print a link, good once, that opens the admin portal of the tenant that runs
  run     run any program, its calls to Microsoft's login and Graph hosts answered by the local tenant
  adopt   make a local tenant that fits a program's own configuration, which stays as it is
  doctor  find what keeps programs from working with the local tenant, and how to mend it
  trust   let this user's browsers trust the development CA; says what it will run, and asks
  apps    register the applications of a file through Microsoft Graph, here or in the cloud

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

test('`adopt` takes one folder, and -o is --output', async () => {
  const usual = { folder: 'App', data: null, dryRun: false, output: 'text' }
  assert.deepEqual((await run('adopt', 'App')).calls, [usual])
  const { calls } = await run('adopt', '-o', 'json', 'App', '--dry-run', '--data', 'd')
  assert.deepEqual(calls, [{ ...usual, data: 'd', dryRun: true, output: 'json' }])
  const wrong: [args: string[], why: string][] = [
    [['adopt'], "'tenantry adopt' needs the folder of a program"],
    [['adopt', 'a', 'b'], "'tenantry adopt' takes <folder> and nothing more, and was given 'b'"],
    [['adopt', 'a', '-o', 'xml'], "'-o xml': an output is text or json"],
    [['adopt', 'a', '-p'], "unknown option '-p'"],
    [['run', '-o', 'json', '--', 'x'], "unknown option '-o'"],
    [['run', '--api-port', '1', '--', 'x'], "'--api-port' is for the ToDoList API"],
  ]
  for (const [args, why] of wrong) {
    const { refusal } = await run(...args)
    assert.ok(refusal instanceof Failure)
    assert.deepEqual([refusal.exitCode, refusal.message], [2, why])
  }
  assert.match((await run('help', 'adopt')).stdout, /\n {2}-o, --output <form> {2}text or json \(default: text\)\n/)
})

test('`run` takes a program behind --, whose words are its own', async () => {
  const { calls } = await run('run', '--data', 'd', '--', 'node', '--help', '--', 'x')
  const noIdentity = { managedIdentity: null, identitySource: 'app-service' }
  const plain = { data: 'd', port: 0, isolated: false, todolistApi: null, ...noIdentity }
  assert.deepEqual(calls, [{ ...plain, command: ['node', '--help', '--', 'x'] }])
  const beside = await run('run', '--todolist-api', '--api-port', '0', '--', 'node')
  assert.deepEqual(beside.calls, [{ ...plain, data: null, todolistApi: { port: 0 }, command: ['node'] }])
  const wrong: [args: string[], why: string][] = [
    [['run'], "'tenantry run' needs a program"],
    [['run', '--'], "'tenantry run' needs a program"],
    [['run', 'node', 'x.js'], "'node' has to stand behind --"],
    [['run', '--help-me', '--', 'node'], "unknown option '--help-me'"],
    [
      ['run', '--identity-source', 'arc', '--', 'node'],
      "'--identity-source arc': a host of managed identities is one of app-service, imds, workload",
    ],
  ]
  for (const [args, why] of wrong) {
    const { refusal, calls: ran } = await run(...args)
    assert.ok(refusal instanceof Failure)
    assert.deepEqual([refusal.message, refusal.exitCode, ran], [why, 2, []])
  }
  const { refusal } = await run('run')
  assert.ok(refusal instanceof Failure)
  assert.equal(refusal.next, 'tenantry run -- node app.js')
  assert.match((await run('run', '--help')).stdout, /^Usage: tenantry run \[options\] -- <program> \[arguments\]\n/)
})

const here = { file: null, data: '.tenantry', port: null, tenant: null, cloud: null }

test('the commands of apps are given the place and what is theirs', async () => {
  const calls = async (...args: string[]) => (await run('apps', ...args)).calls
  assert.deepEqual(await calls('plan'), [{ command: 'plan', ...here, output: 'text' }])
  assert.deepEqual(await calls('apply', '--file', 'x.json', '--dry-run', '--output', 'json'), [
    { command: 'apply', ...here, file: 'x.json', output: 'json', dryRun: true },
  ])
  assert.deepEqual(await calls('status', '--port', '9443', '--data', 'd', '--tenant', 'fabrikam'), [
    { command: 'status', ...here, port: 9443, data: 'd', tenant: 'fabrikam', output: 'text' },
  ])
  assert.deepEqual(await calls('rotate-secret', '--app', 'a', '--grace-days', '0'), [
    { command: 'rotate-secret', ...here, app: 'a', graceDays: 0 },
  ])
  assert.deepEqual(await calls('rotate-cert'), [{ command: 'rotate-cert', ...here, app: null, graceDays: 7 }])
  assert.deepEqual(await calls('destroy', '--yes', '--purge'), [
    { command: 'destroy', ...here, yes: true, purge: true },
  ])
  assert.deepEqual(await calls('export', '--to', 'bicep'), [{ command: 'export', file: null, to: 'bicep' }])
  assert.deepEqual(await calls('import', '--app', 'a', '--app', 'b'), [
    { command: 'import', ...here, apps: ['a', 'b'] },
  ])
})

test('a tenant in the cloud is reached by the public addresses, or by those that are given', async () => {
  const { calls } = await run('apps', 'plan', '--cloud', '--tenant', 'contoso', '--graph-token-env', 'TOKEN')
  const cloud = {
    graphUrl: 'https://graph.microsoft.com/v1.0',
    loginUrl: null,
    graphTokenEnv: 'TOKEN',
    operatorClientId: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
  }
  assert.deepEqual(calls, [{ command: 'plan', ...here, tenant: 'contoso', cloud, output: 'text' }])
})

const wrongApps: readonly (readonly [string[], RegExp])[] = [
  [['plan', '--graph-token-env', 'TOKEN'], /for a tenant in the cloud/],
  [['plan', '--output', 'yaml'], /an output is text or json/],
  [['export'], /export needs a tool/],
  [['export', '--to', 'pulumi'], /a tool is az, bicep or terraform/],
  [['rotate-secret', '--grace-days', '-1'], /needs its value|whole number/],
  [['rotate-secret', '--grace-days', '400'], /days are a whole number from 0 to 365/],
  [['plan', '--port', '0'], /a port is a number from 1 to 65535/],
  [['plan', '--cloud', '--operator-client-id', 'x'], /an application id is a GUID/],
]

for (const [args, words] of wrongApps) {
  test(`apps ${args.join(' ')} is refused, and nothing is run`, async () => {
    const { refusal, calls } = await run('apps', ...args)
    assert.ok(refusal instanceof Failure)
    assert.equal(refusal.exitCode, 2)
    assert.match(refusal.message, words)
    assert.deepEqual(calls, [])
  })
}

test('`portal` leaves the port to the folder unless one is given', async () => {
  assert.deepEqual((await run('portal')).calls, [{ port: null, data: '.tenantry', verbose: false }])
  assert.deepEqual((await run('portal', '--port', '9443')).calls, [{ port: 9443, data: '.tenantry', verbose: false }])
})

test('where the program is called behind npm, what to do next is spelled so, and npm keeps no option unnoticed', async () => {
  const program = programName({ npm_package_name: 'tenantry-repository' })
  const next = async (...args: string[]) => {
    const { refusal } = await runAs(program, args)
    assert.ok(refusal instanceof Failure)
    return refusal.next
  }
  assert.equal(await next('up', '--prot', '1'), "use '--port' if you meant that, or read npm run tenantry -- up --help")
  assert.equal(await next('run'), 'npm run tenantry -- run -- node app.js')
  const dashes = 'behind npm, options go after two dashes: npm start -- --port 9443'
  assert.equal(await next('up', '--once', '9443'), `${dashes}, or read npm run tenantry -- up --help`)
  const help = await runAs(program, ['--help'])
  assert.match(help.stdout, /^Usage: npm run tenantry -- <command> \[options\]\n(.*\n)* {2}-V, --version/)
  assert.equal(programName({ npm_package_name: 'orders', npm_lifecycle_event: 'dev' }), 'tenantry')
})

const run = (...args: string[]) => runAs(programName({}), args)

async function runAs(program: string, args: readonly string[]) {
  const calls: object[] = []
  const text = { stdout: '', stderr: '' }
  const note = async (options: {
    data?: string | null
    port?: number | null
    announceTo?: { write(words: string): unknown } | null
  }) => {
    calls.push(options)
    if (options.port === 9) options.announceTo?.write('listening')
    return options.port === 7 ? 7 : 0
  }
  const terminal = (name: 'stdout' | 'stderr') => ({
    write(words: string) {
      text[name] += words
    },
  })
  const io = { stdout: terminal('stdout'), stderr: terminal('stderr'), version: '1.2.3', program }
  const noteApps = (name: string) => async (options: object) => {
    calls.push({ command: name, ...options })
    return 0
  }
  const apps = {
    plan: noteApps('plan'),
    apply: noteApps('apply'),
    status: noteApps('status'),
    rotateSecret: noteApps('rotate-secret'),
    rotateCert: noteApps('rotate-cert'),
    destroy: noteApps('destroy'),
    export: noteApps('export'),
    import: noteApps('import'),
  }
  const ended = runCommandLine(
    args,
    { up: note, start: note, portal: note, run: note, adopt: note, doctor: note, trust: note, apps },
    io,
  )
  const [code, refusal] = await ended.then(
    (value) => [value, undefined] as const,
    (error: unknown) => [undefined, error] as const,
  )
  return { code, refusal, calls, ...text }
}
