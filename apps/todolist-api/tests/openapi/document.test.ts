import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type RunningApi, startApi } from '../fixtures/running-api.js'

const file = fileURLToPath(new URL('../../../openapi.json', import.meta.url))
let running: RunningApi

before(async () => {
  running = await startApi()
})

after(() => running.close())

// When this fails the contract changed. If it was meant to: UPDATE_OPENAPI=1 npm test -- openapi, and read the diff.
test('openapi.json is what the routes say', async () => {
  const answer = await running.api.inject('/openapi.json')
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  const document: unknown = answer.json()
  if (process.env['UPDATE_OPENAPI'] === '1') writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`)
  assert.deepEqual(document, JSON.parse(readFileSync(file, 'utf8')))
})

test('every operation prints its policy, and says which scheme of security it has', async () => {
  const document = (await running.api.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  const operations = Object.values(document.paths).flatMap((path) => Object.entries(path))
  assert.equal(operations.length, 6)
  for (const [method, operation] of operations) {
    const writes = method !== 'get'
    assert.deepEqual(
      operation['x-required-app-roles'],
      writes ? ['ToDoList.ReadWrite.All'] : ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
    )
    assert.match(operation.description, /An application needs the app role .*; a user needs the scope /)
    assert.deepEqual(
      operation.security.map((entry) => Object.keys(entry)),
      [['user'], ['application']],
    )
  }
})

interface Operation {
  readonly description: string
  readonly security: readonly object[]
  readonly 'x-required-app-roles': readonly string[]
}

test('the page for people names every operation and loads nothing', async () => {
  const answer = await running.api.inject('/docs')
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
  for (const operation of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    assert.match(answer.body, new RegExp(`<code>${operation} /api/todolist`))
  }
  assert.doesNotMatch(answer.body, /<script|<link|<img|\bsrc=|https?:\/\/|\bon\w+=/)
  const policy = String(answer.headers['content-security-policy'])
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(answer.body) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  assert.equal(
    policy,
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  )
  assert.match(answer.body, /whatever <code>owner<\/code> says/)
  assert.doesNotMatch(answer.body, /`/)
})

test('every answer besides the page may load nothing at all', async () => {
  for (const url of ['/api/todolist', '/health/live', '/openapi.json', '/nothing']) {
    const { headers } = await running.api.inject(url)
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'", url)
    assert.equal(headers['referrer-policy'], 'no-referrer', url)
  }
})
