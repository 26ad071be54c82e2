import { join } from 'node:path'
import { addApplications, allowReading } from './directory.mjs'
import { createLoad, measure } from './load.mjs'
import { inNewFolder, median } from './measure.mjs'
import { registerTutorial, takeToken, tokenRequest } from './registration.mjs'
import { startTenantProcess } from './server.mjs'

const sizes = [1, 1_000, 100_000]
const starts = 5
const rounds = 5
const loaded = { connections: 16, seconds: 3 }
const alone = { connections: 1, seconds: 1 }
/** More than any memory of recent clients should hold. */
const mostClients = 5_000
const graphScope = 'https://graph.microsoft.com/.default'

export function run() {
  return inNewFolder(async (folder) => {
    const tenants = []
    for (const size of sizes) tenants.push(await registerMany(join(folder, String(size)), size))
    // In turn, so that a slow moment of the machine falls on all of them.
    for (let round = 0; round < starts; round += 1) for (const tenant of tenants) await timeStart(tenant)
    const load = createLoad()
    try {
      for (const tenant of tenants) await keepRunning(tenant)
      console.log(`  load: ${load.name}`)
      for (let round = 0; round < rounds; round += 1) for (const tenant of tenants) await measureOne(load, tenant)
      for (const tenant of tenants) reportOne(tenant, tenants[0])
    } finally {
      load.close()
      for (const { server } of tenants) await server?.stop()
    }
  })
}

/** The tutorial's two applications, of which one signs in, and `size - 1` others. */
async function registerMany(data, size) {
  const registration = await registerTutorial(data)
  allowReading(data, registration)
  const started = performance.now()
  const others = addApplications(data, size - 1)
  if (size > 1) console.log(`  ${count(size)} registered in ${((performance.now() - started) / 1_000).toFixed(1)} s`)
  const path = `/${registration.tenantId}/oauth2/v2.0/token`
  const scope = `api://${registration.apiId}/.default`
  return {
    size,
    data,
    registration,
    token: tokenRequest(registration, path, scope),
    tokens: [registration, ...others.slice(0, mostClients - 1)].map((client) => tokenRequest(client, path, scope)),
    graphToken: tokenRequest(registration, path, graphScope),
    launches: [],
    windows: [],
  }
}

async function timeStart({ data, token, launches }) {
  const server = await startTenantProcess(data, token)
  launches.push(server.firstAnswer)
  await server.stop()
}

async function keepRunning(tenant) {
  tenant.server = await startTenantProcess(tenant.data, tenant.token)
  const authorization = `Bearer ${await takeToken(tenant.server, tenant.graphToken)}`
  const path = `/v1.0/applications(appId='${tenant.registration.clientId}')`
  tenant.lookup = { method: 'GET', path, headers: { authorization } }
}

async function measureOne(load, { server, token, tokens, lookup, windows }) {
  const { rate, cost } = await measure(load, server, [token], loaded)
  const many = await measure(load, server, tokens, loaded)
  const { p50 } = await measure(load, server, [lookup], alone)
  windows.push({ rate, cost, many: many.rate, lookup: p50 })
}

function reportOne(tenant, smallest) {
  const of = (figure) => median(tenant.windows.map((window) => window[figure]))
  const times = (figure) =>
    median(tenant.windows.map((window, round) => window[figure] / smallest.windows[round][figure])).toFixed(2)
  const later = median(tenant.launches.map((time, round) => time - smallest.launches[round]))
  console.log(`  ${count(tenant.size)}, ${Math.round(tenant.server.residentMegabytes())} MB`)
  console.log(`    ${Math.round(of('rate'))} tokens/s, ${Math.round(of('cost'))} µs each: × ${times('rate')}, bar 0.85`)
  if (tenant.tokens.length > 1) {
    console.log(
      `    ${Math.round(of('many'))} tokens/s for ${count(tenant.tokens.length)} in turn: × ${times('many')}, no bar`,
    )
  }
  console.log(
    `    first token ${Math.round(median(tenant.launches))} ms after the start: + ${Math.round(later)} ms, bar 1000 ms`,
  )
  console.log(`    Graph by appId, p50 ${of('lookup').toFixed(2)} ms: × ${times('lookup')}, bar 1.4`)
}

function count(size) {
  return `${size.toLocaleString('en')} application${size === 1 ? '' : 's'}`
}
