import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import { sendTogether } from '../src/send-together.js'
import { startApi } from './fixtures/running-api.js'

test('an answer that cannot be sent is a 500, and those behind it are sent', async () => {
  const api = fastify()
  sendTogether(api)
  api.get('/bad', async (_request, reply) => {
    reply.header('x-name', '名')
    return 'never seen'
  })
  api.get('/good', async () => 'good')
  const paths = ['/good', ...Array.from({ length: 40 }, () => '/bad'), '/good']
  const answers = await Promise.all(paths.map((path) => api.inject(path)))
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    paths.map((path) => (path === '/good' ? 200 : 500)),
  )
  await api.close()
})

test('a route that answers twice hurts nobody else', async () => {
  const api = fastify()
  sendTogether(api)
  api.get('/twice', (_request, reply) => {
    void reply.send('once')
    void reply.send('twice')
  })
  api.get('/good', async () => 'good')
  const [, good] = await Promise.all([api.inject('/twice').catch(() => null), api.inject('/good')])
  assert.equal(good.statusCode, 200)
  assert.equal((await api.inject('/good')).statusCode, 200)
  await api.close()
})

test('an answer that was waiting when the process was told to stop asks its client to hang up', async () => {
  const stopping = new AbortController()
  const running = await startApi({ stopping: stopping.signal })
  // Before the answers of this turn are sent, and after their hooks began.
  setImmediate(() => stopping.abort())
  const answer = await running.api.inject('/health/live')
  assert.equal(answer.headers.connection, 'close')
  await running.close()
})
