import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { runHere } from '../stand-in/command-in-process.js'
import { runDaemon, settingsFor, withoutCorrelationId } from '../stand-in/daemon-process.js'
import { madeUpToken, startServices } from '../stand-in/services.js'
import { someOwner, toDoApi } from '../stand-in/to-do-api.js'

async function start(t: TestContext, count = 0) {
  const api = toDoApi(count)
  const services = await startServices(t, () => ({ api: api.reply }))
  const run = (...args: string[]) => runDaemon({ args, env: settingsFor(services) })
  const requests = () =>
    services.seen.filter(({ path }) => path.includes('/api/')).map(({ method, path }) => `${method} ${path}`)
  return { api, services, run, requests }
}

test('a to-do is made, read, changed and deleted with the operations of the tutorial', async (t) => {
  const { run, requests, services } = await start(t)
  const made = { id: 1, owner: someOwner, description: 'Water plants' }
  const created = await run('--op', 'createToDo', '--description', 'Water plants', '--owner', someOwner)
  assert.deepEqual(created, { code: 0, stdout: `${JSON.stringify(made, null, 2)}\n`, stderr: '' })
  assert.deepEqual(JSON.parse((await run('--op', 'getToDo', '--id', '1')).stdout), made)
  const updated = await run('--op', 'updateToDo', '--id', '1', '--description', 'Feed the cat')
  const changed = { ...made, description: 'Feed the cat' }
  assert.deepEqual(JSON.parse(updated.stdout), changed)
  const deleted = await run('--op', 'deleteToDo', '--id', '1')
  assert.deepEqual(
    { ...deleted, stdout: JSON.parse(deleted.stdout) as unknown },
    { code: 0, stdout: changed, stderr: '' },
  )
  assert.deepEqual(await run('--op', 'getToDos'), { code: 0, stdout: '[]\n', stderr: '' })
  assert.deepEqual(requests(), [
    'POST /api/todolist',
    'GET /api/todolist/1',
    'GET /api/todolist/1',
    'PUT /api/todolist/1',
    'GET /api/todolist/1',
    'DELETE /api/todolist/1',
    'GET /api/todolist',
  ])
  const post = services.seen.find(({ method, path }) => method === 'POST' && path.includes('/api/'))
  assert.match(String(post?.headers['idempotency-key']), /^[0-9a-f-]{36}$/)
})

test('a limit is read in pages, and the filters go to the API', async (t) => {
  const { run, requests } = await start(t, 250)
  const { stdout } = await run(
    'todos',
    'list',
    '--limit',
    '120',
    '--owner',
    someOwner,
    '--contains',
    'To-do',
    '-o',
    'ndjson',
  )
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 120)
  assert.equal(lines[119], JSON.stringify({ id: 120, owner: someOwner, description: 'To-do 120' }))
  const filters = `limit=100&owner=${someOwner}&q=To-do`
  assert.deepEqual(requests(), [`GET /api/todolist?${filters}`, `GET /api/todolist?${filters}&cursor=100`])
})

test('each format holds the same list', async (t) => {
  const { run } = await start(t, 1)
  const list = async (...args: string[]) => (await run('todos', 'list', ...args)).stdout
  const toDo = { id: 1, owner: someOwner, description: 'To-do 1' }
  assert.equal(await list(), `${JSON.stringify([toDo], null, 2)}\n`)
  assert.equal(await list('-o', 'csv'), `id,owner,description\n1,${someOwner},To-do 1\n`)
  assert.equal(await list('-o', 'yaml'), `- id: 1\n  owner: ${someOwner}\n  description: To-do 1\n`)
  assert.equal(
    await list('-o', 'table'),
    `id  owner                                 description\n1   ${someOwner}  To-do 1\n`,
  )
  assert.equal(await list('-o', 'none'), '')
  assert.equal(await list('--query', '[].description'), '[\n  "To-do 1"\n]\n')
})

test('a to-do that is not there ends with 3 and says how to find one', async (t) => {
  const { run, services } = await start(t)
  const ended = await run('todos', 'get', '7')
  assert.deepEqual(
    { ...ended, stderr: withoutCorrelationId(ended.stderr).replaceAll(services.origin, '<origin>') },
    {
      code: 3,
      stdout: '',
      stderr:
        'todolist-daemon: the API at <origin>/api/todolist/7 answered 404: There is no such to-do, or it is not yours. Next: `todos list` shows the ids there are. (correlation id <id>)\n',
    },
  )
})

test('what the API refuses as input ends with 2 and its reason', async (t) => {
  const { run } = await start(t)
  const { code, stderr } = await run('todos', 'create', '--description', 'Water plants')
  assert.equal(code, 2)
  assert.match(stderr, /answered 400: An application has no to-dos of its own: name the user\. Next: correct what/)
})

test('with --output json a failure is one JSON object', async (t) => {
  const { run, services } = await start(t)
  const { stdout, stderr, code } = await run('todos', 'get', '7', '-o', 'json')
  assert.equal(code, 3)
  assert.equal(stdout, '')
  const { correlationId, ...others } = JSON.parse(stderr) as Record<string, unknown>
  assert.equal(correlationId, services.seen.at(-1)?.headers['client-request-id'])
  assert.deepEqual(others, {
    code: 'notFound',
    exitCode: 3,
    message: `the API at ${services.origin}/api/todolist/7 answered 404: There is no such to-do, or it is not yours.`,
    aadsts: null,
    hint: '`todos list` shows the ids there are',
    traceId: null,
    retryAfterMs: null,
  })
})

test('a to-do that changes between reading and writing is not overwritten and ends with 9', async (t) => {
  const api = toDoApi(1)
  const services = await startServices(t, () => ({
    api: (request) => {
      const reply = typeof api.reply === 'function' ? api.reply(request) : api.reply
      const toDo = api.stored.get(1)
      if (request.method === 'GET' && toDo) toDo.version++
      return reply
    },
  }))
  const env = settingsFor(services)
  for (const args of [
    ['todos', 'update', '1', '--description', 'x'],
    ['todos', 'delete', '1', '--yes'],
  ]) {
    const { code, stderr } = await runDaemon({ args, env })
    assert.equal(code, 9)
    assert.match(
      stderr,
      /answered 412: The to-do has changed\. Next: read the present state again and repeat the command\./,
    )
  }
  assert.equal(api.stored.get(1)?.description, 'To-do 1')
})

test('without a terminal nothing is deleted before --yes is written', async (t) => {
  const { run, requests } = await start(t, 1)
  const { code, stderr } = await run('todos', 'delete', '1')
  assert.equal(code, 2)
  assert.equal(
    stderr,
    'todolist-daemon: wrong command line: nobody can be asked whether to delete it. Next: add --yes; --help shows everything.\n',
  )
  assert.deepEqual(requests(), [])
})

for (const [args, why] of [
  [['todos', 'get', 'x'], 'the id of a to-do must be a whole number from 1 on, not "x"'],
  [['todos', 'get', '0'], 'the id of a to-do must be a whole number from 1 on, not "0"'],
  [['todos', 'list', '--limit', '0'], '--limit must be a whole number from 1 on, not "0"'],
  [['todos', 'list', '--owner', 'me'], '--owner me is not a GUID'],
  [['todos', 'create'], '--description is missing'],
  [
    ['todos', 'import', 'no-such-file'],
    /no-such-file cannot be read: there is no such file or folder\. Next: name another file/,
  ],
  [['token', 'inspect', 'x.y'], 'what is to be inspected is not a JWT'],
  [['explain', 'seven'], '"seven" is not an AADSTS code'],
] as const) {
  test(`"${args.join(' ')}" ends with 2 before anything is sent`, async () => {
    const { code, stdout, stderr } = await runDaemon({ args })
    assert.equal(code, 2)
    assert.equal(stdout, '')
    if (typeof why === 'string')
      assert.ok(stderr.startsWith(`todolist-daemon: wrong command line: ${why}. Next: `), stderr)
    else assert.match(stderr, why)
  })
}

test('an expression that --query does not understand ends with 2', async (t) => {
  const { run } = await start(t, 1)
  const { code, stdout, stderr } = await run('todos', 'list', '--query', '[?')
  assert.equal(code, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^todolist-daemon: wrong command line: --query is not a JMESPath expression that fits: .+\n$/)
})

test('a claims challenge of the API brings a new token with these claims, once', async (t) => {
  const claims = { access_token: { nbf: { essential: true, value: '1604106651' } } }
  const encoded = Buffer.from(JSON.stringify(claims)).toString('base64')
  const challenge = {
    status: 401,
    headers: { 'www-authenticate': `Bearer error="insufficient_claims", claims="${encoded}"` },
    body: '',
  }
  let challenges = 1
  const services = await startServices(t, () => ({
    token: () => ({ body: { token_type: 'Bearer', expires_in: 3599, access_token: madeUpToken() } }),
    api: () => (challenges-- > 0 ? challenge : { body: [] }),
  }))
  assert.deepEqual(await runDaemon({ env: settingsFor(services) }), { code: 0, stdout: '[]\n', stderr: '' })
  const forms = services.seen
    .filter(({ path }) => path.includes('/oauth2/v2.0/token'))
    .map(({ body }) => new URLSearchParams(body))
  assert.deepEqual(
    forms.map((form) => form.get('claims')?.includes(JSON.stringify(claims.access_token))),
    [undefined, true],
  )
  challenges = 9
  assert.equal((await runDaemon({ env: settingsFor(services) })).code, 4)
  assert.equal(challenges, 7)
})

test('what fails for a moment is tried again, a POST with the same key', async (t) => {
  const api = toDoApi(0)
  let failures = 2
  const services = await startServices(t, () => ({
    api: (request) => {
      // The work is done, its answer is lost: the second attempt must not make a second to-do.
      const reply = typeof api.reply === 'function' ? api.reply(request) : api.reply
      return failures-- > 0 ? { status: 503, headers: { 'retry-after': '0' }, body: '' } : reply
    },
  }))
  const args = ['todos', 'create', '--description', 'x', '--owner', someOwner]
  const { code } = await runDaemon({ args, env: settingsFor(services) })
  assert.equal(code, 0)
  assert.equal(api.stored.size, 1)
  const keys = services.seen
    .filter(({ path }) => path.includes('/api/'))
    .map(({ headers }) => headers['idempotency-key'])
  assert.equal(keys.length, 3)
  assert.equal(new Set(keys).size, 1)
  failures = 1
  const deleted = await runDaemon({ args: ['todos', 'delete', '1', '--yes'], env: settingsFor(services) })
  assert.equal(deleted.code, 0)
})

for (const [answer, deleted] of [
  ['y', true],
  ['Yes', true],
  ['', false],
  ['no', false],
] as const) {
  test(`on a terminal deleting is asked for, and "${answer}" means ${deleted ? 'yes' : 'no'}`, async (t) => {
    const { api, services } = await start(t, 1)
    const stdin = () => Object.assign(Readable.from([`${answer}\n`]), { isTTY: true })
    const world = { env: settingsFor(services), terminal: true, stdin }
    const { code, stdout, stderr } = await runHere(['todos', 'delete', '1', '-o', 'csv'], world)
    assert.equal(code, 0)
    assert.match(stderr, /^Delete to-do 1, "To-do 1"\? \[y\/N\] /)
    assert.equal(stderr.endsWith('todolist-daemon: nothing was deleted\n'), !deleted)
    assert.equal(stdout, deleted ? `id,owner,description\n1,${someOwner},To-do 1\n` : '')
    assert.equal(api.stored.size, deleted ? 0 : 1)
  })
}

test('on a terminal a list is a table with a bold head, without colour where that is not wanted', async (t) => {
  const { services } = await start(t, 1)
  const shown = async (args: string[], env = {}) =>
    (await runHere(['todos', 'list', ...args], { env: { ...settingsFor(services), ...env }, terminal: true })).stdout
  const head = 'id  owner                                 description'
  const rest = `\n1   ${someOwner}  To-do 1\n`
  assert.equal(await shown([]), `\u001b[1m${head}\u001b[22m${rest}`)
  assert.equal(await shown(['--no-color']), head + rest)
  assert.equal(await shown([], { NO_COLOR: '1' }), head + rest)
})

test('on a terminal a token is printed only with --raw', async (t) => {
  const { services } = await start(t)
  const world = { env: settingsFor(services), terminal: true }
  const refused = await runHere(['token', 'get'], world)
  assert.deepEqual([refused.code, refused.stdout], [2, ''])
  assert.match(
    refused.stderr,
    /stdout is a terminal, where the token would stay to be seen\. Next: pipe it, or add --raw;/,
  )
  assert.equal((await runHere(['token', 'get', '--raw'], world)).stdout, `${services.accessToken}\n`)
})
