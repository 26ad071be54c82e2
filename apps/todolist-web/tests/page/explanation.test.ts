import assert from 'node:assert/strict'
import test from 'node:test'
import { explain } from '../../src/page/frame/explanation.js'
import { SignInNeeded, SignInRefused, Unreachable } from '../../src/page/session/session.js'
import { refusalOf } from '../../src/page/todos/refusal.js'

const online = { online: true }

async function refused(status: number, problem: object, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/problem+json; charset=utf-8' }
  return refusalOf(new Response(JSON.stringify(problem), { status, headers: { ...type, ...headers } }))
}

test('a 403 names the permission, a 429 the time to wait, a 404 what became of the to-do', async () => {
  const forbidden = explain(await refused(403, { requiredScopes: ['ToDoList.Read', 'ToDoList.ReadWrite'] }), online)
  assert.match(forbidden.text, /permission ToDoList\.Read or ToDoList\.ReadWrite/)
  assert.equal(forbidden.next, null)
  assert.match(explain(await refused(429, {}, { 'retry-after': '1' }), online).text, /in 1 second\./)
  assert.match(explain(await refused(429, {}, { 'retry-after': 'Thu' }), online).text, /in a minute\./)
  assert.match(explain(await refused(404, {}), online).text, /deleted it/)
})

test('what the API says of any other refusal is handed on, with what finds it in the log', async () => {
  const { title, text, code } = explain(
    await refused(503, { detail: 'The store does not answer.' }, { 'request-id': 'request-1' }),
    online,
  )
  assert.deepEqual([title, text, code], ['The to-do list has a problem', 'The store does not answer.', 'request-1'])
  const page = new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } })
  assert.equal(explain(await refusalOf(page), online).text, 'The API answered 502.')
})

test('a sign-in that was refused is explained by its code, and by the tenant’s first line where there is none', () => {
  assert.match(explain(new SignInRefused('AADSTS65001', 'AADSTS65001: …'), online).text, /grant admin consent/)
  assert.match(explain(new SignInRefused('access_denied', ''), online).text, /left before its end/)
  const other = new SignInRefused('AADSTS90009', 'AADSTS90009: So it is. Trace ID: 1 Correlation ID: 2')
  assert.deepEqual(explain(other, online), {
    title: 'You were not signed in',
    text: 'AADSTS90009: So it is.',
    next: 'sign in',
    code: 'AADSTS90009',
  })
  assert.equal(explain(new SignInNeeded(), online).title, 'Your sign-in is over')
  assert.equal(explain(new SignInNeeded('{}'), online).title, 'Show that it is you')
})

test('silence is explained by the connection of the browser where that is gone, and by the server’s otherwise', () => {
  const silence = new Unreachable('API', 'https://localhost:44351/health/live')
  assert.equal(explain(silence, { online: false }).title, 'You are offline')
  const { text, link } = explain(silence, online)
  assert.match(text, /https:\/\/localhost:44351, or this browser does not trust its certificate/)
  assert.deepEqual(link, { href: 'https://localhost:44351/health/live', text: 'Open https://localhost:44351' })
})
