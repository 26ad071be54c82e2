import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice } from '../fixtures/issuer.js'
import { startApi } from '../fixtures/running-api.js'

test('each answer has one line that says what was asked, how it ended and who called, and names no user', async () => {
  const running = await startApi()
  const token = running.issuer.token({ oid: alice, sub: 's', scp: 'ToDoList.Read', uti: 'token-1' })
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const headers = {
    authorization: `Bearer ${token}`,
    cookie: 'session=s3cr3t',
    'client-request-id': 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
  }
  const answer = await running.api.inject({ url: '/api/ToDoList?limit=5', headers })
  assert.equal(running.logLines.length, 1)
  const line: unknown = JSON.parse(running.logLines[0] ?? '')
  assert(typeof line === 'object' && line !== null)
  const facts = new Map<string, unknown>(Object.entries(line))
  assert.equal(facts.get('reqId'), answer.headers['request-id'])
  assert.equal(facts.get('msg'), 'answered')
  assert.deepEqual(
    ['method', 'path', 'route', 'status', 'clientRequestId', 'trace'].map((name) => facts.get(name)),
    ['GET', '/api/ToDoList', '/api/todolist', 200, headers['client-request-id'], trace],
  )
  const caller = facts.get('caller')
  assert(typeof caller === 'object' && caller !== null)
  assert.deepEqual(Object.keys(caller), ['kind', 'tenantId', 'clientId', 'object', 'tokenId'])
  assert.doesNotMatch(running.logLines.join(''), new RegExp(`eyJ|s3cr3t|${alice}|limit=5`))
  await running.close()
})

test('a trace id of any other form is not repeated', async () => {
  const running = await startApi()
  await running.api.inject({ url: '/health/live', headers: { traceparent: '00-EVIL\u001b[31m-1-1' } })
  assert.doesNotMatch(running.logLines.join(''), /EVIL/)
  await running.close()
})

test('a refused permission has a line that says what was missing, and nothing of the token', async () => {
  const running = await startApi()
  const cases = [
    { token: running.issuer.user(alice, 'ToDoList.Read'), missing: { roles: [], scopes: ['ToDoList.ReadWrite'] } },
    { token: running.issuer.app('ToDoList.Read.All'), missing: { roles: ['ToDoList.ReadWrite.All'], scopes: [] } },
  ]
  for (const { token, missing } of cases) {
    const headers = { authorization: `Bearer ${token}` }
    await running.api.inject({ method: 'DELETE', url: '/api/todolist/1', headers })
    const [decision = '', answer = ''] = running.logLines.splice(0)
    const { status, code, missing: logged, reqId } = readLine(decision)
    assert.deepEqual({ status, code, logged }, { status: 403, code: 'insufficient_permission', logged: missing })
    assert.equal(readLine(answer)['reqId'], reqId)
    assert.doesNotMatch(decision + answer, new RegExp(`eyJ|${token.slice(-20)}|${alice}`))
  }
  await running.close()
})

function readLine(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>
}
