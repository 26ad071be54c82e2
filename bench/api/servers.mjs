// The API and what it is compared with, each in a process of its own, all over HTTPS with one certificate.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, root } from '../measure.mjs'
import { ask, processorTime } from '../server.mjs'

const built = join(root, 'apps/todolist-api/dist')
export const { certificateFiles } = await import(join(built, 'tests/fixtures/certificate.js'))
export const { clientId, startIssuer, tenantId } = await import(join(built, 'tests/fixtures/issuer.js'))
const { openSqliteStore } = await import(join(built, 'src/store/sqlite/sqlite-store.js'))

/** Fills a new database file. */
export async function seedFile(file, todos) {
  const { store } = openSqliteStore(file, () => new Date())
  await store.seed('bench', todos)
  await store.close()
}

const production = {
  LOG_LEVEL: 'info',
  METRICS_PORT: '0',
  RATE_LIMIT_PER_ADDRESS: '999999999',
  RATE_LIMIT_PER_CALLER: '999999999',
}

/** The API as it is run in production: log lines for each answer, metrics, limits (too high to be met here). */
export function startApi(issuer, file) {
  return start([join(built, 'src/main.js'), 'serve'], issuer, { ...production, DATABASE_FILE: file })
}

/** The same on a PostgreSQL that is thrown away; `backends()` are the processes that work for it there. */
export async function startOnPostgres(issuer, todos) {
  const { startPostgres } = await import(join(built, 'tests/fixtures/postgres.js'))
  const { openPostgresStore } = await import(join(built, 'src/store/postgres/postgres-store.js'))
  const postgres = await startPostgres()
  const url = await postgres.newDatabase()
  const { store } = await openPostgresStore(url, { now: () => new Date(), random: Math.random })
  await store.seed('bench', todos)
  await store.close()
  const server = await start([join(built, 'src/main.js'), 'serve'], issuer, { ...production, DATABASE_URL: url })
  return {
    ...server,
    backends: () => backendsOf(url),
    async stop() {
      await server.stop()
      await postgres.close()
    },
  }
}

async function backendsOf(url) {
  const { Client } = await import('pg')
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'todolist-api'")
  await client.end()
  return rows.map(({ pid }) => pid)
}

export function startPeer(name, issuer) {
  return start([join(root, `bench/api/${name}.mjs`)], issuer, {})
}

async function start(args, issuer, settings) {
  const port = await freePort()
  const env = {
    ...environment,
    AUTHORITY: issuer.authority,
    TENANT_ID: tenantId,
    CLIENT_ID: clientId,
    TLS_CERT_FILE: certificateFiles.cert,
    TLS_KEY_FILE: certificateFiles.key,
    CA_FILE: certificateFiles.cert,
    // The peers have no setting for it.
    NODE_EXTRA_CA_CERTS: certificateFiles.cert,
    PORT: String(port),
    ...settings,
  }
  const child = spawn(process.execPath, args, {
    env,
    // A log that is written and thrown away.
    stdio: ['ignore', 'ignore', openSync(devNull, 'w')],
  })
  await untilAnswered(port, child)
  return {
    port,
    processorTime: () => processorTime(child.pid),
    peakMegabytes: () => statusOf(child.pid, 'VmHWM'),
    residentMegabytes: () => statusOf(child.pid, 'VmRSS'),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    },
  }
}

async function untilAnswered(port, child) {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (child.exitCode !== null) throw new Error(`A server ended with code ${child.exitCode}.`)
    const answer = await ask(port, { method: 'GET', path: '/api/todolist?limit=1' }).catch(() => undefined)
    if (answer !== undefined && answer.status < 500) return
    await sleep(20)
  }
  throw new Error('A server has not answered within 30 s.')
}

function statusOf(pid, name) {
  if (process.platform !== 'linux') return Number.NaN
  const [, kilobytes] = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1000
}

async function freePort() {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
