import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { endAll, newFolder, tenantry } from '../journey/programs.js'
import { openStack } from '../journey/stack.js'

const folder = newFolder()
const data = join(folder, '.tenantry')
const work = newFolder()

after(() => {
  endAll()
  for (const used of [folder, work]) rmSync(used, { recursive: true, force: true })
})

const cacheKey = Buffer.alloc(32, 7).toString('base64')
const lockPassword = 'password-of-the-lock'
const jobs = join(work, 'jobs.yaml')
const sealed = join(work, 'token.sealed')

interface Case {
  args?: readonly string[]
  /** Changes of the settings that work. */
  settings?: Record<string, string>
  code: number
}

const onceAll = ['run', '--job', jobs, '--once']

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
  'a secret that is wrong': { settings: { CLIENT_SECRET: 'wrong-but-just-as-secret~value' }, code: 4 },
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
    settings: { CLIENT_SECRET: 'wrong-but-just-as-secret~value' },
    code: 4,
  },
  'a lock of another kind': {
    args: onceAll,
    settings: { JOB_LOCK: `mysql://app:${lockPassword}@127.0.0.1/jobs` },
    code: 6,
  },
  'a doctor with a wrong secret': {
    args: ['doctor'],
    settings: { CLIENT_SECRET: 'wrong-but-just-as-secret~value' },
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
    'wrong-but-just-as-secret~value',
  ]
  assert.ok((secrets[0] ?? '').length > 10)
  for (const [name, { args = ['--op', 'getToDos'], settings: change = {}, code }] of Object.entries(cases)) {
    await t.test(name, async () => {
      const ended = await stack.daemon(change, [...args, '--verbose'])
      const output = ended.stdout + ended.stderr
      assert.equal(ended.code, code, output)
      assertClean(output, secrets)
      for (const file of readdirSync(work)) assertClean(readFileSync(join(work, file), 'latin1'), secrets)
    })
  }
  assert.ok(readdirSync(work).includes('token.sealed') && readdirSync(work).includes('all.csv'))
})

function assertClean(text: string, secrets: readonly string[]): void {
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      assert.ok(!text.includes(form), 'a secret or key was shown')
  assert.ok(!/eyJ[\w-]{8}/.test(text), 'a token was shown')
}

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
