import { request } from 'node:https'
import { join } from 'node:path'
import { seedFile, startApi, startIssuer, startPeer } from './api/servers.mjs'
import { descriptions, manyTodos, owner } from './api/todos.mjs'
import { createLoad, measure } from './load.mjs'
import { inNewFolder, median, root } from './measure.mjs'
import { installPeers } from './peers/install.mjs'

const rounds = 5
// On a machine that is never quiet, processor time per answer still tells; so it is printed beside the rate.
const loaded = { connections: 16, seconds: 2, patience: 2_000, tries: 1 }
const peers = ['bare-fastify', 'express-oauth2-jwt-bearer', 'passport-azure-ad']
const sizes = [1_000, 100_000, 1_000_000]

export function run() {
  return inNewFolder(async (folder) => {
    await installPeers(join(root, 'bench/api'))
    const issuer = await startIssuer()
    const load = createLoad()
    console.log(`  load: ${load.name}`)
    try {
      await compareWholeServers(folder, issuer, load)
      await compareLists(folder, issuer, load)
    } finally {
      load.close()
      await issuer.close()
    }
  })
}

async function compareWholeServers(folder, issuer, load) {
  const file = join(folder, 'three.db')
  await seedFile(
    file,
    descriptions.map((description) => ({ owner, description })),
  )
  const servers = { api: await startApi(issuer, file) }
  try {
    for (const name of peers) servers[name] = await startPeer(name, issuer)
    const list = get('/api/todolist', issuer)
    const windows = await inTurn(servers, (server) => measure(load, server, [list], loaded))
    console.log('  a list of three, one token seen before, whole servers over HTTPS:')
    for (const [name, all] of Object.entries(windows)) {
      const ratio = median(windows.api.map(({ rate }, round) => rate / all[round].rate))
      const processor = median(windows.api.map(({ cost }, round) => all[round].cost / cost))
      const { rate, p99, cost } = medians(all)
      console.log(
        `    ${name.padEnd(26)} ${Math.round(rate)}/s, p99 ${p99.toFixed(2)} ms, ${cost.toFixed(1)} µs of processor; API / it: ${ratio.toFixed(2)} by rate, ${processor.toFixed(2)} by processor${bars[name] ?? ''}`,
      )
    }
  } finally {
    for (const server of Object.values(servers)) await server.stop()
  }
}

const bars = {
  'bare-fastify': ' (bar >= 0.5)',
  'express-oauth2-jwt-bearer': ' (bar >= 4)',
}

async function compareLists(folder, issuer, load) {
  const servers = {}
  try {
    for (const size of sizes) {
      const file = join(folder, `${size}.db`)
      await seedFile(file, manyTodos(size))
      servers[size] = await startApi(issuer, file)
    }
    await comparePages(servers, issuer, load)
    await compareStreams(servers[100_000], issuer, load)
    await exportAll(servers[1_000_000], issuer)
  } finally {
    for (const server of Object.values(servers)) await server.stop()
  }
}

async function comparePages(servers, issuer, load) {
  // The page in the middle of the list, which a client reached by its cursor.
  const requests = {}
  for (const [size, server] of Object.entries(servers)) requests[size] = await middlePage(server, Number(size), issuer)
  const windows = await inTurn(servers, (server, size) => measure(load, server, [requests[size]], loaded))
  const base = medians(windows[sizes[0]]).cost
  for (const size of sizes) {
    const { rate, cost } = medians(windows[size])
    console.log(
      `    a page of 100 of ${size}: ${Math.round(rate)}/s, ${cost.toFixed(0)} µs, ${(cost / base).toFixed(2)} x that of ${sizes[0]} (bar 0.8 to 1.2)`,
    )
  }
}

async function middlePage(server, size, issuer) {
  // Pages are walked for the small list only; the cursor of another place differs in its first eight bytes.
  const { headers } = await read(server, get('/api/todolist?limit=100', issuer))
  const [, path] = /^<([^>]+)>/.exec(headers.link)
  const url = new URL(path, 'https://localhost')
  const cursor = Buffer.from(url.searchParams.get('cursor'), 'base64url')
  cursor.writeBigUInt64BE(BigInt(size / 2))
  url.searchParams.set('cursor', cursor.toString('base64url'))
  return get(`${url.pathname}${url.search}`, issuer)
}

async function compareStreams(server, issuer, load) {
  const bare = await startPeer('bare-fastify', issuer)
  try {
    const neighbour = get('/api/todolist/1', issuer)
    const quiet = await load.run(job(server, neighbour))
    const times = { stream: [], one: [] }
    for (let round = 0; round < rounds; round += 1) {
      times.stream.push((await read(server, get('/api/todolist', issuer))).milliseconds)
      times.one.push((await read(bare, get('/all', issuer))).milliseconds)
    }
    const ratio = median(times.one) / median(times.stream)
    console.log(
      `    100,000 to-dos stream in ${median(times.stream).toFixed(0)} ms; from memory by one JSON.stringify ${median(times.one).toFixed(0)} ms; rate ${ratio.toFixed(2)} x (bar >= 1)`,
    )
    const besides = await neighbourDuring(load, server, neighbour, get('/api/todolist', issuer))
    const besidesOne = await neighbourDuring(load, bare, get('/api/todolist', issuer), get('/all', issuer))
    console.log(
      `    a neighbour meanwhile: p99 ${besides.p99.toFixed(1)} ms (bar <= 10; alone ${quiet.p99.toFixed(1)}); beside one JSON.stringify ${besidesOne.p99.toFixed(0)} ms`,
    )
  } finally {
    await bare.stop()
  }
}

async function neighbourDuring(load, server, neighbour, list) {
  const enough = new AbortController()
  const lists = (async () => {
    while (!enough.signal.aborted) await read(server, list)
  })()
  const window = await load.run(job(server, neighbour))
  enough.abort()
  await lists
  return window
}

async function exportAll(server, issuer) {
  const { milliseconds, bytes } = await read(server, get('/api/todolist', issuer))
  console.log(
    `    1,000,000 to-dos, ${(bytes / 1e6).toFixed(0)} MB, in ${(milliseconds / 1000).toFixed(1)} s; the API's peak: ${server.peakMegabytes().toFixed(0)} MB (bar < 150)`,
  )
}

async function inTurn(servers, work) {
  const windows = Object.fromEntries(Object.keys(servers).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, server] of Object.entries(servers)) windows[name].push(await work(server, name))
  }
  return windows
}

function medians(windows) {
  const of = (name) => median(windows.map((window) => window[name]))
  return { rate: of('rate'), p99: of('p99'), cost: of('cost') }
}

function get(path, issuer) {
  return { method: 'GET', path, headers: { authorization: `Bearer ${token(issuer)}` } }
}

let kept
function token(issuer) {
  kept ??= issuer.app('ToDoList.Read.All')
  return kept
}

function job({ port }, { method, path, headers }) {
  const lines = Object.entries({ host: `localhost:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return { port, texts: [`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`], connections: 1, seconds: 3 }
}

/** The whole answer, counted and thrown away. */
function read({ port }, { method, path, headers }) {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false, agent: false }
    const asked = request(options, (answer) => {
      let bytes = 0
      if (answer.statusCode !== 200) reject(new Error(`${path} was answered with ${answer.statusCode}.`))
      answer.on('data', (chunk) => {
        bytes += chunk.length
      })
      answer.on('end', () => resolve({ headers: answer.headers, bytes, milliseconds: performance.now() - started }))
      answer.on('error', reject)
    })
    asked.on('error', reject).end()
  })
}
