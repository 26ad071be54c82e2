import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadManagedIdentity } from '../../src/credentials/managed-identity.js'
import { identityAnswer, identityToken, startIdentityService } from '../stand-in/identity-service.js'

test('in App Service the identity of the machine becomes an assertion', async (t) => {
  const { seen, origin } = await startIdentityService(t, () => ({ status: 200, body: identityAnswer }))
  process.env['IDENTITY_ENDPOINT'] = `${origin}/msi/token`
  process.env['IDENTITY_HEADER'] = 'made-up-header'
  const credential = await loadManagedIdentity(undefined, Date.now())
  assert.equal(credential.kind, 'managed identity')
  assert.deepEqual(credential.forMsal, { clientAssertion: identityToken })
  assert.equal(credential.expiresAt, Number(identityAnswer.expires_on) * 1000)
  assert.equal(seen[0]?.url.pathname, '/msi/token')
  assert.equal(seen[0]?.url.searchParams.get('resource'), 'api://AzureADTokenExchange')
  assert.equal(seen[0]?.headers['x-identity-header'], 'made-up-header')
})
