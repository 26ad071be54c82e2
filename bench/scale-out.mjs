// How many replicas of the API and shards of its database a rate needs. The costs of a request are measured here, on one
// replica and one PostgreSQL; what many of them do together is simulated, because no machine at hand is that large.
import { join } from 'node:path'
import { startIssuer, startOnPostgres } from './api/servers.mjs'
import { manyTodos } from './api/todos.mjs'
import { createLoad } from './load.mjs'
import { median, root } from './measure.mjs'
import { processorTime } from './server.mjs'

const { bucketOfOwner } = await import(join(root, 'apps/todolist-api/dist/src/store/postgres/ids.js'))

const stored = 100_000
const rounds = 3
/** Of a hundred requests: a page of one user's to-dos, a new to-do. */
const writes = 0.1
const rates = [1_000, 10_000, 100_000]
/** What is asked of a size: 99 of 100 answers within this, in milliseconds, and no machine busier than that. */
const goal = { p99: 50, busy: 0.7 }
const coresOfShard = 8
/** In milliseconds, there and back between API and database. */
const network = 0.5

export async function run() {
  const costs = await measureCosts()
  for (const [kind, { api, database }] of Object.entries(costs)) {
    console.log(
      `  measured, ${kind}: ${api.toFixed(0)} µs of an API core, ${database.toFixed(0)} µs of a database core`,
    )
  }
  console.log(`  simulated with owners of unequal activity, ${writes * 100} % writes, shards of ${coresOfShard} cores:`)
  for (const rate of rates) reportSmallest(rate, costs)
  reportLosses(100_000, costs)
}

function reportSmallest(rate, costs) {
  const { replicas, shards, result } = smallest(rate, costs)
  console.log(`    ${rate}/s: ${replicas} replicas x ${shards} shards: ${textOf(result)}`)
}

// The size that was just enough, with a tenth of the replicas gone, and with one shard's owners twice as busy.
function reportLosses(rate, costs) {
  const { replicas, shards } = smallest(rate, costs)
  const fewer = replicas - Math.ceil(replicas / 10)
  console.log(`    ${rate}/s, a tenth of the replicas gone: ${textOf(simulate(rate, fewer, shards, costs))}`)
  console.log(
    `    ${rate}/s, one owner with 1 % of all requests: ${textOf(simulate(rate, replicas, shards, costs, 0.01))}`,
  )
}

function smallest(rate, costs) {
  const need = (part) => (rate * average(costs, part)) / 1e6
  let replicas = Math.max(2, Math.ceil(need('api') / goal.busy))
  let shards = Math.max(1, Math.ceil(need('database') / coresOfShard / goal.busy))
  for (;;) {
    const result = simulate(rate, replicas, shards, costs)
    if (result.p99 <= goal.p99 && result.busiestReplica <= goal.busy && result.busiestShard <= goal.busy) {
      return { replicas, shards, result }
    }
    if (result.busiestReplica > goal.busy) replicas += Math.ceil(replicas / 50)
    else shards += 1
  }
}

function average(costs, part) {
  return (1 - writes) * costs.read[part] + writes * costs.write[part]
}

/**
 * Two queues one after the other: replicas, each one core, chosen by the shorter queue of two (as balancers do); then the
 * shard of the owner with its cores. Requests arrive at random moments; service takes the measured time on average.
 */
export function simulate(rate, replicas, shards, costs, hotOwner = 0, seconds = 2) {
  const random = generator(42)
  const count = Math.round(rate * seconds)
  const free = new Float64Array(replicas)
  const busyReplica = new Float64Array(replicas)
  const requests = []
  let now = 0
  for (let number = 0; number < count; number += 1) {
    now += (-Math.log(1 - random()) * 1e3) / rate
    const cost = random() < writes ? costs.write : costs.read
    const [one, other] = [Math.floor(random() * replicas), Math.floor(random() * replicas)]
    const replica = (free[one] ?? 0) <= (free[other] ?? 0) ? one : other
    const service = (-Math.log(1 - random()) * cost.api) / 1e3
    free[replica] = Math.max(free[replica], now) + service
    busyReplica[replica] += service
    requests.push({ arrived: now, ready: free[replica], cost, shard: shardOf(random, shards, hotOwner) })
  }
  const { latencies, busyShard } = throughShards(requests, shards, random)
  latencies.sort()
  return {
    p50: latencies[Math.floor(count * 0.5)],
    p99: latencies[Math.floor(count * 0.99)],
    busiestReplica: Math.max(...busyReplica) / now,
    busiestShard: Math.max(...busyShard) / now / coresOfShard,
  }
}

function throughShards(requests, shards, random) {
  const cores = Array.from({ length: shards }, () => new Float64Array(coresOfShard))
  const busyShard = new Float64Array(shards)
  const latencies = new Float64Array(requests.length)
  const inOrder = requests.sort((a, b) => a.ready - b.ready)
  for (const [index, { arrived, ready, cost, shard }] of inOrder.entries()) {
    const service = (-Math.log(1 - random()) * cost.database) / 1e3
    const own = cores[shard]
    let core = 0
    for (let candidate = 1; candidate < coresOfShard; candidate += 1) if (own[candidate] < own[core]) core = candidate
    own[core] = Math.max(own[core], ready + network / 2) + service
    busyShard[shard] += service
    latencies[index] = own[core] + network / 2 - arrived
  }
  return { latencies, busyShard }
}

const owners = manyTodos(1_000).map(({ owner }) => bucketOfOwner(owner))

/** The busiest hundredth of the owners makes a tenth of the requests. Buckets go to shards in turn, as they are made. */
function shardOf(random, shards, hotOwner) {
  if (random() < hotOwner) return 0
  const busy = random() < 0.1
  const owner = Math.floor(random() * (busy ? owners.length / 100 : owners.length))
  return owners[owner] % shards
}

function textOf({ p50, p99, busiestReplica, busiestShard }) {
  const percent = (share) => `${Math.round(share * 100)} %`
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, busiest replica ${percent(busiestReplica)}, busiest shard ${percent(busiestShard)}`
}

async function measureCosts() {
  const issuer = await startIssuer()
  const load = createLoad()
  const server = await startOnPostgres(issuer, manyTodos(stored))
  try {
    const user = issuer.user(manyTodos(1)[0].owner, 'ToDoList.ReadWrite')
    const read = { method: 'GET', path: '/api/todolist?limit=20', body: '' }
    const write = { method: 'POST', path: '/api/todolist', body: '{"description":"One more thing to do"}' }
    return { read: await costOf(load, server, read, user), write: await costOf(load, server, write, user) }
  } finally {
    load.close()
    await server.stop()
    await issuer.close()
  }
}

async function costOf(load, server, { method, path, body }, token) {
  const fields = {
    host: `localhost:${server.port}`,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const job = {
    port: server.port,
    texts: [`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`],
    connections: 16,
  }
  // V8 takes thousands of requests to compile what they need.
  await load.run({ ...job, seconds: 6 })
  const windows = []
  for (let round = 0; round < rounds; round += 1) {
    const backends = await server.backends()
    const before = [server.processorTime(), sum(backends)]
    const { answers } = await load.run({ ...job, seconds: 2 })
    windows.push({
      api: (server.processorTime() - before[0]) / answers,
      database: (sum(backends) - before[1]) / answers,
    })
  }
  return { api: median(windows.map(({ api }) => api)), database: median(windows.map(({ database }) => database)) }
}

function sum(pids) {
  return pids.reduce((total, pid) => total + processorTime(pid), 0)
}

/** The same numbers each time (mulberry32), so that two sizes meet the same requests. */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
