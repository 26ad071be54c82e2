import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { emptyFolder, runDaemon, type Start, settingsFor } from '../stand-in/daemon-process.js'
import { type Seen, startServices } from '../stand-in/services.js'
import { someOwner, toDoApi } from '../stand-in/to-do-api.js'

async function start(t: TestContext, count = 0, before?: (request: Seen) => 'silence' | undefined) {
  const api = toDoApi(count)
  const services = await startServices(t, () => ({
    api: (request) => before?.(request) ?? (typeof api.reply === 'function' ? api.reply(request) : api.reply),
  }))
  const cwd = emptyFolder(t)
  const run = (args: string[], more: Partial<Start> = {}) =>
    runDaemon({ args, cwd, env: settingsFor(services), ...more })
  return { api, services, cwd, run }
}

test('what is exported in a format can be imported again, in each format', async (t) => {
  const source = await start(t, 130)
  const awkward = 'a "quoted", comma\u00e9 =1+1'
  source.api.stored.set(1, { id: 1, owner: someOwner, description: awkward, version: 1 })
  for (const format of ['ndjson', 'json', 'csv']) {
    const file = join(source.cwd, `all.${format}`)
    const exported = await source.run(['todos', 'export', file])
    assert.deepEqual(
      { ...exported, stdout: JSON.parse(exported.stdout) as unknown },
      { code: 0, stdout: { file, exported: 130 }, stderr: '' },
    )
    const target = await start(t)
    const imported = await target.run(['todos', 'import', file])
    assert.deepEqual(
      { ...imported, stdout: JSON.parse(imported.stdout) as unknown },
      { code: 0, stdout: { imported: 130, skipped: 0 }, stderr: '' },
    )
    assert.deepEqual([...target.api.stored.values()], [...source.api.stored.values()])
  }
  if (process.platform !== 'win32') assert.equal(statSync(join(source.cwd, 'all.csv')).mode & 0o777, 0o600)
})

test('export to stdout is data only, and its remark goes to stderr', async (t) => {
  const { run } = await start(t, 2)
  const toDos = [1, 2].map((id) => ({ id, owner: someOwner, description: `To-do ${id}` }))
  assert.deepEqual(await run(['todos', 'export']), {
    code: 0,
    stdout: toDos.map((toDo) => `${JSON.stringify(toDo)}\n`).join(''),
    stderr: 'todolist-daemon: exported 2 to-dos\n',
  })
  const { stdout, stderr } = await run(['todos', 'export', '-', '--format', 'json', '-q'])
  assert.deepEqual(JSON.parse(stdout), toDos)
  assert.equal(stderr, '')
})

test('an empty list is a valid file in each format', async (t) => {
  const { run } = await start(t)
  assert.equal((await run(['todos', 'export', '--format', 'json', '-q'])).stdout, '[\n]\n')
  assert.equal((await run(['todos', 'export', '--format', 'csv', '-q'])).stdout, 'id,owner,description\n')
})

test('an export that fails leaves the older file as it was and nothing else', async (t) => {
  const { run, cwd, services } = await start(t, 250)
  const file = join(cwd, 'all.ndjson')
  writeFileSync(file, 'older')
  const broken = await startServices(t, () => ({
    api: ({ path }) =>
      path.includes('cursor')
        ? { status: 500, body: '' }
        : {
            headers: { link: '</api/todolist?cursor=1>; rel="next"' },
            body: [{ id: 1, owner: someOwner, description: 'x' }],
          },
  }))
  const { code, stderr } = await run(['todos', 'export', file], { env: settingsFor(broken) })
  assert.equal(code, 8)
  assert.match(stderr, /it is unavailable or throttles; 1 to-dos were read, .+all\.ndjson is as it was before\. Next: /)
  assert.equal(readFileSync(file, 'utf8'), 'older')
  assert.deepEqual(readdirSync(cwd), ['all.ndjson'])
  const missing = await run(['todos', 'export', join(cwd, 'no', 'folder.csv')])
  assert.equal(missing.code, 2)
  assert.match(
    missing.stderr,
    /cannot write \S+folder\.csv: there is no such file or folder\. Next: name a file in a folder that exists/,
  )
  assert.equal(services.seen.length, 0)
})

test('a next page elsewhere ends with 1, and the token stays', async (t) => {
  const services = await startServices(t, () => ({
    api: { headers: { link: '<https://localhost:1/api/todolist?cursor=1>; rel="next"' }, body: [] },
  }))
  const { code, stderr } = await runDaemon({ env: settingsFor(services) })
  assert.equal(code, 1)
  assert.match(stderr, /names a next page that cannot be followed: it is not a page of the same list\. Next: /)
})

test('records without an owner get that of --owner, from stdin too', async (t) => {
  const { run, api } = await start(t)
  const input = '{"description":"a"}\n\n{"description":"b","owner":"99245b1d-09a3-48b9-9d16-9c7a0b8f3e02","id":9}'
  const { code, stdout } = await run(['todos', 'import', '-', '--owner', someOwner], { input })
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(stdout), { imported: 2, skipped: 0 })
  assert.deepEqual(
    [...api.stored.values()].map(({ owner, description }) => [description, owner]),
    [
      ['a', someOwner],
      ['b', '99245b1d-09a3-48b9-9d16-9c7a0b8f3e02'],
    ],
  )
})

test('the same import twice makes nothing twice; another place or content is another to-do', async (t) => {
  const { run, api } = await start(t)
  const input = '{"description":"a"}\n{"description":"a"}\n'
  const args = ['todos', 'import', '-', '--owner', someOwner]
  await run(args, { input })
  await run(args, { input })
  assert.equal(api.stored.size, 2)
})

test('an import that fails says how far it came, and goes on there', async (t) => {
  const { run, api, cwd } = await start(t)
  const file = join(cwd, 'list.ndjson')
  const line = (description: string) => `${JSON.stringify({ description, owner: someOwner })}\n`
  writeFileSync(file, `${line('a')}${line('b')}{"owner":"x"}\n`)
  const first = await run(['todos', 'import', 'list.ndjson'])
  assert.equal(first.code, 2)
  assert.match(
    first.stderr,
    /^todolist-daemon: cannot import the file: record 3 has no description; 2 records were imported before\. Next: correct the file; .+; go on with `todos import list\.ndjson --skip 2`\. \(correlation id/,
  )
  writeFileSync(file, line('a') + line('b') + line('c'))
  const second = await run(['todos', 'import', 'list.ndjson', '--skip', '2'])
  assert.deepEqual(JSON.parse(second.stdout), { imported: 1, skipped: 2 })
  assert.deepEqual(
    [...api.stored.values()].map(({ description }) => description),
    ['a', 'b', 'c'],
  )
})

test('Ctrl-C tells how far an import came and how to go on', {
  skip: process.platform === 'win32' && 'Windows has no such signals',
}, async (t) => {
  let stop: (() => void) | undefined
  const waiting = new Promise<void>((resolve) => {
    stop = resolve
  })
  const { run } = await start(t, 0, ({ body }) => {
    if (!body.includes('third')) return undefined
    stop?.()
    return 'silence'
  })
  const input = ['first', 'second', 'third'].map((description) => `${JSON.stringify({ description })}\n`).join('')
  const { code, stdout, stderr } = await run(['todos', 'import', '-', '--owner', someOwner], {
    input,
    during: async (child) => {
      await waiting
      child.kill('SIGINT')
    },
  })
  assert.equal(code, 130)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^todolist-daemon: stopped: the process received SIGINT; 2 records were imported before\. Next: go on with `todos import - --skip 2`\. \(correlation id/,
  )
})

test('Ctrl-C during an export says that it starts from the beginning', {
  skip: process.platform === 'win32' && 'Windows has no such signals',
}, async (t) => {
  let stop: (() => void) | undefined
  const waiting = new Promise<void>((resolve) => {
    stop = resolve
  })
  const { run, cwd } = await start(t, 150, ({ path }) => {
    if (!path.includes('cursor')) return undefined
    stop?.()
    return 'silence'
  })
  const { code, stderr } = await run(['todos', 'export', 'all.csv'], {
    during: async (child) => {
      await waiting
      child.kill('SIGINT')
    },
  })
  assert.equal(code, 130)
  assert.match(
    stderr,
    /SIGINT; 100 to-dos were read, all\.csv is as it was before\. Next: run the command again; an export starts from the beginning\./,
  )
  assert.deepEqual(readdirSync(cwd), [])
})
