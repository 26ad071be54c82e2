import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { certificate, certificateFiles } from './fixtures/certificate.js'
import { alice, clientId, type Issuer, startIssuer, tenantId } from './fixtures/issuer.js'
import { type Program, runProgram, startProgram } from './fixtures/program.js'

let issuer: Issuer
let folder: string

before(async () => {
  issuer = await startIssuer()
  folder = mkdtempSync(join(tmpdir(), 'todolist-api-'))
})

after(async () => {
  await issuer.close()
  rmSync(folder, { recursive: true })
})

describe('serve', () => {
  test('answers over HTTPS, with its own database, and says nothing on standard output', async () => {
    const program = startProgram(['serve'], settings('serve.db'))
    const url = await urlOf(program)
    assert.match(url, /^https:\/\/localhost:\d+$/)
    const token = issuer.app('ToDoList.ReadWrite.All')
    const created = await send(url, 'POST', token, { owner: alice, description: 'Pick up grocery' })
    assert.equal(created.status, 201)
    assert.equal(created.headers.location, '/api/todolist/1')
    const listed = await send(url, 'GET', token)
    assert.equal(listed.status, 200)
    assert.deepEqual(JSON.parse(listed.body), [{ id: 1, owner: alice, description: 'Pick up grocery' }])
    program.process.kill('SIGTERM')
    assert.deepEqual(await program.ended, {
      exitCode: 0,
      stdout: '',
      stderr: `todolist-api: listening on ${url}\n`,
    })
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`ends with 0 on ${signal}, though a client keeps its connection open`, async () => {
      const program = startProgram(['serve'], settings(`${signal}.db`))
      const agent = new Agent({ keepAlive: true })
      await send(await urlOf(program), 'GET', issuer.app('ToDoList.Read.All'), undefined, { agent })
      program.process.kill(signal)
      assert.equal((await program.ended).exitCode, 0)
      agent.destroy()
    })
  }

  test('finishes a request that was under way when it was asked to end', async () => {
    const program = startProgram(['serve'], settings('under-way.db'))
    const agent = new Agent({ keepAlive: true })
    const call = open(await urlOf(program), 'POST', issuer.app('ToDoList.ReadWrite.All'), { agent })
    call.write(`{"owner":"${alice}",`)
    await sleep(100)
    program.process.kill('SIGTERM')
    await sleep(100)
    call.end('"description":"Water plants"}')
    const response = await answerOf(call)
    assert.equal(response.status, 201)
    assert.equal(response.headers.connection, 'close')
    assert.equal((await program.ended).exitCode, 0)
    agent.destroy()
  })

  test('is cut short by a second signal', async () => {
    const program = startProgram(['serve'], settings('twice.db'))
    const call = open(await urlOf(program), 'POST', issuer.app('ToDoList.ReadWrite.All'), {})
    call.on('error', () => undefined)
    call.write('{')
    await sleep(100)
    program.process.kill('SIGTERM')
    await sleep(100)
    program.process.kill('SIGINT')
    assert.equal((await program.ended).exitCode, 130)
  })

  test('ends with 0 when its parent is gone', async () => {
    const program = startProgram(['serve'], settings('orphan.db'))
    await program.ready
    program.process.disconnect()
    assert.equal((await program.ended).exitCode, 0)
  })

  test('goes on and ends with 0 when nobody reads its log any more', async () => {
    const program = startProgram(['serve'], { ...settings('unread.db'), LOG_LEVEL: 'info' })
    const url = await urlOf(program)
    program.process.stderr?.destroy()
    for (const _ of [1, 2, 3]) assert.equal((await send(url, 'GET', issuer.app('ToDoList.Read.All'))).status, 200)
    program.process.kill('SIGTERM')
    await once(program.process, 'exit')
    assert.equal(program.process.exitCode, 0)
  })

  test('names the busy port and the setting that changes it, and exits with 7', async () => {
    const neighbour = createServer().listen(0, '127.0.0.1')
    await once(neighbour, 'listening')
    const address = neighbour.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { exitCode, stdout, stderr } = await runProgram(['serve'], {
      ...settings('busy.db'),
      HOST: '127.0.0.1',
      PORT: `${port}`,
    })
    assert.equal(exitCode, 7)
    assert.equal(stdout, '')
    assert.equal(
      stderr,
      `todolist-api: port ${port} of 127.0.0.1 is in use: stop the program that uses it, or choose another port with PORT\n`,
    )
    neighbour.close()
  })

  test('names every mistake of its configuration, one line each, and exits with 6', async () => {
    const environment = { ...settings('never.db'), CLIENT_ID: 'Enter_the_Application_Id_Here', TENANT_ID: '' }
    const { exitCode, stdout, stderr } = await runProgram(['serve'], environment)
    assert.equal(exitCode, 6)
    assert.equal(stdout, '')
    assert.deepEqual(stderr.split('\n'), [
      'todolist-api: TENANT_ID is missing: set it to the tenant id, a GUID, from the overview page of the tenant.',
      'todolist-api: CLIENT_ID still holds the placeholder "Enter_the_Application_Id_Here": set it to this API\'s application (client) id, a GUID, from the overview page of its app registration.',
      '',
    ])
  })

  test('names files that cannot be read or do not fit, and exits with 6', async () => {
    const missing = join(folder, 'missing.pem')
    const unread = await runProgram(['serve'], { ...settings('never.db'), CA_FILE: missing, TLS_KEY_FILE: missing })
    assert.equal(unread.exitCode, 6)
    assert.deepEqual(unread.stderr.split('\n'), [
      `todolist-api: TLS_KEY_FILE names ${missing}, which cannot be read (ENOENT): correct the path or the mode of the file.`,
      `todolist-api: CA_FILE names ${missing}, which cannot be read (ENOENT): correct the path or the mode of the file.`,
      '',
    ])
    const swapped = { TLS_CERT_FILE: certificateFiles.key, TLS_KEY_FILE: certificateFiles.cert }
    const unfit = await runProgram(['serve'], { ...settings('never.db'), ...swapped })
    assert.equal(unfit.exitCode, 6)
    assert.equal(
      unfit.stderr,
      'todolist-api: TLS_CERT_FILE and TLS_KEY_FILE are not a PEM certificate and its private key: name a pair that fits.\n',
    )
  })

  test('starts without its authority, says so, and answers 503 until there are keys', async () => {
    const authority = `https://localhost:1/${tenantId}`
    const program = startProgram(['serve'], { ...settings('alone.db'), AUTHORITY: authority })
    const answer = await send(await urlOf(program), 'GET', issuer.app('ToDoList.Read.All'))
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
    program.process.kill('SIGTERM')
    const { exitCode, stderr } = await program.ended
    assert.equal(exitCode, 0)
    assert.match(stderr, /^todolist-api: warning: no signing keys yet, requests get 503 until AUTHORITY answers: /)
    assert.doesNotMatch(stderr, /eyJ/)
  })

  test('warns when it listens for other machines', async () => {
    const program = startProgram(['serve'], { ...settings('open.db'), HOST: '0.0.0.0' })
    await program.ready
    program.process.kill('SIGTERM')
    const { stderr } = await program.ended
    assert.match(stderr, /^todolist-api: warning: HOST=0\.0\.0\.0 lets other machines reach this API\n/)
  })

  test('speaks plain HTTP behind a proxy', async () => {
    const { TLS_CERT_FILE: _cert, TLS_KEY_FILE: _key, ...without } = settings('proxy.db')
    const program = startProgram(['serve'], { ...without, TRUST_PROXY: '1' })
    assert.match(await urlOf(program), /^http:\/\/localhost:\d+$/)
    program.process.kill('SIGTERM')
    assert.equal((await program.ended).exitCode, 0)
  })
})

describe('seed', () => {
  const set = JSON.stringify([
    { owner: alice, description: 'Pick up grocery' },
    { owner: alice, description: 'Finish invoice report' },
    { owner: alice, description: 'Water plants' },
  ])

  test('adds a named set once; a second run changes nothing and says so', async () => {
    const environment = { DATABASE_FILE: join(folder, 'seeded', 'todolist.db') }
    assert.deepEqual(await runProgram(['seed', '--name', 'tutorial'], environment, set), {
      exitCode: 0,
      stdout: '{"name":"tutorial","applied":true,"count":3}\n',
      stderr: 'todolist-api: added the set tutorial, 3 to-dos\n',
    })
    const file = join(folder, 'set.json')
    writeFileSync(file, set)
    assert.deepEqual(await runProgram(['seed', '--name', 'tutorial', '--file', file], environment), {
      exitCode: 0,
      stdout: '{"name":"tutorial","applied":false,"count":3}\n',
      stderr: 'todolist-api: the set tutorial was added before: no changes\n',
    })
  })

  test('refuses a bad set whole, names the bad element and leaves no database behind', async () => {
    const environment = { DATABASE_FILE: join(folder, 'refused.db') }
    const bad = JSON.stringify([
      { owner: alice, description: 'good' },
      { owner: 'nobody', description: 'bad' },
    ])
    assert.deepEqual(await runProgram(['seed', '--name', 'tutorial'], environment, bad), {
      exitCode: 1,
      stdout: '',
      stderr: 'todolist-api: the owner of element 1 is not a GUID\n',
    })
    const { stderr } = await runProgram(['migrate'], environment)
    assert.match(stderr, /applied 1, 2\n$/)
  })

  test('names a file that does not exist', async () => {
    const missing = join(folder, 'missing.json')
    const { exitCode, stderr } = await runProgram(['seed', '--name', 'x', '--file', missing], {})
    assert.equal(exitCode, 1)
    assert.equal(stderr.split('\n').length, 2)
    assert(stderr.includes(missing))
  })
})

describe('migrate', () => {
  test('brings a database up to date, and the second time says that nothing was to do', async () => {
    const file = join(folder, 'migrated.db')
    assert.deepEqual(await runProgram(['migrate'], { DATABASE_FILE: file }), {
      exitCode: 0,
      stdout: '',
      stderr: `todolist-api: ${file} is at schema version 2: applied 1, 2\n`,
    })
    assert.deepEqual(await runProgram(['migrate'], { DATABASE_FILE: file }), {
      exitCode: 0,
      stdout: '',
      stderr: `todolist-api: ${file} is at schema version 2: no changes\n`,
    })
  })

  test('says why a database cannot be used, and exits with 1', async () => {
    const file = join(folder, 'letter.txt')
    writeFileSync(file, 'Dear Sir or Madam, '.repeat(100))
    assert.deepEqual(await runProgram(['migrate'], { DATABASE_FILE: file }), {
      exitCode: 1,
      stdout: '',
      stderr: `todolist-api: cannot use the database ${file}: it is not an SQLite database: name another file in DATABASE_FILE, or restore a backup\n`,
    })
  })
})

test('an unknown command exits with 2 and points to --help, which names the commands', async () => {
  assert.deepEqual(await runProgram(['start'], {}), {
    exitCode: 2,
    stdout: '',
    stderr: 'todolist-api: unknown command "start"; see todolist-api --help\n',
  })
  const help = await runProgram(['--help'], {})
  assert.equal(help.exitCode, 0)
  for (const command of ['serve', 'migrate', 'seed']) assert(help.stdout.includes(`\n  ${command} `))
})

function settings(database: string): Record<string, string> {
  return {
    AUTHORITY: issuer.authority,
    TENANT_ID: tenantId,
    CLIENT_ID: clientId,
    DATABASE_FILE: join(folder, database),
    PORT: '0',
    TLS_CERT_FILE: certificateFiles.cert,
    TLS_KEY_FILE: certificateFiles.key,
    CA_FILE: certificateFiles.cert,
  }
}

async function urlOf(program: Program): Promise<string> {
  const message = await program.ready
  assert(typeof message === 'object' && message !== null && 'ready' in message && 'url' in message)
  assert.equal(message.ready, true)
  assert(typeof message.url === 'string')
  return message.url
}

function open(url: string, method: string, token: string, options: RequestOptions) {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
  }
  return request(`${url}/api/todolist`, { method, headers, ca: certificate.cert, ...options })
}

async function send(url: string, method: string, token: string, body?: unknown, options: RequestOptions = {}) {
  const call = open(url, method, token, options)
  call.end(body === undefined ? undefined : JSON.stringify(body))
  return answerOf(call)
}

async function answerOf(call: ReturnType<typeof request>) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve).once('error', reject)
  })
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}
