// Ten minutes of full load on the API as it is served, over HTTPS: no request may fail and memory must stay where it is.
// SOAK_SECONDS sets another time. Ends with 1 when something failed or when memory grew.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seedFile, startApi, startIssuer } from '../bench/api/servers.mjs'
import { manyTodos, owner } from '../bench/api/todos.mjs'
import { environment, median, root } from '../bench/measure.mjs'

const seconds = Number(process.env.SOAK_SECONDS ?? 600)
const windows = 20
/** The last quarter may hold this much more than the second, in share and in megabytes: V8 collects when it sees fit. */
const growth = { share: 1.2, megabytes: 20 }

const folder = mkdtempSync(join(tmpdir(), 'todolist-soak-'))
const issuer = await startIssuer()
await seedFile(join(folder, 'todolist.db'), manyTodos(10_000))
const api = await startApi(issuer, join(folder, 'todolist.db'))
const load = fork(join(root, 'bench/load/client.mjs'), { env: environment })
try {
  const texts = mixture()
  const memory = []
  const p99 = []
  let answers = 0
  for (let window = 0; window < windows; window += 1) {
    load.send({ port: api.port, texts, connections: 16, seconds: seconds / windows })
    const [result] = await once(load, 'message')
    if (result.failure !== undefined) throw new Error(`the soak of the API failed: ${result.failure}`)
    answers += result.answers
    p99.push(result.p99)
    memory.push(api.residentMegabytes())
  }
  judge(answers, p99, memory)
} finally {
  load.disconnect()
  await api.stop()
  await issuer.close()
  rmSync(folder, { recursive: true, force: true })
}

/** What the load client takes for good is a 200, so reads and changes and no new to-dos: those would fill the disk. */
function mixture() {
  const app = issuer.app('ToDoList.ReadWrite.All')
  const users = [issuer.user(owner.replace(/1$/, '0'), 'ToDoList.ReadWrite'), issuer.user(owner, 'ToDoList.ReadWrite')]
  const body = '{"description":"Changed under load"}'
  const change = { 'if-match': '*', 'content-type': 'application/json', 'content-length': body.length }
  return [
    text('GET', '/api/todolist?limit=20', app),
    ...users.map((user) => text('GET', '/api/todolist', user)),
    text('GET', '/api/todolist/77', app),
    text('GET', '/api/todolist?limit=20&q=number%207', app),
    text('PUT', '/api/todolist/77', app, change, body),
    text('PATCH', '/api/todolist/78', app, change, body),
  ]
}

function text(method, path, token, headers = {}, body = '') {
  const fields = { host: `localhost:${api.port}`, authorization: `Bearer ${token}`, ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

function judge(answers, p99, memory) {
  const early = median(memory.slice(5, 10))
  const late = median(memory.slice(15))
  const figures = `${answers} answers, none failed; p99 ${median(p99).toFixed(1)} ms; memory ${early.toFixed(0)} MB, later ${late.toFixed(0)} MB`
  console.log(`soak of the API: ${figures}`)
  if (late > early * growth.share && late > early + growth.megabytes) {
    console.error('soak of the API: memory grew')
    process.exitCode = 1
  }
}
