import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { noRedis, startRedis } from '@tenantry/todolist-daemon/dist/tests/stand-in/redis.js'
import { page, startDaemon } from '@tenantry/todolist-daemon/dist/tests/stand-in/running-daemon.js'
import { createClient } from 'redis'
import { makeClientCertificate } from '../clients/client-certificate.js'
import { endAll, newFolder, tenantry } from '../journey/programs.js'
import { addressOf, openStack } from '../journey/stack.js'

const folder = newFolder()
const data = join(folder, '.tenantry')
const work = newFolder()

after(() => {
  endAll()
  for (const used of [folder, work]) rmSync(used, { recursive: true, force: true })
})

const wrongSecret = 'wrong-but-just-as-secret~value'
const keyPassword = 'password-of-the-private-key'
const proxyPassword = 'password-of-the-proxy'
const commandArgument = 'argument-that-is-a-secret'
const stranger = await makeClientCertificate('a stranger')
const encryptedKey = createPrivateKey(stranger.pem)
  .export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: keyPassword,
  })
  .toString()
/** Throws, from where nobody catches it, an error that holds the token, as soon as the daemon sends one. */
const crash = join(work, 'crash.cjs')
const cacheKey = Buffer.alloc(32, 7).toString('base64')
const lockPassword = 'password-of-the-lock'
const jobs = join(work, 'jobs.yaml')
const sealed = join(work, 'token.sealed')

interface Case {
  args?: readonly string[]
  /** Changes of the settings that work. */
  settings?: Record<string, string>
  env?: Record<string, string>
  code: number
}

const onceAll = ['run', '--job', jobs, '--once']

const certificate = stranger.pem.slice(stranger.pem.indexOf('-----BEGIN CERTIFICATE'))
const noSecret = { CLIENT_SECRET: '' }

/** Ways to fail, and a few to succeed: what is told then matters as much. */
const cases: Readonly<Record<string, Case>> = {
  'a list': { code: 0 },
  'a token in the encrypted cache': { settings: { TOKEN_CACHE: sealed, TOKEN_CACHE_KEY: cacheKey }, code: 0 },
  'the token from the cache': { settings: { TOKEN_CACHE: sealed, TOKEN_CACHE_KEY: cacheKey }, code: 0 },
  'jobs of the daemon': { args: onceAll, code: 0 },
  'settings that are shown': {
    args: ['config', 'show', '--origin'],
    settings: { TOKEN_CACHE_KEY: cacheKey, JOB_LOCK: `redis://app:${lockPassword}@127.0.0.1:1` },
    code: 0,
  },
  'a secret that is wrong': { settings: { CLIENT_SECRET: wrongSecret }, code: 4 },
  'an unknown client': { settings: { CLIENT_ID: '99999999-9999-4999-8999-999999999999' }, code: 4 },
  'an unknown API': { settings: { SCOPES: 'api://99999999-9999-4999-8999-999999999999/.default' }, code: 6 },
  'several scopes': { settings: { SCOPES: 'api://a/.default api://b/.default' }, code: 6 },
  'a cache that is given no key': { settings: { TOKEN_CACHE: sealed }, code: 6 },
  'a to-do that is not there': { args: ['todos', 'get', '999999999'], code: 3 },
  'a wrong command line': { args: ['--op', 'getTodo'], code: 2 },
  'a certificate that nobody vouches for': { settings: { CA_FILE: '' }, code: 7 },
  'an API that is down': { settings: { API_ENDPOINT: 'https://localhost:1/api/todolist' }, code: 7 },
  'a deadline that passes': { args: ['todos', 'list', '--timeout', '0.001'], code: 124 },
  'a job whose API is down': { args: onceAll, settings: { API_ENDPOINT: 'https://localhost:1/api/todolist' }, code: 7 },
  'a job whose secret is wrong': {
    args: onceAll,
    settings: { CLIENT_SECRET: wrongSecret },
    code: 4,
  },
  'a lock of another kind': {
    args: onceAll,
    settings: { JOB_LOCK: `mysql://app:${lockPassword}@127.0.0.1/jobs` },
    code: 6,
  },
  'a certificate that nobody registered': { settings: { ...noSecret, CERT: stranger.pem }, code: 4 },
  'an encrypted key, and the certificate': {
    settings: { ...noSecret, CERT: certificate, CERT_PRIVATE_KEY: encryptedKey, CERT_PASSWORD: keyPassword },
    code: 4,
  },
  'an encrypted key without its password': {
    settings: { ...noSecret, CERT: certificate, CERT_PRIVATE_KEY: encryptedKey, CERT_PASSWORD: wrongSecret },
    code: 6,
  },
  'a key without a certificate': {
    settings: { ...noSecret, CERT_PRIVATE_KEY: stranger.pem.replace(certificate, '') },
    code: 6,
  },
  'a federated token of nobody': {
    settings: { ...noSecret, FEDERATED_TOKEN: `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.c2ln` },
    code: 4,
  },
  'a command that fails': {
    settings: { ...noSecret, CLIENT_SECRET_FROM: `exec:${process.execPath} --no-such-option ${commandArgument}` },
    code: 6,
  },
  'a shared cache that is down': {
    settings: { TOKEN_CACHE: `redis://app:${lockPassword}@127.0.0.1:1`, TOKEN_CACHE_KEY: cacheKey },
    code: 0,
  },
  'a lock that is down': {
    args: ['config', 'show'],
    settings: { JOB_LOCK: `postgres://app:${lockPassword}@127.0.0.1:1/jobs` },
    code: 0,
  },
  'a proxy that is down': {
    settings: { AUTHORITY: 'https://contoso.ciamlogin.com/' },
    env: { HTTPS_PROXY: `http://user:${proxyPassword}@127.0.0.1:1` },
    code: 7,
  },
  'a crash while a token is under way': { env: { NODE_OPTIONS: `--require "${crash}"` }, code: 1 },
  'a crash of a job': { args: onceAll, env: { NODE_OPTIONS: `--require "${crash}"` }, code: 1 },
  'a cache of another key': {
    settings: { TOKEN_CACHE: sealed, TOKEN_CACHE_KEY: Buffer.alloc(32, 8).toString('base64') },
    code: 0,
  },
  'a doctor with a wrong secret': {
    args: ['doctor'],
    settings: { CLIENT_SECRET: wrongSecret },
    code: 4,
  },
}

test('bar 4: no secret, key or token is in any output or file, whatever fails, at the highest verbosity', async (t) => {
  const up = await tenantry(['up', '--once', '--data', data, '--port', '0', '--api-port', '0'])
  assert.equal(up.code, 0, up.stderr)
  await using stack = await openStack(data)
  await stack.startApi()
  writeFileSync(jobs, `jobs: [{ name: backup, every: 1d, export: { file: ${join(work, 'all.csv')} } }]`)
  const secrets = [
    stack.settings.daemon['CLIENT_SECRET'] ?? '',
    cacheKey,
    lockPassword,
    wrongSecret,
    keyPassword,
    proxyPassword,
    commandArgument,
    ...keyLines(stranger.pem),
    ...keyLines(encryptedKey),
  ]
  writeFileSync(crash, crashing)
  assert.ok((secrets[0] ?? '').length > 10)
  for (const [name, { args = ['--op', 'getToDos'], settings: change = {}, env, code }] of Object.entries(cases)) {
    await t.test(name, async () => {
      const ended = await stack.daemon(change, [...args, '--verbose'], env)
      const output = ended.stdout + ended.stderr
      assert.equal(ended.code, code, output)
      assertClean(output, secrets)
      assertFilesClean(secrets)
    })
  }
  assert.ok(readdirSync(work).includes('token.sealed') && readdirSync(work).includes('all.csv'))
})

const crashing = `
const https = require('node:https')
const { request } = https
https.request = (...given) => {
  const { authorization } = given.find((one) => one?.headers)?.headers ?? {}
  if (authorization) setImmediate(() => { throw Object.assign(new Error('broken at ' + authorization), { authorization }) })
  return request(...given)
}
require('node:module').syncBuiltinESMExports()
`

/** What a Redis holds, as text. */
async function everythingIn(url: string): Promise<string> {
  const client = await createClient({ url }).connect()
  const names = await client.keys('*')
  const values = await Promise.all(names.map((name) => client.get(name)))
  await client.close()
  assert.ok(names.some((name) => name.includes('token')) && names.some((name) => name.includes('job')), names.join())
  return [...names, ...values].join('\n')
}

/** The lines that are the key and nothing else. */
function keyLines(pem: string): string[] {
  const [, key = ''] = /-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----\n([^-]+)/.exec(pem) ?? []
  return key.split('\n').filter((line) => line.length > 40)
}

function assertFilesClean(secrets: readonly string[]): void {
  const files = readdirSync(work, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { parentPath, name } of files) assertClean(readFileSync(join(parentPath, name), 'latin1'), secrets)
}

function assertClean(text: string, secrets: readonly string[]): void {
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      assert.ok(!text.includes(form), 'a secret or key was shown')
  assert.ok(!/eyJ[\w-]{8}/.test(text), 'a token was shown')
}

test('bar 4: the daemon that stays shows none either: log, health, metrics, caches, records and exports', {
  skip: process.platform === 'win32' && 'Windows has no such signals',
}, async (t) => {
  await using stack = await openStack(data)
  const api = await stack.startApi()
  const redis = noRedis ? undefined : await startRedis(t)
  const secrets = [stack.settings.daemon['CLIENT_SECRET'] ?? '', cacheKey, wrongSecret]
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, secrets[0] ?? '')
  const jobsOf = (more: string) =>
    writeFileSync(
      jobs,
      `jobs:
  - { name: backup, every: 1s, export: { file: all.ndjson } }
  - { name: old, every: 1s, cleanup: { olderThan: 1d, record: old.seen } }
${more}`,
    )
  jobsOf('')
  const settings = {
    ...stack.settings.daemon,
    AUTHORITY: stack.tenant.authority,
    API_ENDPOINT: `${addressOf(api)}/api/todolist`,
    CA_FILE: join(data, 'ca.pem'),
    CLIENT_SECRET: '',
    CLIENT_SECRET_FILE: secretFile,
    TOKEN_CACHE: redis?.url ?? sealed,
    TOKEN_CACHE_KEY: cacheKey,
    ...(redis && { JOB_LOCK: redis.url }),
  }
  const daemon = startDaemon(t, ['--job', jobs, '--verbose', '--health-port', '0'], { cwd: work, settings })
  const { port } = await daemon.told('health and metrics')
  await daemon.told('job done')
  await daemon.told('job done')
  const pages = async () => {
    for (const path of ['/livez', '/startupz', '/readyz', '/metrics']) assertClean((await page(port, path))[1], secrets)
  }
  await pages()
  if (redis) assertClean(await everythingIn(redis.url), secrets)
  // Settings that are wrong, the API gone, a secret that is wrong: each is told in the log.
  jobsOf('  - { name: what }')
  daemon.child.kill('SIGHUP')
  await daemon.told(`the jobs in ${jobs} cannot be used`)
  jobsOf('')
  await api.end('SIGTERM')
  await daemon.told('cannot talk to the API')
  writeFileSync(secretFile, wrongSecret)
  if (redis) await redis.stop()
  daemon.child.kill('SIGHUP')
  await daemon.told('settings read again')
  await daemon.told(redis ? 'the lock of the jobs cannot be reached' : 'no access token')
  await pages()
  await daemon.end('SIGTERM')
  assertClean(daemon.stderr(), secrets)
  assertFilesClean(secrets)
  const files = readdirSync(work)
  assert.ok(files.includes('all.ndjson') && files.includes('old.seen'), files.join())
})

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  json: (text) => JSON.parse(text) as unknown,
  ndjson: (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
}

const commands: readonly (readonly string[])[] = [
  ['todos', 'list'],
  ['auth', 'whoami'],
  ['credential', 'show'],
  ['credential', 'test'],
  ['config', 'show', '--origin'],
  ['doctor'],
  ['explain', 'AADSTS7000215'],
  ['version'],
  onceAll,
]

test('bar 6: what each command prints parses in the format that was asked for, also with --verbose', async () => {
  await using stack = await openStack(data)
  await stack.startApi()
  for (const command of commands) {
    for (const [format, read] of Object.entries(readers)) {
      const { stdout, stderr } = await stack.daemon({}, [...command, '-o', format, '--verbose'])
      assert.notEqual(stdout, '', stderr)
      assert.equal(typeof read(stdout), 'object', command.join(' '))
    }
  }
})
