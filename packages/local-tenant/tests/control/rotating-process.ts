import { startTenant } from '../../src/index.js'

// Started by survival.test.ts, which kills it: changes what is kept, says what it has become, and waits.
const [dataFolder = ''] = process.argv.slice(2)
const tenant = await startTenant({ dataFolder, port: 0 })
await tenant.keys.rotate()
await tenant.keys.publishNext()
const { tokens, keys } = tenant
tenant.apps.add({ displayName: 'kept', appRoles: ['Read'] })
const token = await tokens.issue({ client: tenant.administrator.clientId, resource: 'api://kept' })
console.log(JSON.stringify({ keys: keys.list(), exported: tenant.export(), token }))
