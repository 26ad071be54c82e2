import { spawnSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attackCorpus } from '@tenantry/entra-token/testing'
import { createLoad, measure } from './load.mjs'
import { inNewFolder, median, root } from './measure.mjs'
import { installPeers } from './peers/install.mjs'
import { startServer } from './server.mjs'

const rounds = 5
// Ends however busy the machine is: what it did besides is reported instead of waited for.
const loaded = { connections: 32, seconds: 2, patience: 2_000, tries: 2 }

/** More of them, as they are short: a busy neighbour spoils single ones. */
const checkRounds = 9

/** What our figure is to be as a multiple of another server's, for a token seen before and for ever new ones. */
const ratios = [
  ['seen', 'fastify, entra-token', 'fastify, no auth', 'at least 0.88'],
  ['seen', 'express, entra-token', 'express, no auth', 'at least 0.88'],
  ['distinct', 'fastify, entra-token', 'fastify, bare node:crypto', 'at least 0.95'],
  ['distinct', 'fastify, entra-token', 'express, express-oauth2-jwt-bearer', 'at least 2.1'],
  ['distinct', 'fastify, entra-token', 'express, passport-azure-ad', 'at least 3.2'],
]

export async function run() {
  await installPeers(join(root, 'bench/validators'))
  const { contenders, startTenant } = await import('./validators/contenders.mjs')
  const world = await startTenant()
  try {
    const tokens = Array.from({ length: 5_000 }, () => world.tenant.app({ roles: ['ToDoList.Read.All'] }))
    await timeChecks(world, await contenders(world), tokens)
    await inNewFolder((folder) => timeServers(world, tokens, folder))
  } finally {
    world.close()
  }
}

async function timeChecks({ tenant }, libraries, tokens) {
  const { createTokenVerifier } = await import('@tenantry/entra-token')
  const { permissions } = await import('./validators/contenders.mjs')
  const ours = createTokenVerifier({ ...tenant.options, permissions, allowedApps: null })
  await ours.ready()
  const key = createPublicKey({ format: 'jwk', key: tenant.documents().keys.keys[0] })
  const cut = tokens.map((token) => [
    Buffer.from(token.slice(0, token.lastIndexOf('.'))),
    Buffer.from(token.split('.')[2], 'base64url'),
  ])
  const bytes = Buffer.from(tokens[0])
  const times = { signature: [], new: [], seen: [], floor: [] }
  const each = Object.fromEntries(Object.keys(libraries).map((name) => [name, []]))
  for (let round = 0; round < checkRounds; round += 1) {
    times.floor.push(opensslVerify())
    times.signature.push(perCall(2_000, (n) => verify('sha256', cut[n % 5_000][0], key, cut[n % 5_000][1])))
    times.new.push(perCall(5_000, (n) => ours.verifySync(tokens[n])))
    // A string of its own each time, as a request brings it.
    times.seen.push(perCall(200_000, () => ours.verifySync(bytes.latin1Slice())))
    for (const [name, check] of Object.entries(libraries))
      each[name].push(await perCallAsync(1_000, (n) => check(tokens[n])))
  }
  const floor = median(times.floor)
  const told = (name, values) => {
    const beside = ratiosOf(values, times.floor)
    const ratio = `× openssl ${median(beside).toFixed(2)} (${Math.min(...beside).toFixed(2)} to ${Math.max(...beside).toFixed(2)})`
    console.log(`  ${name}: ${median(values).toFixed(2)} µs, ${ratio}`)
  }
  console.log(`  openssl verify, one core: ${floor.toFixed(1)} µs`)
  told('signature alone, node:crypto', times.signature)
  told('entra-token, verifySync, new token (bar 2.0 × openssl)', times.new)
  console.log(
    `  entra-token, verifySync, token seen before, fresh string: ${median(times.seen).toFixed(2)} µs, bar 0.8 µs`,
  )
  for (const [name, values] of Object.entries(each)) told(`${name}, one at a time, new token`, values)
  reportWorstRefusal(tenant, ours)
}

/** The attack that costs most to refuse: what an attacker would send all day. */
function reportWorstRefusal(tenant, verifier) {
  const refused = attackCorpus(tenant).filter(({ token, expected }) => token !== null && expected.status !== 200)
  const costs = refused.map(({ id, title, token }) => {
    const time = Array.from({ length: 15 }, () => perCall(20, () => refuse(verifier, token)))
    return { name: `${id} ${title}`, time: median(time) }
  })
  const [worst] = costs.sort((one, other) => other.time - one.time)
  console.log(`  worst refusal of ${costs.length}: ${worst.time.toFixed(0)} µs (${worst.name}), bar 1000 µs`)
}

function refuse(verifier, token) {
  try {
    verifier.verifySync(token)
  } catch {
    return
  }
  throw new Error('An attack was accepted.')
}

function opensslVerify() {
  const { stdout } = spawnSync('openssl', ['speed', '-seconds', '1', 'rsa2048'], { encoding: 'utf8' })
  return 1e6 / Number(stdout.trim().split('\n').at(-1).trim().split(/\s+/).at(-1))
}

// Processor time, as openssl takes it: on a shared machine the clock on the wall measures the neighbours.
function perCall(count, work) {
  const started = process.cpuUsage()
  for (let n = 0; n < count; n += 1) work(n)
  return spent(started) / count
}

async function perCallAsync(count, work) {
  const started = process.cpuUsage()
  for (let n = 0; n < count; n += 1) await work(n)
  return spent(started) / count
}

function spent(started) {
  const { user, system } = process.cpuUsage(started)
  return user + system
}

function ratiosOf(values, others) {
  return values.map((value, round) => value / others[round])
}

async function timeServers({ tenant, jwksUri, metadata, tls }, tokens, folder) {
  const settings = join(folder, 'settings.json')
  const { tenantId, audience, issuer } = tenant
  const { authority } = tenant.options
  const given = { tenantId, audience, issuer, authority, documents: tenant.documents(), jwksUri, metadata, tls }
  writeFileSync(settings, JSON.stringify(given), { mode: 0o600 })
  const requests = tokens.map((token) => ({
    method: 'GET',
    path: '/todos',
    headers: { authorization: `Bearer ${token}` },
  }))
  const sent = { seen: requests.slice(0, 1), distinct: requests }
  const names = [...new Set(ratios.flatMap(([, one, other]) => [one, other]))]
  const load = createLoad()
  const servers = []
  try {
    for (const name of names) {
      const server = await startServer([join(root, 'bench/validators/server.mjs'), name, settings], requests[0])
      servers.push({ name, server, seen: [], distinct: [] })
    }
    console.log(`  load: ${load.name}`)
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, server, ...windows } of round % 2 ? servers.toReversed() : servers) {
        for (const kind of kindsOf(name)) windows[kind].push(await measure(load, server, sent[kind], loaded))
      }
    }
    reportServers(servers)
  } finally {
    load.close()
    for (const { server } of servers) await server.stop()
  }
}

function kindsOf(name) {
  return ['seen', 'distinct'].filter((kind) => ratios.some(([of, ...both]) => of === kind && both.includes(name)))
}

function reportServers(servers) {
  for (const { name, ...windows } of servers) {
    for (const kind of kindsOf(name)) {
      const of = (figure) => median(windows[kind].map((window) => window[figure]))
      const latency = `p50 ${of('p50').toFixed(2)} ms, p99 ${of('p99').toFixed(1)} ms, ${of('cost').toFixed(0)} µs`
      console.log(`  ${name}, ${kind}: ${Math.round(of('rate'))} requests/s, ${latency}`)
    }
  }
  const windowsOf = (name, kind) => servers.find((server) => server.name === name)[kind]
  for (const [kind, one, other, bar] of ratios) {
    const of = (figure) => windowsOf(one, kind).map((window, at) => window[figure] / windowsOf(other, kind)[at][figure])
    const rates = of('rate')
    const range = `${Math.min(...rates).toFixed(2)} to ${Math.max(...rates).toFixed(2)}`
    // Processor time per answer hardly depends on what else the machine does; requests per second do.
    const byTime = `by processor time ${(1 / median(of('cost'))).toFixed(2)}`
    console.log(`  ${one}, ${kind}, × ${other}: median ${median(rates).toFixed(2)} (${range}), ${byTime}, bar ${bar}`)
  }
  const p99 = (name) => median(windowsOf(name, 'distinct').map((window) => window.p99))
  const tail = p99('fastify, entra-token') / p99('fastify, bare node:crypto')
  console.log(`  p99 of distinct tokens, × fastify, bare node:crypto: ${tail.toFixed(2)}, bar at most 1.5`)
  const others = Math.max(
    ...servers.flatMap(({ seen, distinct }) => [...seen, ...distinct].map((window) => window.others)),
  )
  console.log(`  other work took up to ${Math.round(others * 100)} % of the machine: above 10 %, run it again`)
}
