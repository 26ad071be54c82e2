import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../src/failure.js'
import { acquireToken } from '../../src/token/acquire-token.js'
import type { Answer, OutgoingRequest } from '../../src/transport.js'

const tenantId = 'aaaabbbb-0000-4ccc-8ddd-222222222222'
const correlationId = '44445555-6666-4777-8888-9999aaaabbbb'

/** Asks a made-up cloud tenant through real MSAL; its issuer has the form of a real external tenant. */
function acquireFrom(authority: string) {
  const asked: string[] = []
  const send = ({ url, method }: OutgoingRequest): Promise<Answer> => {
    asked.push(`${method} ${url.origin}${url.pathname}`)
    const body =
      method === 'GET'
        ? metadata(new URL(authority).origin)
        : { token_type: 'Bearer', expires_in: 3599, access_token: 'a.b.c' }
    return Promise.resolve({ status: 200, headers: {}, text: JSON.stringify(body) })
  }
  const configuration = {
    clientId: '00001111-aaaa-4bbb-8ccc-333333333333',
    authority: new URL(authority),
    clientSecret: 'Qx78Q~made.up_for-tests',
    scope: 'api://22223333-cccc-4ddd-8eee-444444444444/.default',
    apiEndpoint: new URL('https://localhost:44351/api/todolist'),
    extraRoots: undefined,
  }
  const transport = { send, close: () => undefined }
  return { asked, result: acquireToken({ configuration, transport, correlationId, progress: () => undefined }) }
}

function metadata(origin: string) {
  return {
    issuer: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
    authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
    token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
    jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
  }
}

for (const host of ['contoso.ciamlogin.com', `${tenantId}.ciamlogin.com`, 'login.contoso.example', 'localhost:8443']) {
  test(`MSAL accepts https://${host}/<tenant-id> and asks that host alone`, async () => {
    const { asked, result } = acquireFrom(`https://${host}/${tenantId}`)
    assert.equal((await result).token, 'a.b.c')
    assert.deepEqual(asked, [
      `GET https://${host}/${tenantId}/v2.0/.well-known/openid-configuration`,
      `POST https://${host}/${tenantId}/oauth2/v2.0/token`,
    ])
  })
}

test('the authority form of the tutorial is refused by MSAL; the failure names the form that works', async () => {
  const { asked, result } = acquireFrom('https://contoso.ciamlogin.com/')
  await assert.rejects(result, (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'configuration')
    assert.equal(
      error.message,
      `no access token: MSAL does not accept the authority https://contoso.ciamlogin.com/, because its issuer is https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
    )
    assert.equal(error.next, `set AUTHORITY to https://contoso.ciamlogin.com/${tenantId}`)
    return true
  })
  assert.deepEqual(asked, [
    'GET https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration',
  ])
})
