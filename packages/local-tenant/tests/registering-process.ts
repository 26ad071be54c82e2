import { startTenant } from '../src/index.js'
import { administer } from './graph-client.js'
import { connectTo } from './https-client.js'

// Started by tenant.test.ts and killed by it: registers applications without end and says so after each answer.
const [folder = ''] = process.argv.slice(2)
const tenant = await startTenant({ dataFolder: folder, port: 0 })
const graph = await administer(connectTo(tenant), tenant)
for (let number = 0; ; number += 1) {
  const { appId } = await graph.post('applications', { displayName: `number ${number}` })
  await graph.post('servicePrincipals', { appId })
  process.stdout.write(`${String(appId)}\n`)
}
