// A server in a process of its own: started, asked until it answers, and read as the kernel accounts for it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, root } from './measure.mjs'

const patience = 30_000

/**
 * Starts `node <args> <port>` and resolves when `first` is answered with 200. `firstAnswer` is in milliseconds from the
 * start of the process; `processorTime()` in microseconds and `residentMegabytes()` are NaN where there is no /proc.
 */
export async function startServer(args, first) {
  const port = await freePort()
  const started = performance.now()
  const child = spawn(process.execPath, [...args, String(port)], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-2_000)
  })
  while (!(await answers(port, first))) {
    if (child.exitCode !== null) throw new Error(`${args[0]} ended with code ${child.exitCode}:\n${complaints}`)
    if (performance.now() - started > patience) {
      child.kill('SIGKILL')
      throw new Error(`${args[0]} has not answered ${first.path} within ${patience} ms:\n${complaints}`)
    }
    await sleep(2)
  }
  return {
    port,
    firstAnswer: performance.now() - started,
    processorTime: () => processorTime(child.pid),
    residentMegabytes: () => residentMegabytes(child.pid),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    },
  }
}

/** The tenant alone, as a user starts it. */
export function startTenantProcess(data, first) {
  return startServer([join(root, 'packages/tenantry/tenantry.cjs'), 'start', '--data', data, '--port'], first)
}

async function answers(port, first) {
  const answer = await ask(port, first).catch(() => undefined)
  return answer?.status === 200
}

/** One request on a connection of its own. Rejects when there is no answer. */
export function ask(port, { method, path, headers = {}, body = '' }) {
  return new Promise((resolve, reject) => {
    // What is measured is the server; whether its certificate is good is another test's business.
    const options = { host: '127.0.0.1', port, method, path, rejectUnauthorized: false, agent: false }
    const asked = request({ ...options, headers: { ...headers, host: `localhost:${port}` } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** User and system time of a process so far, in microseconds; Linux counts them in hundredths of a second. */
export function processorTime(pid) {
  return ticks(pid, 11, 12)
}

/** The same of all its children that have ended. */
export function childrenProcessorTime(pid) {
  return ticks(pid, 13, 14)
}

function ticks(pid, ...fields) {
  if (process.platform !== 'linux') return Number.NaN
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Behind the program's name, which may hold spaces (man 5 proc).
  const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.reduce((sum, field) => sum + Number(values[field]) * 10_000, 0)
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
