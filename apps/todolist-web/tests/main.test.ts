import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { after } from 'node:test'
import { certificate, certificateFile, keyFile } from './server/certificate.js'

const folder = join(import.meta.dirname, '../..')
const id = '0a1b2c3d-0000-4000-8000-00000000000'
const good = {
  AUTHORITY: `https://localhost:8443/${id}1`,
  CLIENT_ID: `${id}2`,
  SCOPES: `api://${id}3/ToDoList.Read`,
  PORT: '0',
  TLS_CERT_FILE: certificateFile,
  TLS_KEY_FILE: keyFile,
}
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
})

function start(settings: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const env = { PATH: process.env['PATH'] ?? '', ...settings }
  const child = spawn(process.execPath, ['.', ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const closed = once(child, 'close') as Promise<[number | null]>
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)])
  return { child, ended: ended.then(([[code], stdout, stderr]) => ({ code, stdout, stderr })) }
}

test('it serves the page with the settings of the environment until it is stopped', async () => {
  const { child, ended } = start(good)
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  const [, origin = ''] = /^todolist-web: listening on (https:\/\/localhost:\d+)\n$/.exec(String(line)) ?? []
  const sent = request(`${origin}/settings.json`, { ca: certificate })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const { API_ENDPOINT } = JSON.parse(await text(response)) as Record<string, string>
  assert.equal(API_ENDPOINT, 'https://localhost:44351/api/todolist')
  child.kill('SIGINT')
  assert.deepEqual(await ended, { code: 0, stdout: '', stderr: String(line) })
})

test('each wrong setting ends with its exit code and one line that says what to put', async () => {
  const port = await takenPort()
  const cases: [settings: Record<string, string>, args: string[], code: number, said: RegExp][] = [
    [{}, ['--port', '1'], 2, /takes no arguments/],
    [{ ...good, CLIENT_ID: 'Enter_the_Application_Id_Here' }, [], 6, /CLIENT_ID .* still is a placeholder; put /],
    [{ ...good, PORT: '70000' }, [], 6, /PORT .* put a number/],
    [{ ...good, TLS_KEY_FILE: '' }, [], 6, /TLS_KEY_FILE .* is missing; put the path/],
    [{ ...good, TLS_CERT_FILE: dirname(keyFile) }, [], 6, /TLS_CERT_FILE .* cannot be read/],
    [{ ...good, PORT: port }, [], 7, /in use already: choose another in PORT/],
  ]
  const runs = cases.map(async ([settings, args, code, said]) => {
    const run = await start(settings, args).ended
    assert.equal(run.code, code, run.stderr)
    assert.match(run.stderr, said)
    assert.equal(run.stderr.split('\n').length, 2, run.stderr)
  })
  await Promise.all(runs)
})

async function takenPort(): Promise<string> {
  const { child } = start(good)
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  return /:(\d+)\n/.exec(String(line))?.[1] ?? ''
}
