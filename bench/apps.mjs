// apply of the tutorial from nothing, beside a bare client that makes the same calls in the same order; calls of apply and plan.
import { Agent, request } from 'node:https'
import { apply, clientCredentialsToken, createGraphClient, plan } from '../packages/app-registration/dist/src/index.js'
import { startTenant } from '../packages/local-tenant/dist/src/index.js'
import { tutorialApps } from '../packages/tenantry/dist/src/tutorial/apps.js'
import { median, report } from './measure.mjs'

const rounds = 15

export async function run() {
  const tenant = await startTenant({ dataFolder: null, port: 0 })
  try {
    const { authority, administrator, ca } = tenant
    const scope = 'https://graph.microsoft.com/.default'
    const accessToken = clientCredentialsToken({ authority, ...administrator, scope, ca: ca.root })
    const empty = tenant.snapshot()
    const token = await accessToken()
    const recorded = await record(tenant, accessToken)
    const ours = []
    const bare = []
    for (let round = 0; round < rounds; round++) {
      tenant.restore(empty)
      ours.push(await timed(() => apply(clientOf(tenant, accessToken), tutorialApps(), store())))
      tenant.restore(empty)
      bare.push(await timed(() => replay(tenant, token, recorded)))
    }
    report('apply from nothing', ours)
    report('a bare client, the same calls', bare)
    console.log(`  ratio of the medians: ${(median(ours) / median(bare)).toFixed(2)} (to be at most 1.5)`)
    console.log(`  calls of apply from nothing: ${recorded.length} (to be at most 16)`)
    console.log(`  calls of plan with nothing to do: ${await callsOfPlan(tenant, accessToken)} (to be at most 6)`)
  } finally {
    await tenant.close()
  }
}

function clientOf({ graph, ca }, accessToken) {
  return createGraphClient({ baseUrl: graph, accessToken, ca: ca.root })
}

function store() {
  const secrets = new Map()
  return { read: async (name) => secrets.get(name), write: async (name, secret) => void secrets.set(name, secret) }
}

async function timed(work) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** The calls of one apply with their answers. */
async function record(tenant, accessToken) {
  const graph = clientOf(tenant, accessToken)
  const calls = []
  const recording = async (call) => {
    const entry = { ...call, answer: {} }
    calls.push(entry)
    const answer = await graph.send(call)
    entry.answer = answer.body ?? {}
    return answer
  }
  const list = async (path) => {
    calls.push({ method: 'GET', path, answer: {} })
    return graph.list(path)
  }
  await apply({ send: recording, list }, tutorialApps(), store())
  return calls
}

/** The same calls, with the ids that this time come back. */
async function replay({ graph, ca }, token, calls) {
  const agent = new Agent({ keepAlive: true, ca: ca.root })
  const ids = new Map()
  const now = (text) => [...ids].reduce((all, [before, after]) => all.replaceAll(before, after), text)
  for (const { method, path, body, createIfMissing, answer } of calls) {
    const headers = { authorization: `Bearer ${token}`, ...(createIfMissing ? { prefer: 'create-if-missing' } : {}) }
    const text = body === undefined ? undefined : now(JSON.stringify(body))
    const found = await send(agent, method, `${graph}${now(path)}`, headers, text)
    for (const name of ['id', 'appId']) if (answer[name] && found[name]) ids.set(answer[name], found[name])
  }
  agent.destroy()
}

function send(agent, method, url, headers, body) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers: { ...headers, ...type } }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk) => {
        text += chunk
      })
      incoming.on('end', () => resolve(text === '' ? {} : JSON.parse(text)))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function callsOfPlan(tenant, accessToken) {
  const secrets = store()
  await apply(clientOf(tenant, accessToken), tutorialApps(), secrets)
  tenant.requests.clear()
  await plan(clientOf(tenant, accessToken), tutorialApps(), secrets)
  return tenant.requests.list().length
}
