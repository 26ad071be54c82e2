import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { PublicClientApplication } from '@azure/msal-node'
import { startTenant } from '@tenantry/local-tenant'
import { createMsalNetwork } from './msal-network.js'

const tenant = await startTenant({ dataFolder: null, port: 0 })
after(() => tenant.close())

const graph = 'https://graph.microsoft.com/Application.ReadWrite.All'
const { appId: clientId } = tenant.apps.add({
  displayName: 'operator',
  publicClient: true,
  delegatedGrants: [{ api: 'https://graph.microsoft.com', scopes: ['Application.ReadWrite.All'] }],
})
const ada = await tenant.users.add({
  displayName: 'Ada Berg',
  name: 'ada',
  directoryRoles: ['applicationAdministrator'],
})

/** As a program on somebody's machine does it: signs in with a code that `onCode` is shown. */
function signIn(scopes: string[], onCode: (userCode: string) => void) {
  const networkClient = createMsalNetwork(tenant, { offline: true })
  const application = new PublicClientApplication({
    auth: { clientId, authority: tenant.authority, knownAuthorities: [`localhost:${tenant.port}`] },
    system: { networkClient },
  })
  return application.acquireTokenByDeviceCode({ scopes, deviceCodeCallback: ({ userCode }) => onCode(userCode) })
}

test('MSAL Node signs an administrator in by device code, and the token registers an application', async () => {
  const result = await signIn([graph], (deviceCode) => tenant.users.signIn(ada.objectId, { deviceCode }))
  assert.ok(result?.account)
  const { username, name, localAccountId, tenantId, homeAccountId } = result.account
  assert.deepEqual(
    { username, name, localAccountId, tenantId, homeAccountId },
    {
      username: 'ada@contoso.onmicrosoft.com',
      name: 'Ada Berg',
      localAccountId: ada.objectId,
      tenantId: tenant.tenantId,
      homeAccountId: `${ada.objectId}.${tenant.tenantId}`,
    },
  )
  assert.ok(result.scopes.includes(graph))
  const headers = { authorization: `Bearer ${result.accessToken}`, 'content-type': 'application/json' }
  const created = await post(`${tenant.graph}/applications`, headers, { displayName: 'made by Ada' })
  assert.equal(created, 201)
})

test('MSAL Node hears that nobody consented', async () => {
  const scopes = ['https://graph.microsoft.com/User.ReadWrite.All']
  const refused = signIn(scopes, (deviceCode) => tenant.users.signIn(ada.objectId, { deviceCode }))
  await assert.rejects(refused, (error: Error & { errorCode?: string }) => {
    // MSAL passes on the word alone.
    assert.match(`${error.message} ${error.errorCode}`, /invalid_grant/)
    return true
  })
})

async function post(url: string, headers: Record<string, string>, body: object): Promise<number> {
  const { sendPostRequestAsync } = createMsalNetwork(tenant, { offline: true })
  const { status } = await sendPostRequestAsync(url, { headers, body: JSON.stringify(body) })
  return status
}
