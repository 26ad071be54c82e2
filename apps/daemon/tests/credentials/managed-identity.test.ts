import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Unusable } from '../../src/credentials/credential.js'
import { loadManagedIdentity } from '../../src/credentials/managed-identity.js'
import { identityAnswer, identityToken, startIdentityService } from '../stand-in/identity-service.js'

test('on a virtual machine a user-assigned identity is asked for by its client id, and a refusal is told', async (t) => {
  let status = 200
  const { seen, origin } = await startIdentityService(t, () => ({
    status,
    body: status === 200 ? identityAnswer : { error: 'invalid_request', error_description: 'Identity not found' },
  }))
  process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = origin
  const clientId = '55556666-eeee-4fff-8aaa-777777777777'
  const credential = await loadManagedIdentity(clientId, Date.now())
  assert.deepEqual(credential.forMsal, { clientAssertion: identityToken })
  assert.match(seen[0]?.url.pathname ?? '', /^\/metadata\/identity\/oauth2\/token/)
  assert.equal(seen[0]?.url.searchParams.get('client_id'), clientId)
  assert.equal(seen[0]?.headers['metadata'], 'true')
  status = 400
  await assert.rejects(loadManagedIdentity('66667777-eeee-4fff-8aaa-777777777777', Date.now()), (error) => {
    assert.ok(error instanceof Unusable)
    assert.equal(error.exit, 'authentication')
    assert.match(error.message, /^the identity service of this machine gave no token: .*Identity not found/)
    return true
  })
})
