import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, afterEach, before } from 'node:test'
import { callApi } from '@tenantry/todolist-daemon/dist/src/api/call-api.js'
import { makeToDo, pagesOfToDos } from '@tenantry/todolist-daemon/dist/src/api/to-dos.js'
import type { Failure } from '@tenantry/todolist-daemon/dist/src/failure.js'
import type { Session } from '@tenantry/todolist-daemon/dist/src/session.js'
import { noRedis, startRedis } from '@tenantry/todolist-daemon/dist/tests/stand-in/redis.js'
import { page, startDaemon } from '@tenantry/todolist-daemon/dist/tests/stand-in/running-daemon.js'
import { makeClientCertificate } from '../clients/client-certificate.js'
import { endAll, node } from '../journey/programs.js'
import { addressOf } from '../journey/stack.js'
import { root } from '../workspaces.js'
import { type LiveConnection, openRealParts, type RealParts } from './real-parts.js'

let parts: RealParts
before(async () => {
  parts = await openRealParts()
})
afterEach(() => {
  parts.stack.tenant.faults.clear()
  parts.gateway.decide(() => 'pass')
})
after(async () => {
  await parts?.[Symbol.asyncDispose]()
  endAll()
})

const minute = 60_000
const program = join(root, 'apps', 'daemon', 'todolist-daemon.cjs')
const noSignals = process.platform === 'win32' && 'Windows has no such signals'

/** One call of the API for the list. */
async function listed(session: Session): Promise<number> {
  let count = 0
  for await (const toDos of pagesOfToDos(session)) count += toDos.length
  return count
}

/** How many requests of each kind the tenant has had since it was last asked. */
function asked(): { discovery: number; token: number } {
  const { requests } = parts.stack.tenant
  const daemons = new URL(parts.settings['AUTHORITY'] ?? '').pathname
  // The API asks for the metadata too, by the id of the tenant.
  const discovery = requests.list({ where: 'discovery' }).filter(({ path }) => path.startsWith(daemons)).length
  const token = requests.count({ where: 'token' })
  requests.clear()
  return { discovery, token }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Goes to a moment in the life of the present token, which is an hour to an hour and a half. */
function goTo({ state }: LiveConnection, moment: (token: { renewAt: number; expiresAt: number }) => number): void {
  const token = state()
  assert.ok(token.kind === 'fresh', token.kind)
  parts.clock.advance(moment(token) - parts.clock.now())
}

test('bar 1: 200 callers on a cold cache are one discovery and one token request, and one more at the boundary of renewal', async () => {
  asked()
  await using connection = parts.connect()
  const callers = async (): Promise<number> =>
    new Set(await Promise.all(Array.from({ length: 200 }, () => connection.accessToken()))).size
  assert.equal(await callers(), 1)
  assert.equal(await connection.inSession(listed), 3)
  assert.deepEqual(asked(), { discovery: 1, token: 1 })
  goTo(connection, ({ renewAt }) => renewAt)
  assert.equal(await callers(), 1)
  await until(() => connection.state().kind === 'fresh')
  assert.equal(await connection.inSession(listed), 3)
  assert.deepEqual(asked(), { discovery: 0, token: 1 })
})

test('bar 1: ten processes that share a Redis are one token request', { skip: noRedis }, async (t) => {
  const { url } = await startRedis(t)
  asked()
  const env = {
    ...parts.settings,
    ...parts.clock.env,
    TOKEN_CACHE: url,
    TOKEN_CACHE_KEY: randomBytes(32).toString('hex'),
  }
  const all = await Promise.all(Array.from({ length: 10 }, () => node([program, '--op', 'getToDos'], { env })))
  for (const { code, stdout, stderr } of all) {
    assert.equal(code, 0, stderr)
    assert.equal((JSON.parse(stdout) as unknown[]).length, 3)
  }
  assert.equal(asked().token, 1)
})

test('bar 2: ten minutes without the tenant fail no call, with a token good for fifty more and at the boundary of renewal; one renewal follows', async () => {
  await using connection = parts.connect()
  const { tenant } = parts.stack
  await connection.accessToken()
  const renewal = connection.state()
  assert.ok(renewal.kind === 'fresh')
  /** Ten minutes of calls. `renew`: each second minute somebody wants a newer token, as after a missing role. */
  const tenMinutes = async ({ renew }: { renew: boolean }): Promise<void> => {
    for (let call = 0; call < 20; call++) {
      if (renew && call % 4 === 0) assert.notEqual(await connection.accessToken({ renew: true }), '')
      assert.equal(await connection.inSession(listed), 3)
      parts.clock.advance(minute / 2)
    }
  }
  goTo(connection, ({ expiresAt }) => expiresAt - 50 * minute)
  asked()
  tenant.faults.add({ where: 'token', status: 503, retryAfter: 60 })
  tenant.faults.add({ where: 'discovery', status: 503 })
  await tenMinutes({ renew: true })
  assert.ok(tenant.requests.count({ where: 'token', status: 503 }) > 1, 'a newer token was wanted, and there was none')
  assert.equal(connection.state().kind, 'degraded')
  assert.equal(tenant.requests.count({ tooEarly: true }), 0, 'Retry-After was kept')

  // The lost connections of another outage, while the token comes of the age to be renewed.
  tenant.faults.clear()
  parts.clock.advance(renewal.renewAt - 3 * minute - parts.clock.now())
  asked()
  tenant.faults.add({ where: 'token', action: 'reset' })
  await tenMinutes({ renew: false })
  await until(() => connection.state().kind === 'degraded')
  asked()
  tenant.faults.clear()
  // Longer than any back-off.
  parts.clock.advance(2 * minute)
  assert.equal(await connection.inSession(listed), 3)
  await until(() => connection.state().kind === 'fresh')
  assert.equal(await connection.inSession(listed), 3)
  assert.deepEqual(asked(), { discovery: 0, token: 1 })
})

/** A credential in a file, and what makes another one in the tenant and takes the last one away there. */
interface Rotation {
  readonly settings: (file: string) => Record<string, string>
  /** Adds a credential and gives its content. */
  add(): Promise<string>
  /** Takes all but the newest away. */
  keepNewest(): Promise<void>
}

async function applicationPath(): Promise<string> {
  const { graph, settings } = parts.stack
  const [found] = (await graph.list(`/applications?$filter=appId%20eq%20'${settings.daemon['CLIENT_ID']}'`)) as {
    id: string
  }[]
  return `/applications/${found?.id}`
}

const rotations: Readonly<Record<string, () => Promise<Rotation>>> = {
  secret: async () => {
    const { graph } = parts.stack
    const path = await applicationPath()
    const made: string[] = []
    return {
      settings: (file) => ({ CLIENT_SECRET: '', CLIENT_SECRET_FILE: file }),
      add: async () => {
        const body = { passwordCredential: { displayName: 'rotated' } }
        const answer = await graph.send({ method: 'POST', path: `${path}/addPassword`, body })
        const { keyId, secretText } = answer.body as { keyId: string; secretText: string }
        made.push(keyId)
        return secretText
      },
      keepNewest: async () => {
        for (const keyId of made.splice(0, made.length - 1))
          await graph.send({ method: 'POST', path: `${path}/removePassword`, body: { keyId } })
      },
    }
  },
  certificate: async () => {
    const { graph } = parts.stack
    const path = await applicationPath()
    const keys: { type: string; usage: string; key: string }[] = []
    const register = async () => {
      await graph.send({ method: 'PATCH', path, body: { keyCredentials: keys } })
    }
    return {
      settings: (file) => ({ CLIENT_SECRET: '', CERT_FILE: file }),
      add: async () => {
        const { der, pem } = await makeClientCertificate('rotated')
        keys.push({ type: 'AsymmetricX509Cert', usage: 'Verify', key: der.toString('base64') })
        await register()
        return pem
      },
      keepNewest: async () => {
        keys.splice(0, keys.length - 1)
        await register()
      },
    }
  },
}

for (const [kind, open] of Object.entries(rotations)) {
  test(`bar 3: a ${kind} that is rotated on disk under load fails no call and needs no restart, whichever side is first`, async () => {
    const { tenant } = parts.stack
    const { settings, add, keepNewest } = await open()
    const file = join(parts.folder, `${kind}.pem`)
    writeFileSync(file, await add())
    await using connection = parts.connect(settings(file))
    const over = new AbortController()
    let calls = 0
    const load = connection.inSession((session) =>
      Promise.all(
        Array.from({ length: 20 }, async () => {
          try {
            while (!over.signal.aborted) {
              assert.equal(await listed(session), 3)
              calls++
            }
          } finally {
            over.abort()
          }
        }),
      ),
    )
    const aFewCalls = async (): Promise<void> => {
      const enough = calls + 100
      await Promise.race([until(() => calls >= enough), load])
    }
    await aFewCalls()

    // The file is first; then the old one goes, and the token ends.
    writeFileSync(file, await add())
    await keepNewest()
    goTo(connection, ({ expiresAt }) => expiresAt + 1000)
    await aFewCalls()
    assert.equal(connection.state().kind, 'fresh')

    // The tenant is first: a renewal ahead of time is refused, and nobody notices.
    const next = await add()
    await keepNewest()
    tenant.requests.clear()
    goTo(connection, ({ renewAt }) => renewAt)
    await Promise.race([until(() => connection.state().kind === 'degraded'), load])
    await aFewCalls()
    assert.ok(tenant.requests.count({ where: 'token', status: 401 }) > 0)
    writeFileSync(file, next)
    parts.clock.advance(2 * minute)
    await Promise.race([until(() => connection.state().kind === 'fresh'), load])
    await aFewCalls()

    over.abort()
    await load
  })
}

test('bar 10: Retry-After of the API is waited for to its end, and one beyond the cap is told instead', async () => {
  const { clock, gateway } = parts
  await using connection = parts.connect()
  await connection.accessToken()
  let refusals = 1
  gateway.decide(() => (refusals-- > 0 ? { status: 429, retryAfter: 2 } : 'pass'))
  const begin = gateway.seen.length
  const waitsBefore = clock.waits.length
  const calling = connection.inSession(listed)
  await until(() => clock.waits.length > waitsBefore)
  clock.advance((clock.waits.at(-1) ?? 0) + 1)
  assert.equal(await calling, 3)
  const [first, second] = gateway.seen.slice(begin)
  assert.ok(first && second)
  assert.ok(second.at - first.at >= 2000 && second.at - first.at < 60_000, `${second.at - first.at} ms`)

  gateway.decide(() => ({ status: 429, retryAfter: 300 }))
  const sent = gateway.seen.length
  await assert.rejects(connection.inSession(listed), ({ exit, parts: { retryAfterMs } }: Failure) => {
    assert.deepEqual([exit, retryAfterMs], ['unavailable', 300_000])
    return true
  })
  assert.equal(gateway.seen.length, sent + 1)
})

test("bar 10: the API's own limit of requests is waited for", async () => {
  const { clock, stack } = parts
  const limited = await stack.startApi({ ...clock.env, RATE_LIMIT_PER_CALLER: '60' })
  await using connection = parts.connect({ API_ENDPOINT: `${addressOf(limited)}/api/todolist` })
  const earlier = clock.waits.length
  await connection.inSession(async (session) => {
    for (let call = 0; call < 62; call++) assert.equal(await listed(session), 3)
  })
  const waits = clock.waits.slice(earlier)
  assert.ok(waits.length > 0 && waits.every((ms) => ms >= 1000 && ms <= 60_000), waits.join())
})

test('bar 10: Retry-After of the tenant is waited for to its end, and one beyond the cap is told instead', async () => {
  const { clock, stack } = parts
  const { tenant } = stack
  tenant.requests.clear()
  tenant.faults.add({ where: 'token', status: 429, retryAfter: 2, times: 1 })
  await using patient = parts.connect()
  const asking = patient.accessToken()
  await until(() => tenant.requests.count({ where: 'token', status: 429 }) === 1)
  await until(() => (clock.waits.at(-1) ?? 0) >= 2000)
  clock.advance(clock.waits.at(-1) ?? 0)
  assert.notEqual(await asking, '')
  assert.equal(tenant.requests.count({ tooEarly: true }), 0)

  tenant.requests.clear()
  tenant.faults.add({ where: 'token', status: 429, retryAfter: 120 })
  await using refused = parts.connect()
  await assert.rejects(refused.accessToken(), { exit: 'unavailable' })
  // And nobody asks again before that time is over.
  await assert.rejects(refused.accessToken(), { exit: 'unavailable' })
  assert.equal(tenant.requests.count({ where: 'token' }), 1)
})

test('bar 10: a POST whose answer is lost is repeated with its idempotency key and makes one to-do; without a key it is not repeated', async () => {
  const { clock, gateway } = parts
  await using connection = parts.connect()
  const owner = 'bbbb1111-2222-4333-8444-555566667777'
  const described = async (text: string): Promise<number> =>
    connection.inSession(async (session) => {
      let count = 0
      for await (const toDos of pagesOfToDos(session, { contains: text })) count += toDos.length
      return count
    })
  let losses = 1
  gateway.decide(({ method }) => (method === 'POST' && losses-- > 0 ? 'lost on the way back' : 'pass'))
  const earlier = gateway.seen.length
  const making = connection.inSession((session) =>
    makeToDo(session, { description: 'Once only', owner }, 'the-key-of-this-to-do'),
  )
  await until(() => gateway.seen.length > earlier)
  const posts = () => gateway.seen.slice(earlier).filter(({ method }) => method === 'POST')
  while (posts().length < 2) {
    clock.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal((await making).description, 'Once only')
  assert.deepEqual(
    posts().map(({ key }) => key),
    ['the-key-of-this-to-do', 'the-key-of-this-to-do'],
  )
  assert.equal(await described('Once only'), 1)

  losses = 1
  const keyless = gateway.seen.length
  const url = new URL(gateway.endpoint)
  const body = { description: 'Without a key', owner }
  await assert.rejects(
    connection.inSession((session) => callApi(session, { method: 'POST', url, body })),
    {
      exit: 'network',
    },
  )
  assert.equal(gateway.seen.length, keyless + 1)
})

test('bar 10: SIGTERM lets a job end within its grace, and what does not end is broken off and leaves the old file', {
  skip: noSignals,
}, async (t) => {
  const { clock, gateway } = parts
  const file = join(parts.folder, 'all.json')
  const args = ['export', file, '--every', '1d', '--grace', '25', '--verbose', '--health-port', '0']
  for (const endsInTime of [true, false]) {
    writeFileSync(file, 'old')
    const { promise: held, resolve: release } = withResolvers()
    gateway.decide(() => held)
    const daemon = startDaemon(t, args, { cwd: parts.folder, settings: { ...parts.settings, ...clock.env } })
    const { port } = await daemon.told('health and metrics')
    await daemon.told('API: asking')
    daemon.child.kill('SIGTERM')
    while (!(await page(port, '/readyz'))[1].includes('"stopping":true'));
    if (endsInTime) release('pass')
    else clock.advance(26_000)
    assert.equal(await daemon.end(), endsInTime ? 0 : 143, daemon.stderr())
    assert.equal(readFileSync(file, 'utf8').startsWith('['), endsInTime, 'the new file whole, or the old one')
    release('pass')
  }
})

function withResolvers(): { promise: Promise<'pass'>; resolve: (fate: 'pass') => void } {
  let resolve: (fate: 'pass') => void = () => undefined
  const promise = new Promise<'pass'>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
