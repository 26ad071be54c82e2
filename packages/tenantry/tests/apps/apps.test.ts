import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { parseEnv } from 'node:util'
import { clientCredentialsToken } from '@tenantry/app-registration'
import { applyApps } from '../../src/apps/apply.js'
import { destroyApps } from '../../src/apps/destroy.js'
import { importApps } from '../../src/apps/import.js'
import { planApps } from '../../src/apps/plan.js'
import { rotateCertificateOfApp, rotateSecretOfApp } from '../../src/apps/rotate.js'
import { statusOfApps } from '../../src/apps/status.js'
import { apiName, daemonName, tutorialApps, tutorialFile, webName } from '../../src/tutorial/apps.js'
import { here, surroundings } from './place.js'

const place = await here()
after(() => place[Symbol.asyncDispose]())
const { data, options, tenant } = place
const printed: string[] = []

async function run<T extends object>(
  command: (options: T, around: ReturnType<typeof surroundings>['around']) => Promise<number>,
  given: T,
  answer: boolean | null = null,
) {
  const { around, said } = surroundings(answer)
  const code = await command(given, around)
  printed.push(said.stdout, said.terminal)
  return { code, ...said }
}

const plan = () => run(planApps, { ...options, output: 'text' as const })
const apply = (changes: object = {}) =>
  run(applyApps, { ...options, output: 'text' as const, dryRun: false, ...changes })
const settings = (name: string) => parseEnv(readFileSync(join(data, `${name}.env`), 'utf8'))
const secretNow = () => readFileSync(join(data, `${daemonName}.secret`), 'utf8').trim()

async function requests(): Promise<string[]> {
  return tenant.requests.list().map(({ method, path }) => `${method} ${path}`)
}

test('a plan with changes ends with 10, names them on standard output and makes none', async () => {
  const { code, stdout, terminal } = await plan()
  assert.equal(code, 10)
  assert.match(stdout, /^ciam-ToDoList-api: create the application "ciam-ToDoList-api"\n/)
  assert.equal(stdout.split('\n').length - 1, 17)
  assert.match(terminal, /^17 changes in contoso at https:\/\/localhost:\d+\n$/)
  assert.ok((await requests()).every((call) => !call.includes('/v1.0/') || call.startsWith('GET ')))
})

test('a dry run shows every call, and changes nothing', async () => {
  const { code, stdout, terminal } = await apply({ dryRun: true })
  assert.equal(code, 0)
  const calls = stdout.split('\n').filter((line) => /^[A-Z]+ \//.test(line))
  assert.equal(calls.length, 10)
  assert.ok(stdout.includes("PATCH /applications(uniqueName='ciam-ToDoList-api')\n  Prefer: create-if-missing\n  {"))
  assert.ok(stdout.includes('{"identifierUris":["api://<appId of ciam-ToDoList-api>"]}'))
  assert.match(terminal, /17 changes in .*; nothing was written\n$/)
  assert.equal((await plan()).code, 10)
  assert.ok(!existsSync(join(data, 'secrets.json')))
})

test('apply has a line for each write, proves itself and leaves credentials that only their owner can read', async () => {
  const { code, stdout, terminal } = await apply()
  assert.equal(code, 0)
  assert.equal(stdout, '')
  const lines = terminal.trimEnd().split('\n')
  assert.match(lines[0] ?? '', /^✓ ciam-ToDoList-api: create the application .* \(0\.0 s\)$/)
  const roles = 'ToDoList.Read.All, ToDoList.ReadWrite.All'
  const proof = `✓ ciam-client-app: proved its secret with a token for ciam-ToDoList-api: roles ${roles}, idtyp app`
  assert.ok(lines.includes(proof))
  assert.match(lines.at(-1) ?? '', /^✓ 17 changes made in contoso/)
  const daemon = settings(daemonName)
  assert.equal(daemon['AUTHORITY'], tenant.authority)
  assert.equal(daemon['CLIENT_SECRET_FILE'], join(data, `${daemonName}.secret`))
  assert.equal(daemon['SCOPES'], `api://${settings(apiName)['CLIENT_ID']}/.default`)
  assert.equal(daemon['CA_FILE'], join(data, 'ca.pem'))
  assert.equal(settings(apiName)['TENANT_ID'], tenant.tenantId)
  for (const file of [`${daemonName}.env`, `${daemonName}.secret`, 'secrets.json', 'apps.state.json']) {
    assert.equal(statSync(join(data, file)).mode & 0o777, 0o600, file)
  }
  assert.ok(!readFileSync(join(data, 'apps.state.json'), 'utf8').includes(secretNow()))
})

test('a second apply is empty, and so is the plan', async () => {
  const { code, terminal } = await apply()
  assert.equal(code, 0)
  assert.match(terminal, /✓ No changes in contoso/)
  const { code: planned, stdout } = await plan()
  assert.deepEqual([planned, stdout], [0, ''])
})

test('JSON goes to standard output whole, with the proofs and without the secret', async () => {
  const { stdout } = await apply({ output: 'json' })
  const { changes, applications, proofs, files } = JSON.parse(stdout) as Record<string, unknown>
  assert.deepEqual(changes, [])
  assert.deepEqual(Object.keys(applications as object), [apiName, daemonName])
  assert.deepEqual(proofs, [
    {
      client: daemonName,
      api: apiName,
      credential: 'secret',
      roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
      idtyp: 'app',
    },
  ])
  assert.equal((files as string[]).length, 2)
  const planned = await run(planApps, { ...options, output: 'json' as const })
  assert.deepEqual(JSON.parse(planned.stdout), { changes: [] })
})

test('status tells what is registered and until when', async () => {
  const { stdout } = await run(statusOfApps, { ...options, output: 'json' as const })
  const [api, daemon] = JSON.parse(stdout) as Record<string, unknown>[]
  assert.deepEqual(
    [api?.['application'], api?.['appId'], api?.['pendingChanges'], api?.['secretUntil']],
    [apiName, settings(apiName)['CLIENT_ID'], 0, null],
  )
  assert.match(String(daemon?.['secretUntil']), /^20\d\d-\d\d-\d\dT/)
  const text = await run(statusOfApps, { ...options, output: 'text' as const })
  assert.match(text.stdout, /^ciam-client-app: [0-9a-f-]{36}, secret until 20\d\d-\d\d-\d\d$/m)
})

async function isGood(clientSecret: string): Promise<boolean> {
  const { CLIENT_ID: clientId = '', SCOPES: scope = '' } = settings(daemonName)
  const take = clientCredentialsToken({
    authority: tenant.authority,
    clientId,
    clientSecret,
    scope,
    ca: tenant.ca.root,
  })
  return take().then(
    () => true,
    () => false,
  )
}

test('a rotated secret is proved and written, and the old one works until an apply after its period of grace', async () => {
  const old = secretNow()
  const { code, terminal } = await run(rotateSecretOfApp, { ...options, app: null, graceDays: 7 })
  assert.equal(code, 0)
  assert.match(terminal, /✓ ciam-client-app: create and store the client secret "tenantry"/)
  assert.match(terminal, /The old secret works for 7 more days; an apply after that removes it/)
  const fresh = secretNow()
  assert.notEqual(fresh, old)
  assert.deepEqual([await isGood(old), await isGood(fresh)], [true, true])
  assert.match((await apply()).terminal, /No changes/)
  // As if the days had passed.
  const file = join(data, 'secrets.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"after": "[^"]*"/, '"after": "2020-01-01T00:00:00Z"'))
  assert.match((await apply()).terminal, /remove the client secret .*: its period of grace is over/)
  assert.deepEqual([await isGood(old), await isGood(fresh)], [false, true])
})

test('a rotation without grace ends the old secret at once', async () => {
  const old = secretNow()
  await run(rotateSecretOfApp, { ...options, app: daemonName, graceDays: 0 })
  assert.deepEqual([await isGood(old), await isGood(secretNow())], [false, true])
})

test('a declaration with a certificate and federation is applied, proved with it, and rotated', async () => {
  const [api, daemon] = tutorialApps().applications
  const certificate = { displayName: 'tenantry', lifetimeDays: 180, renewBeforeDays: 30 }
  const federatedCredentials = [{ name: 'ci-main', issuer: 'https://token.example', subject: 'main' }]
  const file = join(data, 'mine.json')
  writeFileSync(file, JSON.stringify({ applications: [api, { ...daemon, certificate, federatedCredentials }] }))
  const { terminal } = await apply({ file })
  assert.match(terminal, /create the certificate "tenantry" for 180 days: none is stored/)
  assert.match(terminal, /proved its certificate with a token/)
  assert.match((await apply({ file })).terminal, /No changes/)
  const pem = readFileSync(join(data, `${daemonName}.pem`), 'utf8')
  assert.match(pem, /-----BEGIN CERTIFICATE-----[\s\S]*-----BEGIN PRIVATE KEY-----/)
  assert.equal(statSync(join(data, `${daemonName}.pem`)).mode & 0o777, 0o600)
  assert.equal(settings(daemonName)['AZURE_CLIENT_CERTIFICATE_PATH'], join(data, `${daemonName}.pem`))
  const { terminal: rotated } = await run(rotateCertificateOfApp, { ...options, file, app: null, graceDays: 7 })
  assert.match(rotated, /create and register the certificate "tenantry"/)
  assert.match(rotated, /proved its certificate/)
  assert.notEqual(readFileSync(join(data, `${daemonName}.pem`), 'utf8'), pem)
  assert.match((await apply({ file })).terminal, /No changes/)
})

test('a wrong declaration is refused with its place before any call', async () => {
  const file = join(data, 'wrong.json')
  writeFileSync(file, '{"applications":[\n  {"uniqueName":"a","displayName":7}\n]}')
  tenant.requests.clear()
  await assert.rejects(apply({ file }), {
    name: 'Failure',
    exitCode: 6,
    message: `${file}:2:35 applications[0].displayName: one line of 1 to 256 characters was expected, not 7`,
  })
  assert.deepEqual(tenant.requests.list(), [])
})

test('what Graph refuses ends with the code of its kind', async () => {
  const withFault = async (status: 429 | 500 | 503) => {
    const fault = tenant.faults.add({ where: 'graph', status, ...(status === 500 ? {} : { retryAfter: 200 }) })
    try {
      await plan()
      return assert.fail('the plan was made')
    } catch (error) {
      return error
    } finally {
      fault.remove()
    }
  }
  // 500 is not waited for; the other two are, but not for as long as a call may take at most.
  const error = await withFault(500)
  assert.ok(error instanceof Error && 'exitCode' in error)
  assert.equal(error.exitCode, 8)
})

test('a tenant that does not run, and a folder that does not exist, are said in words, and none is made', async () => {
  const elsewhere = join(data, 'elsewhere')
  await assert.rejects(run(planApps, { ...options, data: elsewhere, output: 'text' as const }), {
    exitCode: 6,
    message: `the folder ${elsewhere} does not exist`,
  })
  assert.ok(!existsSync(elsewhere))
  assert.equal((await run(planApps, { ...options, port: null, output: 'text' as const })).code, (await plan()).code)
  await assert.rejects(run(planApps, { ...options, port: 1, output: 'text' as const }), {
    exitCode: 7,
    message: 'no tenant answers at https://localhost:1',
  })
  await assert.rejects(run(planApps, { ...options, tenant: 'nobody', output: 'text' as const }), {
    exitCode: 6,
    message: 'no tenant nobody runs here',
  })
})

test('applications are imported as they are into a file that did not exist, and the plan of it is empty', async () => {
  const file = join(data, 'imported.json')
  const { code, terminal } = await run(importApps, { ...options, file, apps: [apiName, daemonName] })
  assert.equal(code, 0)
  assert.match(terminal, /ciam-client-app keeps its credential "tenantry"/)
  const planned = await run(planApps, { ...options, file, output: 'text' as const })
  assert.deepEqual([planned.code, planned.stdout], [0, ''])
  await assert.rejects(run(importApps, { ...options, file, apps: [apiName] }), { exitCode: 9 })
  await assert.rejects(run(importApps, { ...options, file: join(data, 'x.json'), apps: ['nobody'] }), { exitCode: 9 })
  await assert.rejects(run(importApps, { ...options, apps: [] }), { exitCode: 2 })
})

test('destroy asks, and deletes nothing without a yes', async () => {
  const given = { ...options, yes: false, purge: false }
  await assert.rejects(run(destroyApps, given), { exitCode: 2 })
  await assert.rejects(run(destroyApps, given, false), { exitCode: 9, message: 'nothing was deleted' })
  assert.match((await apply()).terminal, /No changes|changes? made/)
})

test('the shipped declaration is what the reader of declarations reads in it', async () => {
  const { readDeclaration } = await import('@tenantry/app-registration/declaration')
  const text = readFileSync(tutorialFile(), 'utf8')
  assert.deepEqual(
    readDeclaration(text, 'x', () => assert.fail('it names no file')),
    tutorialApps(),
  )
})

test('an application that users sign in to finds in its settings what it may ask of the API', async () => {
  const file = join(import.meta.dirname, '../../../with-web.apps.json')
  assert.equal((await apply({ file })).code, 0)
  const { SCOPES = '', CLIENT_SECRET_FILE } = settings(webName)
  const [, api = ''] = /^api:\/\/([0-9a-f-]{36})\//.exec(SCOPES) ?? []
  assert.equal(SCOPES, `api://${api}/ToDoList.Read api://${api}/ToDoList.ReadWrite`)
  assert.equal(settings(apiName)['CLIENT_ID'], api)
  assert.equal(CLIENT_SECRET_FILE, undefined)
})

test('nothing that was printed holds a secret, a key or a token', () => {
  const secrets = [secretNow(), tenant.controlKey, 'BEGIN PRIVATE KEY', 'eyJ']
  for (const text of printed) for (const secret of secrets) assert.ok(!text.includes(secret))
})
