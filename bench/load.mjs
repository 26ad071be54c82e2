// Load on one server, and what the machine did meanwhile.
import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, root } from './measure.mjs'
import { childrenProcessorTime, processorTime } from './server.mjs'

const warmUp = 1
/** Share of the machine that other work may take before a window counts as disturbed. */
const disturbance = 0.1
const longestWait = 20_000

/** wrk where it is installed, because it costs the least; else a client of our own in a process of its own. */
export function createLoad() {
  return spawnSync('wrk', ['--version']).error === undefined ? wrk() : ownClient()
}

/**
 * Sends `requests` in turn for a measured window, after a second of warm-up (V8 drops the code of a server that sat idle).
 * Waits for a quiet moment first, at most `patience` milliseconds, and repeats a window that other work disturbed, at most
 * `tries` in all. Throws when an answer was not 200.
 * `p50` and `p99` are in milliseconds, `cost` in microseconds of the server's processor time per answer, `others` is the
 * share of the machine that neither server nor load took.
 */
export async function measure(load, server, requests, { connections, seconds, patience = longestWait, tries = 3 }) {
  const job = { port: server.port, texts: requestTexts(requests, server.port), connections }
  let calmest
  for (let attempt = 0; attempt < tries; attempt += 1) {
    await untilQuiet(patience)
    await load.run({ ...job, seconds: warmUp })
    const window = await oneWindow(load, server, { ...job, seconds })
    // NaN, where nothing is known of others, counts as calm.
    if (!(window.others >= disturbance)) return window
    if (calmest === undefined || window.others < calmest.others) calmest = window
  }
  return calmest
}

/** Sends `count` requests or a few more. */
export async function send(load, server, requests, count) {
  const job = { port: server.port, texts: requestTexts(requests, server.port), connections: 16, seconds: 2 }
  for (let sent = 0; sent < count; ) sent += (await load.run(job)).answers
}

async function oneWindow(load, server, job) {
  const [machine, busy, own, atServer, started] = readings(load, server)
  const { answers, seconds, p50, p99 } = await load.run(job)
  const [machineAfter, busyAfter, ownAfter, atServerAfter, ended] = readings(load, server)
  const others = busyAfter - busy - (ownAfter - own) - (atServerAfter - atServer)
  return {
    rate: answers / seconds,
    p50,
    p99,
    cost: (atServerAfter - atServer) / answers,
    cores: (atServerAfter - atServer) / ((ended - started) * 1000),
    others: Math.max(0, others / (machineAfter - machine)),
  }
}

function readings(load, server) {
  const { total, busy } = machineTime()
  return [total, busy, load.processorTime() + processorTime(process.pid), server.processorTime(), performance.now()]
}

/** Time of all processors together since the machine started, in microseconds. */
function machineTime() {
  const times = cpus().map((cpu) => cpu.times)
  const sum = (of) => times.reduce((total, time) => total + of(time), 0) * 1000
  const total = sum(({ user, nice, sys, irq, idle }) => user + nice + sys + irq + idle)
  return { total, busy: total - sum(({ idle }) => idle) }
}

/** Resolves when other work leaves the machine alone, or after so many milliseconds. */
async function untilQuiet(patience) {
  for (const started = performance.now(); performance.now() - started < patience; ) {
    const before = machineTime()
    await sleep(250)
    const after = machineTime()
    if ((after.busy - before.busy) / (after.total - before.total) < disturbance) return
  }
}

function requestTexts(requests, port) {
  return requests.map(({ method, path, headers = {}, body = '' }) => {
    const all = { host: `localhost:${port}`, 'content-length': Buffer.byteLength(body), ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
  })
}

function ownClient() {
  const child = fork(join(root, 'bench/load/client.mjs'), { env: environment })
  const ended = once(child, 'close')
  return {
    name: 'a client of our own (install wrk for a cheaper one)',
    async run(job) {
      child.send(job)
      const [result] = await Promise.race([once(child, 'message'), ended])
      if (typeof result !== 'object') throw new Error(`The load client ended with code ${result}.`)
      if (result.failure !== undefined) throw new Error(result.failure)
      return result
    },
    processorTime: () => processorTime(child.pid),
    close: () => child.disconnect(),
  }
}

const milliseconds = { us: 0.001, ms: 1, s: 1_000 }

function wrk() {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-load-'))
  const file = join(folder, 'requests')
  const script = join(root, 'bench/load/requests.lua')
  return {
    name: 'wrk',
    async run({ port, texts, connections, seconds }) {
      // Not as arguments, which everybody on the machine can read: the requests hold secrets.
      writeFileSync(file, texts.join('\0'), { mode: 0o600 })
      const limits = ['--latency', '-t1', `-c${connections}`, `-d${seconds}s`]
      const options = { env: { ...environment, BENCH_REQUESTS: file }, stdio: ['ignore', 'pipe', 'inherit'] }
      const child = spawn('wrk', [...limits, '-s', script, `https://127.0.0.1:${port}`], options)
      let output = ''
      child.stdout.on('data', (chunk) => {
        output += chunk
      })
      await once(child, 'close')
      return readWrk(output)
    },
    // wrk starts anew for each window, so what it took shows once it has ended.
    processorTime: () => childrenProcessorTime(process.pid),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function readWrk(output) {
  const [, answers, time, unit] = /(\d+) requests in ([\d.]+)(us|ms|s)\b/.exec(output) ?? []
  const quantile = (percent) => {
    const [, value, of] = new RegExp(`^ +${percent}% +([\\d.]+)(us|ms|s)$`, 'm').exec(output) ?? []
    return Number(value) * milliseconds[of]
  }
  if (!(Number(answers) > 0) || /Non-2xx|Socket errors/.test(output)) throw new Error(`wrk was not served:\n${output}`)
  const seconds = (Number(time) * milliseconds[unit]) / 1_000
  return { answers: Number(answers), seconds, p50: quantile(50), p99: quantile(99) }
}
