import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTokenVerifier } from '@tenantry/entra-token'
import { createApi } from '../../src/api.js'
import { permissions } from '../../src/permissions.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { assertProblem } from '../fixtures/assert-problem.js'
import { clientId, tenantId } from '../fixtures/issuer.js'
import { quietOptions, startApi } from '../fixtures/running-api.js'

test('a process that can work is live and ready, without a token', async () => {
  const { api, close } = await startApi()
  const live = await api.inject('/health/live')
  assert.equal(live.statusCode, 200)
  assert.deepEqual(live.json(), { status: 'live' })
  const ready = await api.inject('/health/ready')
  assert.equal(ready.statusCode, 200)
  assert.deepEqual(ready.json(), { status: 'ready', checks: { store: 'usable', keys: 'fresh' } })
  await close()
})

test('a process whose store does not answer is live but not ready', async () => {
  const ping = async () => {
    throw new Error('the disk is gone')
  }
  const { api, close } = await startApi({ store: { ping } })
  assert.equal((await api.inject('/health/live')).statusCode, 200)
  const answer = await api.inject('/health/ready')
  const problem = assertProblem(
    answer,
    503,
    'not_ready',
    'The API cannot do its work yet: see the member checks for what is unusable.',
  )
  assert.deepEqual(problem.get('checks'), { store: 'unusable', keys: 'fresh' })
  await close()
})

test('a process that never got keys is live but not ready, and answers tokens with 503 and Retry-After', async () => {
  const { store } = openSqliteStore(':memory:', () => new Date(0))
  const authority = `https://localhost:1/${tenantId}`
  const verifier = createTokenVerifier({ authority, tenantId, audience: clientId, permissions, allowedApps: null })
  const api = await createApi({ store, verifier, ...quietOptions })
  assert.equal((await api.inject('/health/live')).statusCode, 200)
  const answer = await api.inject('/health/ready')
  assert.deepEqual(assertProblem(answer, 503, 'not_ready').get('checks'), { store: 'usable', keys: 'unusable' })

  const header = Buffer.from('{"alg":"RS256","typ":"JWT","kid":"k1"}').toString('base64url')
  const headers = { authorization: `Bearer ${header}.e30.${'A'.repeat(342)}` }
  const refused = await api.inject({ url: '/api/todolist', headers })
  assertProblem(refused, 503, 'keys_unavailable')
  assert.match(String(refused.headers['retry-after']), /^[1-9]\d*$/)
  assert.equal(refused.headers['www-authenticate'], undefined)
  await api.close()
  verifier.close()
  await store.close()
})
