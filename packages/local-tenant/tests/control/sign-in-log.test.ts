import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createSignInLog } from '../../src/control/sign-in-log.js'
import { openDatabase } from '../../src/directory/database.js'
import { given, nextMidnight } from './asking.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-sign-ins-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const unexpected = (error: unknown) => assert.fail(String(error))
const signIn = { time: 0, appId: 'a', resource: 'r', errorCode: 0, correlationId: null, ipAddress: '::1' }

test('sign-ins and refused ones are listed, newest first, and are there after a restart', async () => {
  const correlationId = '0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'
  await using first = await given({ dataFolder: folder })
  const { tenant, daemon, api, ask } = first
  const midnight = nextMidnight()
  tenant.clock.set(midnight)
  tenant.clock.freeze()
  await ask({}, { headers: { 'client-request-id': correlationId } })
  await ask({ clientSecret: 'wrong' })
  await ask({ clientId: 'no-guid' })
  const [refused, good, ...others] = tenant.signIns.list()
  const ofApplication = { eventType: 'servicePrincipal', user: null, protocol: 'none', clientApp: null }
  const common = { time: midnight.toISOString(), appId: daemon.clientId, resource: api.identifierUri, ...ofApplication }
  const ipAddress = good?.ipAddress ?? ''
  assert.match(ipAddress, /^(::1|127\.0\.0\.1)$/)
  assert.deepEqual(good, { ...common, errorCode: 0, correlationId, ipAddress })
  assert.deepEqual(refused, { ...common, errorCode: 7000215, correlationId: null, ipAddress })
  assert.deepEqual(others, [])
  await ask()
  await first[Symbol.asyncDispose]()
  await using second = await given({ dataFolder: folder })
  assert.equal(second.tenant.signIns.list().length, 3)
  second.tenant.signIns.clear()
  assert.deepEqual(second.tenant.signIns.list(), [])
})

test('sign-ins are written in batches: after a while, or at once when many wait', () => {
  const db = openDatabase(null)
  const tasks: (() => void)[] = []
  const log = createSignInLog(db, (task) => tasks.push(task), unexpected)
  const stored = () => db.query<{ n: number }>('SELECT count(*) AS n FROM sign_ins').get()?.n
  log.note(signIn)
  log.note(signIn)
  assert.deepEqual([tasks.length, stored()], [1, 0])
  tasks[0]?.()
  assert.equal(stored(), 2)
  for (let count = 0; count < 500; count += 1) log.note(signIn)
  assert.equal(stored(), 502)
})

test('those of users and of applications are kept in their order, whichever were written together', () => {
  const log = createSignInLog(openDatabase(null), () => {}, unexpected)
  const user = { id: 'u', userPrincipalName: 'ada@contoso.onmicrosoft.com', displayName: 'Ada' }
  const byUser = { eventType: 'interactiveUser', user, protocol: 'oAuth2', clientApp: 'Browser' } as const
  const unknown = { ...byUser, user: null, eventType: 'nonInteractiveUser', protocol: 'deviceCode' } as const
  log.note({ ...signIn, errorCode: 1 })
  log.note({ ...signIn, errorCode: 2, byUser })
  log.note({ ...signIn, errorCode: 3 })
  const shown = log
    .list()
    .map(({ errorCode, eventType, ...entry }) => [errorCode, eventType, entry.user, entry.protocol])
  assert.deepEqual(shown, [
    [3, 'servicePrincipal', null, 'none'],
    [2, 'interactiveUser', user, 'oAuth2'],
    [1, 'servicePrincipal', null, 'none'],
  ])
  log.note({ ...signIn, byUser: unknown })
  const { user: nobody, eventType, protocol, clientApp } = log.list()[0] ?? assert.fail()
  assert.deepEqual([nobody, eventType, protocol, clientApp], [null, 'nonInteractiveUser', 'deviceCode', 'Browser'])
})

test('only the newest ten thousand are kept', () => {
  const log = createSignInLog(openDatabase(null), () => {}, unexpected)
  for (let errorCode = 1; errorCode <= 10_500; errorCode += 1) log.note({ ...signIn, errorCode })
  const listed = log.list()
  assert.deepEqual([listed.length, listed[0]?.errorCode, listed.at(-1)?.errorCode], [10_000, 10_500, 501])
})

test('a disk that fails is reported and stops no token', () => {
  const db = openDatabase(null)
  const faults: unknown[] = []
  const tasks: (() => void)[] = []
  const log = createSignInLog(
    db,
    (task) => tasks.push(task),
    (error) => faults.push(error),
  )
  log.note(signIn)
  db.close()
  tasks[0]?.()
  assert.equal(faults.length, 1)
})
