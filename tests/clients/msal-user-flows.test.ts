import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node'
import { startTenant } from '@tenantry/local-tenant'
import { createMsalNetwork } from './msal-network.js'

const tenant = await startTenant({ dataFolder: null, port: 0 })
after(() => tenant.close())

const redirectUri = 'https://app.example.com/callback'
const loopback = 'http://localhost:4000/'
const notes = tenant.apps.add({ displayName: 'notes', scopes: ['Notes.Read'] })
const app = tenant.apps.add({
  displayName: 'shop',
  secret: true,
  redirectUris: { web: [redirectUri], native: [loopback] },
  delegatedGrants: [{ api: notes.appId, scopes: ['Notes.Read'] }],
})
const user = await tenant.users.add({ displayName: 'Cora', email: 'cora@example.com' })
const scopes = [`${notes.identifierUri}/Notes.Read`]

const auth = { clientId: app.appId, authority: tenant.authority, knownAuthorities: [`localhost:${tenant.port}`] }
const system = () => ({ networkClient: createMsalNetwork(tenant, { offline: true }) })

test('MSAL Node signs a user in by code with state and nonce, then renews silently and by force', async () => {
  const client = new ConfidentialClientApplication({
    auth: { ...auth, clientSecret: String(app.clientSecret) },
    system: system(),
  })
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const url = await client.getAuthCodeUrl({
    scopes,
    redirectUri,
    state: 'state-1',
    nonce: 'nonce-1',
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
  })
  const { parameters } = await tenant.users.authorize(user.objectId, url)
  assert.equal(parameters['state'], 'state-1')
  const { code = '', client_info = '' } = parameters
  assert.notEqual(client_info, '')
  const request = { scopes, redirectUri, code, codeVerifier: verifier, state: 'state-1', nonce: 'nonce-1' }
  const first = await client.acquireTokenByCode(request, { code, state: 'state-1' })
  assert.equal(first.account?.username, 'cora@example.com')
  assert.equal(first.account?.homeAccountId, `${user.objectId}.${tenant.tenantId}`)
  const { account } = first
  assert.ok(account)
  const silent = await client.acquireTokenSilent({ account, scopes })
  assert.deepEqual([silent?.fromCache, silent?.accessToken], [true, first.accessToken])
  const renewed = await client.acquireTokenSilent({ account, scopes, forceRefresh: true })
  assert.equal(renewed?.fromCache, false)
  assert.notEqual(renewed?.accessToken, first.accessToken)
})

test('MSAL Node signs a user in from a native client, without a secret', async () => {
  const client = new PublicClientApplication({ auth, system: system() })
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' }
  const url = await client.getAuthCodeUrl({ scopes, redirectUri: loopback, ...pkce })
  const { parameters } = await tenant.users.authorize(user.objectId, url)
  const { code = '' } = parameters
  const result = await client.acquireTokenByCode({ scopes, redirectUri: loopback, code, codeVerifier: verifier })
  assert.deepEqual(result.scopes, scopes)
  assert.equal(result.account?.localAccountId, user.objectId)
})

test('MSAL Node calls the next API on behalf of the user, and hears what is wrong with a token', async () => {
  const api = tenant.apps.add({
    displayName: 'middle',
    scopes: ['Use'],
    secret: true,
    delegatedGrants: [{ api: notes.appId, scopes: ['Notes.Read'] }],
  })
  const cli = tenant.apps.add({
    displayName: 'cli',
    publicClient: true,
    delegatedGrants: [{ api: api.appId, scopes: ['Use'] }],
  })
  const caller = new PublicClientApplication({ auth: { ...auth, clientId: cli.appId }, system: system() })
  const called = await caller.acquireTokenByDeviceCode({
    scopes: [`${api.identifierUri}/Use`],
    deviceCodeCallback: ({ userCode }) => tenant.users.signIn(user.objectId, { deviceCode: userCode }),
  })
  const middle = new ConfidentialClientApplication({
    auth: { ...auth, clientId: api.appId, clientSecret: String(api.clientSecret) },
    system: system(),
  })
  const oboAssertion = String(called?.accessToken)
  const result = await middle.acquireTokenOnBehalfOf({ oboAssertion, scopes })
  assert.ok(result)
  assert.equal(result.account?.localAccountId, user.objectId)
  assert.deepEqual(result.scopes, scopes)
  const wrong = middle.acquireTokenOnBehalfOf({ oboAssertion: result.accessToken, scopes, skipCache: true })
  await assert.rejects(wrong, { errorCode: 'invalid_grant', errorNo: 500131 })
})
