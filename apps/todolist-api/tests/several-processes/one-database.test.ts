import assert from 'node:assert/strict'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { certificateFiles } from '../fixtures/certificate.js'
import { alice, bob, clientId, type Issuer, startIssuer, tenantId } from '../fixtures/issuer.js'
import { noPostgres, type Postgres, startPostgres } from '../fixtures/postgres.js'
import { type Program, startProgram } from '../fixtures/program.js'

// Three real processes on one PostgreSQL: what one promises, all keep.
describe('three processes on one PostgreSQL', { skip: noPostgres }, () => {
  let postgres: Postgres
  let issuer: Issuer
  let programs: Program[]
  let urls: string[]
  let token: string
  const agent = new Agent({ keepAlive: true })

  before(async () => {
    postgres = await startPostgres()
    issuer = await startIssuer()
    const environment = {
      AUTHORITY: issuer.authority,
      TENANT_ID: tenantId,
      CLIENT_ID: clientId,
      DATABASE_URL: await postgres.newDatabase(),
      HOST: '127.0.0.1',
      PORT: '0',
      TRUST_PROXY: '1',
      CA_FILE: certificateFiles.cert,
      DRAIN_SECONDS: '1',
    }
    // All at once, on an empty database: one of them makes the tables.
    programs = [1, 2, 3].map(() => startProgram(['serve'], environment))
    urls = await Promise.all(programs.map(urlOf))
    token = issuer.app('ToDoList.ReadWrite.All')
  })

  after(async () => {
    agent.destroy()
    for (const { process } of programs) process.kill('SIGTERM')
    await Promise.all(programs.map(({ ended }) => ended))
    await issuer.close()
    await postgres.close()
  })

  test('of changes of one version at the same time one wins, the others hear 412', async () => {
    for (let round = 0; round < 5; round += 1) {
      const made = await call('POST', urls[0], { owner: alice, description: 'before' })
      const { location, etag } = made.headers
      assert(typeof location === 'string' && typeof etag === 'string')
      const answers = await Promise.all(
        [...urls, ...urls].map((url, index) =>
          call('PUT', url, { description: `${index}` }, location, { 'if-match': etag }),
        ),
      )
      assert.deepEqual(statuses(answers), [200, 412, 412, 412, 412, 412])
      const winner = answers.find(({ status }) => status === 200)
      assert.equal((await call('GET', urls[2], undefined, location)).body, winner?.body)
    }
  })

  test('a request that is sent to all of them with one key is carried out once', async () => {
    const owner = 'ca401000-0000-4000-8000-000000000003'
    for (let round = 0; round < 5; round += 1) {
      const key = { 'idempotency-key': `round-${round}` }
      const answers = await Promise.all(
        [...urls, ...urls].map((url) => call('POST', url, { owner, description: 'once' }, undefined, key)),
      )
      assert.deepEqual(statuses(answers), [201, 201, 201, 201, 201, 201])
      assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
      assert.equal(new Set(answers.map(({ headers }) => headers.location)).size, 1)
      const list = await call('GET', urls[round % 3], undefined, `/api/todolist?owner=${owner}`)
      assert.equal(idsIn(list.body).length, round + 1)
    }
  })

  test('a list can be read page by page from another process each time, while they write', async () => {
    const owner = 'd0d00000-0000-4000-8000-000000000004'
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, index) => call('POST', urls[index % 3], { owner, description: `${index}` })),
    )
    assert(made.every(({ status }) => status === 201))
    const writing = Promise.all(
      Array.from({ length: 30 }, (_, index) => call('POST', urls[index % 3], { owner: bob, description: `${index}` })),
    )
    const walked: string[] = []
    let next: string | undefined = `/api/todolist?limit=7&owner=${owner}`
    for (let turn = 0; next !== undefined; turn += 1) {
      const page: Answer = await call('GET', urls[turn % 3], undefined, next)
      assert.equal(page.status, 200)
      walked.push(...idsIn(page.body).map((id) => `/api/todolist/${id}`))
      next = /^<([^>]+)>/.exec(String(page.headers['link']))?.[1]
    }
    assert.deepEqual(walked.toSorted(), made.map(({ headers }) => String(headers.location)).toSorted())
    assert((await writing).every(({ status }) => status === 201))
  })

  test('a process that is asked to stop fails no request, though its clients go on', async () => {
    const [leaving] = programs
    const [url] = urls
    assert(leaving)
    const stopping = new AbortController()
    const seen = { answers: 0 }
    // Each client sends one request after the other, and turns to a neighbour once it was asked to hang up.
    const client = async () => {
      let target = url
      for (let afterwards = 0; afterwards < 20; ) {
        const answer = await call('GET', target, undefined, '/api/todolist?limit=1')
        assert.equal(answer.status, 200)
        seen.answers += 1
        if (answer.headers.connection === 'close') target = urls[1]
        if (stopping.signal.aborted) afterwards += 1
      }
      assert.equal(target, urls[1])
    }
    const clients = Promise.all(Array.from({ length: 8 }, client))
    while (seen.answers < 50) await call('GET', url, undefined, '/health/live')
    leaving.process.kill('SIGTERM')
    let ready: Answer
    do ready = await call('GET', url, undefined, '/health/ready')
    while (ready.status === 200)
    assert.equal(ready.status, 503)
    assert.match(ready.body, /"checks":\{"store":"usable","keys":"fresh","process":"stopping"\}/)
    stopping.abort()
    await clients
    assert.equal((await leaving.ended).exitCode, 0)
  })

  interface Answer {
    readonly status: number | undefined
    readonly headers: IncomingMessage['headers']
    readonly body: string
  }

  async function call(
    method: string,
    url: string | undefined,
    body?: unknown,
    path = '/api/todolist',
    more: Record<string, string> = {},
  ): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more,
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(`${url}${path}`, { method, headers, agent }, resolve).once('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }
})

function idsIn(body: string): string[] {
  return [...body.matchAll(/"id":(\d+)/g)].map(([, id = '']) => id)
}

function statuses(answers: readonly { readonly status: number | undefined }[]): (number | undefined)[] {
  return answers.map(({ status }) => status).toSorted((a, b) => Number(a) - Number(b))
}

async function urlOf(program: Program): Promise<string> {
  const message = await program.ready
  assert(typeof message === 'object' && message !== null && 'url' in message && typeof message.url === 'string')
  return message.url
}
