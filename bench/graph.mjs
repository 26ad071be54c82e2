import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { addApplications, allowReading } from './directory.mjs'
import { inNewFolder, median } from './measure.mjs'
import { registerTutorial, takeToken, tokenRequest } from './registration.mjs'
import { startTenantProcess } from './server.mjs'

const sizes = [1, 1_000, 100_000]
const rounds = 7
const callsEach = 150
const graphScope = 'https://graph.microsoft.com/.default'

/** How an application is looked for; the last one reads every row of the table. */
const lookups = {
  'appId eq': ({ clientId }) => `applications?$filter=appId eq '${clientId}'`,
  'identifierUris/any': ({ apiId }) => `applications?$filter=identifierUris/any(u:u eq 'api://${apiId}')`,
  'displayName eq': () => "applications?$filter=displayName eq 'ciam-client-app'",
  'servicePrincipals, displayName eq': () => "servicePrincipals?$filter=displayName eq 'ciam-client-app'",
  'tags/any (no index)': () => "applications?$filter=tags/any(t:t eq 'x')",
}

export function run() {
  return inNewFolder(async (folder) => {
    const tenants = []
    for (const size of sizes) tenants.push(await openTenant(join(folder, String(size)), size))
    try {
      for (const name of Object.keys(lookups)) await timeLookup(name, tenants)
      await listEverything(tenants.at(-1))
    } finally {
      agent.destroy()
      for (const { server } of tenants) await server.stop()
    }
  })
}

async function openTenant(data, size) {
  const registration = await registerTutorial(data)
  allowReading(data, registration)
  addApplications(data, size - 1)
  const token = tokenRequest(registration, `/${registration.tenantId}/oauth2/v2.0/token`, graphScope)
  const server = await startTenantProcess(data, token)
  return { size, registration, server, authorization: `Bearer ${await takeToken(server, token)}` }
}

// One connection for all calls: a handshake takes longer than what is measured.
const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })

function get({ server: { port }, authorization }, path) {
  return new Promise((resolve, reject) => {
    const headers = { host: `localhost:${port}`, authorization }
    const asked = request({ agent, host: '127.0.0.1', port, path, headers }, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (answer.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${path} was answered ${answer.statusCode}: ${text.slice(0, 200)}`))
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** In turn, so that a slow moment of the machine falls on all of them; ratios are taken within a round. */
async function timeLookup(name, tenants) {
  const times = tenants.map(() => [])
  // A look-up that reads every row is shown with fewer calls: it takes as long as it takes.
  const calls = name.includes('no index') ? 3 : callsEach
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, tenant] of tenants.entries()) {
      const path = `/v1.0/${lookups[name](tenant.registration).replaceAll(' ', '%20')}`
      const started = performance.now()
      for (let call = 0; call < calls; call += 1) await get(tenant, path)
      // The first round warms up.
      if (round > 0) times[index].push((performance.now() - started) / calls)
    }
  }
  console.log(`  ${name}`)
  for (const [index, { size }] of tenants.entries()) {
    const ratio = median(times[index].map((time, round) => time / times[0][round]))
    const bar = name.includes('no index') ? 'no bar' : 'bar 1.2'
    console.log(
      `    ${size.toLocaleString('en')}: ${median(times[index]).toFixed(2)} ms, × ${ratio.toFixed(2)}, ${bar}`,
    )
  }
}

/** Pages through all applications, and watches the memory of the server. */
async function listEverything(tenant) {
  const before = tenant.server.residentMegabytes()
  const started = performance.now()
  const [pageTimes, seen] = [[], new Set()]
  let most = before
  let path = '/v1.0/applications?$select=id,displayName&$top=999'
  while (path !== undefined) {
    const asked = performance.now()
    const page = await get(tenant, path)
    pageTimes.push(performance.now() - asked)
    for (const { id } of page.value) seen.add(id)
    most = Math.max(most, tenant.server.residentMegabytes())
    const next = page['@odata.nextLink']
    path = next === undefined ? undefined : `${new URL(next).pathname}${new URL(next).search}`
  }
  const seconds = (performance.now() - started) / 1_000
  const tenth = Math.ceil(pageTimes.length / 10)
  const growth = median(pageTimes.slice(-tenth)) / median(pageTimes.slice(0, tenth))
  console.log(
    `  listing ${seen.size.toLocaleString('en')} applications: ${pageTimes.length} pages in ${seconds.toFixed(1)} s`,
  )
  console.log(`    the last tenth of the pages took × ${growth.toFixed(2)} of the first`)
  console.log(`    memory ${Math.round(before)} MB before, ${Math.round(most)} MB at most`)
}
