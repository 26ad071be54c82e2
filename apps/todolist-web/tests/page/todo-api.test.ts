import assert from 'node:assert/strict'
import test from 'node:test'
import { readClaimsChallenge } from '../../src/page/todos/claims-challenge.js'
import { createTodoApi } from '../../src/page/todos/todo-api.js'

const base64 = (text: string) => Buffer.from(text).toString('base64')

test('a claims challenge is read out of the header, in both alphabets, and nothing else is', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1?>"}}}'
  const header = (encoded: string) => `Bearer realm="", error="insufficient_claims", claims="${encoded}"`
  assert.equal(readClaimsChallenge(header(base64(claims))), claims)
  assert.equal(readClaimsChallenge(header(Buffer.from(claims).toString('base64url'))), claims)
  for (const wrong of [null, 'Bearer error="invalid_token"', header(base64('{')), header('!'), header(''), 'Bearer']) {
    assert.equal(readClaimsChallenge(wrong), undefined)
  }
  assert.equal(readClaimsChallenge(`Bearer error="invalid_token", claims="${base64(claims)}"`), undefined)
})

// No API of the house does any of this, so the answers are made up.
test('no token follows a link to another place, and an answer that is no list is not shown', async (context) => {
  const asked: string[] = []
  let link = ''
  let body: unknown = []
  context.mock.method(globalThis, 'fetch', async (address: string) => {
    asked.push(address)
    return new Response(JSON.stringify(body), { headers: { link } })
  })
  const session = { api: 'https://localhost:44351/api/todolist', accessToken: async () => 'a token' }
  const api = createTodoApi(session)
  link = '</api/todolist?limit=20&cursor=x>; rel="next"'
  assert.equal((await api.list()).next, 'https://localhost:44351/api/todolist?limit=20&cursor=x')
  for (const elsewhere of [
    'https://elsewhere.example/api/todolist',
    '//elsewhere.example/',
    '/api/other',
    'http://localhost:44351/api/todolist',
  ]) {
    link = `<${elsewhere}>; rel="next"`
    await assert.rejects(api.list(), /not one of its list/, elsewhere)
  }
  link = ''
  for (const wrong of [{}, [{ id: 'one', description: 'x' }], [{ id: 1 }], [null]]) {
    body = wrong
    await assert.rejects(api.list(), /something that is not/)
  }
  assert.ok(asked.every((address) => address.startsWith(session.api)))
})
