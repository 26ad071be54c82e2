import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, inNewFolder, median, report, root, timeToEnd } from './measure.mjs'

const rounds = 11
const discovery = '/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration'

export function run() {
  return inNewFolder(async (folder) => {
    const data = join(folder, 'data')
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    await measureTenant(data)
    const [empties, firsts, memories] = [[], [], []]
    for (let round = 0; round < rounds; round += 1) {
      empties.push(await timeToEnd(process.execPath, [empty]))
      const { first, megabytes } = await measureTenant(data)
      firsts.push(first)
      memories.push(megabytes)
    }
    report('empty script', empties)
    report('first discovery answer', firsts)
    const ratio = median(firsts.map((first, round) => first / empties[round]))
    console.log(`  ratio, median of the rounds: ${ratio.toFixed(2)}, bar 5`)
    console.log(`  resident after a second, median: ${Math.round(median(memories))} MB, bar 90 MB`)
  })
}

/** Starts the tenant alone and asks it every 2 ms until it answers. */
async function measureTenant(data) {
  const port = await freePort()
  const started = performance.now()
  const command = join(root, 'packages/tenantry/tenantry.js')
  const child = spawn(process.execPath, [command, 'start', '--data', data, '--port', String(port)], {
    env: environment,
    stdio: 'ignore',
  })
  while (!(await answers(port))) await sleep(2)
  const first = performance.now() - started
  await sleep(1_000)
  const megabytes = residentMegabytes(child.pid)
  child.kill('SIGTERM')
  await once(child, 'close')
  return { first, megabytes }
}

function answers(port) {
  return new Promise((resolve) => {
    // Only the time matters here; whether the certificate is good is another test's business.
    const options = { host: '127.0.0.1', port, path: discovery, rejectUnauthorized: false, agent: false }
    const asked = request({ ...options, headers: { host: `localhost:${port}` } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

function residentMegabytes(pid) {
  if (process.platform !== 'linux') return Number.NaN
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1000
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
