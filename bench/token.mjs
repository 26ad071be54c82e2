import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { timeAssertionCheck, timeSecretCheck } from './directory.mjs'
import { createLoad, measure, send } from './load.mjs'
import { inNewFolder, median, root } from './measure.mjs'
import { installPeers } from './peers/install.mjs'
import { registerTutorial, tokenRequest } from './registration.mjs'
import { startServer, startTenantProcess } from './server.mjs'

const rounds = 7
const loaded = { connections: 16, seconds: 2 }
const alone = { connections: 1, seconds: 1 }
const tokensBeforeMemory = 100_000

/** What the tenant's figure has to be as a multiple of somebody else's, taken within a round. */
const ratios = [
  { figure: 'rate', name: 'tokens/s', beside: 'bare issuer', bar: 'at least 0.95, never below 0.88' },
  { figure: 'rate', name: 'tokens/s', beside: 'oidc-provider', bar: 'at least 1.8' },
  { figure: 'rate', name: 'tokens/s', beside: 'oauth2-mock-server', bar: 'at least 2.7' },
  { figure: 'p50Alone', name: 'p50 of one connection', beside: 'bare issuer', bar: 'at most 1.25' },
  { figure: 'p99', name: 'p99 of sixteen', beside: 'bare issuer', bar: 'at most 1.25' },
  { figure: 'cost', name: 'processor time per token', beside: 'bare issuer', bar: 'none' },
]

export function run() {
  return inNewFolder(async (folder) => {
    await installPeers()
    const data = join(folder, 'data')
    const registration = await registerTutorial(data)
    const servers = []
    const load = createLoad()
    try {
      for (const issuer of issuers(folder, data, registration)) servers.push(await startIssuer(issuer))
      console.log(`  load: ${load.name}`)
      for (let round = 0; round < rounds; round += 1) await measureAll(load, round % 2 ? servers.toReversed() : servers)
      const [tenant] = servers
      await send(load, tenant.server, [tenant.request], tokensBeforeMemory)
      await sleep(1_000)
      reportRates(servers)
      reportMemory(servers)
    } finally {
      load.close()
      for (const { server } of servers) await server.stop()
    }
    const secret = timeSecretCheck(data, registration).toFixed(1)
    console.log(`  checking a client's secret, in-process: median ${secret} µs, bar 15 µs`)
    const assertion = (await timeAssertionCheck(data, registration)).toFixed(1)
    console.log(`  checking a client's certificate assertion, in-process: median ${assertion} µs, bar 55 µs`)
  })
}

/** The tenant first, then those it is compared with, all with the same client, claims, key size and TLS settings. */
function issuers(folder, data, registration) {
  const settings = join(folder, 'peers.json')
  writeFileSync(settings, JSON.stringify({ ...registration, signingKey: newSigningKey() }), { mode: 0o600 })
  const scope = `api://${registration.apiId}/.default`
  const request = tokenRequest(registration, `/${registration.tenantId}/oauth2/v2.0/token`, scope)
  const peer = (name, file, ofScope = scope) => ({
    name,
    request: tokenRequest(registration, '/token', ofScope),
    start: (first) => startServer([join(root, 'bench/peers', file), settings], first),
  })
  return [
    { name: 'tenant', request, start: (first) => startTenantProcess(data, first) },
    peer('bare issuer', 'bare.mjs'),
    peer('oidc-provider', 'oidc-provider.mjs', 'default'),
    peer('oauth2-mock-server', 'oauth2-mock-server.mjs'),
  ]
}

function newSigningKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ format: 'pem', type: 'pkcs8' })
}

async function startIssuer({ name, request, start }) {
  const server = await start(request)
  await sleep(1_000)
  return { name, request, server, idle: server.residentMegabytes(), windows: [] }
}

async function measureAll(load, servers) {
  for (const { server, request, windows } of servers) {
    const window = await measure(load, server, [request], loaded)
    const { p50: p50Alone } = await measure(load, server, [request], alone)
    windows.push({ ...window, p50Alone })
  }
}

function reportRates(servers) {
  for (const { name, windows } of servers) {
    const of = (figure) => median(windows.map((window) => window[figure]))
    const times = `p50 ${of('p50').toFixed(1)} ms, p99 ${of('p99').toFixed(1)} ms, alone p50 ${of('p50Alone').toFixed(2)} ms`
    const cost = `${Math.round(of('cost'))} µs on ${of('cores').toFixed(2)} cores`
    console.log(`  ${name}: ${Math.round(of('rate'))} tokens/s, ${times}, ${cost}`)
  }
  const [tenant] = servers
  for (const { figure, name, beside, bar } of ratios) {
    const other = servers.find((server) => server.name === beside)
    const each = tenant.windows.map((window, round) => window[figure] / other.windows[round][figure])
    const range = `${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)}`
    console.log(`  ${name}, × ${beside}: median ${median(each).toFixed(2)} (${range}), bar ${bar}`)
  }
  const others = Math.max(...servers.flatMap(({ windows }) => windows.map((window) => window.others)))
  console.log(`  other work took up to ${Math.round(others * 100)} % of the machine: above 10 %, run it again`)
}

function reportMemory(servers) {
  for (const { name, idle } of servers) console.log(`  ${name}, resident when idle: ${Math.round(idle)} MB`)
  const [tenant, bare] = servers
  console.log(`  idle, × bare issuer: ${(tenant.idle / bare.idle).toFixed(2)}, bar 1.5`)
  const after = Math.round(tenant.server.residentMegabytes())
  console.log(`  tenant, resident after more than ${tokensBeforeMemory} tokens: ${after} MB, bar 120 MB`)
}
