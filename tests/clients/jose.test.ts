import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clientCredentialsToken } from '@tenantry/app-registration'
import { assertAcquired } from './acquisition.js'
import { openBench } from './bench.js'
import { secrets } from './credentials.js'

const bench = await openBench()
after(() => bench[Symbol.asyncDispose]())

const { tenant, daemon, api } = bench.open
const command = [process.execPath, fileURLToPath(import.meta.resolve('./programs/jose.js'))]
const issuer = `${tenant.authority}/v2.0`
const environment = { JWKS_URI: `${tenant.authority}/discovery/v2.0/keys`, ISSUER: issuer, AUDIENCE: api.appId }
const ca = tenant.ca.root
const token = await clientCredentialsToken({ authority: tenant.authority, ...daemon, scope: api.scope, ca })()

test('jose accepts the token for its issuer and audience, with the keys that the tenant publishes', async () => {
  const acquisition = await bench.run(command, environment, token)
  assertAcquired(acquisition, bench.open, { issuer, leadsTo: secrets['a secret'].leadsTo, cached: false })
})

const refusals = [
  {
    what: 'for another audience',
    changed: { AUDIENCE: daemon.clientId },
    error: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud',
  },
  { what: 'of another issuer', changed: { ISSUER: tenant.authority }, error: 'ERR_JWT_CLAIM_VALIDATION_FAILED iss' },
]

for (const { what, changed, error } of refusals) {
  test(`jose refuses a token ${what}`, async () => {
    const acquisition = await bench.run(command, { ...environment, ...changed }, token)
    assert.deepEqual(acquisition, { outcome: 'refused', error, code: null })
  })
}

test('jose refuses a token whose claims were changed after it was signed', async () => {
  const [header, payload = '', signature] = token.split('.')
  const claims = Buffer.from(payload, 'base64url').toString('utf8').replace('ToDoList.Read.All', 'ToDoList.Rule.All')
  const forged = [header, Buffer.from(claims).toString('base64url'), signature].join('.')
  assert.notEqual(forged, token)
  const acquisition = await bench.run(command, environment, forged)
  assert.deepEqual(acquisition, { outcome: 'refused', error: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', code: null })
})
